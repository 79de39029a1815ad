#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The module and a namespace can go at any instant, under load or with
# connections open, or while a directory is read: peers get a RST, and nothing is
# left behind.
. "$(dirname "$0")/lib.sh"

RUNS=5
slower=1
has_checkers && slower=10

loading() { [ "$(counter server HttpRequests)" -gt "$1" ]; }
curling() { kill -0 $curls && [ "$(grep -c '^200$' "$tmp/curls")" -ge 2 ]; }

load
lab
for ((i = 1; i <= RUNS; i++)); do
	loaded || load
	run on server sysctl -w net.ktcp.ports=8080
	ip netns exec client wrk -t 2 -c 50 -d 60 "http://$S4:8080/" >"$tmp/wrk" 2>&1 &
	wrk=$!
	ip netns exec client bash -c "while :; do curl -sS -w '%{http_code}\n' -o /dev/null 'http://[$S6]:8080/' || exit; done" >"$tmp/curls" 2>/dev/null &
	curls=$!
	check "$i: load is on" wait_for $((90 * slower)) loading 200
	check "$i: over IPv6 as well" wait_for $((90 * slower)) curling
	check "$i: its memory caches are there" has_slabs
	began=$(date +%s%N)
	check "$i: unloads under load" unload
	took=$((($(date +%s%N) - began) / 1000000))
	note "it took $took ms"
	# no timer of TCP's is waited for; one or two seconds, where no machine stands still
	check "$i: without waiting for peers" [ $took -lt $((20000 * slower)) ]
	kill $wrk $curls
	wait $wrk $curls 2>/dev/null
	check "$i: its memory caches are gone" no_slabs
done

load
run on server sysctl -w net.ktcp.ports=8080
talk client v4 $S4 8080
talk client v6 $S6 8080
check 'IPv4: a connection is open' wait_for $((20 * slower)) answered v4
check 'IPv6: a connection is open' wait_for $((20 * slower)) answered v6
check 'unloads with connections open' unload
check 'IPv4: the peer got a RST' wait_for 30 is_reset v4
check 'IPv6: the peer got a RST' wait_for 30 is_reset v6

load
run on server sysctl -w net.ktcp.ports=8080
talk client late $S4 8080
check 'a connection is open again' wait_for $((20 * slower)) answered late
run ip netns delete server
check 'deleting the namespace gives its peer a RST' wait_for 30 is_reset late
check 'unloads' unload

# A directory that takes long to read: nothing waits until it is through.
mkdir "$tmp/www"
truncate -s 512M "$tmp/www/file"
bytes_read() { awk '$1 == "rchar:" { print $2 }' "/proc/$publisher/io"; }
is_reading() { [ "$(bytes_read)" -gt $((1 << 20)) ]; }
if [ -e /proc/self/io ]; then
	load
	log_mark
	bash -c 'echo "$1" >/proc/sys/net/ktcp/docroot; status=$?
		cat "/proc/$$/io"; exit $status' - "$tmp/www" >"$tmp/io" 2>&1 &
	publisher=$!
	check 'a directory is being read' wait_for 20 is_reading
	check 'unloads' unload
	check_not 'it is not published' wait $publisher
	run cat "$tmp/io"
	check 'nor was all of it read' awk '$1 == "rchar:" { n = $2 } END { exit !(n > 1048576 && n < 536870912) }' "$tmp/io"
	check_says 'which the log tells' ": docroot: $tmp/www/file: not read on: the namespace or the module ends\$" log_ktcp
else
	skip 'a directory that is being read' 'this kernel does not count what is read'
fi
finish
