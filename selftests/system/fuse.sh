#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A directory whose file system gives a page of names at a time is published whole; and
# while one is being read that takes long, nobody waits for it who need not.
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

# background NAME COMMAND...: $tmp/NAME is what it says, $tmp/NAME.status how it ends
background()
{
	local name=$1
	shift
	note "in the background: $*"
	rm -f "$tmp/$name"*
	{ "$@" >"$tmp/$name" 2>&1; echo $? >"$tmp/$name.status"; } </dev/null &
}
ended() { [ -s "$tmp/$1.status" ]; }
# exited NAME STATUS
exited() { cat "$tmp/$1" "$tmp/$1.status" && [ "$(cat "$tmp/$1.status")" = "$2" ]; }
# hold_reading NAME: publishes, and is in the middle of a file
hold_reading()
{
	rm -f "$control"/*
	background "$1" publish "$mnt/slow"
	check "$1: a directory is being read" wait_for 30 [ -e "$control/held" ]
}
go_on() { : >"$control/go"; }
# sleeping_in_write FILE: the process whose id is there, in write(2)
sleeping_in_write() { grep -q '^1 ' "/proc/$(cat "$1")/syscall"; }

note 'who waits for a directory that is being read'
hold_reading first
background rules on server bash -c 'echo "/up health" >/proc/ktcp/routes'
check 'not who writes rules' wait_for 20 ended rules
background second on server bash -c 'trap : TERM; echo $$ >"$2"; echo "$1" >/proc/sys/net/ktcp/docroot' \
	- "$mnt/many" "$tmp/second.pid"
check 'but who publishes another' wait_for 20 sleeping_in_write "$tmp/second.pid"
run kill "$(cat "$tmp/second.pid")"
check 'until a signal comes' wait_for 20 ended second
check_not 'the first is still being read' ended first
go_on
check 'then all of it comes' wait_for 20 ended first
check '  and is published' exited first 0
check_says '  every byte' '^held$' get "http://$S4:8080/held"
check 'the rules were written' exited rules 0
check_says '  and hold' '^ok$' get "http://$S4:8080/up"
check 'the signal was told' wait_for 20 exited second 1
check_says '  as what it is' 'Interrupted system call' cat "$tmp/second"

note 'a directory is moved away while a link climbs in it'
#	www/l -> d1/d2/gate/x/../../../../../secret, and d1 goes to away/: five up from x are
#	gate, d2, d1, away, $tmp
mkdir -p "$tmp/www/d1/d2" "$tmp/away"
echo secret >"$tmp/secret"
ln -s d1/d2/gate/x/../../../../../secret "$tmp/www/l"
mkdir "$tmp/www/d1/d2/gate"
run mount --bind "$mnt/gate" "$tmp/www/d1/d2/gate"
rm -f "$control"/*
background climbing publish "$tmp/www"
check 'the link is being followed' wait_for 30 [ -e "$control/held" ]
run mv "$tmp/www/d1" "$tmp/away/d1"
mkdir "$tmp/www/d1"
go_on
check 'it ends' wait_for 20 ended climbing
check '  and is refused' exited climbing 1
check_says '  as what leads out' 'No such file' cat "$tmp/climbing"
check_says '  which nobody gets' '^404$' get -o /dev/null -w '%{http_code}' "http://$S4:8080/l"
run umount "$tmp/away/d1/d2/gate"

note 'the module goes while a directory is being read'
port_is_ours() { on client bash -c "exec 3<>/dev/tcp/$S4/8080"; }
port_is_free() { ! port_is_ours; }
hold_reading third
background more on server bash -c 'echo >/proc/ktcp/routes'
check 'rules can be written' wait_for 20 ended more
log_mark
background unloading rmmod ktcp
check 'its ports are free before' wait_for 20 port_is_free
go_on
check 'it has gone once the file system has answered' wait_for 30 ended unloading
check '  without an error' exited unloading 0
check 'the rules were written' exited more 0
check 'what was being read is not published' exited third 1
check_says '  which the log tells' ": docroot: $mnt/slow/held: not read on: the namespace or the module ends\$" log_ktcp

note 'the module goes while somebody reads of it into memory that the file system has'
check 'loads again' load
run on server sysctl -w net.ktcp.ports=8080
check 'its port is taken' port_is_ours
rm -f "$control"/*
background reading on server python3 -c '
import mmap, sys
with open(sys.argv[1], "rb") as file:
    memory = mmap.mmap(file.fileno(), 4, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
with open("/proc/ktcp/stats", "rb", buffering=0) as stats:
    stats.readinto(memory)
print(memory[:].isalpha())' "$mnt/slow/held"
check 'who reads waits for the file system' wait_for 30 [ -e "$control/held" ]
background unloading rmmod ktcp
check 'its ports are free before' wait_for 20 port_is_free
waits_for_readers() { grep -q proc_entry_rundown "/proc/$(pgrep -x rmmod)/stack"; }
check 'the module waits for who reads' wait_for 20 waits_for_readers
go_on
check 'it has gone once the file system has answered' wait_for 30 ended unloading
check '  without an error' exited unloading 0
check 'and who reads has read' wait_for 20 ended reading
check_says '  letters' '^True$' exited reading 0

kill $fuse
wait $fuse
check_not 'the file system has gone' mountpoint -q "$mnt"
finish
