#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Load, curl over both families, cat, unload; and parameters that are wrong.
. "$(dirname "$0")/lib.sh"

# One line a case: parameters; what insmod says; what the log says
bad_parameters()
{
	while IFS=';' read -r parameters errno line; do
		log_mark
		check_says "port=$parameters is refused: $errno" "$errno" insmod "$KO" "port=$parameters"
		check_says "port=$parameters: one log line says why" '^1$' count_lines
		check_says "port=$parameters: the line names it" "$line" log_ktcp
		check_not "port=$parameters: nothing stays loaded" loaded
	done <<-'END'
		70000;out of range;ktcp: .*70000
		0;out of range;ktcp: port=0
		-1;Invalid parameters|out of range;ktcp: .*-1
		http;Invalid parameters;ktcp: .*http
		80,,81;Invalid parameters;ktcp: port=
		8080,8080;Invalid parameters;ktcp: .*8080
		192.0.2:80;Invalid parameters;ktcp: port=192.0.2:80: not an address
		[::1]80;Invalid parameters;ktcp: port=.*: no port after the address
		192.0.2.77:80;Cannot assign requested address;ktcp: port=192.0.2.77:80: not an address of this host
	END
}

note 'parameters'
for parameter in port hook; do
	check_says "modinfo describes $parameter" "^parm: +$parameter:" modinfo "$KO"
done
bad_parameters
log_mark
check_says 'an unknown hook is refused' 'Invalid parameters' insmod "$KO" hook=late
check_says 'in one line of the log' '^1$' count_lines

nc -lk 8080 >/dev/null 2>&1 &
wait_for 30 bash -c "ss -ltn | grep -q :8080"
log_mark
check_says 'a port with a socket is refused' 'Address already in use' insmod "$KO" port=8080
check_says 'and the log names it' '8080' log_ktcp
check_not 'nothing stays loaded' loaded
kill %1
wait 2>/dev/null

gone() { [ "$(count server ESTABLISHED)" = 0 ]; }

note 'a port of one address'
check 'loads' load port=127.0.0.1:8080
check_says 'curl http://127.0.0.1:8080/' '^Server: ktcp' curl -sS -i -m 20 http://127.0.0.1:8080/
check_exits $CURL_REFUSED 'it is no other address' curl -sS -m 20 'http://[::1]:8080/'
check 'unloads' unload

note 'the main job'
check 'loads' load port=8080
lab
for url in http://127.0.0.1:8080/ 'http://[::1]:8080/'; do
	check_says "curl $url" '^HTTP/1.1 200 ' curl -sS -i -m 20 "$url"
done
for host in "$S4" "[$S6]"; do
	check_says "curl over veth: $host" '^HTTP/1.1 200 ' \
		on client curl -sS -i -m 20 "http://$host:8080/"
done
check_says 'the table has a header' '^local remote state timer' cat /proc/ktcp/connections
check_says 'the listener is shown' '^\*:8080 \*:\* LISTEN' cat /proc/ktcp/connections

hold client "$S4" 8080
check_says 'an open connection is ESTABLISHED' "^$S4:8080 $C4:[0-9]+ ESTABLISHED" connections server
check_says 'other namespaces do not see it' '^0$' count - ESTABLISHED
release
wait_for 30 gone
check_says 'it is gone after the client closed' '^0$' count server ESTABLISHED

on client curl -sS -m 20 -H 'Connection: close' -o /dev/null "http://$S4:8080/"
check 'our close is answered' wait_for 20 closed server
check_says 'TIME_WAIT after our close' 'TIME_WAIT timewait [0-9]+' connections server TIME_WAIT
check 'PassiveOpens counts' [ "$(counter server PassiveOpens)" -ge 3 ]
check 'no checksum error' [ "$(counter server InCsumErrors)" = 0 ]
check_says 'listeners' '^8080 ' cat /proc/ktcp/listeners

check 'unloads' unload
check_exits $CURL_REFUSED 'port 8080 is free again' curl -sS -m 5 http://127.0.0.1:8080/
check_not '/proc/ktcp is gone' test -e /proc/ktcp
finish
