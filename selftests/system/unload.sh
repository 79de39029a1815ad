#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The module and a namespace can go at any instant, under load or with
# connections open: peers get a RST, and nothing is left behind.
. "$(dirname "$0")/lib.sh"

RUNS=5

loading() { [ "$(counter server HttpRequests)" -gt "$1" ]; }

load
lab
for ((i = 1; i <= RUNS; i++)); do
	loaded || load
	run on server sysctl -w net.ktcp.ports=8080
	ip netns exec client wrk -t 2 -c 50 -d 60 "http://$S4:8080/" >"$tmp/wrk" 2>&1 &
	wrk=$!
	ip netns exec client bash -c "while :; do curl -sS -m 2 -o /dev/null 'http://[$S6]:8080/' || exit; done" >/dev/null 2>&1 &
	curls=$!
	check "$i: load is on" wait_for 20 loading 200
	check "$i: its memory caches are there" has_slabs
	began=$(date +%s%N)
	check "$i: unloads under load" unload
	took=$((($(date +%s%N) - began) / 1000000))
	note "it took $took ms"
	check "$i: in a few seconds at most, emulated as this may be" [ $took -lt 8000 ]
	kill $wrk $curls
	wait $wrk $curls 2>/dev/null
	check "$i: its memory caches are gone" no_slabs
done

load
run on server sysctl -w net.ktcp.ports=8080
cat >"$tmp/held.py" <<'PY'
import socket, sys
s = socket.create_connection((sys.argv[1], 8080), 20)
s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
s.settimeout(60)
got = s.recv(65536)
print("open", flush=True)
try:
    while s.recv(65536):
        pass
    print("closed")
except ConnectionResetError:
    print("reset")
PY
held() { ip netns exec client python3 "$tmp/held.py" "$1" >"$tmp/held$2" 2>&1 & }
is_reset() { grep -q reset "$tmp/held$1"; }

held $S4 1
held $S6 2
check 'IPv4: a connection is open' wait_for 20 grep -q open "$tmp/held1"
check 'IPv6: a connection is open' wait_for 20 grep -q open "$tmp/held2"
check 'unloads with connections open' unload
check 'IPv4: the peer got a RST' wait_for 5 is_reset 1
check 'IPv6: the peer got a RST' wait_for 5 is_reset 2

load
run on server sysctl -w net.ktcp.ports=8080
held $S4 3
check 'a connection is open again' wait_for 20 grep -q open "$tmp/held3"
run ip netns delete server
check 'deleting the namespace gives its peer a RST' wait_for 10 is_reset 3
check 'unloads' unload
finish
