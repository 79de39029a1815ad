#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# /proc/ktcp/connections is consistent while thousands of connections come and
# go: every line has the columns of the header and a state that exists, and a
# connection that stays is there in every reading, once.
. "$(dirname "$0")/lib.sh"

load
lab
run on server sysctl -w net.ktcp.time_wait_sec=1
hold client $S4 8080 120
port=$(connections server ESTABLISHED | sed 's/.* '$C4':\([0-9]*\) .*/\1/')
check 'a connection to watch' [ -n "$port" ]
on client ab -q -n 6000 -c 200 "http://$S4:8080/" >"$tmp/ab" 2>&1 &
ab=$!
cat >"$tmp/read.py" <<'PY'
import collections, os, re, select, sys
STATES = set("LISTEN SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 CLOSE_WAIT CLOSING LAST_ACK TIME_WAIT".split())
OPTIONS = re.compile(r"-|(ts,)?(sack,)?wscale:\d+:\d+|(ts|sack|ts,sack)")
pid, watched = int(sys.argv[1]), sys.argv[2]
readings = lines = most = 0
ended = select.poll()
ended.register(os.pidfd_open(pid), select.POLLIN)
while True:
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
    if ended.poll(0):
        break
print("readings %d, lines %d, most at once %d" % (readings, lines, most))
assert readings > 10 and most > 100
PY
check 'every line of every reading is right' on server python3 "$tmp/read.py" $ab "$port"
wait $ab
check_says 'the load was real' 'Complete requests: +6000' cat "$tmp/ab"
check_says 'and none of it failed' 'Failed requests: +0' cat "$tmp/ab"
release
check 'all are gone once TIME_WAIT has passed' wait_for 30 idle server
check_says 'CurrConns is back at 0' '^CurrConns 0$' on server cat /proc/ktcp/stats
check_says 'CurrTimeWaits is back at 0' '^CurrTimeWaits 0$' on server cat /proc/ktcp/stats
check 'unloads' unload
finish
