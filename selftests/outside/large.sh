#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# 10,000 files of 1 GiB together are published in a guest of 2 GiB, and another
# snapshot takes their place fifty times, while four clients ask for them: every
# body is right, and in the end the memory is back.
. "$(dirname "$0")/../../scripts/common.sh"
. "$TOP/selftests/tap.sh"
trap 'kill $vm $load 2>/dev/null; rm -rf "$tmp" "$www" "$www.disk"' EXIT
trap 'exit 130' INT TERM

out=$LOGS/outside/large-guest www=$TOP/build/large
rm -rf "$www" "$www.disk"
mkdir -p "$www"
check_says 'a directory is made' '^10000 files, 1073741824 bytes$' "$TOP/selftests/outside/large.py" make "$www"
check 'a disk with it' mke2fs -q -t ext4 -O ^has_journal -d "$www" -N 30000 "$www.disk" 1300M
rm -rf "$www"/[ab]
export KTCP_MEM=2048 KTCP_DISK=$www.disk
check 'a guest boots' agent_boot 1800 8080
url=http://127.0.0.1:$(cat "$out/port")/
check 'with 2 GiB' ask "awk '/MemTotal/ { print; exit !(\$2 <= 2048 * 1024) }' /proc/meminfo"
check 'the disk is there' ask 'modprobe virtio_blk && modprobe ext4 && mount -o ro /dev/vda /srv'
check 'ktcp loads' ask "insmod '$TOP/build/stock/ktcp.ko' port=8080"

# publish FOLDER: and say how long it took and how many bytes were read for it
publish()
{
	ask "start=\$(date +%s%N)
		echo '$1' >/proc/sys/net/ktcp/docroot || exit
		awk '/rchar/ { print \"read\", \$2 }' /proc/\$\$/io
		echo took \$((\$(date +%s%N) - start)) ns"
}
# free_kib: what is free when nothing is cached
free_kib() { ask 'for i in 1 2 3; do sync; echo 3 >/proc/sys/vm/drop_caches; sleep 0.5; done; awk "/MemFree/ { print \$2 }" /proc/meminfo'; }
bytes_read() { awk '$1 == "read" { print $2 }' "$1"; }
counter() { ask "awk '\$1 == \"$1\" { print \$2 }' /proc/ktcp/stats"; }

check 'a file is published and taken away, once' publish "$TOP/Documentation"
publish '' >/dev/null
before=$(free_kib)
check '10,000 files of 1 GiB' publish /srv/a
check 'all of it has been read' test "$(bytes_read "$tmp/output")" -ge 1073741824
"$TOP/selftests/outside/large.py" load "$www" "$url" >"$tmp/load" 2>&1 &
load=$!
replaced=0 most=0
for ((i = 0; i < 50; i++)); do
	part=b
	[ $((i % 2)) = 0 ] || part=a
	publish "/srv/$part" >"$tmp/publish" 2>&1 || break
	replaced=$((replaced + 1)) n=$(bytes_read "$tmp/publish")
	[ "$n" -le $most ] || most=$n
done
run cat "$tmp/publish"
check 'replaced fifty times' test $replaced = 50
check 'and each time only what is different was read' test $most -gt 0 -a $most -lt $((100 << 20))
: >"$www/stop"
check 'the clients had nothing to complain about' wait $load
load=
run cat "$tmp/load"
check 'they asked for more than a thousand bodies' awk '{ exit !($2 > 1000 && $4 > 100) }' "$tmp/load"
check_says 'no response was an error but 404' "^$(awk '{ print $6 }' "$tmp/load")\$" counter HttpStatus4xx
check_says 'and none 5xx' '^0$' counter HttpStatus5xx
check 'nothing is published any more' publish ''
# a worker gives it back, later
back() { after=$(free_kib) && [ "$after" -ge $((before - 16384)) ]; }
check 'the memory is back' wait_for 120 back
note "free before: $before KiB, after: $after KiB"
check 'unloads' ask 'rmmod ktcp'
check 'the kernel log is clean' agent_stop
echo "1..$points"
[ $bad = 0 ]
