#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a tunnel says of its own checksum is not believed of the segment in it, and of
# several ways to a peer the one that is used learns its MTU.
. "$(dirname "$0")/lib.sh"

load
lab_routed
mkdir "$tmp/www"
head -c 200000 /dev/urandom >"$tmp/www/file"

note 'a tunnel without checksums'
run modprobe vxlan
# tunnel NS FROM TO IPV4 IPV6
tunnel()
{
	check "$1 has one" on $1 ip link add vx type vxlan id 7 local $2 remote $3 dstport 4789
	address $1 vx $4/24 $5/64
	run on $1 ip link set vx up
}
tunnel client $C4 $S4 10.7.0.2 fd07::2
tunnel server $S4 $C4 10.7.0.1 fd07::1
check 'publishes' publish "$tmp/www"
for host in 10.7.0.1 '[fd07::1]'; do
	check "$host: a file" get -g -f -o "$tmp/got" "http://$host:8080/file"
	check '  every byte' cmp "$tmp/got" "$tmp/www/file"
done
cat >"$tmp/syn.py" <<'PY'
import socket, struct, sys
mac, wrong = bytes.fromhex(sys.argv[1].replace(":", "")), int(sys.argv[3])
def checksum(data):
    n = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return ~n & 0xffff
v6 = ":" in sys.argv[2]
family = socket.AF_INET6 if v6 else socket.AF_INET
to = socket.inet_pton(family, sys.argv[2])
here = to[:-1] + b"\2"
def segment(check):
    return struct.pack("!HHLLBBHHH", 999, 8080, 1, 0, 5 << 4, 2, 1000, check, 0)
tcp = segment(checksum(here + to + struct.pack("!LL", 20, 6) + segment(0)) ^ wrong)
if v6:
    head = struct.pack("!LHBB", 6 << 28, 20, 6, 64) + here + to
else:
    head = struct.pack("!BBHHHBBH", 0x45, 0, 40, 1, 0, 64, 6, 0) + here + to
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
s.bind(("vx", 0))
s.send(mac + b"\2\0\0\0\0\1" + (b"\x86\xdd" if v6 else b"\x08\0") + head + tcp)
PY
mac=$(ip -n server -o link show vx | sed "s/.*ether \([^ ]*\).*/\1/")
syn() { ip netns exec client python3 "$tmp/syn.py" "$mac" "$1" "$2"; }
for host in 10.7.0.1 fd07::1; do
	remember server
	check "$host: a SYN with a wrong checksum" syn $host 1
	check '  has come' wait_for 20 grew server InSegs
	check_says '  and its checksum was looked at' '^1$' grown server InCsumErrors
	check '  it has no answer' same server OutSegs
	check "$host: one with the right one" syn $host 0
	check '  has' wait_for 20 grew server OutSegs
	check_says '  and was not counted' '^1$' grown server InCsumErrors
done

note 'two ways to the client, and a link of 1300 bytes behind them'
# a machine that stands still for a moment brings no timeout
run on server sysctl -w net.ktcp.rto_min_ms=5000
address router east fd02::3/64
run on router ip link set west mtu 1300
run on server ip -6 route del default
check 'the server has two' on server ip -6 route add default \
	nexthop via fd02::1 dev eth0 nexthop via fd02::3 dev eth0
remember server
for i in {10..17}; do
	address client eth0 fd01::$i/64
	check "fd01::$i: a file" get -g -f --interface fd01::$i -o "$tmp/got" "http://[$S6]:8080/file"
	check '  every byte' cmp "$tmp/got" "$tmp/www/file"
done
check 'a router has said what its link takes, each time' grew server InIcmpTooBig 8
check 'and nothing had to time out' same server RtoTimeouts
run on server sysctl -w net.ktcp.rto_min_ms=200

note 'what IPsec policy does not let in says nothing'
run on server ip xfrm policy add dir in src ::/0 dst $S6/128 proto ipv6-icmp type 2 action block
address client eth0 fd01::20/64
remember server
check 'a file' get -g -f --interface fd01::20 -o "$tmp/got" "http://[$S6]:8080/file"
check '  every byte' cmp "$tmp/got" "$tmp/www/file"
check '  it took timeouts' grew server RtoTimeouts
check '  as what the router said was not believed' same server InIcmpTooBig
run on server ip xfrm policy flush
check 'unloads' unload
finish
