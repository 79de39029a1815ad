#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""profile.py KALLSYMS UNITS [N] <LOG: where the instructions of a unit went.

LOG is what QEMU writes with `log exec` and one instruction a block: a line an
instruction. What the bench's clients do is left out. Prints the N functions that
take most by themselves, the N that take most with all they call, and what each
part of the kernel takes.
"""
import collections
import sys

from symbols import Symbols

CLIENT = {"bench_client_receive", "bench_client_poll", "bench_client_timeout"}
DRIVER = {"bench_poll", "complete_tx", "receive", "client_enter", "client_leave"}
USER = ("a program", "user", 0)


class Stack:
    """Who called whom, guessed: a first instruction is a call, another that is
    in a function further up is a return to it."""

    def __init__(self):
        self.frames = []	# (function, instructions when it was called)
        self.depth = collections.Counter()
        self.inclusive = collections.Counter()

    def push(self, where, now):
        self.frames.append((where, now))
        self.depth[where] += 1

    def pop(self, now):
        where, since = self.frames.pop()
        self.depth[where] -= 1
        if not self.depth[where]:
            self.inclusive[where] += now - since

    def enter(self, where, pc, now):
        if pc == where[2]:
            self.push(where, now)
            return
        if not self.depth[where]:	# an interrupt, another task, a jump
            while self.frames:
                self.pop(now)
            self.push(where, now)
            return
        while self.frames[-1][0] != where:
            self.pop(now)


def label(where):
    return where[0] + ("" if where[1] == "kernel" else f" [{where[1]}]")


def main():
    symbols = Symbols(sys.argv[1])
    units = int(sys.argv[2])
    top = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    own = collections.Counter()
    calls = collections.Counter()
    stack = Stack()
    total = 0
    in_client = False
    last = None
    for line in sys.stdin:
        if not line.startswith("Trace"):
            continue
        pc = int(line.split("/", 2)[1], 16)
        where = symbols.find(pc)
        if where[0] in CLIENT:
            in_client = True
        elif where[0] in DRIVER:
            in_client = False
        if in_client:
            continue
        if where is not last or pc == where[2]:
            stack.enter(where, pc, total)
            calls[where] += pc == where[2]
            last = where
        own[where] += 1
        total += 1
    while stack.frames:
        stack.pop(total)

    print(f"{total / units:.0f} instructions a unit")
    for title, counter in (("own", own), ("with callees", stack.inclusive)):
        print(f"\n{title:>12} {'%':>5} {'calls':>6}  function")
        for where, n in counter.most_common(top):
            print(f"{n / units:12.1f} {100 * n / total:5.1f} "
                  f"{calls[where] / units:6.2f}  {label(where)}")
    parts = collections.Counter()
    for where, n in own.items():
        parts[where[1]] += n
    print()
    for part, n in parts.most_common():
        print(f"{n / units:12.1f} {100 * n / total:5.1f}         in all [{part}]")


main()
