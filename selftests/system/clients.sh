#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Clients and proxies as people run them: each gets every byte, and the proxies
# keep their connections to ktcp open.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin

www=$tmp/www
mkdir -p "$www/sub"
echo '<p>home' >"$www/index.html"
head -c 3000001 /dev/urandom >"$www/sub/big.bin"
for i in {1..40}; do head -c $((i * 997)) /dev/urandom >"$www/$i.bin"; done

load
lab
check 'publishes' publish "$www"
url=http://$S4:8080
same_file() { cmp "$tmp/got" "$www/$1"; }

nobody() { [ $(($(count server) - $(count server TIME_WAIT))) = 0 ]; }

note 'curl'
for option in --http1.1 --http1.0 --http0.9 --path-as-is --no-keepalive --tcp-nodelay --raw \
	--tr-encoding --compressed '-H Connection:close' '-H Expect:' \
	'-A x' '-e http://x/' '-b a=b' '-G -d a=b' '--interface eth0' '--local-port 50000-50100' -L; do
	rm -f "$tmp/got"
	check "curl $option" get $option -f -o "$tmp/got" $url/sub/big.bin
	check "  every byte" same_file sub/big.bin
done
check 'curl -g, IPv6' get -g -f -o "$tmp/got" "http://[$S6]:8080/7.bin"
check '  every byte' same_file 7.bin
check_says 'curl -I' '^Content-Length: 3000001' get -I $url/sub/big.bin
check_says 'curl -X PUT' '^405$' get -X PUT -o /dev/null -w '%{http_code}\n' $url/
check_says 'curl -z' '^HTTP/1.1 200 ' get -i -z 'next year' -o - $url/
mkdir "$tmp/many"
many() { (cd "$tmp/many" && get -f -Z --parallel-max 20 --remote-name-all "$url/[1-40].bin"); }
check 'curl -Z, forty files at once' many
all_same() { local i; for i in {1..40}; do cmp "$1/$i.bin" "$www/$i.bin" || return; done; }
check '  every byte' all_same "$tmp/many"
check_says 'one connection for ten requests' '^1,0,0,0,0,0,0,0,0,0,$' get -o /dev/null \
	-w '%{num_connects},' "$url/[1-10].bin"

note 'wget'
mkdir "$tmp/wget"
seq -f "$url/%g.bin" 40 >"$tmp/urls"
remember server
wgets() { (cd "$tmp/wget" && on client wget -nv -T 20 -t 1 -i "$tmp/urls"); }
check 'wget -i, forty files' wgets
check '  every byte' all_same "$tmp/wget"
check_says '  over one connection' '^1$' grown server PassiveOpens
check 'wget --spider' on client wget -nv -T 20 -t 1 --spider $url/sub/big.bin
check_exits 8 'wget of nothing' on client wget -nv -T 20 -t 1 -O "$tmp/got" $url/none
check_says 'wget -S' 'Content-Type: text/html; charset=utf-8' on client wget -S -T 20 -t 1 -O "$tmp/got" $url/
check '  every byte' same_file index.html

note 'ab and wrk'
report() { on client "$@" >"$tmp/report"; }
# field NAME: a line of ab's report
field() { sed -n "s/^$1: *\([0-9]*\).*/\1/p" "$tmp/report"; }
for k in '' -k; do
	check "ab $k" report ab -q -s 60 $k -n 2000 -c 20 $url/9.bin
	check_says '  all done' '^2000$' field 'Complete requests'
	check_says '  none failed' '^0$' field 'Failed requests'
	check_says '  so many bytes' "^$((2000 * 9 * 997))\$" field 'HTML transferred'
done
check 'wrk' report wrk -t 2 -c 20 -d 3s --timeout 20s $url/9.bin
check_says '  there are answers' '^Requests/sec: +[1-9]' cat "$tmp/report"
check_not '  no error' grep -E 'Socket errors|Non-2xx' "$tmp/report"

note 'nginx and HAProxy in front'
nginx_in client <<CONF
	upstream ktcp { server $S4:8080; keepalive 16; keepalive_requests 100000; }
	server {
		listen 127.0.0.1:9000;
		location / {
			# no file when the client is slower: its folder is not nginx's
			proxy_max_temp_file_size 0;
			proxy_pass http://ktcp;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
		}
	}
CONF
cat >"$tmp/haproxy.cfg" <<CONF
global
	maxconn 256
defaults
	mode http
	timeout connect 10s
	timeout client 30s
	timeout server 30s
	http-reuse always
frontend in
	bind 127.0.0.1:9001
	default_backend out
backend out
	server ktcp $S4:8080 pool-max-conn 16 pool-purge-delay 1h
CONF
on client haproxy -db -f "$tmp/haproxy.cfg" >"$tmp/haproxy.log" 2>&1 &
for proxy in nginx:9000 haproxy:9001; do
	front=http://127.0.0.1:${proxy#*:}
	name=${proxy%:*}
	check "$name answers" wait_for 40 get -f -o "$tmp/got" $front/
	check '  with the page' same_file index.html
	check "$name: a long file" get -f -o "$tmp/got" $front/sub/big.bin
	check '  every byte' same_file sub/big.bin
	check_says "$name: nothing there" '^404$' get -o /dev/null -w '%{http_code}\n' $front/none
	check_says "$name: HEAD" '^[Cc]ontent-[Ll]ength: 3000001' get -I $front/sub/big.bin
	remember server
	check "$name: 2000 requests, 10 at once" report ab -q -s 60 -k -n 2000 -c 10 $front/9.bin
	check_says '  all done' '^2000$' field 'Complete requests'
	check_says '  none failed' '^0$' field 'Failed requests'
	check_says '  so many bytes' "^$((2000 * 9 * 997))\$" field 'HTML transferred'
	check_says '  ktcp answered each' '^2000$' grown server HttpStatus2xx
	check "  over no more than 16 connections" [ "$(grown server PassiveOpens)" -le 16 ]
done
check_not 'nginx found nothing to say' grep -E '\[(error|crit|alert|emerg)\]' "$tmp/nginx.error"

ip netns pids client | xargs -r kill	# and their idle connections
check 'no connection is left of the proxies' wait_for 40 nobody

note 'slow clients: service for others stays up'
on server sysctl -qw net.ktcp.http_header_sec=5 net.ktcp.http_body_sec=5 net.ktcp.http_write_sec=5
# slow WHAT COUNTER OPTION...: for 12 s, while somebody else asks. COUNTER tells that
# they were given up.
slow()
{
	local what=$1 counter=$2 n=0 good=0
	shift 2
	remember server
	on client timeout 60 slowhttptest -l 12 -c 300 -r 100 -p 5 -u $url/sub/big.bin "$@" >"$tmp/slow.$what" 2>&1 &
	local pid=$!
	while kill -0 $pid 2>/dev/null; do
		n=$((n + 1))
		get -m 30 -f -o "$tmp/got" $url/9.bin && same_file 9.bin && good=$((good + 1))
	done
	wait $pid
	check "$what: ends by itself" [ $? = 0 ]
	check "$what: others asked meanwhile" [ $n -ge 2 ]
	check "$what: and all were served" [ $good = $n ]
	[ -z "$counter" ] || check "$what: they were given up" grew server $counter
	check "$what: and none is left in the end" wait_for 40 nobody
}
slow slowloris HttpStatus4xx -H -i 1
slow 'slow bodies' HttpStatus4xx -B -i 1
slow 'range attack' '' -R -a 1 -b 3000
slow 'slow reading' '' -X -w 1 -y 2 -n 1 -z 1
check 'unloads' unload
finish
