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

run modprobe nf_conntrack
run on server iptables -A INPUT -m conntrack --ctstate INVALID -j DROP
run on server iptables -A OUTPUT -m conntrack --ctstate INVALID -j DROP
hold client $S4 8080 60
check_says 'conntrack has the flow ESTABLISHED and ASSURED' \
	"ESTABLISHED src=$C4 dst=$S4 .*dport=8080 .*ASSURED" on server conntrack -L -p tcp
check_says 'and so has ktcp' 'ESTABLISHED' connections server ESTABLISHED
release
check_says 'conntrack follows the close' '(FIN_WAIT|CLOSE_WAIT|TIME_WAIT|CLOSE|LAST_ACK) src=' \
	on server conntrack -L -p tcp
run on server iptables -F

check 'unloads' unload
finish
