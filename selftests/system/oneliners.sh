#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every line for trace-cmd and bpftrace in Documentation/proc.md does what it says,
# while a bad network and bad peers make every tracepoint speak.
. "$(dirname "$0")/lib.sh"

grep -q ' /sys/kernel/tracing ' /proc/mounts || mount -t tracefs none /sys/kernel/tracing
load
lab
on server sysctl -qw net.ktcp.syncookies=2
on client tc qdisc add dev eth0 root netem loss 10%
on server tc qdisc add dev eth0 root netem loss 10%

# Requests over the bad network, one that has an error for its answer, and
# segments of no connection; bounded.
traffic()
{
	local i
	for i in 1 2; do
		on client curl -sS -m 10 -o /dev/null "http://$S4:8080/" "http://$S4:8080/none"
		on client nc -z -w 1 $S4 8081
	done
	on client python3 - "$S4" <<'PY'
import socket, struct, sys
# an ACK to the listener, of no connection and with no cookie
me, him = "10.1.0.2", sys.argv[1]
def csum(data):
    data += b"\0" * (len(data) % 2)
    n = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return ~n & 0xffff
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
pseudo = socket.inet_aton(me) + socket.inet_aton(him) + struct.pack(">BBH", 0, 6, 20)
for port in range(2000, 2030):
    head = struct.pack(">HHIIBBHHH", port, 8080, 1, 1, 5 << 4, 16, 1000, 0, 0)
    head = head[:16] + struct.pack(">H", csum(pseudo + head)) + head[18:]
    s.sendto(head, (him, 0))
PY
}
enabled() { [ "$(cat "/sys/kernel/tracing/events/ktcp/$1/enable")" = 1 ]; }
attached() { grep -q Attaching "$tmp/out"; }
says() { grep -qE "$1" "$tmp/out"; }

lines() { sed -n "s/^    \($1 .*\)/\1/p" "$TOP/Documentation/proc.md"; }
events() { sed -n 's/^TRACE_EVENT(\(ktcp_[a-z]*\),/\1/p; s/^DEFINE_EVENT([a-z_]*, \(ktcp_[a-z]*\),/\1/p' "$TOP/module/trace.h" | sort; }
check 'a line of trace-cmd for each tracepoint' [ "$(lines trace-cmd | grep -o 'ktcp:[a-z_]*' | cut -d: -f2 | sort)" = "$(events)" ]
check 'a line of bpftrace for each tracepoint' [ "$(lines bpftrace | grep -o 'ktcp:[a-z_]*' | cut -d: -f2 | sort)" = "$(events)" ]

# try LINE READY WANT: it starts, and has something to say
try()
{
	local ready=$2 want=$3 line=$1 pid
	env --default-signal=INT bash -c "exec $line" >"$tmp/out" 2>"$tmp/err" 3<&- &
	pid=$!
	check "$line" wait_for 60 $ready
	for i in 1 2 3 4 5; do
		traffic >/dev/null 2>&1
		[ "${line%% *}" = bpftrace ] || ! says "$want" || break
		[ "${line%% *}" != bpftrace ] || break
	done
	kill -INT $pid
	wait $pid
	check '  has something to say' says "$want"
	says "$want" || run head -n 5 "$tmp/out" "$tmp/err"
}
lines trace-cmd >"$tmp/trace-cmd"
lines bpftrace >"$tmp/bpftrace"
while read -r line <&3; do
	event=$(grep -o 'ktcp:[a-z_]*' <<<"$line" | cut -d: -f2)
	try "$line" "enabled $event" "$event: "
done 3<"$tmp/trace-cmd"
while read -r line <&3; do
	try "$line" attached '^@'
done 3<"$tmp/bpftrace"
check 'unloads' unload
finish
