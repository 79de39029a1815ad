#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every MTU from 576 to 9000, with and without the devices' offloads.
. "$(dirname "$0")/lib.sh"

load
lab
run on client curl -sS -f -o "$tmp/page" http://$S4:8080/
size=$(stat -c %s "$tmp/page")

# 100 pipelined requests and the exact number of bytes of 100 answers' bodies
pipelined()
{
	on client python3 - "$1" "$size" <<'PY'
import re, socket, sys
s = socket.create_connection((sys.argv[1], 8080), 30)
s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 99 +
          b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
data = b""
while True:
    got = s.recv(65536)
    if not got:
        break
    data += got
assert data.count(b"HTTP/1.1 200 OK\r\n") == 100
for part in data.split(b"HTTP/1.1 200 OK\r\n")[1:]:
    head, body = part.split(b"\r\n\r\n", 1)
    assert len(body) == int(sys.argv[2]), len(body)
PY
}
set_mtu() { on client ip link set eth0 mtu $1 && on server ip link set eth0 mtu $1; }
offload() { for ns in client server; do on $ns ethtool -K eth0 tso $1 gso $1 gro $1 tx $1 >/dev/null 2>&1; done; }

for state in on off; do
	offload $state
	for mtu in 9000 1500 576; do
		run set_mtu $mtu
		check "offloads $state, MTU $mtu, IPv4: 100 pipelined" pipelined $S4
	done
	for mtu in 9000 1500 1280; do
		run set_mtu $mtu
		# an MTU below 1280 took the IPv6 addresses away
		on client ip addr replace $C6/64 dev eth0
		on server ip addr replace $S6/64 dev eth0
		check "offloads $state, MTU $mtu, IPv6: 100 pipelined" pipelined $S6
	done
done
check_says 'no checksum was bad' '^InCsumErrors 0$' on server cat /proc/ktcp/stats
check_says 'nothing was sent twice' '^RetransSegs 0$' on server cat /proc/ktcp/stats
check 'unloads' unload
finish
