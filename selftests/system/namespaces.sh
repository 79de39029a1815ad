#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Network namespaces have nothing in common: ports, connections, counters,
# sysctls, life. And the ports of one can be changed while it serves.
. "$(dirname "$0")/lib.sh"

#	client ---- server	Both pairs have the same addresses and ports, so that
#	client2 --- server2	only the namespace tells their connections apart.
load port=8080
lab
pair client2 server2
namespace fresh

# set NS PORTS
set_ports() { on "$1" bash -c 'echo "$0" >/proc/sys/net/ktcp/ports' "$2"; }	# sysctl(8) would try twice
ports() { on "$1" sysctl -n net.ktcp.ports; }
listeners() { on "$1" awk 'NR > 1 { printf "%s ", $1 } END { print "." }' /proc/ktcp/listeners; }
opened() { grown "$1" PassiveOpens; }
# page CLIENT HOST [PORT]: what curl gets there is the page
page() { on "$1" curl -sS -g -f -m 10 -o "$tmp/got" "http://$2:${3:-8080}/" && cmp "$tmp/got" "$tmp/page"; }

note 'port= is for the initial namespace'
check_says 'it has the port' '^8080$' ports -
check_says 'another begins with none' '^$' ports fresh
check_says 'and no listener' '^\.$' listeners fresh
check_exits $CURL_REFUSED 'nothing answers there' on fresh curl -sS -m 5 http://127.0.0.1:8080/
check_says 'ktcp took no segment there' '^InSegs 0$' on fresh cat /proc/ktcp/stats

note 'each has its own sysctls'
# name=value of each number; the least values, from the documentation
numbers() { on "$1" bash -c 'cd /proc/sys/net/ktcp && grep "" *' | grep -Ev '^(ports|congestion_control|docroot|status_path|status_allow):' | tr : = | sort; }
least() { awk -F'|' '/^## /{on = ($0 == "## Sysctls")} on && /^\| `/{gsub(/[ `]/, ""); print $2 "=" $4}' \
	"$TOP/Documentation/parameters.md" | sort; }
set_least() { least | sed 's/^/net.ktcp./' | on fresh xargs sysctl -w; }
for ns in - server; do numbers $ns >"$tmp/numbers$ns"; done
check 'all are set in one' set_least
has_numbers() { numbers "$1" | diff "$2" -; }
least >"$tmp/least"
check 'and it has these values' has_numbers fresh "$tmp/least"
for ns in - server; do
	check "those of another ($ns) are what they were" has_numbers $ns "$tmp/numbers$ns"
done
run on server sysctl -w net.ktcp.time_wait_sec=20 net.ktcp.http_idle_sec=3600
for ns in client client2; do run on $ns curl -sS -o "$tmp/page" -H 'Connection: close' http://$S4:8080/; done
for ns in server server2; do check "$ns: closed" wait_for 20 closed $ns; done
ends_ms() { connections "$1" TIME_WAIT | cut -d' ' -f5; }
check 'a TIME_WAIT of 20 s there' [ "$(ends_ms server)" -le 20000 ]
check 'and of 60 s elsewhere' [ "$(ends_ms server2)" -gt 20000 ]

note 'each serves its own clients'
check 'no connection is left in the first' wait_for 40 idle server
run set_ports server2 ''	# which ends its TIME_WAIT
run set_ports server2 8080
check 'and none in the second' idle server2
for ns in - server server2; do remember $ns; done
talk client first $S4 8080 40000
talk client2 second $S4 8080 40000
check 'the first pair: a connection' wait_for 20 answered first
check 'the second pair: one of the same addresses and ports' wait_for 20 answered second
for ns in server server2; do
	check_says "$ns shows one connection, its own" '^1$' count $ns
	check_says "$ns: the right one" "^$S4:8080 $C4:40000 ESTABLISHED " connections $ns
	check_says "$ns: one was opened" '^1$' opened $ns
	check_says "$ns: one request was answered" '^1$' grown $ns HttpRequests
done
check_says 'the initial namespace shows none' '^0$' count -
check_says 'and none was opened there' '^0$' opened -
for host in $S4 "[$S6]"; do
	remember server2
	check "$host: the first pair again" page client "$host"
	check "$host: the second saw nothing of it" same server2 InSegs
	check "$host: the second pair" page client2 "$host"
	check_says "$host: one was opened there" '^1$' opened server2
done

note 'ports come and go'
run set_ports server 8080,8081
check_says 'a second port' '^8080 8081 \.$' listeners server
check_says 'in that namespace only' '^8080 \.$' listeners server2
check_exits $CURL_REFUSED 'in another nothing answers on it' page client2 $S4 8081
for host in $S4 "[$S6]"; do check "$host: served on the second port" page client "$host" 8081; done
check 'the connection of the first port goes on' goes_on first

same_listeners() { on server cat /proc/ktcp/listeners | diff "$tmp/listeners" -; }
# refused PORTS ERRNO LINE-OF-THE-LOG: and nothing changes
refused()
{
	log_mark
	remember server
	on server cat /proc/ktcp/listeners >"$tmp/listeners"
	check_says "ports=$1 is refused: $2" ": $2\$" set_ports server "$1"
	check_says "ports=$1: one log line says why" '^1$' count_lines
	check_says "ports=$1: the line names it" "$3" log_ktcp
	check_says "ports=$1: the list is what it was" '^8080,8081$' ports server
	check "ports=$1: the listeners too" same_listeners
	check "ports=$1: no one was reset" same server OutRsts
	check "ports=$1: the connection goes on" goes_on first
}
head -c 20000 /dev/urandom >"$tmp/file"
kernel_server server 9000 "$tmp/file"
host_server=$!
refused 0 'Invalid argument' 'ktcp: ports=0:'
refused 70000 'Invalid argument' 'ktcp: ports=70000:'
refused 8080,8080 'Invalid argument' 'ktcp: ports=8080: given twice'
refused x 'Invalid argument' 'ktcp: ports=x:'
refused 8081,,8082 'Invalid argument' 'ktcp: ports='
refused 8082,9000 'Address already in use' 'ktcp: ports=9000: bound'
run set_ports server2 8080,9000
check_says 'the same port is free elsewhere' '^8080 9000 \.$' listeners server2
kernel_server server 8082 "$tmp/file"	# was not kept by what was refused
kill $host_server $!

talk client stays $S4 8081
check 'a connection of the second port' wait_for 20 answered stays
remember server
run set_ports server 8081
check 'the first port taken away: its connection is reset' wait_for 30 is_reset first
check_says 'by one RST' '^1$' grown server OutRsts
check_says 'the second port stays' '^8081 \.$' listeners server
check 'and its connection goes on' goes_on stays
kernel_server server 8080 "$tmp/file"
host_server=$!
for host in $S4 "[$S6]"; do
	check "$host: a socket of the host answers on the first port" \
		on client curl -sS -g -m 10 -o "$tmp/got" "http://$host:8080/"
	check "$host: with its file" cmp "$tmp/got" "$tmp/file"
done
log_mark
check_says 'the port cannot come back as long' ': Address already in use$' set_ports server 8081,8080
check_says 'and the log names it' 'ktcp: ports=8080: bound' log_ktcp
kill $host_server
wait $host_server

note 'a port of some addresses'
A4=10.1.0.77 A6=fd01::77
run on server ip addr add $A4/24 dev eth0
run on server ip addr add $A6/64 dev eth0 nodad
mkdir "$tmp/theirs"
cp "$tmp/file" "$tmp/theirs/index.html"
their_servers=()
for host in $A4 $A6; do
	ip netns exec server python3 -m http.server --bind $host --directory "$tmp/theirs" 8083 >/dev/null 2>&1 &
	their_servers+=($!)
	check "a server of the host at $host" wait_for 30 on server bash -c "exec 3<>/dev/tcp/$host/8083"
done
log_mark
check_says 'ktcp cannot have all addresses' ': Address already in use$' set_ports server 8081,8083
check_says 'the log names the port' 'ktcp: ports=8083: bound' log_ktcp
log_mark
check_says 'nor one that is not here' ': Cannot assign requested address$' set_ports server "8081,10.1.0.99:8083"
check_says 'the log names it' 'ktcp: ports=10.1.0.99:8083: not an address of this host' log_ktcp
check_says 'nothing has changed' '^8081$' ports server
run set_ports server "8081,$S4:8083,[$S6]:8083"
check_says 'but those that are free' "^8081,$S4:8083,\\[$S6\\]:8083\$" ports server
check_says 'the listener is shown with its address' "^\\[$S6\\]:8083 \\*:\\* LISTEN" on server cat /proc/ktcp/connections
check 'a connection of another port goes on' goes_on stays
for host in $S4 "[$S6]"; do check "$host: ours" page client "$host" 8083; done
for host in $A4 "[$A6]"; do
	check "$host: the host's" on client curl -sS -g -m 10 -o "$tmp/got" "http://$host:8083/"
	check "$host: with its file" cmp "$tmp/got" "$tmp/file"
done
kill "${their_servers[@]}"
talk client bound $S4 8083
check 'a connection of one address' wait_for 20 answered bound
check 'all addresses, once they are free' wait_for 20 set_ports server 8081,8083
for host in $A4 "[$A6]"; do check "$host: ours now" page client "$host" 8083; done
check 'the connection goes on' goes_on bound
run set_ports server "8081,$A4:8083"
check 'it ends when its address is not ours any more' wait_for 30 is_reset bound
check "$A4: still ours" page client $A4 8083
check_exits $CURL_REFUSED "$S4: nobody's" page client $S4 8083
run set_ports server 8081

note 'the end of one, while many wait for a document of another'
cat >"$tmp/askers.py" <<'PY'
import resource, socket, sys
host, n = sys.argv[1], int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (n + 50, n + 50))
askers = [socket.create_connection((host, 8080), 20) for i in range(n)]
for s in askers:
    s.sendall(b"GET /ktcp/connections.json?q=nobody HTTP/1.1\r\nHost: x\r\n\r\n")
print("asked", flush=True)
sys.stdin.read()
PY
ASKERS=2000
run on server2 sysctl -w net.ktcp.http_idle_sec=3600	# with KASAN all of it takes long
talk client one $S4 8081
talk client2 other $S4 8080
check 'a connection' wait_for 20 answered one
check 'and one of the other' wait_for 20 answered other
# the end is over when another one may be made
can_make_one() { unshare -n true; }
run sysctl -w user.max_net_namespaces="$(ip netns list | wc -l)"
check_not 'no more namespaces may be made' can_make_one
run on server2 bash -c 'echo "$1" >/proc/sys/net/ktcp/status_allow' - $C4
remember server2
mkfifo "$tmp/done"
ip netns exec client2 python3 "$tmp/askers.py" $S4 $ASKERS >"$tmp/asked" 2>&1 <>"$tmp/done" &
askers=$!
check 'many ask in the other' wait_for 600 grep -qx asked "$tmp/asked"
run ip netns delete server
check 'its peer is reset' wait_for 30 is_reset one
check 'it ends' wait_for 120 can_make_one
run sysctl -w user.max_net_namespaces=1000
answered_there=$(grown server2 HttpRequests)
note "by then $answered_there of $ASKERS documents are written"
check 'before all documents of the other are written' [ "$answered_there" -lt $ASKERS ]
kill $askers
wait $askers
check 'the other goes on' goes_on other
for host in $S4 "[$S6]"; do check "$host: and serves new clients" page client2 "$host"; done
check 'so does the initial one' page - 127.0.0.1
check 'unloads' unload
check 'the last connection is reset' wait_for 30 is_reset other
finish
