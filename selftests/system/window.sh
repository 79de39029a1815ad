#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the window says has exactly the form of Documentation/window.schema.json, and
# its numbers are those of /proc.
. "$(dirname "$0")/lib.sh"

cat >"$tmp/schema.py" <<'PY'
import json, sys
sys.path.insert(0, "/usr/lib/python3/dist-packages")
import jsonschema
schema = json.load(open(sys.argv[1]))
def valid(name, doc):
    return jsonschema.Draft202012Validator({"$ref": "#/$defs/" + name, "$defs": schema["$defs"]}).is_valid(doc)
for path in sys.argv[2:]:
    name = path.rsplit("/", 1)[1].split(".")[0].split("-")[0]
    doc = json.load(open(path))
    assert open(path).read().isascii(), path
    assert valid(name, doc), (path, [e.message for e in jsonschema.Draft202012Validator(
        {"$ref": "#/$defs/" + name, "$defs": schema["$defs"]}).iter_errors(doc)][:3])
    # and the schema is not one that anything fits
    for member in doc:
        assert not valid(name, {k: v for k, v in doc.items() if k != member}), (path, member)
    assert not valid(name, {**doc, "another": 1}), path
    print("%s: %s" % (name, {k: len(v) if isinstance(v, (list, dict)) else v for k, v in doc.items()}))
PY
matches() { python3 "$tmp/schema.py" "$TOP/Documentation/window.schema.json" "$@"; }
look() { on client curl -sS -g -f -m 30 -o "$tmp/$1" "http://$S4:8080/ktcp/$2"; }
rows() { python3 -c 'import json, sys
rows = json.load(open(sys.argv[1]))["rows"]
print(*sorted(r["state"] for r in rows if r["remote"] != "*:*"))' "$1"; }

load
lab
# whatever time all of this takes
run on server sysctl -w net.ktcp.time_wait_sec=600 net.ktcp.http_idle_sec=900
check_says 'nobody may look in' '^404$' on client curl -sS -o /dev/null -w '%{http_code}\n' "http://$S4:8080/ktcp/"
run on server bash -c 'echo "$1" >/proc/sys/net/ktcp/status_allow' - "$C4,$C6"
check 'the first look begins the history' look history-0.json history.json
check 'a connection that stays' hold client $S4 8080 900
check 'one that has gone' on client curl -sS -f -o /dev/null -H 'Connection: close' "http://$S4:8080/"
check 'one over IPv6' on client curl -sS -g -f -o /dev/null "http://[$S6]:8080/"
check 'one that finds nothing' on client curl -sS -o /dev/null "http://$S4:8080/none"
check 'and is over' wait_for 20 closed server
for doc in connections stats history; do check "$doc.json" look $doc.json $doc.json; done
check 'some of them' look connections-some.json 'connections.json?state=TIME_WAIT&limit=1'
check 'none of them' look connections-none.json 'connections.json?q=nothing'
check 'all have the form of the schema' matches "$tmp"/{connections,connections-some,connections-none,stats,history-0,history}.json
check_says 'the states are those of /proc' '^ESTABLISHED ESTABLISHED TIME_WAIT$' rows "$tmp/connections.json"
check_says 'the state that was asked for' '^TIME_WAIT$' rows "$tmp/connections-some.json"
check_says 'no row' '^$' rows "$tmp/connections-none.json"

note 'the numbers are those of /proc'
on server cat /proc/ktcp/stats >"$tmp/before"
check 'stats.json again' look stats.json stats.json
on server cat /proc/ktcp/stats >"$tmp/proc"
cat >"$tmp/same.py" <<'PY'
import json, sys
said = json.load(open(sys.argv[1]))["counters"]
before, proc = (dict((k, int(v)) for k, v in (l.split() for l in open(f))) for f in sys.argv[2:])
assert said.keys() == proc.keys(), said.keys() ^ proc.keys()
# the question itself came, was answered and went since
moving = {k for k in said if said[k] != proc[k]}
print(len(said), *sorted(moving))
levels = {"CurrConns", "CurrMemory"}
assert all(before[k] <= said[k] <= proc[k] for k in said.keys() - levels)
# a machine that stands still for a moment is late with an ACK, and ktcp probes
probe = {"LossProbes", "RetransSegs", "InDSacks"}
assert moving <= levels | probe | {"InSegs", "OutSegs", "InOctets", "OutOctets", "HttpRequests", "HttpStatus2xx", "HttpBytes", "DelayedAcks"}, moving
PY
check 'counter by counter' python3 "$tmp/same.py" "$tmp/stats.json" "$tmp/before" "$tmp/proc"

note 'Prometheus'
check 'metrics' look metrics metrics
check_says 'a type' '^# TYPE ktcp_http_requests_total counter$' cat "$tmp/metrics"
check_not 'nothing but comments and samples' grep -vE '^(# (TYPE|HELP) [a-z_0-9]+ .*|[a-z_0-9]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.]+)$' "$tmp/metrics"
check_not 'no sample twice' bash -c 'grep -v "^#" "$1" | sed "s/ [0-9.]*$//" | sort | uniq -d | grep .' - "$tmp/metrics"
release
check 'unloads' unload
finish
