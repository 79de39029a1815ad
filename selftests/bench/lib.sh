# SPDX-License-Identifier: GPL-2.0
# What counted.sh and others of the bench are written with, in a guest.
#
#	ktcp 8080	nginx 8081	haproxy 8082	khttp 8083	(servers)
#	discard 9	sink 8084	listen 8085	(uploads, half a handshake)
#
# A result is a line "@ CASE SERVER COST UNIT", cost in instructions a unit.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export LC_ALL=C
ktcp=8080 nginx=8081 haproxy=8082 khttp=8083 discard=9 sink=8084 kernel=8085
www=/dev/shm/www
failed=0

say() { printf '# %s\n' "$*"; }
fail() { say "FAILED: $*"; failed=1; }

# letters N: so many k
letters() { head -c "$1" /dev/zero | tr '\0' k; }

# bench JOB SETTING...: $line is what it says; its values by `value KEY`
bench()
{
	local ok=1
	# what earlier commands left to be done (output, grace periods) is done first
	echo idle count=100 >/proc/ktcp_bench
	echo "$*" >/proc/ktcp_bench 2>/dev/null || ok=
	read -r line </proc/ktcp_bench
	say "$* -> $line"
	[ -n "$ok" ] || { fail "$*"; return 1; }
}
value() { sed -n "s/.*\\b$1=\\([^ ]*\\).*/\\1/p" <<<"$line"; }

# column SERVER: what it is called in results
column()
{
	case $1 in
	khttp | sink) echo kernel ;;
	discard) echo ktcp ;;
	*) echo "$1" ;;
	esac
}

# result CASE SERVER UNIT [COST]
result() { printf '@\t%s\t%s\t%s\t%s\n' "$1" "$(column "$2")" "${4:-$(value cost)}" "$3"; }

# --- the far side of the device ---

#	bench0 10.63.0.1, fd63::1	clients 10.64.0.0/16, fd64::/64
#	bench1 10.65.0.1, fd65::1	clients 10.66.0.0/16, fd66::/64
device_up() # [FOLDER/MODULE [N]], of build/bench
{
	local ko=${1:-module/ktcp_bench} n=${2:-0} near far
	near=$((63 + 2 * n)) far=$((64 + 2 * n))
	insmod "$TOP/build/bench/$ko.ko" net="$n" || exit 98
	ip address add 10.$near.0.1/24 dev "bench$n"
	ip address add fd$near::1/64 dev "bench$n" nodad
	ip link set "bench$n" up
	ip neighbour add 10.$near.0.2 lladdr 02:00:00:00:00:02 dev "bench$n" nud permanent
	ip neighbour add fd$near::2 lladdr 02:00:00:00:00:02 dev "bench$n" nud permanent
	ip route add 10.$far.0.0/16 via 10.$near.0.2
	ip route add fd$far::/64 via fd$near::2
}

# Peers whose connections may still be in TIME_WAIT are not used again.
next_first=0
peers_max=50000
peers() { peers_max=$1 next_first=0; bench peers "$1"; }

# fresh N: $first of N peers that nobody has used
fresh()
{
	[ $((next_first + $1)) -le $peers_max ] || peers $peers_max
	first=$next_first
	next_first=$((next_first + $1))
}

# --- servers, with the same bodies ---

files() # SIZE...
{
	local size
	mkdir -p $www
	for size; do
		[ -f "$www/$size" ] || case $size in
		16k) letters 16384 ;;
		1m) letters 1048576 ;;
		1g) letters 1073741824 ;;
		esac >"$www/$size"
	done
}

ktcp_up()
{
	insmod "$TOP/build/bench/stock/ktcp.ko" port=$ktcp "$@" || exit 98
	# a line feed is put at the end
	echo "/100 answer 200 text/plain $(letters 99)" >/proc/ktcp/routes
	sysctl -qw net.ktcp.http_idle_sec=3600 net.ktcp.rst_ratelimit=1000000 \
		net.ktcp.max_connections=2000000 net.ktcp.max_time_wait=2000000
	if [ -d $www ]; then
		sysctl -qw net.ktcp.docroot_mib_max=4096
		sysctl -qw net.ktcp.docroot=$www || fail "docroot $www"
	fi
}
ktcp_down() { rmmod ktcp; }

discard_up()
{
	insmod "$TOP/build/bench/stock-test/ktcp_test.ko" || exit 98
	echo "listen discard $discard" >/proc/ktcp_test || fail 'discard'
}
discard_down() { rmmod ktcp_test; }

nginx_up()
{
	mkdir -p /var/lib/nginx /var/log/nginx /run
	cat >/run/nginx.conf <<-END
		worker_processes auto;
		worker_rlimit_nofile 1100000;
		pid /run/nginx.pid;
		error_log /run/nginx.log;
		events { worker_connections 1000000; use epoll; multi_accept on; }
		http {
			access_log off;
			server_tokens off;
			sendfile on;
			sendfile_max_chunk 2m;
			tcp_nopush on;
			tcp_nodelay on;
			keepalive_timeout 1h;
			keepalive_requests 1000000000;
			open_file_cache max=100 inactive=1h;
			open_file_cache_valid 1h;
			default_type text/plain;
			server {
				listen $nginx reuseport backlog=65535;
				listen [::]:$nginx reuseport backlog=65535;
				root $www;
				location = /100 { return 200 "$(letters 100)"; }
			}
		}
	END
	nginx -c /run/nginx.conf || fail "nginx"
}
nginx_down() { kill "$(cat /run/nginx.pid)"; wait_gone nginx; }

haproxy_up()
{
	cat >/run/haproxy.cfg <<-END
		global
			nbthread $(nproc)
			maxconn 100000
			pidfile /run/haproxy.pid
		defaults
			mode http
			option http-keep-alive
			timeout client 1h
			timeout server 1h
			timeout connect 1h
			timeout http-request 1h
			timeout http-keep-alive 1h
		frontend bench
			bind 0.0.0.0:$haproxy backlog 65535
			bind [::]:$haproxy v6only backlog 65535
			http-request return status 200 content-type text/plain string "$(letters 100)"
	END
	haproxy -D -f /run/haproxy.cfg || fail "haproxy"
}
haproxy_down() { kill "$(cat /run/haproxy.pid)"; wait_gone haproxy; }

wait_gone() { while pidof "$1" >/dev/null; do sleep 0.1; done; }

kernel_up() { bench khttp $khttp; bench sink $sink; bench listen $kernel; }
kernel_down() { bench stop; }

# Now and then it looks through its whole table: the fewer, the less that adds to a case.
conntrack_up()
{
	modprobe nf_conntrack hashsize=4096 || fail "no nf_conntrack"
	sysctl -qw net.netfilter.nf_conntrack_max=1000000
	nft -f - <<-END || fail "no nftables"
		table inet bench {
			chain input {
				type filter hook input priority 0;
				ct state established,related accept
				ct state invalid drop
			}
		}
	END
}
conntrack_down()
{
	local i
	nft delete table inet bench
	# a worker of nftables lets go of it
	for ((i = 0; i < 50; i++)); do
		modprobe -r nft_ct nf_conntrack 2>/dev/null && return
		sleep 0.1
	done
	fail "nf_conntrack stays"
}

servers_up()
{
	# what is left as a distribution has it would be the limit of some
	ulimit -n 1048576
	sysctl -qw fs.nr_open=1200000 net.core.somaxconn=65535 \
		net.ipv4.tcp_max_syn_backlog=1048576 \
		net.ipv4.tcp_max_tw_buckets=1048576
	ktcp_up
	kernel_up
	wants nginx && nginx_up
	wants haproxy && haproxy_up
}
servers_down()
{
	wants haproxy && haproxy_down
	wants nginx && nginx_down
	kernel_down
	ktcp_down
}

# wants SERVER: it is one of $only, if that says anything
wants() { case " ${only:-$1} " in *" $1 "*) ;; *) return 1 ;; esac; }
