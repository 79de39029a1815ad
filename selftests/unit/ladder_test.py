#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""ladder_test.py PROGRAM KEY_H: scripts/ktcp-ladder draws exactly this of captures of
each format, and of each tracepoint; the same connection looks the same. TAP.
"""
import ipaddress, re, struct, subprocess, sys

program, key_h = sys.argv[1:]
points = bad = 0
C4, S4, C6, S6 = "10.1.0.2", "10.1.0.1", "fd01::2", "fd01::1"
FIN, SYN, RST, PSH, ACK, ECE, CWR = 1, 2, 4, 8, 16, 64, 128


def draw(data, *args):
    r = subprocess.run([program, *args], input=data, capture_output=True)
    return r.returncode, r.stdout.decode(), r.stderr.decode()


def same(text, got, want):
    global points, bad
    points += 1
    if got == want:
        print("ok %d %s" % (points, text))
        return
    bad += 1
    for name, value in (("is", got), ("must be", want)):
        print("# %s:" % name)
        print(re.sub("(?m)^", "#   ", str(value)))
    print("not ok %d %s" % (points, text))


# --- frames ---

def tcp(sport, dport, flags, seq, ack=0, data=b"", wnd=1000, options=b""):
    options += bytes(-len(options) % 4)
    return struct.pack(">HHIIBBHHH", sport, dport, seq & 0xffffffff, ack & 0xffffffff,
                       5 + len(options) // 4 << 4, flags, wnd, 0, 0) + options + data


def ip(src, dst, segment, extension=b"", fragment=0, length=None):
    a, b = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    if a.version == 4:
        size = 20 + len(segment) if length is None else length
        return struct.pack(">BBHHHBBH", 0x45, 0, size, 1, fragment, 64, 6, 0) + a.packed + b.packed + segment
    size = len(extension) + len(segment) if length is None else length
    return struct.pack(">IHBB", 6 << 28, size, 60 if extension else 6, 64) + a.packed + b.packed + extension + segment


LINKS = {
    1: lambda p: bytes(12) + (b"\x08\x00" if p[0] >> 4 == 4 else b"\x86\xdd") + p,
    0: lambda p: bytes(4) + p,
    101: lambda p: p,
    113: lambda p: bytes(14) + b"\x08\x00" + p,
    276: lambda p: b"\x08\x00" + bytes(18) + p,
}


def pcap(packets, order="<", nano=False, link=1, snap=65535):
    out = struct.pack(order + "IHHIIII", 0xa1b23c4d if nano else 0xa1b2c3d4, 2, 4, 0, 0, snap, link)
    for us, p in packets:
        f = LINKS[link](p)
        out += struct.pack(order + "IIII", 1700000000 + us // 1000000,
                           us % 1000000 * (1000 if nano else 1), min(len(f), snap), len(f)) + f[:snap]
    return out


def pcapng(packets, order="<", resolution=None):
    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)
    option = struct.pack(order + "HHB3x", 9, 1, resolution) if resolution else b""
    out = block(0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1))
    out += block(1, struct.pack(order + "HHI", 1, 0, 0) + option)
    out += block(5, bytes(12))		# statistics: passed over
    for us, p in packets:
        f = LINKS[1](p)
        ticks = (1700000000 * 10 ** 6 + us) * 10 ** (resolution or 6) // 10 ** 6
        out += block(6, struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xffffffff, len(f), len(f)) + f)
    return out


# A connection whose numbers wrap: us, client's, flags, seq, ack, bytes, options
ISS, IRS = 0xfffffff0, 5000
STORY = [
    (0, 1, SYN, 0, 0, 0, b"\x02\x04\x05\xb4\x04\x02\x08\x0a" + bytes(8) + b"\x01\x03\x03\x07"),
    (40, 0, SYN | ACK, 0, 1, 0, b"\x02\x04\x05\xb4"),
    (90, 1, ACK, 1, 1, 0, b""),
    (1000, 1, PSH | ACK, 1, 1, 77, b""),
    (1100, 0, ACK, 1, 78, 1448, b""),
    (1150, 0, PSH | ACK, 1449, 78, 100, b""),
    (1300, 1, ACK, 78, 1, 0, b"\x01\x01\x05\x0a" + struct.pack(">II", IRS + 1449, IRS + 1549)),
    (201500, 0, ACK, 1, 78, 1448, b""),
    (201600, 1, FIN | ACK, 78, 1549, 0, b""),
    (201700, 0, FIN | ACK, 1549, 79, 0, b""),
    (201800, 1, ACK, 79, 1550, 0, b""),
]

def segment(row, c, s, ports=(40000, 8080)):
    us, mine, flags, seq, ack, n, options = row
    src, dst = (c, s) if mine else (s, c)
    a, b = ports if mine else ports[::-1]
    mbase, obase = (ISS, IRS) if mine else (IRS, ISS)
    return us, ip(src, dst, tcp(a, b, flags, mbase + seq, obase + ack if flags & ACK else 0, bytes(n), options=options))


def rungs(*rows, width=60):
    """Lines, from (time, "->" or "<-" or "", text, note); "x" instead of a head: lost."""
    out = []
    for time, way, text, note in rows:
        if way == "->" or way == "-x":
            line = "|-" + (" " + text + " ").ljust(width - 2, "-") + way[1] + "|"
        elif way:
            line = "|" + way[0] + (" " + text + " ").rjust(width - 2, "-") + "-|"
        else:
            line = "|" + " " * width + "|"
        out.append("%12.6f  %s%s" % (time, line, "  " + note if note else ""))
    return "\n".join(out) + "\n"


def title(left, right, width=60):
    return " " * 14 + left + right.rjust(width + 2 - len(left)) + "\n"


def story(options=True, again="retransmission", sack=True):
    return rungs(
        (0, "->", "SYN seq 0 wnd 1000", options and "mss 1460, sack permitted, timestamps, wscale 7"),
        (.00004, "<-", "SYN ACK seq 0 ack 1 wnd 1000", options and "mss 1460"),
        (.00009, "->", "ACK seq 1 ack 1 wnd 1000", ""),
        (.001, "->", "PSH ACK seq 1 ack 1 len 77 wnd 1000", ""),
        (.0011, "<-", "ACK seq 1 ack 78 len 1448 wnd 1000", ""),
        (.00115, "<-", "PSH ACK seq 1449 ack 78 len 100 wnd 1000", ""),
        (.0013, "->", "ACK seq 78 ack 1 wnd 1000", sack and "sack 1449-1549"),
        (.2015, "<-", "ACK seq 1 ack 78 len 1448 wnd 1000", again),
        (.2016, "->", "FIN ACK seq 78 ack 1549 wnd 1000", ""),
        (.2017, "<-", "FIN ACK seq 1549 ack 79 wnd 1000", ""),
        (.2018, "->", "ACK seq 79 ack 1550 wnd 1000", ""))


v4 = [segment(r, C4, S4) for r in STORY]
v6 = [segment(r, C6, S6) for r in STORY]
want4 = title("10.1.0.2:40000", "10.1.0.1:8080") + story()
want6 = title("[fd01::2]:40000", "[fd01::1]:8080") + story()

same("the lines themselves", draw(pcap(v4))[1].splitlines()[:3], [
    "              10.1.0.2:40000                                   10.1.0.1:8080",
    "    0.000000  |- SYN seq 0 wnd 1000 -------------------------------------->|  mss 1460, sack permitted, timestamps, wscale 7",
    "    0.000040  |<---------------------------- SYN ACK seq 0 ack 1 wnd 1000 -|  mss 1460"])
same("pcap", draw(pcap(v4)), (0, want4, ""))
same("pcap of the other byte order", draw(pcap(v4, ">")), (0, want4, ""))
same("pcap in nanoseconds", draw(pcap(v4, nano=True)), (0, want4, ""))
for link in LINKS:
    same("pcap of link type %d" % link, draw(pcap(v4, link=link)), (0, want4, ""))
same("pcap, headers alone", draw(pcap(v4, snap=96)), (0, want4, ""))
same("pcap that is still written", draw(pcap(v4)[:-30]), (0, "".join(want4.splitlines(True)[:-1]), ""))
same("pcap, IPv6", draw(pcap(v6)), (0, want6, ""))
same("pcapng", draw(pcapng(v4)), (0, want4, ""))
same("pcapng of the other byte order, in nanoseconds", draw(pcapng(v4, ">", 9)), (0, want4, ""))
tagged = pcap([])
for us, p in v4:
    f = bytes(12) + b"\x81\x00\x00\x07\x08\x00" + p
    tagged += struct.pack("<IIII", 1700000000 + us // 1000000, us % 1000000, len(f), len(f)) + f
same("a VLAN", draw(tagged), (0, want4, ""))
same("an extension header", draw(pcap([(0, ip(C6, S6, tcp(1, 8080, SYN, 9), bytes([6, 0, 1, 4, 0, 0, 0, 0])))])),
     (0, title("[fd01::2]:1", "[fd01::1]:8080") + rungs((0, "->", "SYN seq 0 wnd 1000", "")), ""))
same("a fragment, and a header that is cut, are counted",
     draw(pcap(v4 + [(1, ip(C4, S4, bytes(40), fragment=0x2000)), (2, ip(C4, S4, bytes(9)))])),
     (0, want4 + "\n2 more without a whole TCP header\n", ""))
same("what is no TCP is passed over", draw(pcap(v4 + [(1, b"\x45" + bytes(8) + b"\x11" + bytes(30))])), (0, want4, ""))
same("a length that the card will fill in", draw(pcap([(0, ip(C4, S4, tcp(1, 2, PSH | ACK, 5, 6, b"abc"), length=0))])),
     (0, title("10.1.0.1:2", "10.1.0.2:1") + rungs((0, "<-", "PSH ACK seq 0 ack 0 len 3 wnd 1000", "")), ""))

# --- several, and what is remarkable ---

second = [(us + 500, p) for us, p in (segment(r, C4, S4, (40001, 8080)) for r in STORY[:1])]
both = want4 + "\n" + title("10.1.0.2:40001", "10.1.0.1:8080") + \
    rungs((.0005, "->", "SYN seq 0 wnd 1000", "mss 1460, sack permitted, timestamps, wscale 7"))
same("two connections", draw(pcap(v4 + second)), (0, both, ""))
same("one of them", draw(pcap(v4 + second), "-c", ":40000"), (0, want4, ""))
same("none of them", draw(pcap(v4), "-c", ":1"), (1, "", "ktcp-ladder: no connection with ':1' in an endpoint\n"))
again = [(0, ip(C4, S4, tcp(5, 80, SYN, 100))), (10, ip(C4, S4, tcp(5, 80, SYN, 100))), (20, ip(C4, S4, tcp(5, 80, SYN, 900)))]
same("a SYN again, and one that is another connection", draw(pcap(again)), (0,
     title("10.1.0.2:5", "10.1.0.1:80") + rungs((0, "->", "SYN seq 0 wnd 1000", ""), (.00001, "->", "SYN seq 0 wnd 1000", "retransmission")) +
     "\n" + title("10.1.0.2:5", "10.1.0.1:80") + rungs((.00002, "->", "SYN seq 0 wnd 1000", "")), ""))
holes = [(i, ip(C4, S4, tcp(9, 80, ACK, 7000 + at, 1, bytes(n)))) for i, (at, n) in
         enumerate([(0, 100), (200, 100), (100, 50), (150, 50), (250, 100), (250, 50)])]
same("holes", draw(pcap(holes)), (0, title("10.1.0.1:80", "10.1.0.2:9") + rungs(
         (0, "<-", "ACK seq 0 ack 0 len 100 wnd 1000", ""), (1e-6, "<-", "ACK seq 200 ack 0 len 100 wnd 1000", "after a hole"),
         (2e-6, "<-", "ACK seq 100 ack 0 len 50 wnd 1000", "fills a hole"), (3e-6, "<-", "ACK seq 150 ack 0 len 50 wnd 1000", "fills a hole"),
         (4e-6, "<-", "ACK seq 250 ack 0 len 100 wnd 1000", "sent before in part"), (5e-6, "<-", "ACK seq 250 ack 0 len 50 wnd 1000", "retransmission")), ""))
same("flags", draw(pcap([(0, ip(C4, S4, tcp(9, 80, 0xff, 7)))]), "-w", "80"), (0, title("10.1.0.1:80", "10.1.0.2:9", 80) +
     rungs((0, "<-", "FIN SYN RST PSH URG ECE CWR ACK seq 0 ack 0 wnd 1000", ""), width=80), ""))
same("bad options", draw(pcap([(0, ip(C4, S4, tcp(9, 80, SYN, 7, options=b"\x02\x09\x00\x00")))]))[1].split("  ")[-1], "bad options\n")

# --- tracepoints ---

def event(us, name, fields):
    return "          <idle>-0     [001] ..s2.  %.6f: ktcp_%s: lport=8080 raddr=::ffff:10.1.0.2 rport=40000 %s\n" % \
        (12 + us / 1e6, name, fields)


def traced(extra=()):
    out = "# tracer: nop\n#\n"
    rows = [("seg",) + r for r in STORY] + list(extra)
    for row in sorted(rows, key=lambda r: r[1]):
        if row[0] != "seg":
            out += event(row[1], row[0], row[2])
            continue
        _, us, mine, flags, seq, ack, n, _ = row
        m, o = (ISS, IRS) if mine else (IRS, ISS)
        out += event(us, "rcv" if mine else "xmit", "state=4 flags=0x%02x seq=%u ack=%u len=%u wnd=1000" %
                     (flags, m + seq & 0xffffffff, o + ack & 0xffffffff if flags & ACK else 0, n))
    return out


want = title("10.1.0.2:40000", ":8080") + story(options=False, sack=False)
text = traced()
same("the text of the tracepoints: the same ladder", draw(text.encode()), (0, want, ""))
same("as perf script writes it", draw(text.replace("ktcp_", "ktcp:ktcp_").encode()), (0, want, ""))
full = traced([("state", 20, "from=1 to=3"), ("state", 95, "from=3 to=4"), ("cwnd", 96, "from=0 to=14480 ssthresh=1 flight=0 phase=open"),
               ("retransmit", 201501, "reason=timeout state=4 seq=5001 len=1448"),
               ("request", 1001, "method=GET status=200 bytes=1343 ns=81234")])
lines = want.splitlines(True)
lines[8] = lines[8].replace("  retransmission", "  retransmission: timeout")
want_full = lines[0] + lines[1] + rungs((.00002, "", "", "LISTEN -> SYN_RECV")) + lines[2] + lines[3] + \
    rungs((.000095, "", "", "SYN_RECV -> ESTABLISHED"), (.000096, "", "", "cwnd 0 -> 14480, open")) + lines[4] + \
    rungs((.001001, "", "", "GET: 200, 1343 bytes")) + "".join(lines[5:])
same("changes of state, cwnd, requests, reasons", draw(full.encode()), (0, want_full, ""))
drops = event(0, "rcv", "state=4 flags=0x10 seq=7 ack=9 len=0 wnd=5") + \
    event(1, "drop", "reason=PawsDrops state=4 flags=0x10 seq=7 ack=9 len=0") + \
    event(2, "drop", "reason=InNoConns state=1 flags=0x10 seq=8 ack=9 len=2") + \
    event(3, "cookie", "what=invalid iss=1 irs=2") + \
    event(4, "drop", "reason=InCsumErrors state=0 flags=0x00 seq=0 ack=0 len=0").replace("rport=40000", "rport=0") + \
    event(5, "retransmit", "reason=syn state=3 seq=50 len=0") + event(6, "xmit", "state=3 flags=0x12 seq=50 ack=8 len=0 wnd=5")
same("drops, cookies, a SYN-ACK again", draw(drops.encode()), (0, title("10.1.0.2:40000", ":8080") + rungs(
    (0, "-x", "ACK seq 0 ack 0 wnd 5", "dropped: PawsDrops"), (2e-6, "-x", "ACK seq 1 ack 0 len 2", "dropped: InNoConns"),
    (3e-6, "", "", "SYN cookie invalid"), (6e-6, "<-", "SYN ACK seq 41 ack 1 wnd 5", "retransmission: syn")) +
    "\n1 more without a whole TCP header\n", ""))
names = re.findall(r"^\tKTCP_([A-Z0-9_]+),$", re.search(r"enum ktcp_state \{(.*?)\}", open(key_h).read(), re.S).group(1), re.M)
shown = re.findall(r"\|  (\w+) -> ", draw("".join(event(i, "state", "from=%d to=0" % i) for i in range(len(names))).encode())[1])
same("the names of the states are the module's", shown, names)

# --- what it is not made for ---

same("something else", draw(b"hello\n"), (1, "", "ktcp-ladder: neither a capture nor the text of ktcp's tracepoints\n"))
same("nothing", draw(b""), (1, "", "ktcp-ladder: neither a capture nor the text of ktcp's tracepoints\n"))
same("a capture of nothing", draw(pcap([])), (1, "", "ktcp-ladder: no connection in it\n"))
same("an unknown link type", draw(pcap(v4)[:20] + struct.pack("<I", 999) + pcap(v4)[24:]), (1, "", "ktcp-ladder: link type 999 is not known\n"))
same("an event with a field missing", draw(event(0, "state", "from=1").encode())[::2],
     (1, "ktcp-ladder: cannot read this line: " + event(0, "state", "from=1").strip() + "\n"))
same("no such file", draw(b"", "/no/such")[0::2], (1, "ktcp-ladder: [Errno 2] No such file or directory: '/no/such'\n"))
bent = []
for whole in (pcap(v4[:3]), pcapng(v4[:3]), traced()[:600].encode()):
    for n in range(0, len(whole), 13):
        for data in (whole[:n], whole[:n] + bytes([whole[n] ^ 0xff]) + whole[n + 1:]):
            status, _, err = draw(data)
            if status not in (0, 1) or "Traceback" in err:
                bent.append((n, err))
same("cut or bent anywhere it ends in words", bent, [])
print("1..%d" % points)
sys.exit(bad > 0)
