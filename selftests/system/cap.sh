#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# More than the memory of a namespace may hold, from several CPUs at once: silent
# connections and readers who do not read are given up, whoever asks is answered.
. "$(dirname "$0")/lib.sh"

SILENT=1500 SLOW=50 ASKED=400	# for each CPU
CAP=$((1 << 20))
# What one segment of these peers can make a connection hold: an answer's extents, and a
# page if its header is copied.
MORE=$((CAP + $(nproc) * 8192))

load
lab
ulimit -n 8192
mkdir "$tmp/www"
head -c 30000 /dev/urandom >"$tmp/www/page"
head -c 4000000 /dev/urandom >"$tmp/www/large"
check 'a docroot' publish "$tmp/www"
run on server sysctl -w net.ktcp.mem_mib_max=1 net.ktcp.http_idle_sec=3600 \
	net.ktcp.http_min_rate=0 net.ktcp.http_write_sec=3600

# silent.py HOST SILENT SLOW: as many connections, and as many more that ask for a
# large file and do not read; says "ready", then, when it is told to go, how many it
# had and how many of them were reset
cat >"$tmp/silent.py" <<'PY'
import select, socket, sys
host, silent, slow = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
peers, resets = {}, 0
poll = select.epoll()
for i in range(silent + slow):
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    try:
        s.connect((host, 8080))
        if i % (silent // slow + 1) == 0:
            s.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    except ConnectionResetError:
        resets += 1
        continue
    poll.register(s, 0)	# what went wrong, and nothing else
    peers[s.fileno()] = s
print("ready", flush=True)
sys.stdin.read()
while True:
    events = poll.poll(0)
    if not events:
        break
    for fd, what in events:
        assert what & select.EPOLLERR, what
        assert peers[fd].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 104
        poll.unregister(fd)
        peers.pop(fd).close()
        resets += 1
print("connections", silent + slow, "reset", resets, flush=True)
PY
# ask.py HOST COUNT FILE: so many answers, one by one, each second on a connection of
# its own; says how many were right
cat >"$tmp/ask.py" <<'PY'
import http.client, sys
host, count, page = sys.argv[1], int(sys.argv[2]), open(sys.argv[3], "rb").read()
kept = http.client.HTTPConnection(host, 8080, timeout=60)
right = 0
for i in range(count):
    own = i % 2
    c = http.client.HTTPConnection(host, 8080, timeout=60) if own else kept
    c.request("GET", "/page", headers={"Connection": "close"} if own else {})
    answer = c.getresponse()
    right += answer.status == 200 and answer.read() == page
    if own:
        c.close()
print("right", right)
PY

# most NAME: what is held, looked at until $tmp/NAME is there; the most in $tmp/most
most()
{
	local most=0 n
	while [ ! -e "$tmp/$1" ]; do
		n=$(counter server CurrMemory)
		[ "$n" -le $most ] || { most=$n; echo "$most" >"$tmp/most"; }
	done
}
# load_of HOST: all of them on each CPU; their words in $tmp/silent.CPU and $tmp/ask.CPU
load_of()
{
	local cpu asks=()
	rm -f "$tmp/done"
	: >"$tmp/most"
	most 'done' &
	local watch=$!
	silent=()
	rm -f "$tmp/go"
	mkfifo "$tmp/go"
	exec 8<>"$tmp/go"
	for ((cpu = 0; cpu < $(nproc); cpu++)); do
		on client taskset -c $cpu python3 "$tmp/silent.py" "$1" $SILENT $SLOW \
			<"$tmp/go" 8>&- >"$tmp/silent.$cpu" 2>&1 &
		silent+=($!)
		on client taskset -c $cpu python3 "$tmp/ask.py" "$1" $ASKED "$tmp/www/page" \
			8>&- >"$tmp/ask.$cpu" 2>&1 &
		asks+=($!)
	done
	wait "${asks[@]}"
	for ((cpu = 0; cpu < $(nproc); cpu++)); do
		wait_for 300 grep -q . "$tmp/silent.$cpu"
	done
	: >"$tmp/done"
	wait $watch
	grep -H . "$tmp"/ask.[0-9]* "$tmp"/silent.[0-9]*
	! grep -vqx ready "$tmp"/silent.[0-9]*
}
all_right() { cat "$tmp"/ask.[0-9]*; [ "$(cat "$tmp"/ask.[0-9]* | grep -cx "right $ASKED")" = "$(nproc)" ]; }
between() { echo "$2 <= $1 <= $3"; [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]; }
leave() { exec 8>&-; wait "${silent[@]}"; cat "$tmp"/silent.[0-9]*; }
# as many resets as ktcp gave up: nobody else was, and each heard of it
each_heard()
{
	local resets given
	resets=$(awk '$3 == "reset" { n += $4 } END { print n }' "$tmp"/silent.[0-9]*)
	given=$(grown server MemEvicted)
	echo "$given given up, $resets heard of it"
	[ "$resets" = "$given" ]
}

for host in $S4 $S6; do
	remember server
	check "$host: $(nproc) times $((SILENT + SLOW)) connections" load_of $host
	check "$host: whoever asks beside them gets every answer" all_right
	check "$host: the cap is kept" between "$(cat "$tmp/most")" $((CAP * 15 / 16)) $MORE
	# with what CPUs have not told each other
	check "$host: no more is given up than need be" \
		between "$(counter server CurrMemory)" $((CAP * 7 / 8)) $((CAP * 61 / 64))
	check "$host: SYNs got cookies by then" grew server MemSyns 100
	check "$host: and nothing sat out 2MSL" grew server MemTimeWaits 100
	given=$(grown server MemEvicted)
	check "$host: the silent were given up" [ "$given" -gt 0 ]
	check "$host: and leave" leave
	check "$host: each that was given up has heard of it, and nobody else was" each_heard
	check "$host: nothing is left" wait_for 60 idle server
	check_says "$host: nothing is counted any more" '^0$' counter server CurrMemory
done
check 'unloads' unload
finish
