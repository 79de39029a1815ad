#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# While somebody floods the port from addresses that nobody has, as fast as one CPU
# can send and the other end take it, every request of others is answered, and not much
# later than by the kernel's own TCP, with nginx, under such a flood (it is sooner). Each
# segment of it is counted, and no memory goes into it.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin

TURNS='4 6 4 6 4'	# families of the SYN floods, each for one server, then the other
TIMES=50	# requests in a turn
BACKLOG=1024
# The median may be so much of nginx's, in hundredths. It is 3 to 60: where the client
# runs, on the CPU that is flooded or on the other, is chance.
MOST=125
# Segments of others, that chance or a stall of this machine brings: a SYN that is sent
# twice, an ACK that guesses a cookie.
STRAY=10
MAY_RISE_KIB=4096
flood=$TOP/selftests/system/flood.py

load
lab
#	namespace attacker             namespace server
#	eth0, no address  <--veth-->   eth1; what is sent back goes into void
namespace attacker
on attacker sysctl -qw net.ipv6.conf.all.disable_ipv6=1
cable attacker eth0 server eth1
run modprobe dummy numdummies=0
run on server ip link add void type dummy
run on server ip link set void up
run on server ip route add default via 10.3.0.2 dev void onlink
run on server ip route add default via fe80::1 dev void
run on server sysctl -w net.ktcp.max_syn_backlog=$BACKLOG net.ktcp.synack_retries=2
run on server sysctl -w net.ipv4.tcp_syncookies=1 net.ipv4.tcp_max_syn_backlog=$BACKLOG \
	net.ipv4.tcp_synack_retries=2

check 'the page' on client curl -sS -f -o "$tmp/index.html" "http://$S4:8080/"
chmod 755 "$tmp"
nginx_in server <<CONF
	server { listen 8081 backlog=$BACKLOG; listen [::]:8081 backlog=$BACKLOG; root $tmp; }
CONF
check 'nginx has it, too' wait_for 30 on client curl -sS -f -o "$tmp/got" "http://$S4:8081/"

# helper NAME NAMESPACE ARGUMENTS...: flood.py there, for tell and told
helper()
{
	mkfifo "$tmp/$1.in"
	ip netns exec "$2" python3 "$flood" "${@:3}" <"$tmp/$1.in" >>"$tmp/$1.out" &
}
tell() { : >"$tmp/$1.out"; echo "${@:2}" >&"${!1}"; }
# told NAME: it has, $answer
told() { read -r answer <"$tmp/$1.out"; }

helper attacker attacker flood eth0 "$(ip netns exec server cat /sys/class/net/eth1/address)" $S4 $S6
helper asker client ask "$tmp/index.html"
exec {attacker}>"$tmp/attacker.in" {asker}>"$tmp/asker.in"

# sample: the most requests in the backlog, and the most memory, that were ever seen
most_requests=0 most_memory=0
sample()
{
	local requests memory
	on server awk '$1 == "port" { for (i = 1; i <= NF; i++) if ($i == "backlog") at = i }
		$1 == 8080 { n = $at }
		$1 == "CurrMemory" { print n, $2 }' /proc/ktcp/listeners /proc/ktcp/stats >"$tmp/sample"
	read -r requests memory <"$tmp/sample"
	[ "$requests" -le $most_requests ] || most_requests=$requests
	[ "$memory" -le $most_memory ] || most_memory=$memory
}

# turn KIND FAMILY SERVER [PORT]: that server answers TIMES requests in such a flood (or
# none), on the connection that is held from that port, of which the flood pretends to be.
# $flooded grows by what came to ktcp; ${rates[KIND.SERVER.FAMILY]} are segments a second
flooded=0
declare -A rates
turn()
{
	local kind=$1 family=$2 server=$3 one=$4 host=$S4 from=$C4 port=8080 got rate came
	local until=$((SECONDS + 120))
	[ "$family" = 4 ] || host=$S6 from=$C6
	[ "$server" = ktcp ] || port=8081
	if [ "$kind" != none ]; then
		tell attacker "$kind" "$family" $port ${one:+$from $one}
		wait_for 30 told attacker || return
		sleep 0.3
	fi
	tell asker $host $port $TIMES "$kind.$server.$family"
	while ! told asker && [ $SECONDS -lt $until ]; do
		sleep 0.3
		sample
	done
	got=$answer
	if [ "$kind" != none ]; then
		tell attacker stop
		wait_for 30 told attacker || return
		echo "$answer"
		read -r _ _ rate came <<<"$answer"
		[ "${came:-0}" -gt 0 ] || return
		rates[$kind.$server.$family]+="$rate "
		[ "$server" != ktcp ] || flooded=$((flooded + came))
	fi
	echo "$got"
	[ "$got" = "good $TIMES" ]
}

# figures KIND FAMILY SERVER; $median
figures()
{
	local name=$1.$3.$2 late ack ack_late
	tell asker figures "$name"
	wait_for 20 told asker
	read -r median late ack ack_late <<<"$answer"
	echo "$1, IPv$2, $3: ${rates[$name]:-no }segments/s; microseconds from SYN to page:" \
		"median $median, 99% $late; to SYN-ACK: $ack, $ack_late"
}
# as_soon FAMILY
as_soon()
{
	local ktcp nginx
	figures syn "$1" ktcp
	ktcp=$median
	figures syn "$1" nginx
	nginx=$median
	[ "$ktcp" -gt 0 ] && [ $((ktcp * 100)) -le $((nginx * MOST)) ]
}
# growth NAME...: of all of them, in one line
growth()
{
	on server awk -v names="$*" '
		NR == FNR { was[$1] = $2; next }
		{ by[$1] = $2 - was[$1] }
		END { n = split(names, name); for (i = 1; i <= n; i++) printf "%d ", by[name[i]]; print "" }' \
		"$tmp/stats-server" /proc/ktcp/stats >"$tmp/growth"
}
# about N M: the same, but for strays
about()
{
	echo "$1 and $2"
	[ $(($1 - $2)) -le $STRAY ] && [ $(($2 - $1)) -le $STRAY ]
}

check 'over IPv6' on client curl -sS -g -f -o "$tmp/got" "http://[$S6]:8080/"
for server in ktcp nginx; do
	check "no flood: $server answers" turn none 4 $server
	run figures none 4 $server
done
check 'its connections are gone' wait_for 20 idle server
memory=$(used_kib)
remember server
log_mark
began=$SECONDS
asked=0
# with checkers the kernel's own TCP is too slow to answer anybody in a flood
beside='ktcp nginx'
! has_checkers || beside=ktcp
for family in $TURNS; do
	for server in $beside; do
		check "SYN flood, IPv$family: $server answers" turn syn "$family" $server
	done
	asked=$((asked + TIMES))
done
for family in 4 6; do
	if has_checkers; then
		skip "IPv$family: ktcp's median beside nginx's" 'not measured on this kernel'
		continue
	fi
	check "IPv$family: ktcp's median is not above $MOST% of nginx's" as_soon $family
done
note "most that were seen: $most_requests requests, $most_memory bytes"
# a CPU looks before it adds one, and others may do so meanwhile
check 'no more requests than may be' [ $most_requests -le $((BACKLOG + $(nproc) - 1)) ]
# each with its part of the table (KTCP_MEM_TABLE); and the connection of who asks, which
# owes a response (eight records of 64 bytes, and a page if its header is copied), while the
# one before it ends
check 'no memory but theirs, and of who asks' [ $most_memory -le \
	$(((BACKLOG + $(nproc) - 1) * ($(object_size ktcp_request) + 32) + 2 * ($(object_size ktcp_conn) + 32 + 8 * 64 + 4096))) ]
# another, once there has been no cookie for a minute
check 'a line in the log, when cookies began' [ "$(count_lines)" -ge 1 -a "$(count_lines)" -le $((1 + (SECONDS - began) / 60)) ]
check_says 'they say so' "^$(count_lines)\$" eval \
	'log_ktcp | grep -c "port 8080: backlog full, possible SYN flood; answering with SYN cookies$"'
check 'requests end' wait_for 30 idle server
growth SyncookiesSent SyncookiesRecv BacklogOverflows AttemptFails PassiveOpens
read -r cookies good full failed opened <"$tmp/growth"
requests=$((failed + opened - good))
note "$flooded SYNs, $cookies cookies, $requests requests"
check 'each SYN got a cookie or a request' about $((flooded + asked)) $((cookies + requests))
check 'a cookie, when the backlog was full' [ "$full" = "$cookies" ]
check 'of connections there are those that asked' [ "$opened" = $asked ]

# kind NAME COUNTER [ANSWERED]: each goes into that, and gets a RST at most
kind()
{
	local began=$SECONDS counted rsts held opened guessed
	remember server
	flooded=0
	check "$1 flood: ktcp answers" turn "$1" 4 ktcp
	run figures "$1" 4 ktcp
	growth "$2" OutRsts OutRstsLimited PassiveOpens SyncookiesRecv
	read -r counted rsts held opened guessed <"$tmp/growth"
	check "$1 flood: each is counted as $2" about "$flooded" "$counted"
	note "$rsts RSTs, $held withheld"
	if [ -n "$3" ]; then
		check "$1 flood: each gets a RST, or that is counted" about "$flooded" $((rsts + held))
		check "$1 flood: no more of them than rst_ratelimit for each group" \
			[ "$rsts" -le $((256 * (SECONDS - began + 2))) ]
		# with checkers no more comes
		if has_checkers; then
			check "$1 flood: which is less than came" [ "$held" -gt 0 ]
		else
			check "$1 flood: which is far less than came" [ "$held" -gt "$rsts" ]
		fi
	else
		check "$1 flood: no RST" [ "$rsts" = 0 ]
	fi
	note "$guessed ACKs guessed a cookie"
	check "$1 flood: of connections there are those that asked" [ $((opened - guessed)) = $TIMES ]
}
# live KIND FAMILY COUNTER...: to a connection that somebody uses; none is believed, each is
# counted in one of these
rsts=$(counter server OutRsts)
port=20000	# not one that others are given
live()
{
	local began=$SECONDS what="$1 flood of a connection, IPv$2" host=$S4 opened resets challenges counted
	[ "$2" = 4 ] || host=$S6
	flooded=0
	port=$((port + 1))
	tell asker hold $host 8080 $port
	check "$what: it is open" wait_for 30 told asker
	remember server
	check "$what: it answers" turn "$1" "$2" ktcp $port
	growth "${@:3}"
	read -r -a counted <"$tmp/growth"
	growth PassiveOpens EstabResets ChallengeAcks
	read -r opened resets challenges <"$tmp/growth"
	check "$what: each is counted" about "$flooded" $((${counted[0]} + ${counted[1]:-0}))
	check "$what: it was not reset, nor another opened" [ "$resets $opened" = '0 0' ]
	check "$what: no more challenges than challenge_ack_ratelimit" \
		[ "$challenges" -le $((10 * (SECONDS - began + 2))) ]
	tell asker drop
	check "$what: it ends" wait_for 30 told asker
}
for family in 4 6; do
	live ack $family InNoTimestamps
	live rst $family InUnacceptable InRsts
	live syn $family ChallengeAcks ChallengeAcksLimited
	live synack $family ChallengeAcks ChallengeAcksLimited
	live fin $family InNoTimestamps
	live urg $family InNoTimestamps
done
check 'nobody had a RST from there' [ "$(counter server OutRsts)" = "$rsts" ]

run on server sysctl -w net.ktcp.rst_ratelimit=1
kind ack InNoConns answered
kind synack InNoConns answered
kind rst InRsts
kind fin InNoConns
kind urg InNoConns

exec {attacker}>&- {asker}>&-
check 'nothing is left' wait_for 20 idle server
check 'no object is left' wait_for 20 all ktcp_request 0 ktcp_conn 0 ktcp_extra 0
after=$(used_kib)
note "memory: $memory KiB, then $after"
if [ "$(cat /sys/kernel/slab/ktcp_conn/red_zone)" = 1 ]; then
	skip 'memory is what it was' 'this kernel keeps for a while what was freed'
else
	check "memory is what it was, to $MAY_RISE_KIB KiB" [ $((after - memory)) -le $MAY_RISE_KIB ]
fi
check 'unloads' unload
check 'its memory caches are gone' no_slabs
finish
