# SPDX-License-Identifier: GPL-2.0
# What system tests are written with. A test is selftests/system/NAME.sh:
#
#	#!/bin/bash
#	# SPDX-License-Identifier: GPL-2.0
#	# One sentence: what is shown here.
#	. "$(dirname "$0")/lib.sh"
#
#	load				# insmod; parameters as arguments
#	lab				# namespaces client and server, see below
#	check 'curl gets the page over IPv4' \
#		on client curl -sS -f -o /dev/null http://$S4:8080/
#	check 'no reset was sent' same server OutRsts
#	unload
#	finish
#
# It runs as root in a guest (`make check T=NAME`), never on the host; several
# tests share one guest, so it takes down what it set up (`finish` removes
# namespaces, background jobs and the module in any case). Every command goes
# through run, check or on, which print it and what it says as TAP comments.
# A kernel warning fails the test without further ado.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
KO=${KTCP_KO:-$TOP/build/stock/ktcp.ko}
TEST_KO=${KTCP_TEST_KO:-$TOP/build/stock-test/ktcp_test.ko}
export LC_ALL=C
[ -n "$KTCP_LAB" ] || { echo "# runs in a guest: make check T=$(basename "$0" .sh)"; exit 4; }
. "$TOP/selftests/tap.sh"

# finish: the plan, what is left to clean up, the exit status
finish()
{
	trap - EXIT
	cleanup
	echo "1..$points"
	[ $bad = 0 ]
	exit
}

cleanup()
{
	local ns
	kill $(jobs -p) 2>/dev/null
	wait 2>/dev/null
	for ns in $(ip netns list | cut -d' ' -f1); do
		ip netns pids "$ns" | xargs -r kill -9 2>/dev/null
		ip netns delete "$ns"
	done
	[ ! -d /sys/module/ktcp_test ] || rmmod ktcp_test
	! loaded || rmmod ktcp
	rm -rf "$tmp"
}
trap 'note "the test ended before its finish"; cleanup' EXIT

# --- the module ---

loaded() { [ -d /sys/module/ktcp ]; }
load() { run insmod "$KO" "$@"; }
unload() { run rmmod ktcp; }

# log_mark, then log: what the kernel said since; log_ktcp: what ktcp said
log_mark() { mark="ktcp-test: mark $$.$((mark_count++))"; echo "$mark" >/dev/kmsg; }
log() { dmesg | sed -n "/$mark\$/,\$p" | sed 1d; }
log_ktcp() { log | grep 'ktcp:' | grep -vE 'loading out-of-tree|module verification|tainting'; }
count_lines() { log_ktcp | wc -l; }

# --- where things run ---

# on NAMESPACE COMMAND...; - is the guest itself. Its /sys is the guest's: "ip netns
# exec" mounts another, which is not cheap.
on()
{
	local ns=$1
	shift
	if [ "$ns" = - ]; then "$@"; else nsenter --net="/run/netns/$ns" -- "$@"; fi
}

# namespace NAME...
namespace()
{
	local ns
	for ns; do
		run ip netns add "$ns"
		on "$ns" ip link set lo up
		# addresses usable at once
		on "$ns" sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0
	done
}

# cable NS1 DEVICE1 NS2 DEVICE2: a veth pair, up
cable()
{
	# made inside NS1: the guest has an eth0 of its own
	run ip -n "$1" link add "$2" type veth peer name "$4" netns "$3" || fail "cable $*"
	on "$1" ip link set "$2" up
	on "$3" ip link set "$4" up
}

# address NS DEVICE ADDRESS/LENGTH...
address()
{
	local ns=$1 dev=$2 a nodad
	shift 2
	for a; do
		nodad=
		[[ $a != *:* ]] || nodad=nodad
		run on "$ns" ip address add "$a" dev "$dev" $nodad || fail "address $a"
	done
}

# lab: ktcp listens on port 8080 of server
#
#	namespace client               namespace server
#	eth0 10.1.0.2/24  <--veth-->   eth0 10.1.0.1/24
#	     fd01::2/64                     fd01::1/64
#	     $C4, $C6                       $S4, $S6
lab()
{
	C4=10.1.0.2 C6=fd01::2 S4=10.1.0.1 S6=fd01::1
	pair client server
}

# pair CLIENT SERVER: two namespaces of these names, addresses and port as in lab
pair()
{
	namespace "$1" "$2"
	cable "$1" eth0 "$2" eth0
	address "$1" eth0 $C4/24 $C6/64
	address "$2" eth0 $S4/24 $S6/64
	! loaded || run on "$2" sysctl -w net.ktcp.ports=8080
}

# neighbours: client and server of a lab know each other's station for good, so that
# nothing of a test waits for, or is lost with, a question for it
neighbours()
{
	local ns other addresses a

	for ns in client server; do
		other=server addresses="$S4 $S6"
		[ $ns = client ] || { other=client addresses="$C4 $C6"; }
		for a in $addresses; do
			run on $ns ip neigh replace $a dev eth0 nud permanent \
				lladdr "$(ip netns exec $other cat /sys/class/net/eth0/address)"
		done
	done
}

# lab_routed: the same with a router between them
#
#	client                    router                   server
#	eth0 10.1.0.2/24 <-> west 10.1.0.1/24
#	     fd01::2/64           fd01::1/64
#	                     east 10.2.0.1/24 <-> eth0 10.2.0.2/24
#	                          fd02::1/64           fd02::2/64
lab_routed()
{
	C4=10.1.0.2 C6=fd01::2 S4=10.2.0.2 S6=fd02::2 R4=10.1.0.1 R6=fd01::1
	namespace client router server
	cable client eth0 router west
	cable router east server eth0
	address client eth0 $C4/24 $C6/64
	address router west 10.1.0.1/24 fd01::1/64
	address router east 10.2.0.1/24 fd02::1/64
	address server eth0 $S4/24 $S6/64
	run on client ip route add default via 10.1.0.1
	run on client ip route add default via fd01::1
	run on server ip route add default via 10.2.0.1
	run on server ip route add default via fd02::1
	run on router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	! loaded || run on server sysctl -w net.ktcp.ports=8080
}

# capture NS DEVICE FILE: the segments of port 8080, until `kill $dump`
capture()
{
	ip netns exec "$1" tcpdump -U -i "$2" -w "$3" 'tcp port 8080' >"$3.log" 2>&1 &
	dump=$!
	wait_for 20 grep -q listening "$3.log"
}

# nginx_in NS: there, until the end; standard input is its http block
nginx_in()
{
	{
		cat <<-CONF
			daemon off;
			pid $tmp/nginx.pid;
			error_log $tmp/nginx.error;
			worker_processes 1;
			events { worker_connections 256; }
			http {
			access_log off;
			client_body_temp_path $tmp/n1; proxy_temp_path $tmp/n2; fastcgi_temp_path $tmp/n3;
			uwsgi_temp_path $tmp/n4; scgi_temp_path $tmp/n5;
		CONF
		cat
		echo '}'
	} >"$tmp/nginx.conf"
	on "$1" nginx -e "$tmp/nginx.error" -c "$tmp/nginx.conf" >"$tmp/nginx.log" 2>&1 &
}

# --- what ktcp says ---

# connections NS [STATE]: their lines, or those in one state
connections() { on "$1" awk -v s="$2" 'NR > 1 && $3 != "LISTEN" && (s == "" || $3 == s)' /proc/ktcp/connections; }

# count NS [STATE]: how many; nothing if nobody can say
count()
{
	on "$1" awk -v s="$2" 'NR > 1 && $3 != "LISTEN" && (s == "" || $3 == s) { n++ }
		END { if (NR) print n + 0 }' /proc/ktcp/connections
}

# closed NS: there is one in TIME_WAIT
closed() { [ "$(count "$1" TIME_WAIT)" = 1 ]; }

# idle NS: no connection is left there
idle() { [ "$(count "$1")" = 0 ]; }

# slabs: how many memory caches ktcp has (the guest merges none)
SLABS=6
slabs() { grep -c '^ktcp_' /proc/slabinfo; }
has_slabs() { [ "$(slabs)" = $SLABS ]; }
no_slabs() { [ "$(slabs)" = 0 ]; }

# used CACHE: objects in use, exactly
used()
{
	echo 1 >"/sys/kernel/slab/$1/shrink"
	awk -v c="$1" '$1 == c { print $2 }' /proc/slabinfo
}
# object_size CACHE: bytes of one
object_size() { cat "/sys/kernel/slab/$1/object_size"; }
# all CACHE COUNT...: each has as many
all()
{
	local ok=0
	while [ $# -gt 0 ]; do
		[ "$(used "$1" | tee "$tmp/used")" = "$2" ] || ok=1
		echo "$1: $(cat "$tmp/used") objects"
		shift 2
	done
	return $ok
}

# used_kib: what the kernel holds and cannot give back at once: not what is free, at a
# CPU's hand too, and not what programs hold
used_kib()
{
	awk '/^MemTotal:/ { n = $2 }
		/^(MemFree|Buffers|Cached|SReclaimable|AnonPages|PageTables|KernelStack):/ { n -= $2 }
		$1 == "count:" { n -= 4 * $2 }
		END { print n }' /proc/meminfo /proc/zoneinfo
}

# How far it may rise where nothing is kept: what the kernel itself moves by.
MAY_RISE_KIB=1024

# does this kernel look for its own mistakes, which takes time?
has_checkers() { [ -e /proc/lockdep ] || [ -d /sys/module/kcsan ]; }

# counter NS NAME: its value now
counter() { on "$1" awk -v n="$2" '$1 == n { print $2 }' /proc/ktcp/stats; }

# remember NS: the counters, for grown and same
remember() { on "$1" cat /proc/ktcp/stats >"$tmp/stats-$1"; }

# grown NS NAME: by how much since remember; nothing if there is no such counter
grown()
{
	on "$1" awk -v n="$2" '$1 == n { by = $2 - by; there += FILENAME ~ /^.proc/ }
		END { if (!there) exit 1; printf "%.0f\n", by }' "$tmp/stats-$1" /proc/ktcp/stats
}

# grew NS NAME [AT LEAST]; same NS NAME: for check
grew()
{
	local by
	by=$(grown "$1" "$2")
	echo "$2 grew by $by"
	[ "$by" -ge "${3:-1}" ]
}
same()
{
	local by
	[ -f "$tmp/stats-$1" ] || : >"$tmp/stats-$1"
	by=$(grown "$1" "$2")
	echo "$2 grew by $by"
	[ "$by" = 0 ]
}

# publish DIRECTORY: ktcp of the server has it; sysctl would try twice
publish() { on server bash -c 'echo "$1" >/proc/sys/net/ktcp/docroot' - "$1"; }
# get CURL-ARGUMENT...: the client asks
get() { on client curl -sS -m 60 "$@"; }

# kernel_server NS PORT FILE: the kernel's own TCP answers there with the file
kernel_server()
{
	cat >"$tmp/serve.py" <<-'END'
		import socket, sys
		body = open(sys.argv[2], "rb").read()
		s = socket.socket(socket.AF_INET6)
		s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		s.bind(("::", int(sys.argv[1])))
		s.listen(8)
		print("ready", flush=True)
		while True:
		    c, _ = s.accept()
		    if c.recv(65536):
		        c.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
		    c.close()
	END
	rm -f "$tmp/serving.$1.$2"
	ip netns exec "$1" python3 "$tmp/serve.py" "$2" "$3" >"$tmp/serving.$1.$2" 2>&1 &
	check "a kernel TCP server on port $2 of $1" wait_for 30 grep -qx ready "$tmp/serving.$1.$2"
}

# hold NS HOST PORT [SECONDS]: an open keep-alive connection in the background:
# one request, its answer to $tmp/held; closed after that long or by `release`
hold()
{
	rm -f "$tmp/release"
	: >"$tmp/held"
	on "$1" bash -c 'exec 3<>"/dev/tcp/$0/$1" || exit
		printf "GET / HTTP/1.1\r\nHost: x\r\n\r\n" >&3
		cat <&3 &
		for ((i = 0; i < $2 * 10; i++)); do
			[ ! -e "$3" ] || break
			sleep 0.1
		done
		kill %1
		wait' "$2" "$3" "${4:-30}" "$tmp/release" >"$tmp/held" 2>&1 &
	held=$!
	note "holding a connection to $2 port $3"
	wait_for 30 grep -q '^HTTP/' "$tmp/held"
}
release() { : >"$tmp/release"; wait "$held"; }

# talk NS NAME HOST PORT [FROM]: a connection (from that port) that stays open in
# the background. $tmp/NAME tells its story: "answer BYTES" for its request and
# for each `again NAME`, then "reset" or "closed".
talk()
{
	cat >"$tmp/talk.py" <<-'END'
		import os, select, socket, sys
		host, port, asked = sys.argv[1:4]
		asked = os.open(asked, os.O_RDWR)
		s = socket.create_connection((host, int(port)), 20, ("", int(sys.argv[4])))
		answers = s.makefile("rb")
		try:
		    while True:
		        s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		        assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
		        fields = dict(l.split(b": ") for l in iter(answers.readline, b"\r\n"))
		        body = answers.read(int(fields[b"Content-Length"]))
		        print("answer", len(body), flush=True)
		        if s in select.select([asked, s], [], [])[0]:
		            print("closed" if not s.recv(1) else "more than asked for")
		            break
		        os.read(asked, 1)
		except ConnectionResetError:
		    print("reset")
	END
	rm -f "$tmp/$2"*
	mkfifo "$tmp/$2.again"
	ip netns exec "$1" python3 "$tmp/talk.py" "$3" "$4" "$tmp/$2.again" "${5:-0}" \
		>"$tmp/$2" 2>&1 </dev/null &
	note "connection $2: to $3 port $4 of $1"
}
again() { printf x 1<>"$tmp/$1.again"; }	# blocks on no one
# answered NAME [TIMES]; goes_on NAME: one more request is answered; is_reset NAME
answered() { cat "$tmp/$1"; [ "$(grep -c '^answer [1-9]' "$tmp/$1")" = "${2:-1}" ]; }
goes_on()
{
	local n
	n=$(grep -c ^answer "$tmp/$1")
	again "$1"
	wait_for 30 answered "$1" $((n + 1))
}
is_reset() { cat "$tmp/$1"; grep -qx reset "$tmp/$1"; }

# pipelined NS HOST REQUESTS PAGE [LEAST MOST]: so many over one connection, not
# waiting for answers; succeeds if every body is the file PAGE, byte for byte.
# With LEAST and MOST they go in segments of so many bytes, cut anywhere.
pipelined()
{
	cat >"$tmp/pipelined.py" <<-'END'
		import random, socket, sys, threading
		host, n, page = sys.argv[1], int(sys.argv[2]), open(sys.argv[3], "rb").read()
		get = b"GET / HTTP/1.1\r\nHost: x\r\n"
		requests = (get + b"\r\n") * (n - 1) + get + b"Connection: close\r\n\r\n"
		s = socket.create_connection((host, 8080), 60)

		def pieces(least, most):
		    cut, at = random.Random(least), 0
		    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
		    while at < len(requests):
		        # the end of a record: nothing is appended to this segment
		        size = cut.randint(least, most)
		        at += s.send(requests[at:at + size], socket.MSG_EOR)

		work = lambda: s.sendall(requests)
		if len(sys.argv) > 4:
		    work = lambda: pieces(int(sys.argv[4]), int(sys.argv[5]))
		threading.Thread(target=work, daemon=True).start()
		answers = s.makefile("rb")
		for i in range(n):
		    assert answers.readline() == b"HTTP/1.1 200 OK\r\n", i
		    fields = dict(l.split(b": ") for l in iter(answers.readline, b"\r\n"))
		    body = answers.read(int(fields[b"Content-Length"]))
		    assert body == page, (i, len(body), body)
		assert answers.read() == b"", "more than asked for"
		print(n, "bodies of", len(page), "bytes")
	END
	on "$1" python3 "$tmp/pipelined.py" "${@:2}"
}
