#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# scripts/ktcp-ladder draws a real connection, and the same of a capture as of the
# tracepoints.
. "$(dirname "$0")/lib.sh"

ladder=$TOP/scripts/ktcp-ladder
tracing=/sys/kernel/tracing
grep -q " $tracing " /proc/mounts || mount -t tracefs none $tracing
load
lab

segments() { for end in '-' '<-*'; do echo "$end"; sed -nE "s/^ *[0-9.]+  \|$end ([A-Z].*[0-9]) -.*/\1/p" "$1"; done; }
complete() { tcpdump -nr "$tmp/pcap" 2>/dev/null | awk '/\.8080 > .*Flags \[F/ { ours = 1 } /\.8080: Flags \[F/ { theirs = 1 }
	END { exit !(ours && theirs && !/Flags \[F/) }'; }

printf '%s\n' 'LISTEN -> SYN_RECV' 'SYN_RECV -> ESTABLISHED' 'ESTABLISHED -> FIN_WAIT_1' \
	'FIN_WAIT_1 -> FIN_WAIT_2' 'FIN_WAIT_2 -> TIME_WAIT' >"$tmp/want"

# ask CURL-ARGUMENT...: on one CPU; two hand the segments of a connection over in any order
ask() { on client taskset -c 0 curl -sS -g -f -o /dev/null -H 'Connection: close' "$@"; }

# one FAMILY HOST
one()
{
	check "$1: capturing" capture server eth0 "$tmp/pcap"
	echo >$tracing/trace
	echo 1 >$tracing/events/ktcp/enable
	check "$1: curl" ask "http://$2:8080/"
	check "$1: the capture has the close" wait_for 30 complete
	echo 0 >$tracing/events/ktcp/enable
	kill $dump
	wait $dump
	check "$1: the capture is drawn" "$ladder" "$tmp/pcap"
	"$ladder" "$tmp/pcap" >"$tmp/of-pcap"
	cat $tracing/trace >"$tmp/text"
	check "$1: the tracepoints are drawn" "$ladder" -c ":8080" "$tmp/text"
	"$ladder" "$tmp/text" >"$tmp/of-trace"
	segments "$tmp/of-pcap" >"$tmp/a"
	segments "$tmp/of-trace" >"$tmp/b"
	check "$1: eight segments at least" [ "$(wc -l <"$tmp/a")" -ge 10 ]
	check "$1: both have the same" diff "$tmp/a" "$tmp/b"
	check_says "$1: the SYN first, by the client, on the left" '^-$' sed -n 1p "$tmp/a"
	check_says "$1: with number 0" '^SYN seq 0 wnd ' sed -n 2p "$tmp/a"
	check_says "$1: the options of the SYN" 'SYN seq 0 .*  mss 14[46]0, sack permitted, timestamps, wscale' cat "$tmp/of-pcap"
	grep -oE '[A-Z_0-9]+ -> [A-Z_0-9]+$' "$tmp/of-trace" >"$tmp/states"
	check "$1: every state" diff "$tmp/states" "$tmp/want"
	check_says "$1: the request" '\|  GET: 200, [0-9]+ bytes$' cat "$tmp/of-trace"
	check_not "$1: nothing is missing" grep -E 'hole|dropped' "$tmp/of-pcap" "$tmp/of-trace"
	# a busy machine is late with an ACK, and ktcp probes: both must say so
	check "$1: what was sent twice, in both" [ "$(grep -c retransmission "$tmp/of-pcap")" = "$(grep -c retransmission "$tmp/of-trace")" ]
}
one IPv4 $S4
one IPv6 "[$S6]"

note 'a segment that is lost'
on client nft -f - <<END
table ip lose {
	set once { type inet_proto; flags dynamic; }
	chain in {
		type filter hook input priority 0;
		tcp sport 8080 tcp flags & (syn | rst) == 0 ip length > 500 ip protocol != @once add @once { ip protocol } drop
	}
}
END
echo >$tracing/trace
echo 1 >$tracing/events/ktcp/enable
check 'curl' ask "http://$S4:8080/"
echo 0 >$tracing/events/ktcp/enable
check_says 'its retransmission, with the reason' '  retransmission: (probe|timeout|recovery)$' "$ladder" $tracing/trace
check 'unloads' unload
finish
