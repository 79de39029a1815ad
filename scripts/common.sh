# SPDX-License-Identifier: GPL-2.0
# Shared by everything in scripts/: where things are, how things are said,
# what counts as a bad line in a kernel log. Sourced, never run.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
CACHE=$(realpath -m "${KTCP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ktcp}")
LOGS=$TOP/build/logs
JOBS=${JOBS:-$(nproc)}
APT=()	# options that make apt look at other lists than the host's
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
# curl must not ask a proxy for what is here
export no_proxy=127.0.0.1,localhost${no_proxy:+,$no_proxy}

say() { printf '%s\n' "$*" >&2; }
die() { say "${0##*/}: $*"; exit 1; }

# step TEXT COMMAND...: run it with its output kept in a log, shown if it fails. With
# STEP_WHOLE that it began is not said: others say something meanwhile.
step()
{
	local text=$1 log start=$SECONDS
	shift
	mkdir -p "$LOGS"
	log=$LOGS/$(tr -cs 'a-z0-9\n' - <<<"${text%% (*}").log
	[ -n "$STEP_WHOLE" ] || printf '%s ... ' "$text" >&2
	if "$@" >"$log" 2>&1; then
		printf '%sdone (%d s)\n' "${STEP_WHOLE:+$text ... }" $((SECONDS - start)) >&2
	else
		printf '%sFAILED\n' "${STEP_WHOLE:+$text ... }" >&2
		tail -n 25 "$log" >&2
		say "whole log: $log"
		return 1
	fi
}

# These names stand on command lines of kernels and QEMU; and a guest, which sees the
# files of this machine, has folders of its own at a few places.
for folder in "$TOP" "$CACHE"; do
	case $folder/ in
	*[[:space:],]*) die "'$folder' has a blank or a comma in its name: move it (KTCP_CACHE names the cache)" ;;
	/mnt/* | /run/* | /proc/* | /sys/* | /dev/*)
		die "a guest cannot see $folder, it has a ${folder%"${folder#/*/}"} of its own: move it (KTCP_CACHE names the cache)" ;;
	esac
done

# cache_lock NAME: only one process at a time fills this entry of the cache.
cache_lock()
{
	mkdir -p "$CACHE" 2>/dev/null && [ -w "$CACHE" ] ||
		die "cannot write to $CACHE: name another folder for the cache by KTCP_CACHE"
	exec 8>"$CACHE/.$1.lock"
	flock -n 8 || { say "waiting for another run that fills $CACHE"; flock 8; }
}
cache_unlock() { exec 8>&-; }

# apt_fresh NAME: the lists of that name are not older than a day
apt_fresh() { [ -n "$(find "$CACHE/apt-$1/updated" -mmin -1440 2>/dev/null)" ]; }

# apt_lists NAME RELEASE ARCH: from here on apt knows that release of Debian for that
# architecture, and not the host's: lists of their own, from the same mirror
apt_lists()
{
	local lists=$CACHE/apt-$1 site
	site=$(apt-get indextargets --format '$(ORIGIN) $(SITE)' |
		sed -n 's/^Debian \([^ ]*\)$/\1/p' | grep -v security | head -n 1)
	[ -n "$site" ] || die "no mirror of Debian is known: apt-get update?"
	mkdir -p "$lists"/{lists,archives}/partial
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
		"$site $2 main" >"$lists/sources"
	APT=(-o "Dir::Etc::SourceList=$lists/sources" -o Dir::Etc::SourceParts=-
		-o "Dir::State::Lists=$lists/lists" -o "Dir::Cache=$lists"
		-o Dir::Cache::pkgcache=pkgcache.bin
		-o Dir::Cache::srcpkgcache=srcpkgcache.bin -o APT::Sandbox::User=root
		-o "APT::Architecture=$3" -o "APT::Architectures=$3")
	cache_lock "apt-$1"
	# without a network that is a success, too, unless asked otherwise
	apt_fresh "$1" || { step "package lists of $1" \
		apt-get -q "${APT[@]}" -o APT::Update::Error-Mode=any update &&
		touch "$lists/updated"; }
	local status=$?
	cache_unlock
	return $status
}

# deb_unpack DIR PACKAGE...: download packages, unpack them below DIR;
# nothing is installed on the host
deb_unpack()
{
	local dir=$1 tmp=$1/.deb deb
	shift
	[ -d "$dir" ] && mkdir -p "$tmp" || return 1
	(cd "$tmp" && apt-get -q "${APT[@]}" -o APT::Sandbox::User=root download "$@") ||
		{ echo 'out of date? try: apt-get update'; return 1; }
	for deb in "$tmp"/*.deb; do
		dpkg-deb -x "$deb" "$dir" || return 1
	done
	rm -rf "$tmp"
}

# headers_move TMP FOLDER HEADERS: unpacked headers of that name in TMP, which will
# be FOLDER, name each other by absolute paths: make those point there
headers_move()
{
	local own=$1/usr/src/$3 link
	sed -i "s|/usr/src/|$2/usr/src/|g" "$own/Makefile"
	find "$own" "$1"/usr/src/linux-headers-*-common -maxdepth 2 -type l -lname '/usr/*' |
	while read -r link; do
		ln -sfn "$2$(readlink "$link")" "$link"
	done
	ln -s "usr/src/$3" "$1/headers"
}

# kernel_build SOURCE TMP FOLDER ARCH BASE FRAGMENT...: build a kernel in TMP, which
# will be FOLDER, configured as `make BASE` does and by those fragments
kernel_build()
{
	local source=$1 tmp=$2 dir=$3 arch=$4 base=$5 make=(make -C "$1" O="$2" ARCH="$4")
	shift 5
	[ -d "$tmp" ] && "${make[@]}" "$base" &&
	(cd "$tmp" && ARCH=$arch "$source/scripts/kconfig/merge_config.sh" -m -O "$tmp" \
		"$tmp/.config" "$@") &&
	"${make[@]}" olddefconfig &&
	"${make[@]}" -j"$JOBS" &&
	# kbuild has the temporary name in a few files
	grep -rlI --exclude='*.cmd' --exclude='*.o' "$tmp" "$tmp" |
		xargs -r sed -i "s|$tmp|$dir|g"
}

# stock_make FOLDER: what make is told where a kernel's headers are newer than the
# tools here: which compiler, and that type information for BPF is not wanted
stock_make() { [ ! -x "$1/cc" ] || echo "CC=$1/cc CONFIG_DEBUG_INFO_BTF_MODULES="; }

# module_own NAME: build/own-NAME/ktcp.ko, for the stock kernel: not what the tests build
# and run, which may be older than the sources are now
module_own()
{
	local stock
	stock=$("$TOP/scripts/stock-kernel") &&
	"$TOP/scripts/module-build" "$TOP/build/own-$1" -C "$stock/headers" -j"$JOBS"
}

# alone NAME: returns false if somebody else is at that in this folder; `flock 6` waits
alone()
{
	mkdir -p "$TOP/build" && { exec 6>"$TOP/build/.$1"; } 2>/dev/null ||
		die "cannot write to $TOP/build, which somebody else has made? sudo rm -rf build"
	flock -n 6
}

# no_warnings COMMAND...: it succeeds and warns about nothing of ours
no_warnings()
{
	local log
	log=$("$@" 2>&1) || { echo "$log"; return 1; }
	echo "$log"
	! grep -E '(module/|ktcp_test|ktcp\.o).*(warning|error):|^WARNING: modpost' <<<"$log"
}

# candidate PACKAGE: the version apt would install
candidate() { apt-cache "${APT[@]}" policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p' | grep -vx '(none)'; }

# depend_on PACKAGE PATTERN: its dependencies that match
depend_on() { apt-cache "${APT[@]}" depends "$1" 2>/dev/null | sed -n 's/^ *Depends: //p' | grep -xE "$2"; }

# depends PACKAGE PATTERN: the first of them
depends() { depend_on "$1" "$2" | head -n 1; }

# free_port PORT: the first port of 127.0.0.1 from there on that nobody has
free_port()
{
	local p
	for p in $(seq "$1" $(($1 + 50))); do
		(exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null || { echo "$p"; return; }
	done
	return 1
}

BAD_LOG='WARNING:|BUG:|Oops|KASAN|UBSAN|rcu.*stall|possible recursive locking'
BAD_LOG+='|INFO: .*(lockdep|inconsistent|suspicious|possible|blocked)'
BAD_LOG+='|general protection|Call Trace|refcount_t|ODEBUG|DEBUG_LOCKS|kmemleak'
BAD_LOG+='|unregister_netdevice: waiting|Kernel panic'
# what a kernel with checkers says about itself at boot
FINE_LOG='kasan: KernelAddressSanitizer initialized|unprivileged_bpf_disabled'
FINE_LOG+='|kmemleak: Kernel memory leak detector initialized'

# bad_log FILE: print the lines of a kernel log that fail a run; 0 if any
bad_log() { tr -d '\r' <"$1" | own_races | without_memory | grep -vE "$FINE_LOG" | grep -nE "$BAD_LOG"; }

# Without memory for a cache of ktcp or for its folder of sysctls the kernel says so, and
# then prints a stack: wire/memory lets it happen. Anything worse has a line of its own.
without_memory()
{
	awk '/kmem_cache_create.*\(ktcp_[a-z]+\) failed with error -12$/ ||
		/sysctl could not get directory: \/net\/ktcp -12$/ { until = NR + 8 }
		NR <= until && sub(/Call Trace:/, "") { until = 0 }
		{ print }'
}

# KCSAN reports races of the whole kernel, and those that are its own are not ours to
# mend: without the first line of a report in which no function of a module is, or which
# is of the kernel's clock, whoever has asked for the time.
own_races()
{
	awk 'function told(i) { for (i = 0; i < n; i++) print i || ours ? held[i] : ""; n = ours = 0 }
		/BUG: KCSAN: / { report = 1; clock = / timekeeping_advance$/ }
		!report { print; next }
		{ held[n++] = $0 }
		/\[ktcp(_test)?\]/ && !clock { ours = 1 }
		/========/ { report = 0; told() }
		END { ours = 1; told() }'
}

# --- running a guest, the same for QEMU and for user-mode Linux ---

# guest_begin FOLDER [SILENT]: the folder $out for one run ("": build/logs/last-*)
guest_begin()
{
	out=${1:-$LOGS/last-${0##*/}}
	mkdir -p "$out"
	out=$(cd "$out" && pwd)
	exec 7>"$out/.guest"
	flock -n 7 || die "another guest runs in $out"
	rm -rf "$out"/{status,console.log,command,setup,port,overtime,uml}
	: >"$out/out"
	guest_tail=
	[ -n "$2" ] || { tail -n +1 -s 0.2 -f "$out/out" & guest_tail=$!; }
	trap 'guest_stop; kill $guest_tail 2>/dev/null' EXIT
	trap 'exit 130' INT TERM
}

# guest_limit SECONDS COMMAND...: run the guest, end it after that long
guest_limit()
{
	local limit=$1 ended
	shift
	"$@" <&0 & guest_pid=$!
	(
		trap 'kill "$nap"; exit' TERM
		sleep "$limit" & nap=$!
		wait
		echo "guest ended after $limit s of wall time" >"$out/overtime"
		guest_stop
	) >/dev/null 2>&1 & guest_watch=$!
	wait "$guest_pid"
	ended=$?
	guest_pid=
	kill "$guest_watch" 2>/dev/null
	wait "$guest_watch" 2>/dev/null
	guest_watch=
	return $ended
}

guest_stop()
{
	# user-mode Linux is a group of processes
	[ -z "$guest_pid" ] || kill -9 -- "-$guest_pid" || kill -9 "$guest_pid"
	[ -z "$guest_watch" ] || kill "$guest_watch"
} 2>/dev/null

# guest_end: judge the run and exit with its status
guest_end()
{
	local status bad
	sleep 0.3	# let tail show the last lines
	[ -z "$guest_tail" ] || { kill "$guest_tail"; wait "$guest_tail"; } 2>/dev/null
	trap - EXIT
	status=$(cat "$out/status" 2>/dev/null)
	if [ -z "$status" ]; then
		say "${0##*/}: the guest died before the command ended"
		tail -n 25 "$out/console.log" >&2
		status=99
	fi
	if [ -s "$out/overtime" ]; then
		cat "$out/overtime" >&2
		rm -f "$out/overtime"
		status=99
	fi
	if bad=$(bad_log "$out/console.log"); then
		say "${0##*/}: the kernel complained:"
		head -n 20 <<<"$bad" >&2
		status=99
	fi
	[ "$status" != 99 ] || say "${0##*/}: console log: $out/console.log"
	exit "$status"
}

# --- a guest that runs guest-agent, its folder in $out, vm's pid in $vm ---

# agent_boot SECONDS PORT: start one, wait until it answers
agent_boot()
{
	rm -rf "$out"
	mkdir -p "$out"
	setsid "$TOP/scripts/vm" -o "$out" -t "$1" -p "$2" \
		"$TOP/scripts/guest-agent" >/dev/null 2>"$out/err" </dev/null &
	vm=$!
	echo $vm >"$out/pid"
	until [ -e "$out/ready" ]; do
		kill -0 $vm 2>/dev/null || { cat "$out/err"; return 1; }
		sleep 0.2
	done
}

# ask COMMAND: run it in the guest, print what it says, return its status. After ten
# minutes it is not waited for any more.
ask()
{
	local n until=$((SECONDS + 600))
	n=$(($(cat "$out/asked" 2>/dev/null || echo 0) + 1))
	echo $n >"$out/asked"
	printf '%s\n' "$1" >"$out/ask.tmp"
	mv "$out/ask.tmp" "$out/ask.$n"
	until [ -e "$out/status.$n" ]; do
		kill -0 "$vm" 2>/dev/null || { say "the guest is gone"; return 99; }
		[ $SECONDS -lt $until ] || { say "the guest does not answer"; return 99; }
		sleep 0.1
	done
	cat "$out/answer.$n"
	return "$(cat "$out/status.$n")"
}

# agent_stop: let it power off, or end it after two minutes; fails then, or if the
# kernel complained
agent_stop()
{
	local until=$((SECONDS + 120))
	: >"$out/stop"
	while kill -0 "$vm" 2>/dev/null; do
		[ $SECONDS -lt $until ] || kill "$vm"
		sleep 0.2
	done
	[ "$(cat "$out/status" 2>/dev/null)" = 0 ] && ! bad_log "$out/console.log"
}
