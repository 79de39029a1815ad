#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Fifty users of siege at once: every transaction is there, none has failed.
. "$(dirname "$0")/lib.sh"

load
lab
mkdir "$tmp/.siege"
: >"$tmp/.siege/cookies.txt"
# siege_of CONNECTION HOST: and siege's report is in $tmp/report
siege_of()
{
	printf '%s\n' 'verbose = false' 'logging = false' 'parser = false' 'color = off' \
		'json_output = true' 'timeout = 60' "connection = $1" >"$tmp/siegerc"
	on client env HOME="$tmp" siege -R "$tmp/siegerc" -b -c 50 -r 20 "http://$2:8080/" |
		tr -d '\t ' | tee "$tmp/report"
	return ${PIPESTATUS[0]}
}
for host in $S4 "[$S6]"; do
	for connection in keep-alive close; do
		what="$host, $connection"
		remember server
		check "$what: siege ends" siege_of $connection "$host"
		check "$what: 1000 transactions" grep -q '^{"transactions":1000,' "$tmp/report"
		check "$what: all of them succeeded" grep -q '^"successful_transactions":1000,' "$tmp/report"
		check "$what: none failed" grep -q '^"failed_transactions":0,' "$tmp/report"
		check "$what: availability 100%" grep -q '^"availability":100.00,' "$tmp/report"
		check_says "$what: ktcp answered as many" '^1000$' grown server HttpStatus2xx
	done
done
check_says 'no checksum was bad' '^InCsumErrors 0$' on server cat /proc/ktcp/stats
check 'unloads' unload
finish
