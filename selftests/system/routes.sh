#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Rules without files: fixed answers, redirects, health checks, fields; they are
# replaced at once, or not at all.
. "$(dirname "$0")/lib.sh"

www=$tmp/www
mkdir -p "$www"
echo '<p>home' >"$www/index.html"
echo 'a{}' >"$www/a.css"
echo 'never seen' >"$www/robots.txt"
head -c 20000001 /dev/urandom >"$www/big.bin"

# One write(2), in the namespace of the server.
routes() { printf '%b' "$1" >"$tmp/rules"; on server bash -c 'cat "$1" >/proc/ktcp/routes' - "$tmp/rules"; }
is_shown() { printf '%b' "$1" >"$tmp/a"; shown >"$tmp/b"; cmp "$tmp/a" "$tmp/b"; }
shown() { on server cat /proc/ktcp/routes; }
get() { on client curl -sS -m 60 --path-as-is "$@"; }
full() { get -i "$url$1" "${@:2}" | tr -d '\r'; }
status() { get -o /dev/null -w '%{http_code}\n' "$url$1" "${@:2}"; }

check 'loads' load
lab
url=http://$S4:8080
check 'publishes' publish "$www"
check 'no rules at first' is_shown ''

rules='# what is here
/robots.txt answer 200 text/plain;charset=utf-8 User-agent: *\\nDisallow: /
/gone* answer 410 text/plain It has gone.
/empty answer 200 text/plain
/old redirect 301 /new
/blog/* redirect 308 https://blog.example.org/*
/healthz health
*.css header Cache-Control: max-age=60
* header X-One: two
'
check 'rules are accepted' routes "$rules"
check 'and shown as they were written' is_shown "$rules"
other() { [ -z "$(cat /proc/ktcp/routes)" ]; }
check 'other namespaces have none' other

printf 'User-agent: *\nDisallow: /\n' >"$tmp/want"
body_is() { get -o "$tmp/got" "$url$1" && cmp "$tmp/got" "$2"; }
check 'a fixed answer, before the file' body_is /robots.txt "$tmp/want"
check_says 'with its type' '^Content-Type: text/plain;charset=utf-8$' full /robots.txt
check_says 'and length' '^Content-Length: 26$' full /robots.txt -I
check_says 'with its status' '^HTTP/1.1 410 Gone$' full /gone/with?the=wind
check_says 'in disguise' '^410$' status /./x/../%67one
check_says 'without a text' '^Content-Length: 0$' full /empty
check_says 'POST is not allowed' '^405$' status /robots.txt -X POST
check_says 'but gone is gone' '^410$' status /gone -X POST
check_says 'a redirect' '^Location: /new$' full /old?q
check_says 'its status' '^301$' status /old
check_says 'a redirect that keeps path and query' \
	'^Location: https://blog\.example\.org/2024/a%20b\?x=1%202$' full '/blog/2024/a%20b?x=1%202'
check_says 'its status' '^HTTP/1.1 308 Permanent Redirect$' full /blog/
check_says 'too long' '^414$' status "/blog/$(printf 'x%.0s' {1..2100})"
check_says 'the connection goes on after all of them' '^410 1,308 0,200 0,$' get \
	-o /dev/null -w '%{http_code} %{num_connects},' $url/gone --next -sS \
	-o /dev/null -w '%{http_code} %{num_connects},' $url/blog/x --next -sS \
	-o /dev/null -w '%{http_code} %{num_connects},' $url/
check 'what no rule is about is the file' body_is /index.html "$www/index.html"

note 'health'
check_says 'healthy' '^ok$' full /healthz
check_says 'and not to be cached' '^Cache-Control: no-store$' full /healthz
check_says 'neither when it has not changed (RFC 9110 15.4.5)' '^Cache-Control: no-store$' \
	full /healthz -H 'If-None-Match: *'
run on server sysctl -qw net.ktcp.drain=1
check_says 'draining' '^HTTP/1.1 503 Service Unavailable$' full /healthz
check_says 'says so' '^drain$' full /healthz
check_says 'while pages are served' '^200$' status /
run on server sysctl -qw net.ktcp.drain=0
check_says 'healthy again' '^HTTP/1.1 200 OK$' full /healthz

note 'fields'
check_says 'by suffix' '^Cache-Control: max-age=60$' full /a.css
full / >"$tmp/elsewhere"
check 'elsewhere' grep -q '^HTTP/1.1 200' "$tmp/elsewhere"
check_not '  not' grep -q max-age "$tmp/elsewhere"
for path in / /a.css /robots.txt /old /none /gone; do
	check_says "everywhere: $path" '^X-One: two$' full $path
done
check_says 'of a method that is not allowed' '^X-One: two$' full / -X POST
etag=$(full / -I | sed -n 's/^ETag: //p')
check_says 'with 304' '^X-One: two$' full / -H "If-None-Match: $etag"
check_says 'which it is' '^HTTP/1.1 304 Not Modified$' full / -H "If-None-Match: $etag"

note 'what is wrong is refused, and nothing changes'
# refused RULES TEXT: TEXT is what the log says
refused()
{
	run dmesg -C
	check_not "refused: ${1//\\n/, }" routes "$1"
	check_says '  and why' "ktcp: routes: $2" dmesg
	check '  what was there is there' is_shown "$rules"
}
refused '/ok health\nnonsense health\n' 'line 2: a path begins with / or \*'
refused '/x answer 99 a/b\n' 'line 1: answer: status 200'
refused '/x redirect 301 elsewhere\n' 'line 1: redirect: after the status one target'
refused '/x* redirect 301 https://host*\n' 'line 1: redirect: a / between host and \*'
refused '* header Server: x\n' 'line 1: header: a field that the responder itself writes'
refused '* header Content-Length: 5\n' 'line 1: header: a field that the responder itself writes'
refused "$(for i in {1..257}; do printf '/%d health\\n' "$i"; done)" 'line 257: more than 256 rules'
refused "$(for i in {1..17}; do printf '* header A%d: b\\n' "$i"; done)" 'line 17: more than 16 fields'
refused "$(head -c 66000 /dev/zero | tr '\0' '#')" 'at most 65536 bytes'
check_not 'a second write is refused' on server bash -c '{ echo "/a health"; echo "/b health"; } >/proc/ktcp/routes'
check_says 'and the first holds' '^/a health$' shown
check_says 'one of nothing is no list' '^0$' on server python3 -c '
import os
print(os.write(os.open("/proc/ktcp/routes", os.O_WRONLY), b""))'
check_says 'and that one holds on' '^/a health$' shown
check_not 'who is nobody may not' on server setpriv --reuid 65534 --clear-groups bash -c 'echo "/x health" >/proc/ktcp/routes'
check 'rules again' routes "$rules"

note 'rules are replaced while responses are under way'
ip netns exec client curl -sS -m 100 --limit-rate 4M -D "$tmp/head" -o "$tmp/big" $url/big.bin &
big=$!
check 'a long response has begun' wait_for 30 test -s "$tmp/big"
kill -STOP $big		# and does not end meanwhile
for i in {1..20}; do routes "* header X-Round: $i\n" || break; done
kill -CONT $big
check_says 'twenty times' '^\* header X-Round: 20$' shown
check 'it ends' wait $big
check 'with every byte' cmp "$tmp/big" "$www/big.bin"
check_says 'and the field it began with' '^X-One: two' cat "$tmp/head"
check_says 'the next has the last' '^X-Round: 20$' full /
check 'rules are taken away' routes '\n'
full / >"$tmp/without"
check 'the page' grep -q '^HTTP/1.1 200' "$tmp/without"
check_not '  has no field any more' grep -q X-Round "$tmp/without"
check 'unloads with rules in place' unload
finish
