#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The guest is suspended (as far as can be without its firmware: its devices lose what
# they know, its CPUs but one are off, its clocks stand still) while a client is in the
# middle of a body and another between two requests on one connection. Both go on.
#
# The guest's root is gone then: 9p over virtio does not come back. What is still to be
# done there is done by busybox in memory, which says it on the serial line and is told
# by requests.
. "$(dirname "$0")/../../scripts/common.sh"
. "$TOP/selftests/tap.sh"
trap 'kill $vm $slow 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
trap '' PIPE	# a connection that is gone is a point that fails

# The driver of virtio's card may be made to send when it has given its rings back
# already (6.1 was: netif_tx_wake_queue() after netif_device_detach()), which writes
# into memory that is no longer its own.
export KTCP_NIC=e1000
SIZE=$((40 << 20))
out=$LOGS/outside/suspend-guest
check 'a guest boots' agent_boot 600 8080
url=http://127.0.0.1:$(cat "$out/port")
check 'it can be suspended' ask 'grep -w mem /sys/power/state && grep -w core /sys/power/pm_test'
check 'a file is made' ask "mkdir /run/www && head -c $SIZE /dev/urandom >/run/www/file && cp /run/www/file /mnt/file"
check 'ktcp loads' ask "insmod '$TOP/build/stock/ktcp.ko' port=8080 && echo /run/www >/proc/sys/net/ktcp/docroot &&
	sysctl -qw net.ktcp.http_idle_sec=3600"
check 'busybox is in memory' ask '
	mkdir -p /run/ram/dev /run/ram/proc /run/ram/sys &&
	cp --parents -L $(ldd /bin/busybox | grep -oE "/[^ ]+") /bin/busybox /run/ram &&
	for fs in dev proc sys; do mount --rbind /$fs /run/ram/$fs || exit; done
	chroot /run/ram /bin/busybox true'
cat >"$out/asleep" <<'END'
exec </dev/null >/dev/ttyS1 2>&1
counter() { /bin/busybox awk -v k=$1 '$1 == k { print $2 }' /proc/ktcp/stats; }
until [ "$(counter HttpRequests)" -ge 2 ]; do /bin/busybox sleep 0.1; done
echo core >/sys/power/pm_test
echo mem >/sys/power/state
echo "suspended: status $?, CPUs $(/bin/busybox cat /sys/devices/system/cpu/online)"
until [ "$(counter HttpStatus4xx)" = 1 ]; do /bin/busybox sleep 0.1; done
until [ "$(counter CurrConns)" = 0 ]; do /bin/busybox sleep 0.1; done
/bin/busybox cat /proc/ktcp/stats
/bin/busybox rmmod ktcp
echo "unloaded: status $?"
# the serial line is slower than the end
/bin/busybox stty -a >/dev/null </dev/ttyS1
echo o >/proc/sysrq-trigger
END
check 'who does it there' ask 'cp /mnt/asleep /run/ram && { setsid chroot /run/ram /bin/busybox sh /asleep & }'

# said: what is on the guest's serial line by now
said() { grep -axE -- "$1"$'\r?' "$out/out"; }
exec 3<>"/dev/tcp/127.0.0.1/${url##*:}"
# request NAME: a request on the connection that stays, its status
request() { printf 'HEAD /%s HTTP/1.1\r\nHost: a\r\n\r\n' "$1" >&3; timeout 60 sed -u '/^\r$/q' <&3 | grep -a HTTP; }
# read_slowly: the file, at 128 kB/s at most until the guest is awake again; all that
# may wait between the guest and this is less than a quarter of it
read_slowly()
{
	exec 4<>"/dev/tcp/127.0.0.1/${url##*:}"
	printf 'GET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' >&4
	sed -u '/^\r$/q' <&4 >"$tmp/slow.head"
	until [ -e "$tmp/awake" ]; do
		head -c 65536 <&4
		sleep 0.5
	done
	timeout 200 cat <&4
}
read_slowly >"$tmp/slow" &
slow=$!
check_says 'a request before' '^HTTP/1.1 200 OK' request file
check 'the guest was suspended' wait_for 120 said 'suspended: status 0, CPUs 0-1'
check 'for the kernel, too' grep -a 'PM: suspend exit' "$out/console.log"
check 'the body was not through then' test "$(stat -c %s "$tmp/slow")" -lt $((SIZE / 2))
check_says 'the connection answers still' '^HTTP/1.1 200 OK' request file
: >"$tmp/awake"
check 'a new one does' curl -sS -f -m 200 -o "$tmp/new" "$url/file"
check 'with the right bytes' cmp "$tmp/new" "$out/file"
check 'the body that was interrupted comes to its end' wait $slow
slow=
check 'with the right bytes' cmp "$tmp/slow" "$out/file"
check_says 'nothing is where nothing is' '^HTTP/1.1 404 Not Found' request none
exec 3>&-
check 'all connections end, and it unloads' wait_for 120 said 'unloaded: status 0'
for counter in 'HttpRequests 5' 'HttpStatus2xx 4' 'PassiveOpens 3' 'InCsumErrors 0' 'OutErrors 0'; do
	check "$counter" said "$counter"
done
check 'the guest ends' wait_for 60 eval '! kill -0 $vm'
check_not 'the kernel log is clean' bad_log "$out/console.log"
echo "1..$points"
[ $bad = 0 ]
