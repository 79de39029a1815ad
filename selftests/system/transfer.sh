#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Bulk transfers through loss, reordering, delay and narrow links, both ways,
# beside the kernel's own TCP over the same path in the same run. The bytes are
# compared; the time of ktcp must not be far from the kernel's. This is for several
# CPUs and the distribution's kernel: virtual/transfer has more paths, and many more
# runs, in a time that this machine's load is not in. Here chance, and that load, make
# some runs several times longer than others, of either TCP, and a median of a few runs
# says little; so every run of ktcp is compared with every run of the kernel.
. "$(dirname "$0")/lib.sh"

BYTES=1000000

# One line a case: name; bytes; runs; MTU; netem of both ends.
cases() {
	cat <<-'END'
		clean;1000000;5;1500;delay 10ms rate 20mbit limit 100
		loss 5%;300000;9;1500;delay 10ms rate 20mbit limit 100 loss 5%
		reordered;1000000;5;1500;delay 10ms rate 20mbit limit 100 reorder 95% gap 5
		corrupted;1000000;5;1500;delay 10ms rate 20mbit limit 100 corrupt 1%
		large MTU;1000000;3;9000;delay 10ms rate 20mbit limit 100 loss 0.5%
	END
}

# peer.py down|up HOST PORT FILE BYTES: milliseconds that it took
cat >"$tmp/peer.py" <<'PY'
import socket, sys, time
how, host, port, name, size = sys.argv[1:]
want = open(name, "rb").read()[:int(size)]
begin = time.monotonic()
s = socket.create_connection((host, int(port)), 60)
s.settimeout(120)
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
print(int((time.monotonic() - begin) * 1000))
PY
# once down|up PORT: milliseconds, to $tmp/ms; fails on wrong bytes
once()
{
	on client timeout 180 python3 "$tmp/peer.py" "$1" $host "$2" "$tmp/bytes" $bytes >"$tmp/ms" 2>"$tmp/error" ||
		{ note "$(tail -1 "$tmp/error")"; return 1; }
}
median() { sort -n | sed -n "$(((runs + 1) / 2))p"; }

# pairs: of all pairs of a run of ktcp and one of the kernel, in which ktcp took
# twice the time
pairs()
{
	awk 'NR == FNR { mine[NR] = $1; next }
		{ for (i in mine) n += mine[i] >= 2 * $1 }
		END { print n + 0 }' "$tmp/mine" "$tmp/theirs"
}

# compare down|up: ktcp and the kernel by turns, in the case that $name is of
compare()
{
	local how=$1 i mine theirs good=1 port=19
	[ "$how" = down ] || port=9
	: >"$tmp/mine" >"$tmp/theirs"
	for ((i = 0; i < runs; i++)); do
		once "$how" $port || good=0
		cat "$tmp/ms" >>"$tmp/mine"
		once "$how" $((port + 10000)) || good=0
		cat "$tmp/ms" >>"$tmp/theirs"
	done
	[ $good = 1 ] && pass "$name, $how: every byte is right" ||
		fail "$name, $how: every byte is right"
	mine=$(median <"$tmp/mine") theirs=$(median <"$tmp/theirs")
	printf '%-12s %-4s %8s ms %8s ms %7s\n' "$name" "$how" "$mine" "$theirs" \
		"$(awk -v a="$mine" -v b="$theirs" 'BEGIN { printf "%.2f", a / b }')" >>"$tmp/table"
	note "$name $how: ktcp $(tr '\n' ' ' <"$tmp/mine")kernel $(tr '\n' ' ' <"$tmp/theirs")"
	# a kernel that looks at every access of the module's, but not at all of its own
	has_checkers || check "$name, $how: twice the kernel's time in four pairs of five at most" \
		[ $(($(pairs) * 5)) -le $((4 * runs * runs)) ]
}

load
run insmod "$TEST_KO"
lab
run modprobe sch_netem
run on server sysctl -w net.ipv4.tcp_congestion_control=cubic
# What a run taught the kernel would change the next, of ktcp too.
for ns in client server; do run on $ns sysctl -w net.ipv4.tcp_no_metrics_save=1; done
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

cases >"$tmp/cases"
host=$S4
while IFS=';' read -r name bytes runs mtu netem; do
	! has_checkers || runs=1	# no time is judged there
	for ns in client server; do
		run on $ns ip link set eth0 mtu "$mtu"
		run on $ns tc qdisc replace dev eth0 root netem $netem || fail "netem $netem"
	done
	for how in down up; do compare $how; done
	for ns in client server; do run on $ns tc qdisc del dev eth0 root; done
	# the other family next
	[ $host = $S4 ] && host=$S6 || host=$S4
done <"$tmp/cases"
note 'case         way      ktcp      kernel   ratio'
while read -r line; do note "$line"; done <"$tmp/table"
run on server cat /proc/ktcp/stats
check 'all connections are gone' wait_for 180 idle server
check 'unloads' bash -c 'rmmod ktcp_test && rmmod ktcp'
finish
