#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# One request on the wire, as tshark sees it: the segments are exactly those of
# the book, and its expert analysis has nothing to say. In virtual time: a machine that
# stands still for a moment would have segments sent again.
. "$(dirname "$0")/../system/lib.sh"

load
lab
# A question for the server's station would be a round trip more.
neighbours
for ns in client server; do
	run on $ns tc qdisc add dev eth0 root netem delay 10ms
	on $ns ethtool -K eth0 tx off tso off gso off gro off >/dev/null 2>&1
done

# complete: the last ACK of the close is there
complete() { tcpdump -nr "$tmp/pcap" 2>/dev/null | awk '/Flags \[F/ { n++ } END { exit !(n == 2 && !/Flags \[F/) }'; }
# shark FIELD...: of each segment, separated by "|"; every checksum is verified
shark()
{
	tshark -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE -r "$tmp/pcap" \
		-T fields -E separator='|' "${@/#/-e}" 2>"$tmp/shark-errors"
}
# all COLUMN VALUE: every segment has this there
all() { awk -F'|' -v c="$1" -v v="$2" '$c != v { print; bad = 1 } END { exit bad || !NR }' "$tmp/segments"; }
# who spoke, which flags, and whether with data; PSH is the sender's own affair
story() { awk -F'|' -v s="$1" '{ gsub(/[^SAFR]/, "", $2)
	printf "%s%s%s ", ($1 == s ? "<" : ">"), $2, ($3 > 0 ? "+" : "") }' "$tmp/segments"; echo; }

# trace WHAT SERVER FIELD-OF-ADDRESS CHECKSUM-OF-IP
trace()
{
	check "$1: capturing" capture client eth0 "$tmp/pcap"
	check "$1: curl" on client curl -sS -g -f -o /dev/null \
		-H 'Connection: close' "http://$2:8080/"
	check "$1: the capture has the close" wait_for 30 complete
	kill $dump
	wait $dump
	run tcpdump -nr "$tmp/pcap"
	shark "$3" tcp.flags.str tcp.len tcp.checksum.status ip.checksum.status \
		tcp.analysis.flags tcp.analysis.retransmission >"$tmp/segments"
	check "$1: tshark reads the capture" test $? = 0
	run cat "$tmp/segments"
	check "$1: every checksum of TCP is good" all 4 1
	check "$1: and every one of IP" all 5 "$4"
	check "$1: no warning of the analysis" all 6 ''
	check "$1: nothing is sent twice" all 7 ''
	check_says "$1: handshake, request, response, four-way close, in this order" \
		'^>S <AS >A >A\+ (<A\+ |>A )*<AF\+? (>A )*>AF <A $' story "${2//[][]/}"
}
trace IPv4 $S4 ip.src 1
trace IPv6 "[$S6]" ipv6.src ''	# which has none
check 'unloads' unload
finish
