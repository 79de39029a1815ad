#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every MTU from 576 to 9000, with and without the devices' offloads: every body
# is right, and super-segments pass where the device takes them, and only there.
. "$(dirname "$0")/lib.sh"

# Two CPUs could hand segments of a connection to the peer in any order.
run taskset -p 1 $$
load
lab
# a machine that stands still for a moment brings no timeout
run on server sysctl -w net.ktcp.rto_min_ms=5000
run on client curl -sS -f -o "$tmp/page" http://$S4:8080/

set_mtu() { on client ip link set eth0 mtu $1 && on server ip link set eth0 mtu $1; }
offload() { for ns in client server; do on $ns ethtool -K eth0 tso $1 gso $1 gro $1 tx $1 >/dev/null 2>&1; done; }
page() { on client curl -sS -g -f -m 20 -o "$tmp/got" "http://$1:8080/" && cmp "$tmp/got" "$tmp/page"; }

# what the device of the server was given, cut up or not
sent() { tcpdump -enr "$tmp/pcap" src port 8080 2>/dev/null >"$tmp/sent"; }
# each of the two connections ends with a FIN of the server
whole() { sent && [ "$(grep -c 'Flags \[F' "$tmp/sent")" -ge 2 ]; }
# larger_than BYTES: how many, without Ethernet's header of 14
larger_than() { sed 's/.*), length \([0-9]*\):.*/\1/' "$tmp/sent" | awk -v most=$(($1 + 14)) '$1 > most' | wc -l; }

# bodies WHAT STATE MTU HOST
bodies()
{
	local what="offloads $2, MTU $3, $1" big host=$4
	[ "$1" = IPv4 ] || host="[$4]"
	check "$what: capturing" capture server eth0 "$tmp/pcap"
	check "$what: curl gets the page" page "$host"
	check "$what: 100 pipelined" pipelined client $4 100 "$tmp/page"
	check "$what: the capture has both connections" wait_for 20 whole
	kill $dump
	wait $dump
	big=$(larger_than $3)
	note "of $(wc -l <"$tmp/sent") packets $big are larger than the MTU"
	if [ $2 = on ]; then
		check "$what: super-segments" [ $big -ge 1 ]
	else
		check "$what: no packet is too large for the link" [ $big = 0 ]
	fi
}

for state in on off; do
	offload $state
	for mtu in 9000 1500 576; do
		run set_mtu $mtu
		bodies IPv4 $state $mtu $S4
	done
	for mtu in 9000 1500 1280; do
		run set_mtu $mtu
		# an MTU below 1280 took the IPv6 addresses away
		on client ip addr replace $C6/64 dev eth0
		on server ip addr replace $S6/64 dev eth0
		bodies IPv6 $state $mtu $S6
	done
done
# Offsets of headers have 16 bits: the memory of this segment is too large to answer in.
cat >"$tmp/largest.py" <<'PY'
import socket, struct
def checksum(data):
    n = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return ~n & 0xffff
here = socket.inet_aton("127.0.0.1")
def segment(check):
    return struct.pack("!HHLLBBHHH", 999, 8080, 1, 777, 5 << 4, 16, 1000, check, 0) + bytes(65490)
size = len(segment(0))
pseudo = here + here + struct.pack("!HH", 6, size)
ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + size, 1, 0, 64, 6, 0) + here + here
answers = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
answers.settimeout(10)
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
raw.sendto(ip + segment(checksum(pseudo + segment(0))), ("127.0.0.1", 0))
packet = answers.recv(100)
print(*struct.unpack("!HHL4xxB", packet[20:34]))
PY
check_says 'a segment of 64 KiB for nobody gets its RST' '^8080 999 777 4$' \
	on server python3 "$tmp/largest.py"
check_says 'no checksum was bad' '^InCsumErrors 0$' on server cat /proc/ktcp/stats
# Every recovery was found to be for nothing, or else all that was sent again, but
# for probes, is known to have arrived twice.
nothing_lost()
{
	[ "$(counter server FastRecoveries)" = "$(counter server Undos)" ] ||
		[ "$(counter server RetransSegs)" -le $(($(counter server InDSacks) + $(counter server LossProbes))) ]
}
check 'nothing was lost' nothing_lost
check_says 'no timeout' '^RtoTimeouts 0$' on server cat /proc/ktcp/stats
check 'unloads' unload
finish
