#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# counted.sh [-s "SERVER..."] CASE...: what each costs, in instructions, in a
# guest whose clock counts them. Prints results as lib.sh says.
. "$(dirname "$0")/lib.sh"

only=
[ "$1" != -s ] || { only=$2; shift 2; }

# among NAME...: those that are wanted
among() { local s; for s; do wants "$(column "$s")" && echo "$s"; done; }

WEB='ktcp nginx haproxy khttp'
FILES='ktcp nginx khttp'

# keepalive CASE CONNS SERVERS SETTING...
keepalive()
{
	local name=$1 conns=$2 servers=$3 s warm
	shift 3
	# every connection has left its beginning behind (quick ACKs, slow start)
	warm=$((conns > 500 ? 2 * conns : 1000))
	for s in $(among $servers); do
		fresh "$conns"
		bench open port=${!s} first=$first conns="$conns" window=16 "$@" || continue
		bench requests port=${!s} first=$first conns="$conns" warm=$warm \
			count=$((conns > 5000 ? 20000 : 10000)) path=/100 body=100 "$@" &&
			result "$name" "$s" request
		bench abort port=${!s} first=$first conns="$conns" "$@"
	done
}

# close CASE SETTING...
close()
{
	local name=$1 s
	shift
	for s in $(among $WEB); do
		fresh 3000
		bench connections port=${!s} first=$first conns=16 warm=500 count=2000 \
			path=/100 body=100 "$@" && result "$name" "$s" connection
	done
}

# body CASE SIZE BYTES WARM COUNT SETTING...
body()
{
	local name=$1 size=$2 bytes=$3 warm=$4 count=$5 s
	shift 5
	for s in $(among $FILES); do
		fresh 1
		bench open port=${!s} first=$first || continue
		bench requests port=${!s} first=$first path=/$size body="$bytes" \
			warm="$warm" count="$count" "$@" &&
			result "$name" "$s" byte "$(awk -v c="$(value cost)" -v b="$bytes" \
				'BEGIN { printf "%.5f", c / b }')"
		bench abort port=${!s} first=$first
	done
}

# with N cookies always
cookies() { sysctl -qw net.ipv4.tcp_syncookies=$1 net.ktcp.syncookies=$1; }

case_echo()
{
	bench echo conns=16 warm=1000 count=10000 && result echo kernel packet
	bench echo conns=16 warm=1000 count=10000 size=220 && result echo220 kernel packet
}
case_echo6() { bench echo family=6 size=172 conns=16 warm=1000 count=10000 && result echo6 kernel packet; }

case_keepalive() { keepalive keepalive 16 "$WEB"; }
case_keepalive6() { keepalive keepalive6 16 "$WEB" family=6; }
case_keepalive-1() { keepalive keepalive-1 1 "$WEB"; }
case_keepalive-1000() { keepalive keepalive-1000 1000 "$WEB"; }
case_keepalive-10000() { keepalive keepalive-10000 10000 "$WEB"; }
case_pipeline() { keepalive pipeline 16 "$WEB" depth=16; }
case_close() { close close; }
case_close6() { close close6 family=6; }
case_conntrack()
{
	conntrack_up
	keepalive keepalive-conntrack 16 "$WEB"
	close close-conntrack
	conntrack_down
}
# ktcp alone can do this
case_early()
{
	local only=ktcp
	[ -n "$(among ktcp)" ] || return
	ktcp_down
	ktcp_up hook=early
	keepalive keepalive-early 16 ktcp
	close close-early
	cookies 2
	syn syn-early ktcp
	cookies 1
	ktcp_down
	ktcp_up
}

case_body16k() { body body16k 16k 16384 200 8000; }
case_body1m() { body body1m 1m 1048576 16 1024; }
# a receiver whose card merges nothing acknowledges every second segment
case_body1m-ack2() { body body1m-ack2 1m 1048576 16 128 ack=2; }
case_body1g() { body body1g 1g 1073741824 0 1; }

# syn CASE SERVER
syn()
{
	fresh 7000
	bench syn port=${!2} first=$first conns=16 warm=1000 count=5000 &&
		result "$1" "$2" SYN
}

case_syn()
{
	local s
	cookies 2
	for s in $(among ktcp kernel); do
		syn syn "$s"
		fresh 5000
		bench syn hold=1 port=${!s} first=$first conns=5000 window=16 || continue
		bench ack port=${!s} first=$first conns=5000 window=16 &&
			result ack "$s" connection
		bench abort port=${!s} first=$first conns=5000 window=16
	done
	cookies 1
}

case_stray()
{
	local s
	for s in $(among ktcp kernel); do
		fresh 7000
		bench stray port=${!s} first=$first conns=16 warm=1000 count=5000 &&
			result stray "$s" segment
	done
}

# The end of TIME_WAIT is timers: what the same minute costs without is no part.
case_timewait()
{
	local s base n=12000
	sleep 70
	bench idle count=70000
	base=$(value busy)
	for s in $(among ktcp khttp); do
		fresh $n
		bench connections hold=1 port=${!s} first=$first conns=16 count=$n \
			path=/100 body=100 || continue
		bench fin port=${!s} first=$first conns=16 count=$n &&
			result timewait "$s" connection
		say "$(grep TCP: /proc/net/sockstat) $(grep CurrTimeWaits /proc/ktcp/stats)"
		bench idle count=70000 &&
			result expiry "$s" connection $((($(value busy) - base) / n))
	done
}

case_upload()
{
	local s
	discard_up
	for s in $(among discard sink); do
		fresh 1
		bench open port=${!s} first=$first || continue
		bench upload port=${!s} first=$first warm=16777216 count=67108864 &&
			result upload "$s" byte
		bench abort port=${!s} first=$first
	done
	discard_down
}

# Requests come when they come, half as many as the server could answer; then
# again as many as would be half the load of nginx. The clock is instructions.
latency_of() # CASE SERVER NS-A-REQUEST
{
	fresh 512
	bench open port=${!2} first=$first conns=512 &&
	bench requests port=${!2} first=$first conns=512 interval="$3" warm=2000 \
		count=20000 path=/100 body=100 || return
	result "$1-p50" "$2" ns "$(value p50)"
	result "$1-p999" "$2" ns "$(value p999)"
	bench abort port=${!2} first=$first conns=512
}
case_latency()
{
	local s cost nginx_cost=
	for s in $(among nginx ktcp khttp); do
		fresh 64
		bench open port=${!s} first=$first conns=64 &&
		bench requests port=${!s} first=$first conns=64 warm=1000 count=8000 \
			path=/100 body=100 || continue
		cost=$(value cost)
		bench abort port=${!s} first=$first conns=64
		[ $s != nginx ] || nginx_cost=${cost%.*}
		latency_of latency "$s" $((${cost%.*} * 2))
		[ -z "$nginx_cost" ] || [ $s = nginx ] ||
			latency_of latency-same "$s" $((nginx_cost * 2))
	done
}

# --- memory: what is gone when so many have been made, over how many ---

# Nothing but builtins: while a program is read from the host's disk the guest is
# idle, its clock leaps, and what is to be measured times out.
free_kib()
{
	local f name n sum=0
	for f in /sys/kernel/slab/*/shrink; do echo 1 >"$f"; done
	echo idle count=500 >/proc/ktcp_bench	# a grace period
	for f in /sys/kernel/slab/*/shrink; do echo 1 >"$f"; done
	while read -r name n _; do
		case $name in MemFree: | Buffers: | Cached:) sum=$((sum + n)) ;; esac
	done </proc/meminfo
	# pages that are free too, for the CPU that had them last
	while read -r name n _; do
		case $name in count:) sum=$((sum + 4 * n)) ;; esac
	done </proc/zoneinfo
	kib=$sum
}

# per N KIB-BEFORE: bytes an object, in $each
per() { free_kib; each=$((($2 - kib) * 1024 / $1)); }

# slabs PATTERN: objects in use and their sizes
slabs() { say "$(awk -v p="$1" '$1 ~ p && $2 > 9999 { printf "%s: %d in %.0f bytes each; ", $1, $2, $15 * $6 * 4096 / $2 }' /proc/slabinfo)"; }

# settled: what earlier connections left behind has timed out
settled() { bench idle count=150000; }

SLABS='^(ktcp|TCP|tw_sock|request_sock|sock_inode|filp|dentry|eventpoll|kmalloc-4k)'

# take STATE SERVER N: the memory that N connections in a state take; fails if they
# cannot be brought there
take()
{
	local state=$1 s=$2 n=$3 before
	fresh $n
	settled
	free_kib; before=$kib
	"$state" "${!s}" $n || return
	per $n "$before"
	result "memory-$state" "$s" byte $each
	slabs "$SLABS"
}

# STATE PORT N
established()
{
	bench open port=$1 first=$first conns=$2 window=64 &&
		bench requests port=$1 first=$first conns=$2 count=$2 window=64 \
			path=/100 body=100
}
syn_recv() { bench syn hold=1 port=$1 first=$first conns=$2 window=64; }
time_wait()
{
	bench connections hold=1 port=$1 first=$first conns=64 count=$2 path=/100 body=100 &&
		bench fin port=$1 first=$first conns=$2 window=64
}

# idle connections that have answered a request, as long as nobody reads on
case_memory()
{
	local s n=40000
	peers $((2 * n))
	for s in $(among ktcp nginx khttp); do
		take established "$s" $n || continue
		bench abort port=${!s} first=$first conns=$n
	done
	cookies 0
	sysctl -qw net.ktcp.max_syn_backlog=1048576
	for s in $(among ktcp kernel); do
		take syn_recv "$s" $n || continue
		bench abort port=${!s} first=$first conns=$n
	done
	cookies 1
	for s in $(among ktcp khttp); do
		take time_wait "$s" $n
	done
	peers $peers_default
}

# a million connections, idle; then each answers a request
case_million()
{
	local n=1000000 before one
	peers $n
	sysctl -qw net.ktcp.max_connections=2000000 net.ktcp.mem_mib_max=1024
	bench open port=$ktcp conns=1000
	# as below: each in its turn, and its response acknowledged at once
	bench requests port=$ktcp conns=1000 window=500 warm=2000 count=20000 path=/100 body=100 &&
		result million-1000 ktcp request
	bench abort port=$ktcp conns=1000
	free_kib; before=$kib
	bench open port=$ktcp conns=$n window=500 || return
	bench idle count=30000
	per $n "$before"
	result million-memory ktcp byte $each
	slabs "$SLABS"
	say "$(grep -E 'Mem(Total|Free|Available)' /proc/meminfo | tr -s '\n ' '  ')"
	say "$(grep -E '^Curr' /proc/ktcp/stats | tr '\n' ' ')"
	bench requests port=$ktcp conns=$n window=500 warm=1000 count=$((n - 1500)) \
		path=/100 body=100 && result million ktcp request
	bench abort port=$ktcp conns=$n window=500
}

peers_default=50000
for name; do
	case $name in
	body1g) files 1g ;;
	million) only=ktcp ;;
	esac
done
files 16k 1m
device_up
peers $peers_default
servers_up
for name; do
	declare -F "case_$name" >/dev/null || { fail "no case $name"; continue; }
	say "case $name at $SECONDS s"
	"case_$name"
done
servers_down
rmmod ktcp_bench || fail "rmmod"
say "end at $SECONDS s"
exit $failed
