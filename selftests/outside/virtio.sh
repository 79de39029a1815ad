#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Clients that are not in the guest: they come over virtio and through the TCP
# of QEMU's own network.
. "$(dirname "$0")/../../scripts/common.sh"
. "$TOP/selftests/tap.sh"
trap 'kill $vm 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

out=$LOGS/outside/guest
check 'a guest boots' agent_boot 500 8080
url=http://127.0.0.1:$(cat "$out/port")/
check 'ktcp loads' ask "insmod '$TOP/build/stock/ktcp.ko' port=8080"

twenty() { for ((i = 0; i < 20; i++)); do "$@" || return; done; }
get() { curl -sS -f -m 30 -o "$tmp/got" "$url" && cmp "$tmp/got" "$tmp/page"; }
# head_of: no body, and the length that GET has
head_of()
{
	curl -sS -f -m 30 -I -D "$tmp/head" -o /dev/null -w '%{size_download}' "$url" >"$tmp/body" &&
	[ "$(cat "$tmp/body")" = 0 ] &&
	tr -d '\r' <"$tmp/head" | grep -x "Content-Length: $(stat -c %s "$tmp/page")"
}
check 'curl gets a page' curl -sS -f -m 30 -o "$tmp/page" "$url"
check '20 times GET: the same page' twenty get
check '20 times HEAD: its length, and no body' twenty head_of
check 'ab: 1,000 requests' ab -q -k -s 60 -n 1000 -c 8 "$url"
cp "$tmp/output" "$tmp/ab"
check 'all of them complete' grep -x 'Complete requests: *1000' "$tmp/ab"
check 'none failed' grep -x 'Failed requests: *0' "$tmp/ab"
check 'on connections kept open' grep -x 'Keep-Alive requests: *1000' "$tmp/ab"

check 'the counters' ask 'cat /proc/ktcp/stats'
cp "$tmp/output" "$tmp/stats"
for counter in 'HttpRequests 1041' 'HttpStatus2xx 1041' 'InCsumErrors 0' 'InErrs 0' 'OutErrors 0'; do
	check "$counter" grep -x "$counter" "$tmp/stats"
done
check 'unloads' ask 'rmmod ktcp'
check_not 'nothing answers now' curl -sS -f -m 10 "$url"
check 'the kernel log is clean' agent_stop
echo "1..$points"
[ $bad = 0 ]
