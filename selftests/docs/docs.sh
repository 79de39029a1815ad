#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the code has is documented, and what is documented the code has.
cd "$(dirname "$0")/../.." || exit 1
points=0 bad=0

# same TEXT CODE DOCS: two sorted lists
same()
{
	points=$((points + 1))
	if [ -n "$2" ] && [ "$2" = "$3" ]; then
		echo "ok $points $1"
	else
		bad=$((bad + 1))
		echo "not ok $points $1"
		diff <(echo "$2") <(echo "$3") | sed 's/^/# /'
	fi
}

# section FILE TITLE: first cells of its table, without backquotes
section()
{
	awk -v t="## $2" '/^## /{on = ($0 == t)} on && /^\| `/{print $2}' "$1" |
		tr -d '`' | sort
}

same 'counters' \
	"$( (sed -n '/define KTCP_MIB_LIST/,/^$/p' module/mib.h | grep -o 'X([A-Z][A-Za-z0-9]*)' | tr -d 'X()'
	     grep -o '"Curr[A-Za-z]*' module/proc.c | tr -d '"') | sort)" \
	"$(section Documentation/proc.md stats)"
same 'columns of connections' \
	"$(sed -n '/columns\[\] =/,/;/p' module/proc.c | grep -o '"[^"]*"' | tr -d '"' | sed 's/\\n//' | tr ' ' '\n' | grep . | sort)" \
	"$(section Documentation/proc.md connections)"
same 'tracepoints' \
	"$( (grep -o '^TRACE_EVENT([a-z_]*' module/trace.h | cut -d'(' -f2
	     grep -o '^DEFINE_EVENT([a-z_]*, [a-z_]*' module/trace.h | cut -d' ' -f2) | sort)" \
	"$(section Documentation/proc.md Tracepoints)"
same 'module parameters' \
	"$(grep -o '^module_param([a-z_]*' module/main.c | cut -d'(' -f2 | sort)" \
	"$(section Documentation/parameters.md 'Module parameters')"
same 'sysctls, defaults and ranges' \
	"$(grep -v define module/sysctl.c | grep -oE 'KNOB\([a-z0-9_]+, [^)]*\)' | sed 's/KNOB(//; s/)$//' |
	   while IFS=, read -r name value least most; do echo "$name $((value)) $((least)) $((most))"; done | sort)" \
	"$(awk -F'|' '/^## /{on = ($0 == "## Sysctls")} on && /^\| `/{gsub(/[ `]/, "", $2); print $2 $3 $4 $5}' Documentation/parameters.md |
	   tr -s ' ' | sed 's/ $//' | sort)"
echo "1..$points"
[ $bad = 0 ]
