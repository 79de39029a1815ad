#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# model.sh: the state machine and its peer, in every order of events (Spin).
#
# Each case is a model with bounds of its own, searched completely. The moves that
# it may make are those of KTCP_ARROWS in module/key.h; all cases together make
# each of them. The module warns of any other, and wire/arrows goes each there.
# Then errors are planted, one by one: each must be found.
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$TOP/selftests/tap.sh"
trap 'rm -rf "$tmp"' EXIT

finish() { echo "1..$points"; [ $bad = 0 ]; exit; }

# from: KTCP_ARROWS as lines "FROM TO"
arrows()
{
	sed -n '/define KTCP_ARROWS/,/^$/p' "$TOP/module/key.h" |
		sed -nE 's/^\tX\(([A-Z_0-9]+), ([A-Z_0-9]+)\).*/\1 \2/p'
}
states() { sed -n '/^enum ktcp_state {/,/^}/p' "$TOP/module/key.h" | grep -oE 'KTCP_[A-Z_0-9]+' | sed 's/KTCP_//'; }

# generate: arrows.pml
generate()
{
	states | awk '{ printf "#define %s %d\n", $1, NR - 1 }'
	echo '#define ARROW(from, to) (false \'
	arrows | awk '{ printf "\t|| (from == %s && to == %s) \\\n", $1, $2 }'
	echo '	)'
}

# build FOLDER DEFINES CC-OPTIONS: a verifier
build()
{
	mkdir -p "$tmp/$1" && cd "$tmp/$1" || return
	cp "$tmp/arrows.pml" "$TOP/selftests/model/ktcp.pml" . &&
	spin -a $2 ktcp.pml >spin.out 2>&1 && ! grep -i error spin.out &&
	gcc -w -O0 -DCOLLAPSE -DMEMLIM=2000 $3 -o pan pan.c
}

SAFETY='-DSAFETY -DNOCLAIM'	# assertions, and the end that Watch waits for
LTL='-DNFAIR=4'			# ltl agree, with weak fairness

# bounds OPENS0 OPENS1 LISTEN1 LOSSES DUPS ABORTS OLD K [PLANT]
bounds()
{
	echo "-DOPENS0=$1 -DOPENS1=$2 -DLISTEN1=$3 -DLOSSES=$4 -DDUPS=$5 -DABORTS=$6 -DOLD=$7 -DK=$8 -DPLANT=${9:-0}"
}

# search FOLDER PAN-OPTIONS: completely, without an error
search()
{
	cd "$tmp/$1" || return
	./pan -m2000000 $2 >out 2>&1
	grep '^arrow' out >>"$tmp/seen"
	grep -E '^pan:[0-9]|errors:|states, stored|search depth too' out
	[ -e ktcp.pml.trail ] && spin -t $(cat defines) ktcp.pml 2>/dev/null | grep 'end [01]' | tail -n 40
	grep -q 'errors: 0$' out && ! grep -qE 'search depth too small|Search not completed' out
}

# verify TEXT BOUNDS...: both searches
verify()
{
	local text=$1 i=$points
	shift
	check "$text: the model compiles" build "$i" "$(bounds "$@")" "$SAFETY"
	bounds "$@" >"$tmp/$i/defines"
	check "$text: no assertion fails, and both ends forget each other" search "$i"
	rm -f "$tmp/$i/pan"
	check "$text: with fairness, ltl agree" eval "build $i '$(bounds "$@")' '$LTL' && search $i '-a -f'"
}

# planted TEXT BOUNDS...: the search finds it
planted()
{
	local text=$1 i=$points
	shift
	check "planted: $text" eval "build $i '$(bounds "$@")' '$SAFETY' && cd $tmp/$i && ./pan -m2000000 >out; grep -m1 '^pan:1: assertion violated' out"
}

# endless TEXT BOUNDS...: no assertion finds it, but ltl agree does
endless()
{
	local text=$1 i=$points
	shift
	check "planted: $text: no assertion fails" eval "build $i '$(bounds "$@")' '$SAFETY' && search $i"
	check "planted: $text: ltl agree does" eval "build $i '$(bounds "$@")' '$LTL' && ./pan -m2000000 -a -f >out; grep -m1 '^pan:1: acceptance cycle' out"
}

command -v spin >/dev/null || { echo 'spin is not there'; exit 4; }
generate >"$tmp/arrows.pml"
: >"$tmp/seen"

#	OPENS0	OPENS1	LISTEN1	LOSSES	DUPS	ABORTS	OLD	K
verify 'twice, to a listener' \
	2	0	1	1	1	0	0	2
verify 'once, what is lost and doubled is more' \
	1	0	1	2	2	0	0	3
verify 'twice, one of them aborted' \
	2	0	1	1	1	1	0	2
verify 'an old segment is in the network' \
	1	0	1	1	1	0	1	2
verify 'simultaneous open' \
	1	1	0	1	1	1	0	2
verify 'simultaneous open, and again' \
	2	1	0	1	0	1	0	2
verify 'simultaneous open, and an old segment' \
	1	1	0	1	0	0	1	2

note 'the moves'
states | awk '{ print NR - 1, $1 }' >"$tmp/states"
made() { sort -u "$tmp/seen" | awk 'NR == FNR { name[$1] = $2; next } { print name[$2], name[$3] }' "$tmp/states" - | sort; }
all_made() { diff <(arrows | sort) <(made); }
check 'all that there are are made, and no others' all_made

# What sets a state: the two functions that warn; and where one begins.
setters() { grep -hnE '(->|\.)state( = |, )' "$TOP"/module/*.c | grep -E 'state = |WRITE_ONCE\(' |
	grep -vE 'row->|\.state = (e|c|req)->'; }
only_setters() { setters | grep -vE 'e->state = state;|WRITE_ONCE\(c->e\.state, state\);' | grep .; }
check 'states are set' [ "$(setters | wc -l)" -ge 2 ]
check_not 'in ktcp_entry_init() and ktcp_conn_set_state() alone' only_setters
# Where the code leads to is where an arrow does; ktcp_conn_done() leads to CLOSED.
heads()
{
	cat "$TOP"/module/*.c | tr -d '\n\t' |
		grep -oE 'ktcp_conn_set_state\([a-z]+, *KTCP_[A-Z_0-9]+|ktcp_entry_moved\([^;]*, *KTCP_[A-Z_0-9]+\)' |
		grep -oE 'KTCP_[A-Z_0-9]+\)?$' | sed 's/KTCP_//; s/)//' | sort -u
}
same_heads() { diff <(heads) <(arrows | cut -d' ' -f2 | sort -u); }
check 'the code names the states that arrows lead to, each of them' same_heads

note 'errors that are planted'
#	OPENS0	OPENS1	LISTEN1	LOSSES	DUPS	ABORTS	OLD	K	PLANT
planted 'a SYN is believed' \
	1	0	1	1	1	0	1	2	1
planted 'any ACK is believed in SYN_RECV' \
	1	0	1	1	1	0	1	2	2
planted 'any SYN-ACK is believed in SYN_SENT' \
	1	0	1	1	1	0	1	2	3
planted 'there is no TIME_WAIT' \
	1	0	1	1	0	0	0	2	4
planted 'no CLOSING' \
	1	0	1	0	0	0	0	2	5
planted 'any RST resets' \
	1	0	1	0	0	0	1	2	6
planted 'a FIN is not sent again' \
	1	0	1	1	0	0	0	2	7
planted 'a RST ends TIME_WAIT (RFC 1337)' \
	2	0	1	1	1	0	0	2	8
planted 'simultaneous open believes any ACK of its SYN' \
	1	1	0	1	0	0	1	2	10

note 'and such that never come to an end'
#	OPENS0	OPENS1	LISTEN1	LOSSES	DUPS	ABORTS	OLD	K	PLANT
endless 'TIME_WAIT begins again, with an ACK' \
	1	0	1	0	0	0	0	2	11
endless 'each ACK is answered' \
	1	0	1	0	0	0	0	2	12
finish
