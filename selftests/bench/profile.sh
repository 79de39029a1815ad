#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# profile.sh CASE SERVER UNITS: in a guest, a case with the emulator stopped when
# counting begins and when it ends; see profile in scripts/bench.
. "$(dirname "$0")/lib.sh"

name=$1 server=$2 n=$3
files 16k 1m
device_up
peers 50000
case $server in
ktcp) ktcp_up ;;
nginx) nginx_up ;;
haproxy) haproxy_up ;;
khttp | kernel | sink) kernel_up ;;
discard) ktcp_up; discard_up ;;
esac
cat /proc/kallsyms >/mnt/kallsyms

# open16: $first are open connections, and have answered a lot
open16()
{
	bench open port=${!server} conns=16 "$@"
	bench requests port=${!server} conns=16 count=2000 path=/100 body=100 "$@"
}

case $name in
keepalive) open16; bench requests port=${!server} conns=16 warm=32 count="$n" path=/100 body=100 trace=1 ;;
keepalive6) open16 family=6; bench requests family=6 port=${!server} conns=16 warm=32 count="$n" path=/100 body=100 trace=1 ;;
pipeline) open16; bench requests port=${!server} conns=16 warm=256 count="$n" depth=16 path=/100 body=100 trace=1 ;;
close) bench connections port=${!server} conns=16 warm=1000 count="$n" path=/100 body=100 trace=1 ;;
body16k) open16; bench requests port=${!server} warm=200 count="$n" path=/16k body=16384 trace=1 ;;
body1m) open16; bench requests port=${!server} warm=8 count="$n" path=/1m body=1048576 trace=1 ;;
body1m-ack2) open16; bench requests port=${!server} warm=8 count="$n" path=/1m body=1048576 ack=2 trace=1 ;;
echo) bench echo conns=16 warm=1000 count="$n" trace=1 ;;
syn) sysctl -qw net.ipv4.tcp_syncookies=2 net.ktcp.syncookies=2
	bench syn port=${!server} conns=16 warm=1000 count="$n" trace=1 ;;
stray) bench stray port=${!server} conns=16 warm=1000 count="$n" trace=1 ;;
upload) bench open port=${!server}; bench upload port=${!server} warm=16777216 count="$n" trace=1 ;;
*) fail "no case $name" ;;
esac
exit $failed
