#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Who may read and set what: a user, root of the host without the capability, and
# root of a user namespace. And nothing that ktcp says is an address of the kernel.
. "$(dirname "$0")/lib.sh"

load port=8080
mkdir -p /tmp/rights
chmod 755 /tmp/rights
export SYSCTLS=/proc/sys/net/ktcp

user() { setpriv --reuid 1000 --regid 1000 --clear-groups "$@"; }
weak_root() { setpriv --bounding-set=-net_admin --inh-caps=-net_admin "$@"; }
# a user makes himself root of a user namespace, and of a network namespace
guest_root() { user unshare --user --map-root-user --net "$@"; }
# and only a user namespace: the network namespace stays the host's
guest_root_here() { user unshare --user --map-root-user "$@"; }

# functions cannot follow "on NAMESPACE", a program can
for who in user weak_root guest_root_here; do
	declare -f user weak_root guest_root_here >/tmp/rights/$who
	echo "$who \"\$@\"" >>/tmp/rights/$who
done

# Every sysctl is written with what it says, and the routes with none.
cat >/tmp/rights/write.sh <<'END'
cd $SYSCTLS || exit
for name in *; do
	value=$(cat $name) || { echo "unread $name"; continue; }
	{ printf '%s\n' "$value" >$name; } 2>/dev/null && echo "written $name"
done
{ printf '# none\n' >/proc/ktcp/routes; } 2>/dev/null && echo 'written routes'
for name in connections listeners table stats routes; do
	cat /proc/ktcp/$name >/dev/null || echo "unread $name"
done
echo end
END
chmod 644 /tmp/rights/write.sh
everything() { "$@" bash /tmp/rights/write.sh; }
echo end >"$tmp/nothing"
{ ls $SYSCTLS | sed 's/^/written /'; echo 'written routes'; echo end; } >"$tmp/all"
nothing_written() { everything "$@" | diff "$tmp/nothing" -; }
all_written() { everything "$@" | diff "$tmp/all" -; }

note 'who may'
check 'a user reads everything, and writes nothing' nothing_written user
check 'nor does root without CAP_NET_ADMIN' nothing_written weak_root
check 'nor does root of a user namespace in the network namespace of the host' \
	nothing_written guest_root_here
check 'root writes everything' all_written env
check 'root of a user namespace does in his own' all_written guest_root
check_says 'what is refused is so for want of rights: a sysctl' 'Operation not permitted' \
	weak_root bash -c "echo 1 >$SYSCTLS/drain"
check_says 'and the routes' 'Operation not permitted' \
	weak_root bash -c 'echo "/x health" >/proc/ktcp/routes'
check_says 'also through a file that somebody else has opened' 'Operation not permitted' \
	user bash -c 'exec 3>/proc/ktcp/routes; echo "/x health" >&3'
helper() { user bash -c 'exec 3>/proc/ktcp/routes; exec /tmp/rights/cat <<<"/x health" >&3'; }
install -m 4755 /bin/cat /tmp/rights/cat
check_says 'a program that gets more' '^Uid:[[:space:]]+1000[[:space:]]+0[[:space:]]' user /tmp/rights/cat /proc/self/status
check_says 'does not write for him' 'Operation not permitted' helper
check_says 'nothing is changed' '^0$' cat $SYSCTLS/drain
no_routes() { ! grep -q health /proc/ktcp/routes; }
check 'neither are the routes' no_routes

note 'what the host pays for'
share=$(awk '/^CurrMemoryMax / { print int($2 / 1048576) }' /proc/ktcp/stats)
for row in "mem_mib_max $share" 'max_syn_backlog 1024' 'max_connections 262144' 'max_time_wait 262144' \
		'rcvbuf_max 4194304' 'docroot_files_max 65536' 'docroot_mib_max 1024'; do
	read -r name most <<<"$row"
	log_mark
	check_says "$name: not above $most in a user namespace" 'Invalid argument' \
		guest_root bash -c "echo $((most + 1)) >$SYSCTLS/$name"
	check "$name: but up to that" guest_root bash -c "echo $most >$SYSCTLS/$name"
	check "$name: root of the host may, for whom he wants" \
		unshare --net bash -c "echo $((most + 1)) >$SYSCTLS/$name"
done
grep_log() { log_ktcp | grep -c 'as bounded by CAP_NET_ADMIN of the host'; }
check 'the log says why' [ "$(grep_log)" -ge 1 ]
# 50 lines in each period of 5 s: for one period, which may have begun with refusals from
# above, and then for more than that.
log_mark
began=${EPOCHREALTIME/[.,]/}
guest_root bash -c "refuse() {
		echo nonsense >$SYSCTLS/ports; echo nonsense >$SYSCTLS/congestion_control; echo nonsense >/proc/ktcp/routes
	}
	while [ \${EPOCHREALTIME/[.,]/} -lt $((began + 5100000)) ]; do refuse; done
	for i in {1..200}; do refuse; done" 2>/dev/null
most=$((50 * ((${EPOCHREALTIME/[.,]/} - began) / 5000000 + 2)))
refusals() { log_ktcp | grep -c 'nonsense\|routes: line'; }
check 'he hears why' [ "$(refusals)" -ge 50 ]
check 'but does not fill the log' [ "$(refusals)" -le $most ]
log_mark
for i in {1..60}; do echo nonsense >$SYSCTLS/congestion_control; done 2>/dev/null
check_says 'root of the host hears it each time' '^60$' refusals
mkdir -p /tmp/rights/secret
echo secret >/tmp/rights/secret/index.html
chmod 700 /tmp/rights/secret
check_says 'what a user cannot read he cannot publish' 'Permission denied' \
	guest_root bash -c "echo /tmp/rights/secret >$SYSCTLS/docroot"
# He opens his own files, and has somebody write to them who may do more: a setuid
# program whose output they are, say.
mkfifo -m 666 /tmp/rights/go
guest_root bash -c "exec 3>$SYSCTLS/docroot 4>$SYSCTLS/max_connections 5>$SYSCTLS/mem_mib_max \
		6>$SYSCTLS/congestion_control
	echo opened; read -r _ </tmp/rights/go; cat $SYSCTLS/docroot" >"$tmp/opened" 2>&1 &
guest=$!
check 'he opens them' wait_for 20 grep -q opened "$tmp/opened"
holder=$(pgrep -u 1000 -f 'echo opened' | head -n 1)
for_him() { bash -c "echo $1 >/proc/$holder/fd/$2"; }
check_says 'nor does root of the host for him' 'Operation not permitted' for_him /tmp/rights/secret 3
check_says 'nor raise what the host pays for' 'Invalid argument' for_him 262145 4
check_says 'nor the cap of all' 'Invalid argument' for_him $((share + 1)) 5
log_mark
began=${EPOCHREALTIME/[.,]/}
user bash -c "refuse() { /tmp/rights/cat <<<nonsense >/proc/$holder/fd/6; }
	while [ \${EPOCHREALTIME/[.,]/} -lt $((began + 5100000)) ]; do refuse; done
	for i in {1..400}; do refuse; done" 2>/dev/null
most=$((50 * ((${EPOCHREALTIME/[.,]/} - began) / 5000000 + 2)))
note "$(refusals) lines, $most at most"
check 'nor does such a program fill the log for him' [ "$(refusals)" -le $most ]
check 'though he hears why there, too' [ "$(refusals)" -ge 50 ]
echo >/tmp/rights/go
wait $guest
check_says 'nothing is published' '^opened *$' paste -sd ' ' "$tmp/opened"

note 'who publishes is charged'
cgroup=/tmp/rights/cgroup
mkdir -p $cgroup /tmp/rights/big
mount -t cgroup2 none $cgroup
echo +memory >$cgroup/cgroup.subtree_control
mkdir $cgroup/writer
head -c 8M /dev/urandom >/tmp/rights/big/file
for i in {1..240}; do echo "/$i answer 200 text/plain $i"; done >/tmp/rights/rules
# charged FILE COMMAND...: KiB that a writer's cgroup is charged more when he has
# written what COMMAND says to FILE. One CPU, which has up to 256 in stock.
charged() {
	local file=$1 before
	shift
	before=$(<$cgroup/writer/memory.current)
	"$@" | taskset -c 0 bash -c "echo \$\$ >$cgroup/writer/cgroup.procs; exec cat >$file" || return
	echo $((($(<$cgroup/writer/memory.current) - before) / 1024))
}
between() { local n; n=$(charged "${@:3}") && echo "$n KiB" && ((n >= $1 && n <= $2)); }
charged /proc/ktcp/routes echo '# none' >/dev/null
check 'a docroot of 8 MiB' between 7680 10240 $SYSCTLS/docroot echo /tmp/rights/big
# a worker gives it back, later
before=$(<$cgroup/writer/memory.current)
given_back()
{
	local kib=$(((before - $(<$cgroup/writer/memory.current)) / 1024))
	((kib >= 7680 && kib <= 10240))
}
charged $SYSCTLS/docroot echo >/dev/null
check 'until it is none' wait_for 20 given_back
check '240 rules, each with a page' between 600 1800 /proc/ktcp/routes cat /tmp/rights/rules
check 'until they are none' between -1800 -600 /proc/ktcp/routes echo '# none'
umount $cgroup

note 'each sees his own'
check_says 'a user namespace sees no listener of the host' '^port app' \
	guest_root cat /proc/ktcp/listeners
check_says 'and only that line' '^1$' guest_root bash -c 'wc -l </proc/ktcp/listeners'

note 'what an attacker would have to guess'
lab
talk client stays $S4 8080
check 'a connection is there' wait_for 60 answered stays
# numbers COMMAND...: the sequence numbers that it reads
numbers() { on server "$@" cat /proc/ktcp/connections | awk '$3 == "ESTABLISHED" { print $6, $7, $8, $9, $11 }'; }
check_says 'root sees sequence numbers' '^[1-9][0-9]* [1-9][0-9]* [1-9]' numbers env
for who in user weak_root guest_root_here; do
	check_says "$who does not" '^0 0 0 0 0$' numbers bash /tmp/rights/$who
done

note 'nothing shows an address of the kernel'
address='ffff[0-9a-f]{12}|\(____ptrval____\)'
run bash -c 'echo 1 >/sys/kernel/debug/tracing/events/ktcp/enable'
run on client curl -sS -o /dev/null -H 'Connection: close' http://$S4:8080/
run on client curl -sS -o /dev/null http://$S4:8080/none
run bash -c 'echo 0 >/sys/kernel/debug/tracing/events/ktcp/enable'
run on server bash -c "echo 127.0.0.0/8 >$SYSCTLS/status_allow"
for name in connections listeners table stats routes; do
	on server cat /proc/ktcp/$name >"$tmp/said.$name"
done
for name in connections.json stats.json history.json metrics; do
	on server curl -sS -f "http://127.0.0.1:8080/ktcp/$name" >"$tmp/said.$name" 2>/dev/null
done
cat /sys/kernel/debug/tracing/trace >"$tmp/said.trace"
dmesg | grep 'ktcp:' >"$tmp/said.dmesg"
on server bash -c "grep -r '' $SYSCTLS" >"$tmp/said.sysctl"
full()
{
	for f in "$tmp"/said.{connections,listeners,stats,{connections,stats,history}.json,metrics,trace,dmesg,sysctl}; do
		[ -s "$f" ] || { echo "$f is empty"; return 1; }
	done
	grep -q ' ktcp_[a-z]*: ' "$tmp/said.trace" && grep -q '^ktcp_' "$tmp/said.metrics"
}
check 'there is something to look at' full
check_not 'none in /proc, the window, the tracepoints, the sysctls or the log' grep -nE "$address" "$tmp"/said.*
sources=("$TOP"/module/*.[ch] "$TOP"/module/http/*.[ch])
check 'it has formats of pointers' grep -q '%pI6c' "${sources[@]}"
check_not 'and none of the module prints one' grep -nE '%p([^IVUhtads]|$)|%px|%pK' "${sources[@]}"
rm -rf /tmp/rights
check 'unloads' unload
finish
