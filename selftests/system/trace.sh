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
shark() { tshark -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE -r "$tmp/pcap" "$@" 2>/dev/null; }
nothing() { ! shark "$@" | grep .; }
check 'no warning of the analysis' nothing -Y tcp.analysis.flags
check 'no bad checksum' nothing -Y 'tcp.checksum.status == 0 || ip.checksum.status == 0'
check_says 'SYN, SYN-ACK, ACK' '^ *SYN *SYN,ACK *ACK' eval 'shark -T fields -e tcp.flags.str | head -3 | sed "s/·//g; s/S$/SYN/; s/AS$/SYN,ACK/; s/^A$/ACK/; s/ASYN/SYN,ACK/" | tr "\n" " "'
check_says 'one FIN from each side' '^2$' eval "shark -Y 'tcp.flags.fin == 1' -T fields -e ip.src | sort -u | wc -l"
check_says 'nothing is sent twice' '^0$' eval "shark -Y 'tcp.analysis.retransmission' | wc -l"
check 'unloads' unload
finish
