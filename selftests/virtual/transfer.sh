#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Bulk transfers through all kinds of paths, both ways, of ktcp and of the kernel's
# own TCP by turns, in virtual time: a run costs what its segments cost, however
# slow the path, and no other load of this machine can be seen in the figures.
# What netem leaves to chance stays so; hence many runs. Where a loss costs a timeout
# or none, times lie in two heaps, and a median jumps from one to the other; so whole
# distributions are compared, each run of ktcp with each run of the kernel.
#
#	CASES='4 Mbit/s|reordered' RUNS=51 make check T=virtual/transfer
. "$(dirname "$0")/../system/lib.sh"

BYTES=1000000

# One line a case: name; how the times are compared; bytes; runs; MTU; netem of both
# ends. even: nothing is left to chance but the kernel's mood, medians; pairs: of all
# pairs of a run of ktcp and one of the kernel, ktcp is slower in half of them, and
# what chance adds to that in one of thirty thousand series of two that are equals,
# which takes a dozen runs at least; more is a failure if its mean is longer, too: where
# the kernel is a little faster in most runs, and much slower in the rest, it is not.
cases() {
	cat <<-'END'
		clean;even;1000000;5;1500;delay 10ms rate 20mbit limit 100
		loss 0.1%;pairs;1000000;15;1500;delay 10ms rate 20mbit limit 100 loss 0.1%
		loss 1%;pairs;1000000;15;1500;delay 10ms rate 20mbit limit 100 loss 1%
		loss 5%;pairs;300000;21;1500;delay 10ms rate 20mbit limit 100 loss 5%
		loss 20%;pairs;50000;61;1500;delay 10ms rate 20mbit limit 100 loss 20%
		bursts;pairs;1000000;15;1500;delay 10ms rate 20mbit limit 100 loss gemodel 0.5% 30%
		reordered;pairs;1000000;21;1500;delay 10ms rate 20mbit limit 100 reorder 95% gap 5
		jitter;pairs;1000000;15;1500;delay 20ms 5ms rate 20mbit limit 100
		duplicated;even;1000000;11;1500;delay 10ms rate 20mbit limit 100 duplicate 5%
		corrupted;pairs;1000000;15;1500;delay 10ms rate 20mbit limit 100 corrupt 1%
		long;pairs;1000000;15;1500;delay 100ms rate 20mbit limit 1000 loss 0.1%
		very long;even;200000;5;1500;delay 300ms rate 20mbit limit 1000
		1 Gbit/s;even;1000000;5;1500;delay 1ms rate 1gbit limit 1000
		4 Mbit/s;even;1000000;5;1500;delay 25ms rate 4mbit limit 50
		56 kbit/s;even;100000;5;1500;delay 50ms rate 56kbit limit 20
		56 kbit/s, long queue;even;100000;5;1500;delay 50ms rate 56kbit limit 1000
		small MTU;pairs;500000;15;1280;delay 10ms rate 20mbit limit 100 loss 0.5%
		large MTU;pairs;1000000;15;9000;delay 10ms rate 20mbit limit 100 loss 0.5%
	END
}

# peer.py down|up HOST PORT FILE BYTES RUNS: microseconds of each run over PORT and
# over PORT + 10000, by turns
cat >"$tmp/peer.py" <<'PY'
import socket, sys, time
how, host, port, name, size, runs = sys.argv[1:]
want = open(name, "rb").read()[:int(size)]
def once(port):
    begin = time.monotonic()
    s = socket.create_connection((host, port), 3600)
    if how == "up":
        s.sendall(want)
        s.shutdown(socket.SHUT_WR)
        if s.recv(1):
            sys.exit("bytes came back")
    else:
        got = bytearray()
        while len(got) < len(want):
            data = s.recv(262144)
            if not data:
                sys.exit("ended after %d bytes" % len(got))
            got += data
        if bytes(got[:len(want)]) != want:
            sys.exit("other bytes")
    us = int((time.monotonic() - begin) * 1000000)
    s.close()
    time.sleep(30)	# what was on its way when it was enough
    return us
def named(port):
    try:
        return once(port)
    except OSError as e:
        sys.exit("port %d, after %.1f s: %s" % (port, time.monotonic(), e))
for _ in range(int(runs)):
    print(named(int(port)), named(int(port) + 10000), flush=True)
PY
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
mine() { cut -d' ' -f1 "$tmp/us"; }
theirs() { cut -d' ' -f2 "$tmp/us"; }
in_ms() { awk '{ printf "%d ", $1 / 1000 }'; }

# quartiles: of the times on stdin, milliseconds
quartiles()
{
	sort -n | awk '{ v[NR] = $1 / 1000 }
		END { for (q = 1; q < 4; q++) printf " %7d", v[int((q * NR + 3) / 4)] }'
}

# pairs: the share of them in which ktcp is slower, by a twentieth and 5 ms or nobody
# is, the most that it may be (Mann and Whitney: 4 deviations), and the ratio of the
# geometric means
pairs()
{
	awk '{ mine[NR] = $1; theirs[NR] = $2; log_ratio += log($1 / $2) }
		function slower(a, b) { return a > 1.05 * b + 5000 }
		END {
			for (i in mine) for (j in theirs)
				n += 1 + slower(mine[i], theirs[j]) - slower(theirs[j], mine[i])
			printf "%.3f %.3f %.2f\n", n / 2 / NR ^ 2,
				0.5 + 4 * sqrt((2 * NR + 1) / 12) / NR, exp(log_ratio / NR)
		}' "$tmp/us"
}

# compare down|up: ktcp and the kernel by turns, in the case that $name is of
compare()
{
	local how=$1 port=19 mine theirs ratio slower most mean
	[ "$how" = down ] || port=9
	on client python3 "$tmp/peer.py" "$how" $host $port "$tmp/bytes" $bytes "$runs" \
		>"$tmp/us" 2>"$tmp/error" || note "$(tail -1 "$tmp/error")"
	check "$name, $how: $runs runs of each, every byte is right" \
		[ "$(wc -l <"$tmp/us")" = "$runs" ]
	mine=$(mine | median) theirs=$(theirs | median)
	ratio=$(awk -v a="$mine" -v b="$theirs" 'BEGIN { printf "%.2f", a / b }')
	read -r slower most mean <<<"$(pairs)"
	printf '%-21s %-4s %4d %s %s %6s %6s %6s\n' "$name" "$how" "$runs" \
		"$(mine | quartiles)" "$(theirs | quartiles)" "$ratio" "$mean" "$slower" >>"$tmp/table"
	note "$name $how: ktcp $(mine | in_ms)kernel $(theirs | in_ms)"
	case $times in
	even)
		# 5 ms are half a jiffy: less is not told apart where all of it takes 20
		check "$name, $how: at most 1.05 of the kernel's time, and 5 ms" \
			[ $((100 * mine)) -le $((105 * theirs + 500000)) ] ;;
	pairs)
		check "$name, $how: slower than the kernel in $most of all pairs at most, or faster in the mean" \
			awk "BEGIN { exit !($slower <= $most || ($mean <= 1 && $slower <= 0.95)) }" ;;
	esac
}

load
run insmod "$TEST_KO"
lab
run on server sysctl -w net.ipv4.tcp_congestion_control=cubic
# What a run taught the kernel would change the next, of ktcp too.
for ns in client server; do run on $ns sysctl -w net.ipv4.tcp_no_metrics_save=1; done
# One handshake in a thousand is given up at 20% loss, and in a burst with 10 tries one
# in three thousand.
run on client sysctl -w net.ipv4.tcp_syn_retries=20
run on server sysctl -w net.ipv4.tcp_synack_retries=15 net.ktcp.synack_retries=15
# A burst ends with a packet in 30%, so one in two hundred is of fifteen or more, each
# of which may be another timeout; who gives up then is right to. So is who has closed,
# and waits for the ACK of his FIN.
for ns in client server; do run on $ns sysctl -w net.ipv4.tcp_retries2=60 net.ipv4.tcp_orphan_retries=60; done
run on server sysctl -w net.ktcp.retries2=60 net.ktcp.orphan_sec=3600
# Nor may who has which address be lost on the way.
neighbours
for service in discard chargen; do
	run on server bash -c "echo listen $service >/proc/ktcp_test"
done
on client python3 -c '
import socket, sys
s = socket.create_connection((sys.argv[1], 19), 20)
got = b""
while len(got) < int(sys.argv[2]):
    got += s.recv(262144)
open(sys.argv[3], "wb").write(got[:int(sys.argv[2])])' $S4 $BYTES "$tmp/bytes"
check 'has the bytes' [ "$(stat -c %s "$tmp/bytes")" = $BYTES ]
ip netns exec server python3 "$TOP/selftests/system/kernel-peer.py" "$tmp/bytes" >/dev/null 2>&1 &
check 'a server on the kernel TCP' wait_for 30 on client bash -c "exec 3<>/dev/tcp/$S4/10019"

cases | grep -E "^(${CASES:-.*});" >"$tmp/cases"
check 'there are such cases' test -s "$tmp/cases"
host=$S4
while IFS=';' read -r name times bytes runs mtu netem; do
	runs=${RUNS:-$runs}
	for ns in client server; do
		run on $ns ip link set eth0 mtu "$mtu"
		run on $ns tc qdisc replace dev eth0 root netem $netem || fail "netem $netem"
	done
	for how in down up; do compare $how; done
	for ns in client server; do run on $ns tc qdisc del dev eth0 root; done
	# the other family next
	[ $host = $S4 ] && host=$S6 || host=$S4
done <"$tmp/cases"
note '                                  ktcp, ms: quartiles     kernel                  ktcp / kernel: its  slower in'
note 'case                  way  runs    25%     50%     75%     25%     50%     75% median   mean  of pairs'
while read -r line; do note "$line"; done <"$tmp/table"
run on server cat /proc/ktcp/stats
check 'all connections are gone' wait_for 180 idle server
check 'unloads' bash -c 'rmmod ktcp_test && rmmod ktcp'
finish
