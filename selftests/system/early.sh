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

note 'IPsec policy is not for a device without (disable_policy): lo'
run on router ip xfrm policy add dir in src 0.0.0.0/0 dst $R4 tmpl proto esp mode tunnel
check "what comes from here is served" on router curl -sS -m 10 -f -o /dev/null http://$R4:8080/
check_exits $CURL_TIMEOUT 'from outside it gets nothing' \
	on client curl -sS -m 3 -f -o /dev/null http://$R4:8080/
run on router ip xfrm policy flush

check_says 'no checksum was bad' '^InCsumErrors 0$' on router cat /proc/ktcp/stats
check 'unloads' unload
finish
