#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# IPv6 fragments of TCP for this host come to ktcp whole; those that are
# forwarded, and those of other protocols, stay what they are.
. "$(dirname "$0")/lib.sh"

# A SYN with forty bytes of options, in two fragments.
cat >"$tmp/syn.py" <<'PY'
import socket, struct, sys

src, dst, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
pseudo = (socket.inet_pton(socket.AF_INET6, src) +
          socket.inet_pton(socket.AF_INET6, dst) + struct.pack("!II", 60, 6))

def syn(csum):
    return struct.pack("!HHIIBBHHH", 4444, port, 1, 0, 15 << 4, 2, 65535,
                       csum, 0) + b"\1" * 40

total = sum(struct.unpack("!50H", pseudo + syn(0)))
while total >> 16:
    total = (total & 0xffff) + (total >> 16)
tcp = syn(~total & 0xffff)
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_FRAGMENT)
s.bind((src, 0))
for at, more in (0, 1), (40, 0):
    part = tcp[at:at + 40]
    s.sendto(struct.pack("!BBHI", 6, 0, at | more, 4711) + part, (dst, 0))
PY
syn() { on client python3 "$tmp/syn.py" $C6 "$@"; }
# snmp6 NS NAME VALUE: is that counter of the host so high?
snmp6() { on "$1" grep -E "^$2[[:space:]]+$3\$" /proc/net/snmp6; }

# gatherer TEXT PATTERN: what gathers fragments, as lsmod has it; it may be built in
gatherer()
{
	if grep -q /nf_defrag_ipv6.ko "/lib/modules/$(uname -r)/modules.builtin"; then
		skip "$1" 'nf_defrag_ipv6 is built in'
	else
		check "$1" grep -E "$2" /proc/modules
	fi
}

for hook in input early; do
	load hook=$hook
	gatherer "$hook: what gathers fragments is loaded" \
		'^nf_defrag_ipv6 .*\bktcp\b|^nf_defrag_ipv6 [0-9]+ [1-9]'
	lab_routed
	run on server sysctl -w net.ktcp.ports=
	run on router sysctl -w net.ktcp.ports=8080
	remember router
	check "$hook: a SYN in fragments" syn $R6 8080
	# the client's own TCP knows nothing of it and says so
	check "$hook: ktcp has answered, and seen the reset" wait_for 30 grew router InRsts
	check "$hook: the SYN and the reset, each once" [ "$(grown router InSegs)" = 2 ]
	check "$hook: the host has seen no fragment" snmp6 router Ip6ReasmReqds 0
	remember router
	check "$hook: one that is forwarded" syn $S6 8080
	check "$hook: comes as two" wait_for 30 snmp6 server Ip6ReasmReqds 2
	check "$hook: a large ping" on client ping -6 -c 1 -W 10 -s 4000 $R6
	check "$hook: the host puts it together" snmp6 router Ip6ReasmOKs 1
	check "$hook: ktcp took nothing of all this" same router InSegs
	check "$hook: unloads" unload
	gatherer "$hook: what gathered fragments is free to go" \
		'^nf_defrag_ipv6 [0-9]+ 0 |^nf_defrag_ipv6 .* nf_conntrack'
	for ns in client router server; do run ip netns delete $ns; done
done
finish
