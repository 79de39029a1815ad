#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Another module is an application of ktcp: it opens connections to the kernel's
# own TCP, serves it, and both modules can go at any instant.
. "$(dirname "$0")/lib.sh"

BYTES=1000000

# command_in NS WORD...: to ktcp_test
command_in() { on "$1" bash -c 'echo "$*" >/proc/ktcp_test' - "${@:2}"; }
events() { on server cat /proc/ktcp_test; }
event() { events | grep -qx "$1"; }

# echoes what comes; says how a connection ended
cat >"$tmp/echo.py" <<'PY'
import socket, sys, threading
s = socket.socket(socket.AF_INET6)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("::", 7000))
s.listen(64)
print("ready", flush=True)
def serve(c, n):
    total = 0
    try:
        while data := c.recv(65536):
            total += len(data)
            c.sendall(data)
        print(n, "eof", total, flush=True)
    except ConnectionResetError:
        print(n, "reset", flush=True)
    c.close()
n = 0
while True:
    c, _ = s.accept()
    n += 1
    print(n, "open", flush=True)
    threading.Thread(target=serve, args=(c, n), daemon=True).start()
PY
# sends a file to an echo service, and compares
cat >"$tmp/client.py" <<'PY'
import os, socket, sys, threading
body = os.urandom(int(sys.argv[2]))
s = socket.create_connection((sys.argv[1], 7), 20)
def send():
    s.sendall(body)
    s.shutdown(socket.SHUT_WR)
threading.Thread(target=send).start()
got = b""
while data := s.recv(65536):
    got += data
sys.exit(got != body)
PY

bytes_in() { connections server ESTABLISHED | awk -v r="$1:7000" '$2 == r { print $20 }'; }
all_back() { [ "$(bytes_in "$1")" = $BYTES ]; }
said() { grep -qx "$1" "$tmp/echo"; }
resets() { [ "$(grep -c ' reset$' "$tmp/echo")" = "$1" ]; }

load
run insmod "$TEST_KO"
lab
run on server sysctl -w net.ktcp.time_wait_sec=600	# however slow the kernel
ip netns exec client python3 "$tmp/echo.py" >"$tmp/echo" 2>&1 &
check 'a server on the kernel TCP' wait_for 30 said ready

n=0
for host in $C4 $C6; do
	n=$((n + 1))
	remote=$host
	[ $host = $C4 ] || remote="[$host]"
	check "opens a connection to $host" command_in server connect $host 7000 discard
	check 'it is established' wait_for 20 event "$n opened"
	check 'sends' command_in server send $n $BYTES
	check 'every byte comes back' wait_for 60 all_back "$remote"
	check 'closes' command_in server shutdown $n
	check 'the server saw the end of all of it' wait_for 20 said "$n eof $BYTES"
	check 'closed without an error' wait_for 20 event "$n closed 0"
done
check 'both sit out TIME_WAIT' wait_for 30 eval '[ $(count server TIME_WAIT) = 2 ]'
check 'opens one to a port that nobody has' command_in server connect $C4 7001 discard
check 'it is refused' wait_for 30 event '3 closed -111'

note 'addresses that mean nothing without their interface'
fe80() { on $1 ip -6 -o address show dev eth0 scope link | awk '{ sub("/.*", "", $4); print $4 }'; }
L6=$(fe80 server)
ifindex=$(ip netns exec server cat /sys/class/net/eth0/ifindex)
page() { on "$1" curl -sS -g -f -m 20 -o "$tmp/got" "$2" && cmp "$tmp/got" "$tmp/page"; }
run on client curl -sS -f -o "$tmp/page" http://$S4:8080/
check 'a client gets the page from one' page client "http://[$L6%eth0]:8080/"
check 'and so does this host from its own' page server "http://[$L6%eth0]:8080/"
check 'an application opens a connection to one' \
	command_in server connect $(fe80 client)%$ifindex 7000 discard
check 'it is established' wait_for 20 event '4 opened'
check 'and one to itself, with the kernel' command_in server connect $L6%$ifindex 7002 discard
check 'which refuses it' wait_for 20 event '5 closed -111'
check_not 'but none without the interface' command_in server connect $L6 7002 discard
check 'closes' command_in server shutdown 4
check 'closed without an error' wait_for 20 event '4 closed 0'

check 'serves echo' command_in server listen echo
for host in $S4 $S6; do
	check "a kernel client gets its bytes back from $host" \
		on client timeout 120 python3 "$tmp/client.py" $host $BYTES
done

# --- both can go with connections open ---

open_some()
{
	local i
	for i in 1 2 3 4; do
		run command_in server connect $C4 7000 echo
		run command_in server connect $C6 7000 discard
	done
	wait_for 20 eval '[ $(count server ESTABLISHED) -ge 8 ]'
}
check 'eight connections are open' open_some
check_not 'ktcp stays while the other module uses it' rmmod ktcp
began=$(date +%s%N)
check 'the application unloads with them open' run rmmod ktcp_test
note "it took $((($(date +%s%N) - began) / 1000000)) ms"
check 'nothing of it is left' eval '[ $(count server ESTABLISHED) = 0 ]'
check 'their peers got a RST' wait_for 30 resets 8
check_says 'the administrator still has the port' 8080 on server sysctl net.ktcp.ports
check 'the responder still answers' on client curl -sS -f -o /dev/null http://$S4:8080/

for i in 1 2 3; do
	run insmod "$TEST_KO"
	run command_in server listen chargen
	run command_in server connect $C4 7000 chargen
	run command_in server connect $C6 7000 chargen
	on client timeout 60 bash -c "exec 3<>/dev/tcp/$S4/19; cat <&3 >/dev/null" &
	drain=$!
	check "$i: data flows in both directions" wait_for 20 eval '[ $(events | grep -c data) -gt 20 ]'
	check "$i: the application unloads under load" run rmmod ktcp_test
	check "$i: ktcp unloads" unload
	check "$i: its memory caches are gone" no_slabs
	wait $drain
	load
	run on server sysctl -w net.ktcp.ports=8080
done

run insmod "$TEST_KO"
opened=$(($(grep -c open "$tmp/echo") + 1))
run command_in server connect $C4 7000 discard
check 'a connection is open' wait_for 20 said "$opened open"
run ip netns delete server
check 'deleting the namespace gives its peer a RST' wait_for 30 said "$opened reset"
check 'the application unloads' run rmmod ktcp_test
check 'ktcp unloads' unload
finish
