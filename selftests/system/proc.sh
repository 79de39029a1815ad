#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# /proc/ktcp/connections is consistent while thousands of connections come and
# go: every line has the columns of the header and a state that exists, and a
# connection that stays is there in every reading, once. The load lasts until
# there have been enough readings.
. "$(dirname "$0")/lib.sh"

load
lab
run on server sysctl -w net.ktcp.time_wait_sec=1 net.ktcp.http_idle_sec=600
hold client $S4 8080 600
port=$(connections server ESTABLISHED | sed 's/.* '$C4':\([0-9]*\) .*/\1/')
check 'a connection to watch' [ -n "$port" ]
mkfifo "$tmp/enough"
exec 9<>"$tmp/enough"
load_until()
{
	while :; do
		on client ab -q -n 2000 -c 200 "http://$S4:8080/" || return
		! read -r -t 0.01 -u 9 || return 0
	done
}
load_until >"$tmp/ab" 2>&1 &
ab=$!
cat >"$tmp/read.py" <<'PY'
import collections, os, re, sys
STATES = set("LISTEN SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 CLOSE_WAIT CLOSING LAST_ACK TIME_WAIT".split())
OPTIONS = re.compile(r"-|(ts,)?(sack,)?wscale:\d+:\d+|(ts|sack|ts,sack)")
pid, watched = int(sys.argv[1]), sys.argv[2]
readings = lines = most = 0
while readings < 20 or most <= 100:
    rows = [l.split(" ") for l in open("/proc/ktcp/connections").read().splitlines()]
    n = len(rows[0])
    assert rows[0][:3] == ["local", "remote", "state"], rows[0]
    for row in rows[1:]:
        assert len(row) == n, row
        assert row[2] in STATES, row
        assert all(f.isdigit() for f in row[4:-2]), row
        assert OPTIONS.fullmatch(row[-1]), row
    keys = collections.Counter((r[0], r[1]) for r in rows[1:])
    assert keys[("10.1.0.1:8080", "10.1.0.2:" + watched)] == 1, keys.most_common(3)
    readings += 1
    lines += len(rows)
    most = max(most, len(rows))
    os.kill(pid, 0)     # still there
print("readings %d, lines %d, most at once %d" % (readings, lines, most))
PY
check 'every line of every reading is right' on server python3 "$tmp/read.py" $ab "$port"
echo >&9
wait $ab
check 'the load was real, to its end' [ $? = 0 ]
check_not 'and none of it failed' grep -E 'Failed requests: +[1-9]' "$tmp/ab"
check 'as it says' grep -qE 'Failed requests: +0' "$tmp/ab"
release
check 'all are gone once TIME_WAIT has passed' wait_for 30 idle server
check_says 'CurrConns is back at 0' '^CurrConns 0$' on server cat /proc/ktcp/stats
check_says 'CurrTimeWaits is back at 0' '^CurrTimeWaits 0$' on server cat /proc/ktcp/stats
check 'unloads' unload
finish
