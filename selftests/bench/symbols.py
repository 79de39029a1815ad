# SPDX-License-Identifier: GPL-2.0
"""What lies at an address of the guest's kernel, as its /proc/kallsyms says."""

import bisect

USER = ("a program", "user", 0)
CODE = "tTwW"
DATA = "bBdD"


class Symbols:
    """symbols of some kinds; of several at an address the first"""

    def __init__(self, path, kinds=CODE):
        table = {}
        with open(path) as f:
            for line in f:
                word = line.split()
                if word[1] in kinds:
                    part = word[3].strip("[]") if len(word) > 3 else "kernel"
                    table.setdefault(int(word[0], 16), (word[2], part))
        self.at = sorted(table)
        self.name = [(*table[a], a) for a in self.at]
        self.found = {}

    def find(self, addr):
        """(name, module or "kernel", address of the symbol)"""
        where = self.found.get(addr)
        if where is None:
            i = bisect.bisect_right(self.at, addr) - 1
            where = USER if addr < 1 << 63 or i < 0 else self.name[i]
            self.found[addr] = where
        return where
