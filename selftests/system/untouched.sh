#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What is not ours goes on untouched: segments that are forwarded, to the very
# port that ktcp has here, are the same bytes on both sides of the router, and
# other ports are the kernel's.
. "$(dirname "$0")/lib.sh"

load
lab_routed
run on server sysctl -w net.ktcp.ports=
run on router sysctl -w net.ktcp.ports=8080
for ns in client router server; do
	for dev in $(ip netns exec $ns ls /sys/class/net); do
		on $ns ethtool -K "$dev" tx off tso off gso off gro off >/dev/null 2>&1
	done
done
head -c 100000 /dev/urandom >"$tmp/file"
kernel_server server 8080 "$tmp/file"
kernel_server router 8081 "$tmp/file"
for dev in west east; do
	check "capturing on $dev" capture router $dev "$tmp/$dev"
	dumps="$dumps $dump"
done
remember router
for host in $S4 "[$S6]"; do
	check "a file from $host through the router" \
		on client curl -sS -g -m 30 -o "$tmp/got" "http://$host:8080/file"
	check 'is what it was' cmp "$tmp/got" "$tmp/file"
done
for host in $R4 "[$R6]"; do
	check "a file from port 8081 of $host" \
		on client curl -sS -g -m 30 -o "$tmp/got" "http://$host:8081/file"
	check 'is what it was' cmp "$tmp/got" "$tmp/file"
done
check 'ktcp took no segment' same router InSegs

# The bytes behind the Ethernet header, but for hop limit and IPv4 checksum.
cat >"$tmp/same.py" <<'PY'
import collections, struct, sys

def packets(name):
    data = open(name, "rb").read()
    at, found = 24, collections.Counter()
    while at + 16 <= len(data):
        size = struct.unpack("<I", data[at + 8:at + 12])[0]
        ip = bytearray(data[at + 16 + 14:at + 16 + size])
        if ip[0] >> 4 == 4:
            ip[8] = 0
            ip[10:12] = b"\0\0"
        else:
            ip[7] = 0
        found[bytes(ip)] += 1
        at += 16 + size
    return found

west, east = packets(sys.argv[1]), packets(sys.argv[2])
n = sum(west.values())
print(n, "packets west,", sum(east.values()), "east")
assert n > 40 and west == east
PY
same_bytes() { python3 "$tmp/same.py" "$tmp/west" "$tmp/east"; }
wait_for 20 same_bytes		# until both have seen the last segment
kill $dumps
check 'forwarded segments are the same, bit for bit' same_bytes
check_says 'the router itself answers on its port' 'HTTP/1.1 200' on client curl -sSi -m 20 http://$R4:8080/
check 'unloads' unload
finish
