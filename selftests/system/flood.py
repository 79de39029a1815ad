# SPDX-License-Identifier: GPL-2.0
# flood.py flood DEVICE MAC IPV4 IPV6: what standard input says, line by line:
#   KIND FAMILY PORT [FROM FROM-PORT]
#			segments of that kind to the port of that address, each from
#			another random address and port, or with another sequence number
#			and acknowledgement of one connection, as fast as it goes, until
#			the next line. "on" once they flow, then "sent SECONDS RATE
#			ARRIVED", the last without those for which there was no room
# flood.py ask PAGE: likewise
#   HOST PORT TIMES NAME	asks there for the page, over a new connection each time, or
#				on the one that is held. "good TIMES", or what was wrong
#   hold HOST PORT FROM-PORT	one connection from that port is held from now on. "held"
#   drop			until now. "dropped"
#   figures NAME		of all that was asked under that name, microseconds from
#				the SYN to the page, and to the SYN-ACK: MEDIAN 99% MEDIAN 99%; 0 if none
import array, mmap, os, select, socket, struct, sys, time

FLAGS = {"syn": 2, "ack": 16, "rst": 4, "fin": 1, "urg": 32, "synack": 18}
LONGEST = 180	# seconds, more than a turn

# linux/if_packet.h
SOL_PACKET, PACKET_VERSION, PACKET_TX_RING, TPACKET_V2 = 263, 10, 13, 1
SEND_REQUEST, DATA = 1, 32	# offset of the frame, behind struct tpacket2_hdr
FRAMES, FRAME = 128, 128

INVERSE = bytes(255 - i for i in range(256))
# first bytes of addresses that a host can have, and none of here
FIRST = (bytes(i for i in range(11, 224) if i != 127) * 2)[:256]

def words(data):
    total = sum(array.array("H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff

def checksum(data):
    return struct.pack("=H", words(data))

# A ring of frames. What differs from one round to the next are words that are in it
# twice, once inverted: checksums stay as they are.
class Ring:
    def __init__(self, device):
        self.s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.s.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V2)
        self.s.setsockopt(SOL_PACKET, PACKET_TX_RING,
                          struct.pack("=4I", FRAMES * FRAME, 1, FRAME, FRAMES))
        self.s.bind((device, 0))
        self.m = mmap.mmap(self.s.fileno(), FRAMES * FRAME)

    def fill(self, mac, kind, to, port, one=None, one_port=0):
        v6 = len(to) == 16
        ether = mac + b"\2\0\0\0\0\1" + (b"\x86\xdd" if v6 else b"\x08\0")
        # MSS, SACK, timestamps, window scale, as most hosts have them
        options = bytes.fromhex("020405b4 0402 080a 00000001 00000000 01 030307") \
            if FLAGS[kind] & 2 else b""
        for i in range(FRAMES):
            if v6:
                source = one or b"\x20\x01\0\0" + os.urandom(12)
                head = struct.pack(">IHBB", 6 << 28, 20 + len(options), 6, 64) + source + to
            else:
                source = one or b"\0\0" + os.urandom(2)
                head = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(options), 0xffff, 0, 64, 6, 0) \
                    + source + to
                head = head[:10] + checksum(head) + head[12:]
            tcp = struct.pack(">HHI4sBBHHH", one_port, port, 0xffffffff, bytes(4) if one else os.urandom(4),
                              (5 + len(options) // 4) << 4, FLAGS[kind], 64240, 0, 1) + options
            tcp = tcp[:16] + checksum(source + to + struct.pack(">II", len(tcp), 6) + tcp) + tcp[18:]
            frame = ether + head + tcp
            self.m[i * FRAME:i * FRAME + DATA + len(frame)] = \
                struct.pack("=3I20x", 0, len(frame), len(frame)) + frame
        tcp = DATA + len(ether) + len(head)
        self.port, self.seq = tcp, tcp + 4
        self.source = DATA + len(ether) + (10 if v6 else 12)
        self.id = None if v6 else DATA + len(ether) + 4
        self.one = one

    def put(self, at, column):
        self.m[at::FRAME] = column

    def send(self):
        a, b, c, d = (os.urandom(FRAMES) for i in range(4))
        if self.one:
            for i, column in enumerate((a, b, c, d)):
                self.put(self.seq + i, column)
                self.put(self.seq + 4 + i, column.translate(INVERSE))
            self.go()
            return
        if self.id:
            a = a.translate(FIRST)
            self.put(self.id, a.translate(INVERSE))
            self.put(self.id + 1, b.translate(INVERSE))
        for i, column in enumerate((a, b)):
            self.put(self.source + i, column)
            self.put(self.seq + i, column.translate(INVERSE))
        for i, column in enumerate((c, d)):
            self.put(self.port + i, column)
            self.put(self.seq + 2 + i, column.translate(INVERSE))
        self.go()

    def go(self):
        self.put(0, bytes([SEND_REQUEST]) * FRAMES)
        self.s.send(b"")

def packed(host):
    return socket.inet_pton(family_of(host), host)

def family_of(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET

def flood(device, mac, v4, v6):
    ring = Ring(device)
    taken = "/sys/class/net/%s/statistics/tx_packets" % device
    arrived = lambda: int(open(taken).read())
    mac = bytes.fromhex(mac.replace(":", ""))
    to = {"4": packed(v4), "6": packed(v6)}
    while line := sys.stdin.readline().split():
        kind, family, port, *one = line
        if one:
            one = packed(one[0]), int(one[1])
        ring.fill(mac, kind, to[family], int(port), *one)
        before = arrived()
        ring.send()
        print("on", flush=True)
        began = time.monotonic()
        rounds = 0
        while not select.select([sys.stdin], [], [], 0)[0] and time.monotonic() < began + LONGEST:
            ring.send()
            rounds += 1
        seconds = time.monotonic() - began
        sys.stdin.readline()
        print("sent %.2f %d %d" % (seconds, rounds * FRAMES / seconds, arrived() - before), flush=True)

def connected(host, port, from_port=0):
    s = socket.socket(family_of(host))
    s.settimeout(30)
    s.bind(("", from_port))
    s.connect((host, port))
    return s

def ask(page):
    page = open(page, "rb").read()
    pages, handshakes, one = {}, {}, None
    for line in sys.stdin:
        host, *rest = line.split()
        if host == "figures":
            sets = [sorted(took.get(rest[0], [0])) for took in (pages, handshakes)]
            print(*(took[int((len(took) - 1) * part)] for took in sets for part in (.5, .99)),
                  flush=True)
            continue
        if host == "hold":
            one = connected(rest[0], *map(int, rest[1:]))
            print("held", flush=True)
            continue
        if host == "drop":
            one = one.close()
            print("dropped", flush=True)
            continue
        port, times, name = int(rest[0]), int(rest[1]), rest[2]
        try:
            for i in range(times):
                began = time.perf_counter_ns()
                s = one or connected(host, port)
                opened = time.perf_counter_ns()
                s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                got = b""
                while b"\r\n\r\n" not in got or len(got) < got.index(b"\r\n\r\n") + 4 + len(page):
                    more = s.recv(65536)
                    assert more, "closed"
                    got += more
                done = time.perf_counter_ns()
                if not one:
                    s.close()
                assert got.startswith(b"HTTP/1.1 200 OK\r\n"), got
                assert got.split(b"\r\n\r\n", 1)[1] == page, got
                handshakes.setdefault(name, []).append((opened - began) // 1000)
                pages.setdefault(name, []).append((done - began) // 1000)
            print("good", times, flush=True)
        except (OSError, AssertionError) as e:
            print("bad after", i, repr(e), flush=True)

{"flood": flood, "ask": ask}[sys.argv[1]](*sys.argv[2:])
