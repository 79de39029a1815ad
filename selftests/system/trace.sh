#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# One request on the wire, as tshark sees it: the segments are exactly those of
# the book, and its expert analysis has nothing to say.
. "$(dirname "$0")/lib.sh"

load
lab
for ns in client server; do
	on $ns ethtool -K eth0 tx off tso off gso off gro off >/dev/null 2>&1
done
ip netns exec client tcpdump -U -i eth0 -w "$tmp/pcap" 'tcp port 8080' >"$tmp/tcpdump" 2>&1 &
dump=$!
check 'capturing' wait_for 20 grep -q listening "$tmp/tcpdump"
check 'curl' on client curl -sS -f -o /dev/null -H 'Connection: close' http://$S4:8080/
complete() { [ "$(tcpdump -nr "$tmp/pcap" 2>/dev/null | wc -l)" -ge 9 ]; }
wait_for 10 complete
kill $dump
wait $dump
run tcpdump -nr "$tmp/pcap"
# shark OPTION...: tshark on the capture, every checksum verified
shark() { tshark -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE -r "$tmp/pcap" "$@" 2>"$tmp/shark-errors"; }
shark -T fields -e ip.src -e tcp.flags.str -e tcp.len >"$tmp/segments"
check 'tshark reads the capture' test $? = 0
run cat "$tmp/segments"
nothing() { shark "$@" >"$tmp/found" && ! grep . "$tmp/found"; }
check 'no warning of the analysis' nothing -Y tcp.analysis.flags
check 'no bad checksum' nothing -Y 'tcp.checksum.status == 0 || ip.checksum.status == 0'
check 'nothing is sent twice' nothing -Y tcp.analysis.retransmission

# who spoke, which flags, and whether with data; PSH is the sender's own affair
story() { awk -v s="$S4" '{ gsub(/[^SAFR]/, "", $2)
	printf "%s%s%s ", ($1 == s ? "<" : ">"), $2, ($3 > 0 ? "+" : "") }' "$tmp/segments"; echo; }
check_says 'handshake, request, response, four-way close, in this order' \
	'^>S <AS >A >A\+ (<A\+ |>A )*<AF\+? (>A )*>AF <A $' story
check 'unloads' unload
finish
