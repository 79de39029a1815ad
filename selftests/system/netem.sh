#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Through loss, reordering and duplication every body is right, and afterwards
# nothing is left.
. "$(dirname "$0")/lib.sh"

load
lab
run modprobe sch_netem
run on server sysctl -w net.ktcp.time_wait_sec=2
run on client curl -sS -f -o "$tmp/page" http://$S4:8080/
sum=$(md5sum <"$tmp/page")
# how many objects are in use in slabs whose names match
objects() { awk -v slab="^ktcp_($1) " '$0 ~ slab { n += $2 } END { print n + 0 }' /proc/slabinfo; }
# and how many extents and flight records CPUs may keep at hand (pool.h)
spare=$((2 * $(nproc) * $(sed -n 's/^#define KTCP_POOL_SPARE\t*//p' "$TOP/module/pool.h")))
check 'the slabs of ktcp are its own (slab_nomerge)' has_slabs
for ns in client server; do
	run on $ns tc qdisc add dev eth0 root netem loss 1% delay 1ms 1ms reorder 5% duplicate 1%
done

bodies()
{
	local i url=$1
	for ((i = 0; i < 100; i++)); do
		on client curl -sS -g -f -m 60 "$url" | md5sum
	done | sort | uniq -c | tee "$tmp/sums"
	[ "$(sed 's/^ *//' "$tmp/sums")" = "100 $sum" ]
}
check 'IPv4: 100 bodies, all the same' bodies "http://$S4:8080/"
check 'IPv6: 100 bodies, all the same' bodies "http://[$S6]:8080/"

# Requests in small segments: now those are what is lost, late and doubled.
for host in $S4 $S6; do
	remember server
	check "$host: 1,000 requests in segments of 7 to 100 bytes" \
		pipelined client $host 1000 "$tmp/page" 7 100
	check "$host: ktcp put them in order" grew server OfoQueued
done

# flood REQUESTS OPTION...
flood()
{
	local n=$1
	shift
	on client ab -q -s 120 -n "$n" "$@" >"$tmp/ab" 2>&1
	cat "$tmp/ab"
	grep -q "Complete requests: *$n\$" "$tmp/ab" && grep -q 'Failed requests: *0$' "$tmp/ab"
}
check '10,000 requests over eight connections kept open' \
	flood 10000 -k -c 8 "http://$S4:8080/"
check '1,000 concurrent connections' flood 2000 -c 1000 "http://$S4:8080/"
check_says 'segments were lost and sent again' '^RetransSegs [1-9]' on server cat /proc/ktcp/stats

for ns in client server; do run on $ns tc qdisc del dev eth0 root; done
check 'all connections are gone after TIME_WAIT' wait_for 60 idle server
# Objects wait for a grace period, and each CPU keeps some of a slab at hand.
no_objects()
{
	for cache in /sys/kernel/slab/ktcp_*; do echo 1 >"$cache/shrink"; done
	run cat /sys/kernel/slab/ktcp_*/objects
	[ "$(objects 'conn|extra|request|timewait')" = 0 ] &&
		[ "$(objects 'extent|flight')" -le $spare ]
}
check 'no object of any slab is left, but spare ones' wait_for 30 no_objects
check 'unloads' unload
finish
