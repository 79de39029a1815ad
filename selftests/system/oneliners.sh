#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every line for trace-cmd and bpftrace in Documentation/proc.md does what it says,
# while a bad network and bad peers make every tracepoint speak.
. "$(dirname "$0")/lib.sh"

grep -q ' /sys/kernel/tracing ' /proc/mounts || mount -t tracefs none /sys/kernel/tracing
load
lab
neighbours
on server sysctl -qw net.ktcp.syncookies=2
# long enough to lose segments, each for itself, and to be over soon
mkdir "$tmp/www"
head -c 300000 /dev/zero >"$tmp/www/long"
check 'publishes' publish "$tmp/www"
for ns in client server; do on $ns ethtool -K eth0 tso off gso off gro off >/dev/null 2>&1; done
on client tc qdisc add dev eth0 root netem loss 10%
# every fifth that has data is lost, not one in five: in each traffic there is one
on client nft add table inet lossy
on client nft add chain inet lossy in '{ type filter hook input priority 0; }'
check 'data is lost' on client nft add rule inet lossy in \
	tcp sport 8080 meta length '>' 200 numgen inc mod 5 == 3 drop

# An answer that is an error, a long one over the bad network, and ACKs of no
# connection and with no cookie.
cat >"$tmp/traffic.py" <<'PY'
import socket, struct, sys
me, him = "10.1.0.2", sys.argv[1]
for path in "none", "long":
    s = socket.create_connection((him, 8080), 60)
    s.settimeout(60)
    s.sendall(b"GET /%s HTTP/1.0\r\n\r\n" % path.encode())
    n = 0
    while got := len(s.recv(1 << 16)):
        n += got
    s.close()
assert n > 300000, n
def csum(data):
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
enabled() { [ "$(cat "/sys/kernel/tracing/events/ktcp/$1/enable")" = 1 ]; }
attached() { grep -q Attaching "$tmp/out"; }
says() { grep -qE "$1" "$tmp/out"; }

lines() { sed -n "s/^    \($1 .*\)/\1/p" "$TOP/Documentation/proc.md"; }
events() { sed -n 's/^TRACE_EVENT(\(ktcp_[a-z]*\),/\1/p; s/^DEFINE_EVENT([a-z_]*, \(ktcp_[a-z]*\),/\1/p' "$TOP/module/trace.h" | sort; }
check 'a line of trace-cmd for each tracepoint' [ "$(lines trace-cmd | grep -o 'ktcp:[a-z_]*' | cut -d: -f2 | sort)" = "$(events)" ]
check 'a line of bpftrace for each tracepoint' [ "$(lines bpftrace | grep -o 'ktcp:[a-z_]*' | cut -d: -f2 | sort)" = "$(events)" ]

# "sleep 5" is as long as there is traffic
mkdir "$tmp/bin"
cat >"$tmp/bin/sleep" <<SLEEP
#!/bin/bash
until [ -e "$tmp/quiet" ]; do /bin/sleep 0.2; done
SLEEP
chmod +x "$tmp/bin/sleep"

# begin LINE READY...: it starts, and there is traffic
begin()
{
	local line=$1
	shift
	# a process group of its own, that Ctrl-C reaches as a whole
	set -m
	rm -f "$tmp/quiet" "$tmp/out"
	(cd "$tmp" && PATH=$tmp/bin:$PATH exec bash -c "$line" >out 2>err 3<&-) &
	pid=$!
	set +m
	check "$line" wait_for 60 "$@"
	check '  while there is traffic' on client python3 "$tmp/traffic.py" $S4
	: >"$tmp/quiet"
}
# ended WANT: it has ended well, and said this
ended()
{
	wait $pid
	check '  ends well' [ $? = 0 ]
	check '  has something to say' says "$1"
	says "$1" || run head -n 5 "$tmp/out" "$tmp/err"
}
lines trace-cmd >"$tmp/trace-cmd"
lines bpftrace >"$tmp/bpftrace"
while read -r line <&3; do
	event=$(grep -o 'ktcp:[a-z_]*' <<<"$line" | cut -d: -f2)
	begin "$line" enabled $event
	ended " $event: .*lport="
	[ $event != ktcp_xmit ] || check_says '  ktcp-ladder draws it' '^ *10\.1\.0\.2:[0-9]+ +:8080$' \
		"$TOP/scripts/ktcp-ladder" "$tmp/out"
done 3<"$tmp/trace-cmd"
if has_checkers; then
	skip 'what bpftrace says' 'it takes minutes to attach on this kernel'
	: >"$tmp/bpftrace"
fi
while read -r line <&3; do
	begin "$line" attached
	kill -INT -- -$pid
	# Until 0.17 at least bpftrace looks if that came only when it was waiting for
	# events just then, or when another signal, to show its maps, finds it so.
	while kill -USR1 $pid 2>/dev/null; do sleep 0.5; done
	ended '^@'
done 3<"$tmp/bpftrace"
check 'unloads' unload
finish
