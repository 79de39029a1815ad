#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The page of the window in a browser on this host, of a module in a guest.
. "$(dirname "$0")/../../scripts/common.sh"
. "$TOP/selftests/tap.sh"
trap 'kill $vm 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
for program in node chromium; do
	command -v $program >/dev/null || { echo "# no $program"; exit 4; }
done

out=$LOGS/outside/window-guest
check 'a guest boots' agent_boot 500 8080
url=http://127.0.0.1:$(cat "$out/port")/ktcp/
check 'ktcp loads' ask "insmod '$TOP/build/stock/ktcp.ko' port=8080"
check_exits 22 'nobody may look in' curl -sS -f -m 30 -o /dev/null "$url"
check 'this host may' ask 'sysctl -w net.ktcp.status_allow=10.0.2.2'
check 'curl gets the page' curl -sS -f -m 30 -o "$tmp/page" "$url"
check 'as it is in the source' cmp "$tmp/page" "$TOP/module/http/window.html"
mkdir -p "$out/shots"
node "$TOP/selftests/window/page.mjs" --shots "$out/shots" --url "$url" >"$tmp/tap" 2>&1
while read -r line; do
	case $line in
	'ok '*) pass "${line#ok * }" ;;
	'not ok '*) fail "${line#not ok * }" ;;
	1..*) planned=1 ;;
	*) note "${line#\# }" ;;
	esac
done <"$tmp/tap"
check 'the browser saw it to the end' test -n "$planned"
check 'unloads' ask 'rmmod ktcp'
check 'the kernel log is clean' agent_stop
echo "1..$points"
[ $bad = 0 ]
