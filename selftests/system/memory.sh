#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a connection costs: an idle one all in all, one in SYN_RECV, one in
# TIME_WAIT. Objects are counted when none is in the reserve of a CPU.
. "$(dirname "$0")/lib.sh"

IDLE=3000 SYNS=500 WAITS=300

load
if [ "$(cat /sys/kernel/slab/ktcp_conn/red_zone)" = 1 ]; then
	skip 'what a connection costs' 'this kernel adds bytes of its own to every object'
	finish
fi
lab
ulimit -n 8192
# a machine that stands still for a moment brings no timeout, whose memory lasts
run on server sysctl -w net.ktcp.time_wait_sec=600 net.ktcp.http_idle_sec=600 net.ktcp.rto_min_ms=5000
run on client sysctl -w net.ipv4.tcp_syn_retries=6

# spare: what comes and goes with requests, no more than CPUs keep at hand (pool.h)
spare()
{
	local cache n most=$(($(nproc) * $(sed -n 's/^#define KTCP_POOL_SPARE\t*//p' "$TOP/module/pool.h")))
	for cache in ktcp_extent ktcp_flight; do
		n=$(used $cache)
		echo "$cache: $n objects, at most $most"
		[ "$n" -le $most ] || return
	done
}
# cost CACHE: bytes for an object, with what is left over of its slab
cost() { awk -v c="$1" '$1 == c { printf "%.1f\n", $6 * 4096 / $5 }' /proc/slabinfo; }
# within CACHE BYTES: with its part of the slab, and of a hash table that has just
# grown (64 / 3 bytes: 3 pointers of 8 are used), an object takes no more
within()
{
	grep "^$1 " /proc/slabinfo
	awk -v c="$1" -v most="$2" \
		'$1 == c { exit !($6 * 4096 * 3 + $5 * 64 <= $5 * most * 3) }' /proc/slabinfo
}

# peers.py HOST COUNT WHAT: as many connections, until it is told to go
cat >"$tmp/peers.py" <<'PY'
import select, socket, sys
host, count, what = sys.argv[1], int(sys.argv[2]), sys.argv[3]
peers = []
for i in range(count):
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    peers.append(s)
    if what == "syn":
        s.setblocking(False)
        s.connect_ex((host, 8080))
        continue
    s.connect((host, 8080))
    s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n%s\r\n" %
              (b"Connection: close\r\n" if what == "close" else b""))
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += s.recv(65536)
    head, body = answer.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 200 "), head
    left = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]) - len(body)
    while left > 0:
        left -= len(s.recv(65536))
    if what == "close":
        assert s.recv(1) == b""
        s.close()
print("ready", flush=True)
sys.stdin.read()
PY
# peers WHAT COUNT HOST; then gone
peers()
{
	rm -f "$tmp/go"
	mkfifo "$tmp/go"
	on client python3 "$tmp/peers.py" "$3" "$2" "$1" <"$tmp/go" >"$tmp/peers" 2>&1 &
	peers=$!
	exec 8>"$tmp/go"
	wait_for 120 grep -q . "$tmp/peers"
	cat "$tmp/peers"
	grep -qx ready "$tmp/peers"
}
gone() { exec 8>&-; wait $peers; }

for host in $S4 $S6; do
	check "$host: $IDLE connections, each has had an answer" peers idle $IDLE "$host"
	check "$host: an idle one has one object, and no other" wait_for 30 \
		all ktcp_conn $IDLE ktcp_extra 0 ktcp_request 0 ktcp_timewait 0
	check "$host: what requests need is given back" spare
	# the window counts itself
	on server curl -sS "http://127.0.0.1:8080/ktcp/metrics" >"$tmp/metrics"
	memory=$(awk '$1 == "ktcp_memory_bytes" { print $2 }' "$tmp/metrics")
	table=$((memory - (IDLE + 1) * $(object_size ktcp_conn)))
	note "hash table: $table bytes"
	check "$host: the hash table is one pointer for each, or two at most" \
		[ $table -ge $((IDLE * 8)) -a $table -le $((IDLE * 8 * 8 / 3)) ]
	if [ "$host" = "$S4" ]; then
		check "$host: the peers go" gone
		check "$host: and so do the connections" wait_for 60 idle server
	else
		run on server sysctl -w net.ktcp.ports=
		check "$host: the port goes, and with it every connection" idle server
		run on server sysctl -w net.ktcp.ports=8080
		check "$host: the peers go" gone
	fi
done
check_says 'a connection is an object of 480 bytes' '^480$' object_size ktcp_conn
check 'with all that it needs it takes 512 at most' within ktcp_conn 512

# SYN-ACKs are lost, so nothing follows them.
run on client nft 'add table inet t; add chain inet t input { type filter hook input priority 0; };
	add rule inet t input tcp flags & (syn | ack) == (syn | ack) drop'
check "$SYNS SYNs" peers syn $SYNS $S4
check 'a connection in SYN_RECV has one object, and no other' wait_for 30 \
	all ktcp_request $SYNS ktcp_conn 0 ktcp_extra 0 ktcp_timewait 0
check_says 'of 160 bytes' '^160$' object_size ktcp_request
check 'with all that it needs it takes 192 at most' within ktcp_request 192
run on server sysctl -w net.ktcp.ports=
check 'the port goes, and with it every one of them' idle server
check 'they go' gone
run on client nft delete table inet t
run on server sysctl -w net.ktcp.ports=8080

check "$WAITS connections that ktcp closes first" peers close $WAITS $S4
check 'one in TIME_WAIT has one object, and no other' wait_for 30 \
	all ktcp_timewait $WAITS ktcp_conn 0 ktcp_extra 0
check_says 'of 128 bytes' '^128$' object_size ktcp_timewait
check_says 'of which no slab leaves a rest' '^128.0$' cost ktcp_timewait
check 'they go' gone
check 'unloads' unload
finish
