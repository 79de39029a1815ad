# SPDX-License-Identifier: GPL-2.0
# What tests in shell print: every command and what it says as TAP comments, and
# a line for each point. Sourced; sets $tmp, a folder that its user removes. Where a
# guest is emulated a process costs more than most of what is tested: here bash does
# all by itself.
points=0 bad=0
tmp=$(mktemp -d)

note() { printf '# %s\n' "${*//$'\n'/$'\n# '}"; }

# run COMMAND...: say it, do it, its output as comments, its status
run()
{
	note "\$ $*"
	"$@" >"$tmp/output" 2>&1 </dev/null
	local status=$? text
	# the beginning; without bytes that are 0
	LC_ALL=C IFS= read -r -N 4000 text <"$tmp/output"
	text=${text%$'\n'}
	[ -z "$text" ] || printf '#   %s\n' "${text//$'\n'/$'\n#   '}"
	return $status
}

# check TEXT COMMAND...: one point of the test, ok if the command succeeds
check()
{
	local text=$1
	shift
	if run "$@"; then pass "$text"; else fail "$text"; fi
}

# check_not TEXT COMMAND...: ok if it fails; not if grep could not look, nor if it
# could not be run, or was ended
check_not()
{
	local text=$1 status
	shift
	run "$@"
	status=$?
	if [[ $status = 0 || $status -ge 124 || ($1 = grep && $status != 1) ]]; then fail "$text"; else pass "$text"; fi
}

# check_exits STATUS TEXT COMMAND...: ok if it ends with that
check_exits()
{
	local want=$1 text=$2 status
	shift 2
	run "$@"
	status=$?
	[ $status = "$want" ] || note "its status is $status, not $want"
	if [ $status = "$want" ]; then pass "$text"; else fail "$text"; fi
}
CURL_REFUSED=7 CURL_TIMEOUT=28

# check_says TEXT PATTERN COMMAND...: ok if its output (or error) matches
check_says()
{
	local text=$1 pattern=$2
	shift 2
	run "$@"
	if grep -qE -- "$pattern" "$tmp/output"; then
		pass "$text"
	else
		note "nothing matches $pattern"
		fail "$text"
	fi
}

pass() { points=$((points + 1)); echo "ok $points $*"; }
fail() { points=$((points + 1)) bad=$((bad + 1)); echo "not ok $points $*"; }
skip() { points=$((points + 1)); echo "ok $points $1 # SKIP $2"; }

# wait_for SECONDS COMMAND...: until it succeeds; fails when it never does
wait_for()
{
	local until=$((SECONDS + $1))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $until ] || { note "gave up waiting for: $*"; return 1; }
		sleep 0.2
	done
}
