#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Connections of ktcp and of the kernel's TCP, both with CUBIC, that send through
# the same narrow link get the same: Jain's index of what each got is above 0.9. In
# virtual time, and after a while: whoever comes first has the queue for himself, and
# CUBIC needs some ten losses until that is forgotten, the kernel's own too.
. "$(dirname "$0")/../system/lib.sh"

FLOWS=2		# of each TCP
SECONDS_LONG=40

# flows.py HOST FLOWS WARM SECONDS PORT...: bytes of each connection after WARM
cat >"$tmp/flows.py" <<'PY'
import select, socket, sys, time
host, flows, warm, long = sys.argv[1], *map(int, sys.argv[2:5])
socks = {}
for _ in range(flows):
    for port in map(int, sys.argv[5:]):
        s = socket.create_connection((host, port), 20)
        s.setblocking(False)
        socks[s] = [port, 0]
begin = time.monotonic()
while (now := time.monotonic() - begin) < warm + long:
    for s in select.select(list(socks), [], [], 1)[0]:
        n = len(s.recv(1 << 20))
        if not n:
            sys.exit("a connection ended")
        if now >= warm:
            socks[s][1] += n
for port, n in sorted(socks.values()):
    print(port, n)
PY
# the kernel's TCP on 10019: bytes without end
cat >"$tmp/kernel.py" <<'PY'
import socket, threading
def send(c):
    try:
        while True:
            c.sendall(b"k" * 65536)
    except OSError:
        c.close()
s = socket.socket(socket.AF_INET6)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("::", 10019))
s.listen(8)
while True:
    c, _ = s.accept()
    threading.Thread(target=send, args=(c,), daemon=True).start()
PY

# jain: of the second column
jain() { awk '{ s += $2; q += $2 * $2 } END { printf "%.3f\n", s * s / (NR * q) }' "$1"; }
# share PORT: its part of all bytes, in percent
share() { awk -v p="$1" '{ s += $2; if ($1 == p) m += $2 } END { printf "%d\n", 100 * m / s }' "$tmp/bytes"; }

# compare NAME WARM NETEM...: seconds that do not count, and the link
compare()
{
	local name=$1 warm=$2
	shift 2
	run on router tc qdisc replace dev west root netem "$@" || fail "netem $*"
	on client timeout 120 python3 "$tmp/flows.py" $S4 $FLOWS $warm $SECONDS_LONG \
		19 10019 >"$tmp/bytes" 2>"$tmp/error" || note "$(tail -1 "$tmp/error")"
	check "$name: $((2 * FLOWS)) connections" [ "$(wc -l <"$tmp/bytes")" = $((2 * FLOWS)) ]
	while read -r line; do note "$name: port $line bytes"; done <"$tmp/bytes"
	index=$(jain "$tmp/bytes")
	note "$name: Jain's index $index, ktcp's share $(share 19)%"
	check "$name: Jain's index is above 0.9" awk -v i="$index" 'BEGIN { exit !(i > 0.9) }'
	run on router tc qdisc del dev west root
}

load
run insmod "$TEST_KO"
lab_routed
run modprobe sch_netem
run on server sysctl -w net.ipv4.tcp_congestion_control=cubic
run on server bash -c 'echo listen chargen >/proc/ktcp_test'
# packets as they are on a wire
for ns in client router server; do
	for dev in $(ip netns exec $ns ls /sys/class/net); do
		on $ns ethtool -K "$dev" tso off gso off gro off >/dev/null 2>&1
	done
done
ip netns exec server python3 "$tmp/kernel.py" >/dev/null 2>&1 &
check 'a server on the kernel TCP' wait_for 30 on client bash -c "exec 3<>/dev/tcp/$S4/10019"
compare 'short buffer' 5 delay 20ms rate 10mbit limit 25
compare 'long buffer' 40 delay 20ms rate 5mbit limit 75
check 'all connections are gone' wait_for 180 idle server
check 'unloads' bash -c 'rmmod ktcp_test && rmmod ktcp'
finish
