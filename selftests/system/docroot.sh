#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A directory is published: every byte is right, nothing else can be reached,
# and another takes its place while responses are in flight.
. "$(dirname "$0")/lib.sh"

www=$tmp/www
mkdir -p "$www/sub/deep" "$www/empty" "$www/.git"
echo '<p>home' >"$www/index.html"
echo '<p>sub' >"$www/sub/index.html"
echo 'a{}' >"$www/sub/a.css"
echo 'ff' >"$www/sub/deep/two words.txt"
echo 'secret' >"$www/.git/config"
echo 'outside' >"$tmp/outside"
: >"$www/nothing.js"
ln -s sub/a.css "$www/link.css"
mkfifo "$www/pipe"
# more than is queued at once (16 MiB), and no multiple of a page
head -c 20000001 /dev/urandom >"$www/big.bin"

# is_file URL-PATH FILE
is_file() { get -f -o "$tmp/got" "http://$S4:8080$1" && cmp "$tmp/got" "$2"; }
head_of() { get -I "http://$S4:8080$1" | tr -d '\r'; }
status() { get -o /dev/null -w '%{http_code}\n' --path-as-is "http://$S4:8080$1"; }

check 'loads' load docroot="$www"
check_says 'the parameter publishes in the first namespace' '^<p>home$' curl -sS -m 20 http://127.0.0.1:8080/
check_says 'and the sysctl shows it' "= $www\$" sysctl net.ktcp.docroot
lab
check_says 'other namespaces have the built-in page' '<title>ktcp</title>' get "http://$S4:8080/"

check 'publishes' publish "$www"
for row in "/ index.html" "/index.html index.html" "/sub/ sub/index.html" \
	"/sub/a.css sub/a.css" "/link.css sub/a.css" "/nothing.js nothing.js" "/big.bin big.bin"; do
	check "GET ${row% *}" is_file "${row% *}" "$www/${row#* }"
done
for row in '/ text/html; charset=utf-8' '/sub/a.css text/css; charset=utf-8' \
	'/nothing.js text/javascript; charset=utf-8' '/big.bin application/octet-stream'; do
	check_says "type of ${row%% *}" "^Content-Type: ${row#* }\$" head_of "${row%% *}"
done
check 'GET a name with a blank' is_file /sub/deep/two%20words.txt "$www/sub/deep/two words.txt"
check 'GET a name in disguise' is_file '/s%75b/../sub/./%61.css?q=/..' "$www/sub/a.css"
for path in /%2e%2e/outside /sub/..%2f../outside /%00 /%zz /%; do
	check_says "GET $path" '^400$' status "$path"
done
check_says 'decoded once only' '^404$' status /sub/a%252ecss
check_says 'length of an empty file' '^Content-Length: 0$' head_of /nothing.js
check_says 'Last-Modified' "^Last-Modified: $(date -u -r "$www/index.html" '+%a, %d %b %Y %H:%M:%S GMT')\$" head_of /
touch -d '2 years' "$www/sub/a.css"
check 'with a file of the future' publish "$www"
modified_is() { date -d "$(head_of "$1" | sed -n 's/^Last-Modified: //p')" +%s; }
check 'it was changed when it was published, or before' [ "$(modified_is /sub/a.css)" -le "$(date +%s)" ]
check '  and not long before' [ "$(modified_is /sub/a.css)" -ge $(($(date +%s) - 60)) ]
touch "$www/sub/a.css"
check 'and as before' publish "$www"
check_says 'a strong ETag' '^ETag: "[0-9a-f]{32}"$' head_of /
check_says 'the same bytes have the same ETag' \
	"^$(head_of /link.css | grep '^ETag: "' || echo none)\$" head_of /sub/a.css
etag=$(head_of / | sed -n 's/^ETag: //p')
# conditional ETAG PATH: status line and fields, and the body's length as curl saw it
conditional() { get -i -w '\nbody %{size_download}\n' -H "If-None-Match: $1" "http://$S4:8080$2" | tr -d '\r'; }
for tag in "$etag" "W/$etag" "\"a\", $etag" '*'; do
	check_says "If-None-Match $tag: 304" '^HTTP/1.1 304 Not Modified$' conditional "$tag" /
	check_says "If-None-Match $tag: no body" '^body 0$' conditional "$tag" /
done
check_says '304 has the ETag' "^ETag: $etag\$" conditional "$etag" /
check_says '304 has Last-Modified' '^Last-Modified: ' conditional "$etag" /
check_says '304 has a Date' '^Date: .* GMT$' conditional "$etag" /
conditional "$etag" / >"$tmp/head"
check '304 comes' grep -q '^HTTP/1.1 304' "$tmp/head"
check_not '304 has no Content-Length' grep -qi '^Content-Length' "$tmp/head"
check_says 'of another file it is 200' '^HTTP/1.1 200 OK$' conditional "$etag" /sub/
check_says 'of no file it is 404' '^HTTP/1.1 404 ' conditional '*' /none
check_says 'a connection goes on after a 304' '^304 1,200 0,$' get -o /dev/null \
	-w '%{http_code} %{num_connects},' -H "If-None-Match: $etag" "http://$S4:8080/" \
	--next -sS -o /dev/null -w '%{http_code} %{num_connects},' "http://$S4:8080/sub/"
check_says 'a directory without its slash redirects' '^Location: /sub/$' head_of /sub
check_says 'with 301' '^301$' status /sub
for path in /none /empty/ /empty /.git/config /pipe /sub/deep; do
	check_says "GET $path" '^404$' status "$path"
done
for path in /../outside /sub/../../outside; do
	check_says "GET $path" '^400$' status "$path"
done

note 'ranges'
# part CURL-RANGE FROM COUNT: these bytes of big.bin come, with 206
part()
{
	get -f -r "$1" -D "$tmp/head" -o "$tmp/got" "http://$S4:8080/big.bin" &&
		grep -q '^HTTP/1.1 206 Partial Content' "$tmp/head" &&
		grep -q "^Content-Range: bytes $2-$(($2 + $3 - 1))/20000001" "$tmp/head" &&
		tail -c +$(($2 + 1)) "$www/big.bin" | head -c "$3" | cmp - "$tmp/got"
}
check 'the first byte' part 0-0 0 1
check 'the last byte' part -1 20000000 1
check 'to the end' part 19999999- 19999999 2
check 'more than there is' part 20000000-99999999 20000000 1
check 'across pages' part 4000-8200 4000 4201
check 'across what is queued at once' part 16777000-16778000 16777000 1001
check 'nearly all of it' part 1- 1 20000000
check_says 'beyond the end' '^HTTP/1.1 416 Range Not Satisfiable' get -i -r 20000001- -o - "http://$S4:8080/big.bin"
check_says 'says how long it is' '^Content-Range: bytes \*/20000001' get -i -r 20000001- -o - "http://$S4:8080/big.bin"
check_says 'of nothing there is no part' '^200 0$' get -o /dev/null -w '%{http_code} %{size_download}\n' -r 0- "http://$S4:8080/nothing.js"
check_says 'nor a last one' '^200 0$' get -o /dev/null -w '%{http_code} %{size_download}\n' -r -100 "http://$S4:8080/nothing.js"
check_says 'nonsense is ignored' '^200$' get -o /dev/null -w '%{http_code}\n' -H 'Range: bytes=b-a' "http://$S4:8080/"
check_says 'HEAD has no ranges' '^HTTP/1.1 200 OK' get -I -r 0-1 "http://$S4:8080/"
check_says 'it is told that there are ranges' '^Accept-Ranges: bytes$' head_of /
cat >"$tmp/parts.py" <<'PY'
import email, email.policy, sys, urllib.request
url, path, want = sys.argv[1], sys.argv[2], sys.argv[3]
r = urllib.request.urlopen(urllib.request.Request(url, headers={"Range": "bytes=" + want}), timeout=60)
body = r.read()
assert r.status == 206, r.status
assert int(r.headers["Content-Length"]) == len(body)
whole = open(path, "rb").read()
m = email.message_from_bytes(b"Content-Type: " + r.headers["Content-Type"].encode() + b"\r\n\r\n" + body,
	policy=email.policy.HTTP)
parts = m.get_payload()
ranges = [tuple(int(n) for n in p["Content-Range"].split()[1].split("/")[0].split("-")) for p in parts]
assert all(p["Content-Range"].endswith("/%d" % len(whole)) for p in parts)
# the parser of mail is not made for bytes: compare what lies between the fields and the next boundary
b = b"\r\n--" + m.get_boundary().encode()
raw = body.split(b)
assert raw[0] == b"" and raw[-1] == b"--\r\n", (raw[0], raw[-1])
for (first, last), part in zip(ranges, raw[1:-1]):
	assert part.split(b"\r\n\r\n", 1)[1] == whole[first:last + 1], (first, last)
print(",".join("%d-%d" % r for r in ranges))
PY
several() { on client python3 "$tmp/parts.py" "http://$S4:8080/big.bin" "$www/big.bin" "$1"; }
check_says 'several' '^0-9,5000-15000,20000000-20000000$' several 0-9,5000-15000,-1
check_says 'those that overlap are one' '^0-29,40-49$' several 0-9,10-19,15-29,40-49
check_says 'a connection goes on after them' '^206 1,416 0,200 0,$' get -o /dev/null \
	-w '%{http_code} %{num_connects},' -r 0-1,4-5 "http://$S4:8080/big.bin" --next -sS -o /dev/null \
	-w '%{http_code} %{num_connects},' -r 20000001- "http://$S4:8080/big.bin" --next -sS \
	-o /dev/null -w '%{http_code} %{num_connects},' "http://$S4:8080/"
big_etag=$(head_of /big.bin | sed -n 's/^ETag: //p')
check_says 'If-Range, unchanged' '^206$' get -o /dev/null -w '%{http_code}\n' -r 0-1 -H "If-Range: $big_etag" "http://$S4:8080/big.bin"
check_says 'If-Range, changed' '^200$' get -o /dev/null -w '%{http_code}\n' -r 0-1 -H 'If-Range: "x"' "http://$S4:8080/big.bin"
head -c 7000000 "$www/big.bin" >"$tmp/resumed"
check 'curl goes on where it stopped' get -f -C - -o "$tmp/resumed" "http://$S4:8080/big.bin"
check '  every byte' cmp "$tmp/resumed" "$www/big.bin"
head -c 7000000 "$www/big.bin" >"$tmp/big.bin"
resume() { (cd "$tmp" && on client wget -nv -c -T 20 -t 1 "http://$S4:8080/big.bin"); }
check 'wget goes on where it stopped' resume
check '  every byte' cmp "$tmp/big.bin" "$www/big.bin"
rm -f "$tmp/big.bin"

note 'conditions'
modified=$(head_of / | sed -n 's/^Last-Modified: //p')
# says STATUS FIELD
says() { check_says "$2: $1" "^$1\$" get -o /dev/null -w '%{http_code}\n' -H "$2" "http://$S4:8080/"; }
says 304 "If-Modified-Since: $modified"
says 200 'If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT'
says 200 "If-Unmodified-Since: $modified"
says 412 'If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT'
says 200 "If-Match: $etag"
says 412 'If-Match: "x"'
says 200 'If-Match: *'

note 'neighbours in a content coding'
www2=$tmp/www2
mkdir -p "$www2/d"
seq 1 5000 >"$www2/a.css"
gzip -k -9 "$www2/a.css"
echo 'as if br' >"$www2/a.css.br"
echo '<p>d' >"$www2/d/index.html"
gzip -k "$www2/d/index.html"
gzip <"$www/big.bin" >"$www2/alone.gz"
check 'publishes them' publish "$www2"
check 'curl --compressed' get -f --compressed -o "$tmp/got" -H 'Accept-Encoding: gzip' "http://$S4:8080/a.css"
check '  every byte' cmp "$tmp/got" "$www2/a.css"
check 'gzip' get -f -D "$tmp/head" -o "$tmp/got" -H 'Accept-Encoding: gzip' "http://$S4:8080/a.css"
check '  the bytes of the neighbour' cmp "$tmp/got" "$www2/a.css.gz"
for field in 'Content-Encoding: gzip' 'Vary: Accept-Encoding' 'Content-Type: text/css; charset=utf-8'; do
	check "  $field" grep -q "^$field.\$" "$tmp/head"
done
check 'br before gzip' get -f -o "$tmp/got" -H 'Accept-Encoding: gzip, br' "http://$S4:8080/a.css"
check '  the bytes of the neighbour' cmp "$tmp/got" "$www2/a.css.br"
check 'none' get -f -D "$tmp/head" -o "$tmp/got" "http://$S4:8080/a.css"
check '  every byte' cmp "$tmp/got" "$www2/a.css"
check '  Vary all the same' grep -q '^Vary: Accept-Encoding' "$tmp/head"
check_not '  no Content-Encoding' grep -q '^Content-Encoding' "$tmp/head"
check 'the index of a directory' get -f -o "$tmp/got" -H 'Accept-Encoding: gzip' "http://$S4:8080/d/"
check '  the bytes of the neighbour' cmp "$tmp/got" "$www2/d/index.html.gz"
check_says 'under its own name it is what it is' '^Content-Type: application/gzip$' head_of /a.css.gz
head_of /alone.gz >"$tmp/head"
check 'as is one that stands alone' grep -q '^Content-Type: application/gzip$' "$tmp/head"
check_not 'without Vary' grep -qi '^Vary' "$tmp/head"
tag_of() { get -I -H "Accept-Encoding: $1" "http://$S4:8080/a.css" | tr -d '\r' | sed -n 's/^ETag: //p'; }
gz=$(tag_of gzip) plain=$(tag_of identity)
check 'each has its tag' [ "$gz" != "$plain" ]
# tagged STATUS CODING TAG
tagged() { check_says "$2, If-None-Match of $3: $1" "^$1\$" get -o /dev/null -w '%{http_code}\n' \
	-H "Accept-Encoding: $2" -H "If-None-Match: ${!3}" "http://$S4:8080/a.css"; }
tagged 304 gzip gz
tagged 304 identity plain
tagged 200 gzip plain
tagged 200 identity gz
touch -d '2020-01-01 UTC' "$www2"/a.css* "$www2"/d/index.html*
check 'all of one date' publish "$www2"
since='Wed, 01 Jan 2020 00:00:00 GMT'
check_says '  which is told' "^Last-Modified: $since\$" head_of /a.css
seq 2 5001 | gzip >"$www2/a.css.gz"
gzip -f -k -1 "$www2/d/index.html"
touch -d '2020-01-02 UTC' "$www2/a.css.gz" "$www2/d/index.html.gz"
check 'one is made anew' publish "$www2"
# dated STATUS PATH CODING SINCE
dated() { check_says "  $3 of $2, If-Modified-Since: $4: $1" "^$1\$" get -o /dev/null -w '%{http_code}\n' \
	-H "Accept-Encoding: $3" -H "If-Modified-Since: $4" "http://$S4:8080$2"; }
for path in /a.css /d/; do
	dated 200 $path gzip "$since"
	dated 200 $path identity "$since"
	for coding in gzip identity; do dated 304 $path $coding 'Thu, 02 Jan 2020 00:00:00 GMT'; done
done
check_says '  br has that date, too' '^Last-Modified: Thu, 02 Jan 2020 00:00:00 GMT' \
	get -I -H 'Accept-Encoding: br' "http://$S4:8080/a.css"
touch -d '2020-01-03 UTC' "$www2/a.css"
check 'then what it is made of' publish "$www2"
dated 200 /a.css gzip 'Thu, 02 Jan 2020 00:00:00 GMT'
dated 304 /a.css gzip 'Fri, 03 Jan 2020 00:00:00 GMT'
check 'as before' publish "$www"

note 'what has not changed is not read again'
# publish_counted DIRECTORY: how many bytes were read for it
publish_counted()
{
	on server bash -c 'read -r _ before <$0; echo "$1" >/proc/sys/net/ktcp/docroot || exit
		read -r _ after <$0; echo $((after - before))' /proc/self/io "$1"
}
between() { echo "$1"; [ "$1" -ge "$2" ] && [ "$1" -lt "$3" ]; }
# check_reads NAME DIRECTORY FROM TO: so many bytes are read when it is published
check_reads()
{
	if [ -e /proc/self/io ]; then
		check "$1" between "$(publish_counted "$2")" "$3" "$4"
	else
		run publish "$2"
		skip "$1" 'this kernel does not count what is read'
	fi
}
# however slow this machine is: the clock is set
later() { run date -s "@$(($(date +%s) + $1))"; }
mkdir "$tmp/www3"
cp "$www/big.bin" "$tmp/www3/one.bin"
cp "$www/big.bin" "$tmp/www3/two.bin"
later 3600
touch -d '1 hour ago' "$tmp/www3"/*	# mtime says nothing: ctime is now
later -3600
check_reads 'at first all of it' "$tmp/www3" 40000002 41000000
check_reads 'and all of it when it could still have changed in the same tick' "$tmp/www3" 40000002 41000000
later 3603
check_reads 'all of it when that had been so' "$tmp/www3" 40000002 41000000
check_reads 'then nothing' "$tmp/www3" 0 100000
printf X | dd of="$tmp/www3/two.bin" bs=1 seek=12345678 conv=notrunc status=none
touch -d '1 hour ago' "$tmp/www3/two.bin"
check_reads 'one byte has changed: that file' "$tmp/www3" 20000001 21000000
check '  every byte of it' is_file /two.bin "$tmp/www3/two.bin"
check '  and of the other' is_file /one.bin "$tmp/www3/one.bin"
mv "$tmp/www3/two.bin" "$tmp/www3/three.bin"
mv "$tmp/www3/one.bin" "$tmp/www3/two.bin"
mv "$tmp/www3/three.bin" "$tmp/www3/one.bin"
check 'names that are swapped' publish "$tmp/www3"
for name in one two; do check "  every byte of $name" is_file /$name.bin "$tmp/www3/$name.bin"; done
later -3603
rm -r "$tmp/www3"
check 'as before' publish "$www"

note 'what cannot be published is refused, and nothing changes'
# ext4 OPTION...: an empty file system, mounted on $disk
disk=$tmp/disk
ext4()
{
	mkdir -p "$disk"
	truncate -s 16M "$tmp/image"
	run mke2fs -q -F -t ext4 "$@" "$tmp/image"
	run mount -o loop "$tmp/image" "$disk"
	rmdir "$disk/lost+found"
}
if run modprobe loop && run modprobe ext4; then
	# it keeps 2 GiB from who does not ask for more
	ext4
	truncate -s 3G "$disk/3g.bin"
	check_says '3 GiB, docroot_mib_max is 1024' 'File too large' publish "$disk"
	run umount "$disk"
	# and so it does not say in a directory what each name is
	ext4 -O ^filetype
	mkdir "$disk/sub"
	echo untold >"$disk/sub/a.txt"
	ln -s . "$disk/self"
	ln -s sub "$disk/aside"
	ln -s sub/a.txt "$disk/link.txt"
	mkfifo "$disk/pipe"
	check 'names of untold types: publishes' publish "$disk"
	for path in /sub/a.txt /link.txt; do check "  GET $path" is_file "$path" "$disk/sub/a.txt"; done
	for path in /aside/a.txt /self/link.txt /self /pipe; do
		check_says "  GET $path" '^404$' status "$path"
	done
	check 'as before' publish "$www"
	run umount "$disk"
else
	skip '3 GiB, docroot_mib_max is 1024' 'this kernel has no ext4'
	skip 'names of untold types' 'this kernel has no ext4'
fi
# refused WHAT ERRNO LINE DIRECTORY
refused()
{
	log_mark
	check_says "$1: refused" "$2" publish "$4"
	check_says "$1: one line" '^1$' count_lines
	check_says "$1: the line says what" "$3" log_ktcp
	check_says "$1: what was published is" '^<p>home$' get "http://$S4:8080/"
}
ln -s /etc/passwd "$www/sub/bad"
refused 'a link to outside' 'No such file' "docroot: $www/sub/bad: leads to nothing inside" "$www"
rm "$www/sub/bad"
ln -s ../../../../../../../../../etc/passwd "$www/sub/bad"
refused 'a link that climbs' 'No such file' "docroot: $www/sub/bad: leads to nothing inside" "$www"
rm "$www/sub/bad"
# a line of its own, as it would like
ln -s none "$www/sub/line"$'\n'"ktcp: feed"
refused 'a name with a line feed' 'No such file' "docroot: $www/sub/line\\\\nktcp: feed: leads to nothing inside" "$www"
rm "$www/sub/line"*
# of bytes that take four in a line each
deep=$www/sub
for i in {1..4}; do deep+=/$(printf 'É%.0s' {1..120}); done
mkdir -p "$deep"
echo deep >"$deep/index.html"
refused 'a redirect of more than 2048 bytes' 'File name too long' "docroot: $www\.\.\..*: path too long to redirect to, as a URL" "$www"
deep+=/$(printf 'É%.0s' {1..120})
mkdir "$deep"
refused 'a path of more than 1024 bytes' 'File name too long' "docroot: $www\.\.\..*: path of more than 1024 bytes" "$www"
rm -r "$www/sub/"É*
refused 'no directory' 'No such file' "docroot: $tmp/none: no directory" "$tmp/none"
refused 'a file' 'Not a directory' "docroot: $tmp/outside: no directory" "$tmp/outside"
refused 'a relative path' 'Invalid argument' 'docroot: www: use an absolute path' www
for row in 'docroot_files_max 5 Argument list too long' 'docroot_mib_max 19 File too large' \
	'docroot_depth_max 1 Too many levels'; do
	read -r name value errno <<<"$row"
	was=$(on server sysctl -n net.ktcp.$name)
	run on server sysctl -w net.ktcp.$name=$value
	refused "$name=$value" "$errno" "see $name" "$www"
	run on server sysctl -w net.ktcp.$name="$was"
done

note 'a new snapshot while responses are in flight'
cp -r "$www" "$tmp/new"
echo '<p>new' >"$tmp/new/index.html"
head -c 20000001 /dev/urandom >"$tmp/new/big.bin"
ip netns exec client curl -sS -m 300 --limit-rate 4M -o "$tmp/slow" "http://$S4:8080/big.bin" &
slow=$!
check 'one has begun' wait_for 30 [ -s "$tmp/slow" ]
kill -STOP $slow	# and does not end, however long the first takes
check 'replaced meanwhile' publish "$tmp/new"
kill -CONT $slow
for i in 1 2 3 4 5; do
	check "replaced, $i" publish "$tmp/new"
	check_says 'the new home' '^<p>new$' get "http://$S4:8080/"
	check 'the new file' is_file /big.bin "$tmp/new/big.bin"
	check "and back, $i" publish "$www"
	check 'the old file' is_file /big.bin "$www/big.bin"
done
check 'the slow download ends well' wait $slow
check 'with the bytes that it began with' cmp "$tmp/slow" "$www/big.bin"

check 'empty: the built-in page' publish ''
check_says 'is back' '<title>ktcp</title>' get "http://$S4:8080/"
check_says 'and no file' '^404$' status /big.bin
check 'unloads' unload
check_says 'a bad docroot makes insmod fail' 'Not a directory' insmod "$KO" docroot="$tmp/none"
check_not 'and nothing stays loaded' loaded
finish
