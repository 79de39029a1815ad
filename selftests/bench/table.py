#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""table.py RESULTS TABLE.md PLOT.svg: ktcp's figures beside those of others.

RESULTS has lines "CASE SERVER COST UNIT", separated by tabs.
"""
import sys

SERVERS = ["ktcp", "nginx", "haproxy", "kernel"]
NAMES = {"ktcp": "ktcp", "nginx": "nginx", "haproxy": "HAProxy",
         "kernel": "kernel sockets"}
COLOUR = {"nginx": "#1b9e77", "haproxy": "#7570b3", "kernel": "#d95f02"}
# what is asked for: of which server's cost, at most
TARGETS = {
    ("keepalive", "nginx"): 0.2, ("keepalive", "kernel"): 0.5,
    ("keepalive", "echo"): 1.6,
    ("close", "nginx"): 0.2, ("close", "kernel"): 1 / 3,
    ("body1m", "nginx"): 0.7, ("body1g", "nginx"): 0.7,
    ("syn", "kernel"): 0.6, ("upload", "kernel"): 0.7,
}
# and what by itself, at most
LIMITS = {"memory-established": 512, "memory-syn_recv": 192,
          "memory-time_wait": 128, "million-memory": 512}


def read(path):
    cost, unit = {}, {}
    with open(path) as f:
        for line in f:
            case, server, value, of = line.rstrip("\n").split("\t")
            cost.setdefault(case, {})[server] = float(value)
            unit[case] = of
    return cost, unit


def figure(value):
    if value is None:
        return ""
    return f"{value:.3f}" if value < 10 else f"{value:.0f}"


def ratio(case, server, mine, other):
    if mine is None or not other:
        return ""
    target = TARGETS.get((case, server))
    text = f"{mine / other:.2f}"
    return text if target is None else f"{text} (≤ {target:.2f})"


def table(cost, unit):
    out = ["| case | of a | " + " | ".join(NAMES[s] for s in SERVERS) +
           " | ktcp / nginx | / HAProxy | / kernel | / echo |",
           "|---|---|" + "---:|" * (len(SERVERS) + 4)]
    for case, row in cost.items():
        mine = row.get("ktcp")
        echo = None
        if case.startswith("keepalive"):
            echo = cost.get("echo6" if "6" in case else "echo", {}).get("kernel")
        cells = [case, unit[case]] + [figure(row.get(s)) for s in SERVERS]
        if case in LIMITS:
            cells[2] += f" (≤ {LIMITS[case]})"
        cells += [ratio(case, s, mine, row.get(s)) for s in SERVERS[1:]]
        cells.append(ratio(case, "echo", mine, echo))
        out.append("| " + " | ".join(cells) + " |")
    one, all_ = (cost.get(c, {}).get("ktcp") for c in ("million-1000", "million"))
    if one and all_:
        out.append(f"\nA request on one of a million connections costs {all_ / one:.2f} "
                   "times one on one of a thousand (≤ 1.30).")
    return "\n".join(out) + "\n"


def plot(cost):
    """A bar a server: what ktcp takes of what that takes."""
    bars = []
    for case, row in cost.items():
        mine = row.get("ktcp")
        group = [(s, mine / row[s]) for s in SERVERS[1:]
                 if mine is not None and row.get(s)]
        if group:
            bars.append((case, group))
    left, width, high = 190, 520, 11
    y = 50
    body = []

    def text(x, at, what, more=""):
        body.append(f'<text x="{x:.0f}" y="{at:.0f}"{more}>{what}</text>')

    # one bar must not make all others short: it is cut off, its figure is not
    scale = min(max([r for _, g in bars for _, r in g] + [1.0]), 1.5)
    for i, s in enumerate(SERVERS[1:]):
        body.append(f'<rect x="{left + 150 * i}" y="22" width="11" height="11" '
                    f'fill="{COLOUR[s]}"/>')
        text(left + 150 * i + 16, 32, "of " + NAMES[s])
    for case, group in bars:
        text(left - 8, y + high * len(group) / 2 + 4, case, ' text-anchor="end"')
        for s, r in group:
            long = width * min(r, scale) / scale
            body.append(f'<rect x="{left}" y="{y}" width="{long:.1f}" '
                        f'height="{high - 1}" fill="{COLOUR[s]}"/>')
            text(left + long + 4, y + 9, f"{r:.2f}")
            y += high
        y += 7
    one = left + width / scale
    body.append(f'<line x1="{one:.1f}" y1="42" x2="{one:.1f}" y2="{y}" '
                'stroke="#888" stroke-dasharray="3 3"/>')
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 60}" '
            f'height="{y + 10}" font-family="sans-serif" font-size="11">\n'
            '<rect width="100%" height="100%" fill="#fff"/>\n')
    title = '<text x="8" y="14" font-size="13">What ktcp costs, of what others cost</text>'
    return head + title + "\n" + "\n".join(body) + "\n</svg>\n"


def main():
    cost, unit = read(sys.argv[1])
    with open(sys.argv[2], "w") as f:
        f.write(table(cost, unit))
    with open(sys.argv[3], "w") as f:
        f.write(plot(cost))


main()
