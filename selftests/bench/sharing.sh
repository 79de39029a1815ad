#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# sharing.sh CASE COUNT: in a guest of two CPUs, keepalive or close on both at once,
# each with a device and clients of its own, while a plugin of QEMU's watches which
# cache lines both of them touch; see sharing in scripts/bench.
. "$(dirname "$0")/lib.sh"

name=$1 count=$2
marks=$TOP/build/bench/sharing

# jobs JOB: on each CPU with the clients of its device, at the same moment: both
# CPUs wait for it awake
jobs()
{
	local job=("$@") cpu said moment=$((${EPOCHREALTIME/./} + 2000000))
	for cpu in 0 1; do
		taskset -c $cpu bash -c 'until [ ${EPOCHREALTIME/./} -ge $3 ]; do :; done
			echo "$2" >"$1"' - "${proc[cpu]}" "${job[*]}" $moment &
	done
	wait
	for cpu in 0 1; do
		read -r said <"${proc[cpu]}"
		say "CPU $cpu: ${job[*]} -> $said"
		[[ $said == cost=* ]] || fail "${job[*]}"
	done
}

# The first jobs that are watched have the emulator translate all code anew; those
# after them keep pace with each other.
watched()
{
	jobs "$@" count=$((2 * count))
	"$marks/begin"
	jobs "$@" count=$((count / 5))
	jobs "$@" count="$count"
	"$marks/end"
}

proc=(/proc/ktcp_bench /proc/ktcp_bench2)
sysctl -qw kernel.timer_migration=0
device_up
device_up module2/ktcp_bench2 1
ktcp_up
cat /proc/kallsyms >/mnt/kallsyms

case $name in
keepalive) jobs open port=$ktcp conns=16; watched requests port=$ktcp conns=16 path=/100 body=100 ;;
close) watched connections port=$ktcp conns=16 path=/100 body=100 ;;
*) fail "no case $name" ;;
esac
exit $failed
