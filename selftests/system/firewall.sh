#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# An INPUT rule that drops a client drops it here too, and connection tracking
# sees a consistent flow.
. "$(dirname "$0")/lib.sh"

load
lab
page() { on client curl -sS -g -m "${2:-10}" -f -o /dev/null "http://$1:8080/"; }

for family in 4 6; do
	[ $family = 4 ] && host=$S4 ipt=iptables || { host="[$S6]"; ipt=ip6tables; }
	check "IPv$family: served without a rule" page "$host"
	run on server $ipt -A INPUT -p tcp --dport 8080 -j DROP
	remember server
	check_not "IPv$family: a dropped client gets nothing" page "$host" 3
	check "IPv$family: ktcp saw nothing of it" same server InSegs
	run on server $ipt -F INPUT
	check "IPv$family: served again" page "$host"
done

# invalid IPTABLES: how many packets the rules of both chains dropped
invalid() { for chain in INPUT OUTPUT; do on server $1 -vnxL $chain; done | awk '$3 == "DROP" { n += $1 } END { print n + 0 }'; }

# tracked WHAT CLIENT SERVER IPTABLES
tracked()
{
	local flow="src=$2 dst=$3 .*dport=8080" family=${1,,}
	run on server $4 -A INPUT -m conntrack --ctstate INVALID -j DROP
	run on server $4 -A OUTPUT -m conntrack --ctstate INVALID -j DROP
	hold client $3 8080 60
	check_says "$1: conntrack has the flow ESTABLISHED and ASSURED" \
		"ESTABLISHED $flow .*ASSURED" on server conntrack -L -f $family -p tcp
	check_says "$1: and so has ktcp" "$2\]?:[0-9]+ ESTABLISHED" connections server ESTABLISHED
	release
	check_says "$1: conntrack follows the close" \
		"(FIN_WAIT|CLOSE_WAIT|TIME_WAIT|CLOSE|LAST_ACK) $flow" \
		on server conntrack -L -f $family -p tcp
	check_says "$1: no packet was INVALID" '^0$' invalid $4
	run on server $4 -F
}
run modprobe nf_conntrack
tracked IPv4 $C4 $S4 iptables
tracked IPv6 $C6 $S6 ip6tables

check 'unloads' unload
finish
