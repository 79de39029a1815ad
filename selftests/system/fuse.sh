#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A directory whose file system gives a page of names at a time is published whole.
. "$(dirname "$0")/lib.sh"

mnt=$tmp/mnt control=$tmp/control
mkdir "$mnt" "$control"
run modprobe fuse	# where it is not built in
if ! grep -qw fuse /proc/filesystems; then
	skip 'directories of FUSE' 'this kernel has no FUSE'
	finish
fi
python3 "$(dirname "$0")/fuse.py" "$mnt" "$control" &
fuse=$!
check 'the file system is there' wait_for 30 [ -d "$mnt/many" ]

publish() { on server bash -c 'echo "$1" >/proc/sys/net/ktcp/docroot' - "$1"; }
get() { on client curl -sS -m 60 "$@"; }

check 'loads' load
lab

note 'names come a page at a time'
check 'publishes' publish "$mnt/many"
(cd "$mnt/many" && ls) >"$tmp/names"
check_says 'there are 300 files' '^300$' grep -c . "$tmp/names"
sed "s|.*|url = http://$S4:8080/&|" "$tmp/names" >"$tmp/urls"
# each file is its name
sed 's/$/\n200/' "$tmp/names" >"$tmp/all"
get_all() { get -m 300 -w '%{http_code}\n' -K "$tmp/urls" >"$tmp/got"; }
check 'asks for each' get_all
check_says 'each answers 200' '^300$' grep -c '^200$' "$tmp/got"
check 'with its bytes' cmp "$tmp/got" "$tmp/all"

kill $fuse
wait $fuse
check_not 'the file system has gone' mountpoint -q "$mnt"
finish
