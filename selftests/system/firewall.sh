#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# An INPUT rule that drops a client drops it here too, and connection tracking
# sees a consistent flow.
. "$(dirname "$0")/lib.sh"

load
lab
page() { on client curl -sS -g -m "${2:-30}" -f -o /dev/null "http://$1:8080/"; }

for family in 4 6; do
	[ $family = 4 ] && host=$S4 ipt=iptables || { host="[$S6]"; ipt=ip6tables; }
	check "IPv$family: served without a rule" page "$host"
	run on server $ipt -A INPUT -p tcp --dport 8080 -j DROP
	remember server
	check_exits $CURL_TIMEOUT "IPv$family: a dropped client gets nothing" page "$host" 3
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
	closes() { on server conntrack -L -f $family -p tcp | grep -E "(FIN_WAIT|CLOSE_WAIT|TIME_WAIT|CLOSE|LAST_ACK) $flow"; }
	check "$1: conntrack follows the close" wait_for 20 closes
	check_says "$1: no packet was INVALID" '^0$' invalid $4
	run on server $4 -F
}
run modprobe nf_conntrack
tracked IPv4 $C4 $S4 iptables
tracked IPv6 $C6 $S6 ip6tables

note 'IPsec policy'
run on server ip xfrm policy add dir in src $C4 dst $S4 proto tcp dport 8080 action block
check_exits $CURL_TIMEOUT 'what it does not let in gets nothing' page $S4 3
run on server ip xfrm policy flush
check 'served again' page $S4

note 'a program that judges'
cat >"$tmp/queue.py" <<'PY'
import socket, struct
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)	# NETLINK_NETFILTER
s.bind((0, 0))
def send(kind, flags, attr, data):
    body = struct.pack("!BBH", 0, 0, 0) + struct.pack("=HH", 4 + len(data), attr) + data
    body += bytes(-len(body) % 4)
    s.send(struct.pack("=LHHLL", 16 + len(body), 3 << 8 | kind, flags, 0, 0) + body)
send(2, 1, 1, struct.pack("!BBH", 1, 0, 0))	# bind
send(2, 1, 2, struct.pack("!LB", 0, 1))	# no more than what it is
print("ready", flush=True)
while True:
    data = s.recv(65536)
    size, kind = struct.unpack("=LH", data[:6])
    if kind == 3 << 8:	# the first attribute is the packet's header
        send(1, 1, 2, struct.pack("!LL", 1, struct.unpack("!L", data[24:28])[0]))
        print("accepted", flush=True)
PY
on server python3 "$tmp/queue.py" >"$tmp/queue.out" 2>&1 &
queue=$!
check 'it is there' wait_for 20 grep -q ready "$tmp/queue.out"
run on server nft 'add table inet q; add chain inet q in { type filter hook input priority 0; };
	add rule inet q in tcp dport 8080 ct state new queue num 0'
for host in 127.0.0.1 $S4; do
	check "from here, $host" on server curl -sS -m 20 -f -o /dev/null "http://$host:8080/"
done
for i in 1 2 3 4 5; do check "from outside, $i" page $S4; done
# a SYN that was sent again is seen again
seen() { [ "$(grep -c accepted "$tmp/queue.out")" -ge 7 ]; }
check 'it has seen them' wait_for 20 seen
run on server nft delete table inet q
kill $queue
wait $queue 2>/dev/null

note 'TPROXY'
cat >"$tmp/proxy.py" <<'PY'
import socket
s = socket.socket()
s.setsockopt(socket.SOL_IP, 19, 1)	# IP_TRANSPARENT
s.bind(("0.0.0.0", 3128))
s.listen()
print("ready", flush=True)
while True:
    c, _ = s.accept()
    c.recv(4096)
    c.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + c.getsockname()[0].encode() + b"\n")
    c.close()
PY
on server python3 "$tmp/proxy.py" >"$tmp/proxy.out" 2>&1 &
proxy=$!
check 'a proxy is there' wait_for 20 grep -q ready "$tmp/proxy.out"
run on client ip route add 198.51.100.7 via $S4
run on server ip rule add fwmark 1 lookup 100
run on server ip route add local default dev lo table 100
run on server nft 'add table ip t; add chain ip t pre { type filter hook prerouting priority mangle; };
	add rule ip t pre ip daddr 198.51.100.7 tcp dport 8080 tproxy to :3128 meta mark set 1 accept'
remember server
check_says 'it gets what is for others' '^198.51.100.7$' \
	on client curl -sS -m 10 http://198.51.100.7:8080/
check 'ktcp saw nothing of it' same server InSegs
check 'and has what is for this host' page $S4
run on server nft delete table ip t
run on server ip rule del fwmark 1 lookup 100
run on client ip route del 198.51.100.7
kill $proxy
wait $proxy 2>/dev/null
# what a later test looks at: who uses nf_defrag_ipv6
check 'its modules go' wait_for 20 run modprobe -r nft_tproxy

note 'a container: ipvlan in mode l3s'
# Local input of the host's namespace sees what is for the container, too.
if run modprobe ipvlan; then
	namespace container
	run on server ip link add link eth0 name c0 type ipvlan mode l3s
	run ip -n server link set c0 netns container
	on container ip link set c0 up
	address container c0 10.3.0.1/32 fd03::1/128
	run on container ip route add default dev c0
	run on container ip -6 route add default dev c0
	run on client ip route add 10.3.0.1 via $S4
	run on client ip route add fd03::1 via $S6
	head -c 20000 /dev/urandom >"$tmp/file"
	kernel_server container 8080 "$tmp/file"
	contained=$!
	remember server
	for host in 10.3.0.1 '[fd03::1]'; do
		check "$host: its server answers" \
			on client curl -sS -g -m 10 -o "$tmp/got" "http://$host:8080/"
		check "$host: with its file" cmp "$tmp/got" "$tmp/file"
	done
	check 'ktcp saw nothing of it' same server InSegs
	for host in $S4 "[$S6]"; do check "$host: what is for the host is served" page "$host"; done
	kill $contained
	wait $contained 2>/dev/null
	run ip netns delete container
else
	skip 'a container: ipvlan in mode l3s' 'this kernel has none'
fi

note 'an anycast address'
# The first of the prefix is that of all its routers (RFC 4291 2.6.1).
run on server sysctl -w net.ipv6.conf.all.forwarding=1
check_says 'the server has one' 'fd010000000000000000000000000000' on server cat /proc/net/anycast6
remember server
check_exits $CURL_TIMEOUT 'what comes to it gets no answer' page '[fd01::]' 3
check 'and is counted' grew server InBadAddrs
check 'ktcp has sent nothing' same server OutSegs
check 'its own address is served' page "[$S6]"
run on server sysctl -w net.ipv6.conf.all.forwarding=0

note 'address translation'
# The hook is behind it, and what leaves is translated back.
run on server nft 'add table inet n
	add chain inet n pre { type nat hook prerouting priority dstnat; }
	add rule inet n pre tcp dport 80 redirect to :8080
	add rule inet n pre ip daddr 198.51.100.9 tcp dport 81 dnat ip to '$S4':8080'
run on client ip route add 198.51.100.9 via $S4
remember server
for to in $S4:80 "[$S6]:80" 198.51.100.9:81; do
	check "$to leads to it" on client curl -sS -g -m 30 -f -o /dev/null "http://$to/"
done
check_says 'ktcp has answered each' '^3$' grown server HttpRequests
check_says 'conntrack knows both sides' "dst=198.51.100.9 sport=[0-9]+ dport=81 src=$S4 .* sport=8080 .*ASSURED" \
	on server conntrack -L -p tcp
run on server nft delete table inet n
check_exits $CURL_REFUSED 'port 80 is nobody'\''s' on client curl -sS -m 30 -o /dev/null http://$S4:80/

note 'a VRF'
check 'there is one' on server ip link add red type vrf table 10
run on server ip link set red up
check 'and a device in it' on server ip link set eth0 master red
remember server
check_exits $CURL_REFUSED 'what comes in one is for the host' page $S4
check 'ktcp saw nothing of it' same server InSegs
run on server ip link del red
check 'without it ktcp serves' page $S4

check 'unloads' unload
finish
