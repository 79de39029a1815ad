#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The guest stands still for 45 seconds, as where its machine is moved or debugged:
# for its kernel the clock jumps, and all that was due meanwhile is due at once, late. Who
# was in the middle of a body has it whole; who was to be given up is, and no other.
. "$(dirname "$0")/../../scripts/common.sh"
. "$TOP/selftests/tap.sh"
trap 'kill -CONT $qemu 2>/dev/null; kill $vm 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
trap '' PIPE	# a connection that is gone is a point that fails

# a clock that goes on for as long as this one stands still
export KTCP_TSC=1
# Less than the 120 s after which this kernel takes a CPU for stuck, more than the times
# below.
PAUSE=45
SIZE=$((40 << 20))
out=$LOGS/outside/paused-guest
check 'a guest boots' agent_boot 500 8080
qemu=$(pgrep -s "$vm" -x qemu-system-x86)
check 'which is one process' test -n "$qemu" -a "$qemu" -eq "$qemu"
url=http://127.0.0.1:$(cat "$out/port")
check 'a file is made' ask "mkdir /run/www && head -c $SIZE /dev/urandom >/run/www/file && cp /run/www/file /mnt/file"
check 'ktcp loads' ask "insmod '$TOP/build/stock/ktcp.ko' port=8080 && echo /run/www >/proc/sys/net/ktcp/docroot &&
	sysctl -qw net.ktcp.http_idle_sec=40 net.ktcp.http_header_sec=40 net.ktcp.time_wait_sec=40"

# to FD REQUEST: a connection, and what is said on it
to() { eval "exec $1<>/dev/tcp/127.0.0.1/${url##*:}" && printf "$2" >&$1; }
# head_of FD: of the response, as far as the empty line
head_of() { timeout 60 sed -u '/^\r$/q' <&$1; }
# states: how many connections are in which
states() { ask "awk 'NR > 1 && \$3 != \"LISTEN\" { n[\$3]++ } END { for (s in n) print s, n[s] }' /proc/ktcp/connections | sort | xargs"; }
uptime_of() { ask 'cut -d. -f1 /proc/uptime'; }

check 'one that we have closed' curl -sS -f -m 60 -H 'Connection: close' -I -o /dev/null "$url/file"
check 'one in the middle of a body' to 3 'GET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
check_says '  which has begun' '^HTTP/1.1 200 OK' head_of 3
check 'one between two requests' to 4 'HEAD /file HTTP/1.1\r\nHost: a\r\n\r\n'
check_says '  of which one is answered' '^HTTP/1.1 200 OK' head_of 4
check 'one in the middle of a header' to 5 'HEAD /file HTTP/1.1\r\n'
check_says 'they are what they should be' '^ESTABLISHED 2 FIN_WAIT_1 1 TIME_WAIT 1$' states
before=$(uptime_of)
check 'the guest stands still' kill -STOP $qemu
sleep $PAUSE
check 'and goes on' kill -CONT $qemu
after=$(uptime_of)
check "its clock has jumped: $before, $after" test $((after - before)) -ge $PAUSE
check_says 'who was slow with a header is told so' '^HTTP/1.1 408 ' head_of 5
check '  and closed' eval 'timeout 60 cat <&5'
check_says 'who was between two requests is closed' '^0$' eval 'timeout 60 cat <&4 | wc -c'
check_says 'who was in TIME_WAIT is gone, and who has a body to get is not' \
	'^FIN_WAIT_1 1 FIN_WAIT_2 2$' states
timeout 300 cat <&3 >"$tmp/body"
check 'the body comes to its end' test $? = 0
check 'and is right' cmp "$tmp/body" "$out/file"
check 'a new connection is answered' curl -sS -f -m 60 -I -o /dev/null "$url/file"
exec 3>&- 4>&- 5>&-
check 'all connections end' ask 'for i in $(seq 600); do grep -q "^CurrConns 0$" /proc/ktcp/stats && break; sleep 0.1; done
	cat /proc/ktcp/stats; [ $i -lt 600 ]'
cp "$tmp/output" "$tmp/stats"
for counter in 'HttpRequests 5' 'HttpStatus2xx 4' 'HttpStatus4xx 1' 'PassiveOpens 5' 'AttemptFails 0' 'InCsumErrors 0' 'OutErrors 0'; do
	check "$counter" grep -x "$counter" "$tmp/stats"
done
check 'unloads' ask 'rmmod ktcp'
check 'the kernel log is clean' agent_stop
echo "1..$points"
[ $bad = 0 ]
