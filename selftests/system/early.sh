#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# hook=early takes segments before the INPUT rules, and still only those to an
# address of this host.
. "$(dirname "$0")/lib.sh"

load hook=early
check_says 'the parameter is shown' '^early$' cat /sys/module/ktcp/parameters/hook
lab_routed
run on server sysctl -w net.ktcp.ports=
run on router sysctl -w net.ktcp.ports=8080
head -c 20000 /dev/urandom >"$tmp/file"
kernel_server server 8080 "$tmp/file"
for ipt in iptables ip6tables; do
	run on router $ipt -A INPUT -p tcp --dport 8080 -j DROP
done
for host in $R4 "[$R6]"; do
	remember router
	check_says "$host: ktcp answers, whatever INPUT says" 'HTTP/1.1 200' \
		on client curl -sSi -g -m 20 "http://$host:8080/"
	check "$host: one connection" grew router PassiveOpens
done
remember router
for host in $S4 "[$S6]"; do
	check "$host: a file through the router" \
		on client curl -sS -g -m 30 -o "$tmp/got" "http://$host:8080/"
	check "$host: is what it was" cmp "$tmp/got" "$tmp/file"
done
check 'of what is forwarded ktcp took nothing' same router InSegs

note 'an address of a device that is down is the host'\''s all the same'
run on router ip link add spare type dummy
address router spare 10.9.9.9/32
run on router ip link set spare up
check 'while it is up it is' on client curl -sS -m 30 -f -o /dev/null http://10.9.9.9:8080/
run on router ip link set spare down
check 'and then' on client curl -sS -m 30 -f -o /dev/null http://10.9.9.9:8080/

note 'IPsec policy is not for a device without (disable_policy): lo'
run on router ip xfrm policy add dir in src 0.0.0.0/0 dst $R4 tmpl proto esp mode tunnel
check "what comes from here is served" on router curl -sS -m 10 -f -o /dev/null http://$R4:8080/
check_exits $CURL_TIMEOUT 'from outside it gets nothing' \
	on client curl -sS -m 3 -f -o /dev/null http://$R4:8080/
run on router ip xfrm policy flush
check 'without one it is served' on client curl -sS -m 30 -f -o /dev/null http://$R4:8080/
run on router ip xfrm policy add dir in src ::/0 dst $R6 tmpl proto esp mode tunnel
check_exits $CURL_TIMEOUT 'IPv6: from outside it gets nothing' \
	on client curl -sS -g -m 3 -f -o /dev/null "http://[$R6]:8080/"
# the route of an address knows, which is made with it; on the way there are INPUT rules
run on router ip6tables -F INPUT
run on router sysctl -w net.ipv6.conf.west.disable_policy=1
run on router ip address del $R6/64 dev west
address router west $R6/64
check 'IPv6: nor is it for an address of one, though its route is not known yet' \
	on client curl -sS -g -m 30 -f -o /dev/null "http://[$R6]:8080/"
run on router ip xfrm policy flush

note 'a bridge with br_netfilter'
#	client                    bridge                        server
#	eth1 10.3.0.2/24 <-> one \ br0 10.3.0.1/24 / two <-> eth1 10.3.0.1/24
# Both have the address; the frame says whom it is for.
if run modprobe br_netfilter; then
	namespace bridge
	run ip -n bridge link add br0 type bridge
	cable client eth1 bridge one
	cable server eth1 bridge two
	for port in one two; do run ip -n bridge link set $port master br0; done
	run ip -n bridge link set br0 up
	address client eth1 10.3.0.2/24
	address server eth1 10.3.0.1/24
	address bridge br0 10.3.0.1/24
	run on bridge sysctl -w net.bridge.bridge-nf-call-iptables=1 net.ktcp.ports=8080
	# to NAMESPACE DEVICE: the client's frames go there
	to()
	{
		run on client ip neigh replace 10.3.0.1 dev eth1 nud permanent \
			lladdr "$(ip -n "$1" -br link show "$2" | awk '{ print $3 }')"
	}
	to server eth1
	remember bridge
	check 'for another station: it answers' \
		on client curl -sS -m 10 -o "$tmp/got" http://10.3.0.1:8080/
	check 'with its file' cmp "$tmp/got" "$tmp/file"
	check 'ktcp took nothing of it' same bridge InSegs
	to bridge br0
	check 'for the bridge: ktcp answers' on client curl -sS -m 10 -f -o /dev/null http://10.3.0.1:8080/
	check 'one connection' grew bridge PassiveOpens
	run ip netns delete bridge
else
	skip 'a bridge with br_netfilter' 'this kernel has none'
fi

check_says 'no checksum was bad' '^InCsumErrors 0$' on router cat /proc/ktcp/stats
check 'unloads' unload
finish
