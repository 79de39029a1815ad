#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Whatever is done to the host meanwhile, a body is right or its connection broke, and
# nothing is left. A connection stalls only where segments were lost. All that can happen
# does, in an order that goes by the seed, so many times over:
#
#	CHAOS=100 SEED=7 make check T=system/chaos
. "$(dirname "$0")/lib.sh"

TIMES=${CHAOS:-2}
RANDOM=${SEED:-1}
clients=$TOP/selftests/system/chaos.py

# in tenths of a second, up to N
a_while() { sleep "$((RANDOM % $1 / 10)).$((RANDOM % 10))"; }
# one WORD...: any of them, in $it; in this shell, or the next would be the same
one() { shift $((RANDOM % $#)); it=$1; }
server_addresses()
{
	on server ip address replace $S4/24 dev eth0
	on server ip -6 address replace $S6/64 dev eth0 nodad
	neighbours >/dev/null	# a flipped bit of an address of Ethernet would last
}
publish_one() { one a b; on server sysctl -qw net.ktcp.docroot="$tmp/docs/$it"; }
up() { on server sysctl -qw net.ktcp.ports=8080 net.ktcp.time_wait_sec=2; publish_one; }
sysctls() { on server bash -c 'cd /proc/sys/net/ktcp && for f in *; do case $f in docroot | ports) ;; *) read -r v <$f && echo "$f $v" ;; esac; done'; }

# --- what can happen; each takes back what it did ---

device_goes_down()
{
	on server ip link set eth0 down
	a_while 10
	on server ip link set eth0 up
	server_addresses
}
addresses_go()
{
	on server ip address del $S4/24 dev eth0
	on server ip -6 address del $S6/64 dev eth0
	a_while 10
	server_addresses
}
routes_go()
{
	one blackhole unreachable prohibit
	on server ip route add $it $C4
	on server ip -6 route add blackhole $C6
	a_while 10
	on server ip route del $C4
	on server ip -6 route del blackhole $C6
}
# what ip_local_out() is given comes back as an error
output_fails()
{
	one drop reject
	on server nft "add table inet chaos; add chain inet chaos out { type filter hook output priority 0; };
		add rule inet chaos out tcp sport 8080 $it" || return
	remember server
	a_while 10
	wait_for 20 output_failed || it=none
	on server nft delete table inet chaos
	[ $it != none ]
}
output_failed() { [ "$(grown server OutErrors)" -gt 0 ]; }
# allocations that cannot wait fail, up to one in three
failslab=/sys/kernel/debug/failslab
memory_fails()
{
	echo -1 >$failslab/times
	echo 0 >$failslab/verbose
	echo $((1 + RANDOM % 30)) >$failslab/probability
	a_while 10
	echo 0 >$failslab/probability
}
mtu_changes()
{
	one 1280 1400 1500 4000 9000
	on server ip link set eth0 mtu $it
	on client ip link set eth0 mtu $it
	server_addresses
}
network_is_bad()
{
	local ns
	for ns in client server; do
		on $ns tc qdisc replace dev eth0 root netem limit 100 loss "$((RANDOM % 10))%" \
			delay "$((1 + RANDOM % 20))ms" 1ms reorder 5% duplicate 1% corrupt 1%
	done
	a_while 30
	for ns in client server; do on $ns tc qdisc del dev eth0 root; done
}
pages_are_published_again() { publish_one; }
nothing_is_published() { on server sysctl -qw net.ktcp.docroot=; a_while 3; publish_one; }
# in one process: with few connections allowed a SYN is not answered for as long
as_before()
{
	on server bash -c 'cd /proc/sys/net/ktcp && while read -r k v; do echo "$v" >$k || exit; done <"$1"' - "$tmp/sysctls"
}
sysctls_change()
{
	local k
	for ((k = 0; k < 4; k++)); do
		one max_syn_backlog=1 max_syn_backlog=1024 syncookies=0 syncookies=2 \
			rcvbuf=4096 rcvbuf_max=65536 timestamps=0 sack=0 window_scaling=0 \
			ecn=1 congestion_control=newreno max_connections=3 keepalive_sec=1 \
			challenge_ack_ratelimit=0 rst_ratelimit=0
		on server sysctl -qw "net.ktcp.$it"
	done
	a_while 20
	as_before
}
# of memory, of TIME_WAIT, and of how slow a client may be
limits_are_low()
{
	on server sysctl -qw net.ktcp.mem_mib_max=1 net.ktcp.max_time_wait=$((RANDOM % 3)) \
		net.ktcp.http_min_rate=1000000
	a_while 20
	as_before
}
port_goes() { on server sysctl -qw net.ktcp.ports=; a_while 5; up; }
module_goes()
{
	unload >/dev/null || return
	a_while 5
	load >/dev/null && up
}
alone() { ! on client ip link show eth0; }
namespace_goes()
{
	ip netns delete server
	wait_for 20 alone
	{ namespace server && cable server eth0 client eth0 && address server eth0 $S4/24 $S6/64 &&
		address client eth0 $C4/24 $C6/64 && neighbours; } >/dev/null
	up
}

EVENTS='device_goes_down addresses_go routes_go output_fails mtu_changes network_is_bad
	pages_are_published_again nothing_is_published sysctls_change limits_are_low
	port_goes module_goes namespace_goes'
if [ -d $failslab ]; then
	EVENTS+=' memory_fails'
else
	skip 'allocations fail' 'this kernel has no failslab'
fi
# of those, what loses segments while it is on
LOSSY=' device_goes_down addresses_go routes_go output_fails mtu_changes network_is_bad memory_fails '
# $order: each once, in any order; a subshell would have random numbers of its own
shuffle()
{
	local e list=
	for e in $EVENTS; do list+="$RANDOM $e"$'\n'; done
	order=$(sort -n <<<"${list%$'\n'}" | cut -d' ' -f2)
}

# happens EVENT: and when it was, if segments are lost
uptime() { read -r up _ </proc/uptime; }
happens()
{
	local up began
	uptime
	began=$up
	$1 2>"$tmp/event.err" && happened=$((happened + 1)) || note "$(cat "$tmp/event.err")"
	uptime
	# which is told in hundredths
	[[ $LOSSY != *" $1 "* ]] || echo "$began ${up}9" >>"$tmp/docs/lossy"
}

# --- the load, and what happens to it ---

run modprobe sch_netem
run python3 "$clients" make "$tmp/docs"
load
lab
neighbours
# what the client's TCP keeps of a round is not ours
on client sysctl -qw net.ipv4.tcp_max_tw_buckets=16
up
sysctls >"$tmp/sysctls"

# a round: all that can happen, to a load of its own; afterwards nothing is under way
happened=0 memory=()
round()
{
	local event load
	shuffle
	: >"$tmp/docs/lossy"
	rm -f "$tmp/docs/stop"
	ip netns exec client python3 "$clients" load "$tmp/docs" "$RANDOM" 0 $S4 $S6 >"$tmp/seen.$1" 2>&1 &
	load=$!
	for event in $order; do
		uptime
		note "$up $event"
		happens $event
		a_while 5
	done
	check 'the load went on to the end' kill -0 $load
	: >"$tmp/docs/stop"
	check 'each body was right, or its connection broke, or segments were lost' wait $load
	run cat "$tmp/seen.$1" "$tmp/docs/lossy"
	check 'all connections come to an end' wait_for 200 idle server
	memory+=("$(used_kib)")
}

for ((i = 0; i < TIMES; i++)); do
	RANDOM=$((${SEED:-1} + i))
	round $i
done
seen()
{
	local n
	n=$(cat "$tmp"/seen.* | awk -v k="$1" '$1 == k { n += $2 } END { print n + 0 }')
	echo "$1: $n"
	[ "$n" -ge "$2" ]
}
check 'there were bodies' seen bodies $((TIMES * 50))
check 'and connections that broke' seen broken $TIMES
run seen stalled 0
check 'all that was to happen happened' [ $happened = $((TIMES * $(wc -w <<<"$EVENTS"))) ]
# the first round loads what the kernel itself keeps
flat()
{
	echo "${memory[*]}"
	[ $((${memory[-1]} - memory[0])) -le $MAY_RISE_KIB ]
}
if [ "$TIMES" -gt 1 ]; then
	check "memory is flat after the first round, to $MAY_RISE_KIB KiB" flat
else
	skip 'memory is flat after the first round' 'there was one'
fi

for file in 0 7 39; do
	check "afterwards: file $file over both families" on client bash -c '
		for url; do curl -sS -g -f -m 20 -o "$0" "$url" && { read -r sum; sha256sum | grep "^$sum"; } <"$0" || exit; done' \
		"$tmp/body" "http://$S4:8080/$file" "http://[$S6]:8080/$file"
done
check 'all connections come to an end again' wait_for 200 idle server
check 'unloads' unload
check 'its memory caches are gone' no_slabs
finish
