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

# none TEXT LINES: those that are wrong, of which there must be none
none()
{
	points=$((points + 1))
	if [ -z "$2" ]; then
		echo "ok $points $1"
	else
		bad=$((bad + 1))
		echo "not ok $points $1"
		echo "$2" | sed 's/^/# /'
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
	"$(sed -n '/define KTCP_COLUMNS/,/^$/p' module/row.h | grep -oE '(TEXT|NUMBER)\([a-z_]+\)' | sed 's/.*(//; s/)//' | sort)" \
	"$(section Documentation/proc.md connections)"
same 'columns of listeners' \
	"$(grep -o '"port app [a-z_ ]*' module/proc.c | tr -d '"' | tr ' ' '\n' | grep . | sort)" \
	"$(section Documentation/proc.md listeners)"
same 'columns of table' \
	"$(grep -o '"buckets [a-z ]*' module/proc.c | tr -d '"' | tr ' ' '\n' | grep . | sort)" \
	"$(section Documentation/proc.md table)"
same 'timers' \
	"$(sed -n '/^ \* Every timer/,/^ \* An object/p' module/timers.c |
	   grep -oE '^ \*   [a-z0-9]+ ' | tr -d ' *' | sort)" \
	"$(sed -n '/^| `timer` /p' Documentation/proc.md | cut -d: -f2 |
	   grep -o '`[a-z0-9]*`' | tr -d '`' | grep -vx none | sort)"
same 'members of a row of the window' \
	"$( (echo id; sed -n '/define KTCP_COLUMNS/,/^$/p' module/row.h | grep -oE '(TEXT|NUMBER)\([a-z_]+\)' | sed 's/.*(//; s/)//') | sort)" \
	"$(sed -n '/"row": {/,/"required"/p' Documentation/window.schema.json |
	   grep -oE '^[[:space:]]*"[a-z_]+": \{ "\$ref"' | cut -d'"' -f2 | sort)"
same 'documents of the window' \
	"$(sed -n '/docs\[\] = {/,/}/p' module/http/ask.c | grep -oE '"[a-z.]+"' | tr -d '"' | sort)" \
	"$(section Documentation/window.md Documents | grep -v '^/')"
same 'tracepoints' \
	"$( (grep -o '^TRACE_EVENT([a-z_]*' module/trace.h | cut -d'(' -f2
	     grep -o '^DEFINE_EVENT([a-z_]*, [a-z_]*' module/trace.h | cut -d' ' -f2) | sort)" \
	"$(section Documentation/proc.md Tracepoints)"
same 'module parameters and defaults' \
	"$(for name in $(grep -oh '^module_param([a-z_]*' module/*.c | cut -d'(' -f2); do
		echo "$name $(grep -oh "^static char \*$name = \"[^\"]*" module/*.c | cut -d'"' -f2)"
	   done | sort)" \
	"$(awk -F'|' '/^## /{on = ($0 == "## Module parameters")} on && /^\| `/{gsub(/[ `]/, "", $2); gsub(/ /, "", $3); print $2, $3}' \
		Documentation/parameters.md | sort)"
# numbers with a name in a range have one here, too
. <(sed -nE 's/^#define (KTCP_[A-Z_]+)[[:space:]]+([0-9]+)([[:space:]].*)?$/\1=\2/p' module/*.h)
same 'sysctls, defaults and ranges' \
	"$(grep -v define module/sysctl.c | grep -oE 'KNOB\([a-z0-9_]+, [^)]*\)' | sed 's/KNOB(//; s/)$//' |
	   while IFS=, read -r name value least most; do echo "$name $((value)) $((least)) $((most))"; done | sort)" \
	"$(awk -F'|' '/^## /{on = ($0 == "## Sysctls")} on && /^\| `/{gsub(/[ `]/, "", $2); print $2 $3 $4 $5}' Documentation/parameters.md |
	   tr -s ' ' | sed 's/ $//' | sort)"
same 'sysctls that are no number' \
	"$(grep -v define module/sysctl.c | grep -oE '\bTEXT\([a-z_]+' | cut -d'(' -f2 | sort)" \
	"$(awk '/^## /{on = ($0 == "## Sysctls")} on && /^`[a-z_]*` is/{print $1}' \
		Documentation/parameters.md | tr -d '`' | sort)"

same 'files of /proc/ktcp' \
	"$(grep -o 'proc_create("[a-z]*"' module/proc.c | cut -d'"' -f2 | sort)" \
	"$(sed -n 's/^## \([a-z]*\)$/\1/p' Documentation/proc.md | sort)"

none 'documents that the README does not name' \
	"$(for file in Documentation/*.md; do grep -qF "]($file)" README.md || echo "$file"; done)"

# --- Documentation/architecture.md ---

# mapped: the files in the first cells of its map
mapped()
{
	awk -F'|' '/^\| file in module/ { on = 1 } !/^\|/ { on = 0 } on { print $2 }' \
		Documentation/architecture.md | grep -oE '[a-z_/]+\.[a-zA-Z]+' | sort
}

same 'what the module is made of, each once' \
	"$(sed -n '/^ktcp-y/,/^$/p' Kbuild | grep -oE '[a-z_/]+\.o\b' | sed 's,^module/,,; s/\.o$//' | sort)" \
	"$(mapped | sed -n 's/\.[cS]$//p')"
none 'files of the map that are not there' \
	"$(mapped | while read -r file; do [ -f "module/$file" ] || echo "$file"; done)"

# Keys are known where numbers are made of them (SECURITY.md), not where something is shown.
same 'files that know a secret' "$(printf 'module/%s\n' cookie.c cookie.h cookie_code.h http/respond.c \
	http/snapshot.c ktcp.h main.c output.c)" \
	"$(grep -rlE 'siphash_key_t|secret|hash_rnd|get_random' module | sort)"

# --- Documentation/http.md ---
http=Documentation/http.md

same 'status codes' \
	"$( (grep -oE '^[[:space:]]+(\{|case) [0-9]{3}\b' module/http/status.c | grep -oE '[0-9]{3}'; echo 100) | sort -u)" \
	"$(section $http 'Status codes')"
same 'media types' \
	"$(sed -nE 's/^\t\{ "([a-z0-9]+)", "(.*)" \},$/\1 \2/p' module/http/snapshot.c | sort)" \
	"$(awk -F'|' '/^## /{on = ($0 == "## Media types")} on && /^\| `/{
		gsub(/`|^ | $/, "", $3); n = split($2, suffix, ",")
		for (i = 1; i <= n; i++) { gsub(/[ `]/, "", suffix[i]); print suffix[i], $3 } }' $http | sort)"
same 'limits of a request' \
	"$(sed -nE 's/^#define KTCP_HTTP_[A-Z_]+_MAX\t+([0-9]+).*/\1/p' module/http/parse.h module/http/body.h | sort -n)" \
	"$(awk -F'|' '/^## /{on = ($0 == "## Limits of a request")} on && $3 ~ /^ [0-9]+ $/{print $3 + 0}' $http | sort -n)"

# --- Documentation/rfc-coverage.md ---
coverage=Documentation/rfc-coverage.md

# real TEXT CODE DOCS: two sorted lists; each of the second is in the first
real()
{
	local missing
	points=$((points + 1))
	missing=$(comm -13 <(echo "$2") <(echo "$3"))
	if [ -n "$2" ] && [ -n "$3" ] && [ -z "$missing" ]; then
		echo "ok $points $1"
	else
		bad=$((bad + 1))
		echo "not ok $points $1"
		echo "${missing:-nothing there}" | sed 's/^/# there is no /'
	fi
}

# rows: of all its tables
rows() { awk '/^\| / && !/^\| (number|section) /' $coverage; }

# quoted COLUMN: what is between backquotes there, a line each
quoted() { rows | cut -d'|' -f"$1" | grep -o '`[^`]*`' | tr -d '`' | sort -u; }

# A definition begins in the first column, and its body with a brace there.
functions()
{
	awk '/^[a-z].*[a-z0-9_]\(/ { head = $0 }
		/^{/ && head { sub(/\(.*/, "", head); sub(/.*[ *]/, "", head); print head "()" }
		/^[{}#]|;$/ { head = "" }' module/*.[ch] module/http/*.[ch] | sort -u
}

tests()
{
	{
		grep -oE '^WIRE\([a-z0-9_]+\)' selftests/wire/*.c
		grep -oE '^TEST(_F)?\(([a-z0-9_]+, )?[a-z0-9_]+\)' selftests/unit/*.c
	} | sed -E 's,^selftests/([a-z]+/[a-z0-9_]+)\.c:.*[( ]([a-z0-9_]+)\)$,\1: \2,'
	find selftests/system selftests/outside selftests/virtual -name '*.sh' ! -name lib.sh | sed 's,^selftests/,,'
}

same 'numbers of RFC 9293 appendix B, each once' \
	"$(printf '%s\n' MUST-{1..69} SHLD-{1..31} MAY-{1..18} REC-1 | sort)" \
	"$(awk '/^## /{on = ($0 == "## RFC 9293")} on && /^\| [A-Z]+-/{print $2}' $coverage | sort)"
real 'functions named for the RFCs' "$(functions)" \
	"$(grep -o '`[^`]*`' $coverage | tr -d '`' | grep '(' | sort -u)"
real 'files named for the RFCs' "$(ls module module/http | sort -u)" \
	"$(quoted 4 | grep '\.[ch]$')"
real 'tests named for the RFCs' "$(tests | sort -u)" \
	"$( { quoted 5; grep -oE '`(wire|unit|system|outside|virtual)/[^`]*`' $coverage | tr -d '`' |
	      grep -vE '/[A-Z]|/$'; } | sort -u)"
security=Documentation/SECURITY.md
real 'functions named for security' "$( (functions; echo 'ip_local_out()') | sort)" \
	"$(grep -oE '`[a-z0-9_]+\(\)`' $security | tr -d '`' | sort -u)"
real 'tests named for security' "$(tests | sort -u)" \
	"$(grep -oE '`(wire|unit|system|outside|virtual)/[^`]*`' $security | tr -d '`' | sort -u)"
none 'every row says where and what shows it, or that nothing does' \
	"$(rows | awk -F'|' 'NF != 6 || $4 !~ /`[a-z0-9_]+(\(\)|\.[ch])`|^ (no: |not yet)/ ||
	$5 !~ /`|^ (no test|not yet)/')"
real 'RFCs that the code cites' \
	"$(grep -oE '(RFC |^\| )[0-9]{3,4}' $coverage | grep -o '[0-9]*' | sort -u)" \
	"$(grep -rhoE 'RFC [0-9]+' module | cut -d' ' -f2 | sort -u)"

# --- Documentation/limits.md ---
limits=Documentation/limits.md

# columns TITLE: of the tables that have such a column, what is between backquotes
columns()
{
	awk -F'|' -v t=" $1 " '!/^\|/ { at = 0 }
		/^\|/ && !at { for (at = NF; at > 1 && $at != t; at--); next }
		/^\| / && at > 1 { print $at }' $limits | grep -o '`[^`]*`' | tr -d '`' | sort -u
}

real 'sysctls named as bounds' \
	"$(grep -oE 'KNOB\([a-z0-9_]+,' module/sysctl.c | sed 's/KNOB(//; s/,//' | sort -u)" \
	"$(columns sysctl)"
real 'counters named as bounds' \
	"$(section Documentation/proc.md stats)" \
	"$( (columns counter; grep -oE '\(`[A-Z][A-Za-z]+`\)' $limits | tr -d '(`)') | sort -u)"
real 'tests named for bounds' "$(tests | sort -u)" "$(columns test)"
none 'every bound has a test, or says that it has none' \
	"$(awk -F'|' '/^\| / && !/^\| (what|attack|level|0) / && $(NF - 1) !~ /`| no test /' $limits)"
echo "1..$points"
[ $bad = 0 ]
