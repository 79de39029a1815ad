#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Under a mixed load that does not change, over a path that loses segments, memory
# does not grow. Ten minutes; hours, with the samples kept for a plot, by
#
#	SOAK=14400 make check T=system/soak
#	scripts/soak-plot build/logs/system/guest1/soak.tsv soak.svg
. "$(dirname "$0")/lib.sh"

LONG=${SOAK:-600}
EVERY=10
# Seconds between what a client does and what it does next: what shares this machine
# has some of it.
PAUSE=0.2
# How far the curve of objects may rise between the second quarter of the time and the
# last: what the kernel itself moves by.
MAY_RISE_OBJECTS=64
clients=$TOP/selftests/system/chaos.py
samples=/mnt/soak.tsv

# Objects in use, of all slabs of ktcp; each CPU keeps some at hand.
objects() { awk '/^ktcp_/ { n += $2 } END { print n + 0 }' /proc/slabinfo; }
unreclaimable() { awk '/^SUnreclaim:/ { print $2 }' /proc/meminfo; }
sample()
{
	printf '%s\t' "$1" "$(used_kib)" "$(unreclaimable)" "$(objects)" \
		"$(counter server CurrConns)" "$(counter server CurrTimeWaits)"
	counter server HttpRequests
}

# quarter N COLUMN: its median in that quarter of the time
quarter()
{
	awk -F'\t' -v q="$1" -v c="$2" -v long="$LONG" '$1 > (q - 1) * long / 4 && $1 <= q * long / 4 { print $c }' "$samples" |
		sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
# flat COLUMN MAY-RISE
flat()
{
	local before after
	before=$(quarter 2 "$1") after=$(quarter 4 "$1")
	echo "$before, then $after"
	[ -n "$before" ] && [ -n "$after" ] && [ $((after - before)) -le "$2" ]
}

run modprobe sch_netem
run python3 "$clients" make "$tmp/docs"
load
lab
check 'its memory caches are there' has_slabs
run on server sysctl -w net.ktcp.docroot="$tmp/docs/a" net.ktcp.time_wait_sec=5
for ns in client server; do
	run on $ns tc qdisc add dev eth0 root netem limit 1000 loss 1% delay 2ms 1ms reorder 2% duplicate 0.5%
done
remember server
ip netns exec client python3 "$clients" load "$tmp/docs" soak "$PAUSE" $S4 $S6 >"$tmp/seen" 2>&1 &
load=$!
began=$SECONDS
for ((t = EVERY; t <= LONG; t += EVERY)); do
	while [ $((SECONDS - began)) -lt $t ] && kill -0 $load 2>/dev/null; do sleep 0.2; done
	sample $t
done >"$samples"
run cat "$samples"
check 'the load went on to the end' kill -0 $load
touch "$tmp/docs/stop"
check 'each body was right' wait $load
run cat "$tmp/seen"
check 'no connection broke' grep -qx 'broken 0' "$tmp/seen"
check 'none stalled' grep -qx 'stalled 0' "$tmp/seen"
check 'segments were lost and sent again' grew server RetransSegs $((LONG / 10))
check 'requests were answered all the time' awk -F'\t' 'NR > 1 && $7 <= last { exit 1 } { last = $7 }' "$samples"
check "memory is flat, to $MAY_RISE_KIB KiB" flat 2 $MAY_RISE_KIB
check "memory of slabs is flat, to $MAY_RISE_KIB KiB" flat 3 $MAY_RISE_KIB
check "objects of ktcp are flat, to $MAY_RISE_OBJECTS" flat 4 $MAY_RISE_OBJECTS
check 'all connections come to an end' wait_for 200 idle server
check 'unloads' unload
check 'its memory caches are gone' no_slabs
finish
