#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timed.sh [ROUNDS [SECONDS]]: requests a second by the clock, on all CPUs of the
# guest, wrk and the servers included; medians of rounds in which each server has
# its turn. Then with one CPU and with two for ktcp, and wrk on others.
. "$(dirname "$0")/lib.sh"

rounds=${1:-5} seconds=${2:-3}
SERVERS='ktcp nginx haproxy khttp'
tmp=$(mktemp -d)

#	namespace client               here
#	eth0 10.1.0.2/24  <--veth-->   veth0 10.1.0.1/24
cable()
{
	ip netns add client
	ip link add veth0 type veth peer name eth0 netns client
	ip address add 10.1.0.1/24 dev veth0
	ip link set veth0 up
	ip -n client address add 10.1.0.2/24 dev eth0
	ip -n client link set eth0 up
	ip -n client link set lo up
}

# load SERVER FILE [WRK OPTIONS]...: append requests a second to the file
load()
{
	local port=${!1} file=$2 said
	shift 2
	said=$(ip netns exec client $pin wrk -d "$seconds" "$@" "http://10.1.0.1:$port/100")
	grep -qE 'Non-2xx|Socket errors' <<<"$said" && fail "$port: $said"
	sed -n 's/^Requests\/sec: *//p' <<<"$said" >>"$file"
}

# median FILE: "MEDIAN SPREAD", the spread from least to most in per cent of it
median()
{
	sort -n "$1" | awk '{ v[NR] = $1 } END {
		m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
		printf "%.0f %.0f\n", m, m ? (v[NR] - v[1]) / m * 100 : 0 }'
}

# compare CASE [WRK OPTIONS]...
compare()
{
	local name=$1 i s m spread mine=
	shift
	for i in $(seq "$rounds"); do
		for s in $SERVERS; do load "$s" "$tmp/$name.$s" "$@"; done
	done
	for s in $SERVERS; do
		read -r m spread <<<"$(median "$tmp/$name.$s")"
		mine=${mine:-$m}
		awk -v n="$name" -v s="$(column "$s")" -v m="$m" -v sp="$spread" -v k="$mine" \
			'BEGIN { printf "%-16s %-8s %8d requests/s (spread %d %%), ktcp has %.2f times that\n", n, s, m, sp, m ? k / m : 0 }'
	done
}

# Segments are handled on the CPUs of this mask, clients run on the others.
scale()
{
	local cpus mask one two
	cpus=$(nproc)
	if [ "$cpus" -lt 4 ]; then
		echo "two CPUs against one: not measured, $cpus CPUs leave none for the clients"
		return
	fi
	pin="taskset -c 2-$((cpus - 1))"
	for i in $(seq "$rounds"); do
		for mask in 1 3; do
			echo $mask >/sys/class/net/veth0/queues/rx-0/rps_cpus
			load ktcp "$tmp/scale.$mask" -t $((cpus - 2)) -c 256
		done
	done
	echo 0 >/sys/class/net/veth0/queues/rx-0/rps_cpus
	pin=
	read -r one _ <<<"$(median "$tmp/scale.1")"
	read -r two _ <<<"$(median "$tmp/scale.3")"
	awk -v a="$one" -v b="$two" 'BEGIN { printf "two CPUs against one: %.2f times (%d, %d requests/s)\n", b / a, b, a }'
}

pin=
cable
device_up
servers_up
echo "$(nproc) CPUs, $KTCP_LAB, $rounds rounds of $seconds s"
compare keepalive -t "$(nproc)" -c 16
compare keepalive-256 -t "$(nproc)" -c 256
compare close -t "$(nproc)" -c 16 -H 'Connection: close'
scale
servers_down
rmmod ktcp_bench || fail "rmmod"
rm -rf "$tmp"
exit $failed
