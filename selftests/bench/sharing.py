#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""sharing.py RECORD KALLSYMS KTCP.KO CASE: what two CPUs make each other wait for

RECORD is what sharing/plugin.c writes. Printed are transfers of cache lines between
the CPUs, for each segment that came while the other CPU had one, too: those that an
instruction of ktcp's waited for, and those of functions that it called; for each, who
had the line, and which it was. What every segment writes to, as a counter of all
CPUs, would show as 1, and fails.
"""

import collections
import subprocess
import sys

from symbols import DATA, Symbols

BAR = 0.5
TOGETHER = 100


class Source:
    """where in ktcp's source an instruction is, from what the compiler left"""

    def __init__(self, module):
        self.module = module
        self.base = {}
        for line in subprocess.run(["nm", module], capture_output=True, text=True,
                                   check=True).stdout.splitlines():
            word = line.split()
            if len(word) == 3 and word[1] in "tT":
                self.base[word[2]] = int(word[0], 16)
        self.known = {}

    def line(self, name, offset):
        key = (name, offset)
        if name in self.base and key not in self.known:
            said = subprocess.run(
                ["addr2line", "-s", "-j", ".text", "-e", self.module,
                 hex(self.base[name] + offset)], capture_output=True, text=True, check=True)
            self.known[key] = f"{name} ({said.stdout.split()[0]})"
        return self.known.get(key, name)


def main():
    code = Symbols(sys.argv[2])
    data = Symbols(sys.argv[2], DATA)
    source = Source(sys.argv[3])
    segments = apart = 0
    own, called = collections.Counter(), collections.Counter()

    def who(pc):
        name, module, start = code.find(pc)
        if module == "ktcp":
            name = source.line(name, pc - start)
        return name if module == "kernel" else f"{name} [{module}]"

    for record in open(sys.argv[1], encoding="ascii"):
        word = record.split()
        if word[0] == "@":
            if word[1] == "apart":
                apart = int(word[2])
            else:
                segments += int(word[2])
            continue
        at, pc, other = (int(w, 16) for w in word[:3])
        ours = code.find(pc)[1] == "ktcp"
        if not ours and word[4] == "out":
            continue
        name, module, start = data.find(at)
        place = f"{name}+{at - start:#x} [{module}]" if at - start < 4096 else "memory"
        (own if ours else called)[(word[3], who(pc), who(other), place)] += int(word[5])

    together = segments - apart
    print(f"# {segments} segments, {together} of them while the other CPU had one, too")
    for title, some in (("ktcp itself", own), ("functions that ktcp calls", called)):
        print(f"#\n# {sum(some.values()) / max(together, 1):8.3f} transfers a segment: {title}")
        for (rw, pc, other, place), n in some.most_common(25):
            print(f"# {n / max(together, 1):8.3f} {'writes' if rw == 'w' else 'reads'} "
                  f"{place}: {pc}, had by {other}")
    most = max((own + called).values(), default=0)
    points = [
        (together >= TOGETHER, f"{together} segments while both CPUs had one (>= {TOGETHER})"),
        (most < BAR * together, f"no line is wanted by one place, had by another, "
                                f"as often as {BAR} a segment: {most / max(together, 1):.3f}"),
    ]
    print(f"1..{len(points)}")
    for i, (good, what) in enumerate(points, 1):
        print(f"{'ok' if good else 'not ok'} {i} sharing {sys.argv[4]}: {what}")
    sys.exit(not all(good for good, _ in points))


main()
