#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Clients for chaos.sh and soak.sh.

chaos.py make FOLDER: FOLDER/a and FOLDER/b, files whose first line is the SHA-256 of
the rest, so that a body tells by itself if it is whole, whichever it is.

chaos.py load FOLDER SEED PAUSE HOST...: ask for them at random, in all kinds of ways,
PAUSE seconds between two, until there is FOLDER/stop. A body is right, or the
connection broke, or it went on no more while segments were lost: FOLDER/lossy has a
line "BEGIN END" for each such time, of the clock that time.monotonic() has. Anything
else ends the load with status 1. Says what there was.
"""
import hashlib, multiprocessing, os, random, socket, struct, sys, time

FILES, CLIENTS, PORT, PATIENCE = 40, 3, 8080, 20
# Seconds in which anything goes on, where nothing is lost: a guest may be emulated.
AT_ONCE = 2


def make(folder):
    for part in ("a", "b"):
        os.makedirs(folder + "/" + part)
        for i in range(FILES):
            data = random.Random(part + str(i)).randbytes(1 + i * i * 150)
            with open("%s/%s/%d" % (folder, part, i), "wb") as f:
                f.write(hashlib.sha256(data).hexdigest().encode() + b"\n" + data)


class Wrong(Exception):
    """An answer that no peer may give, however the network is."""


class Socket(socket.socket):
    """Knows when it went on last."""

    def went_on(self):
        self.at = time.monotonic()

    def recv_into(self, *args):
        n = super().recv_into(*args)
        self.went_on()
        return n


class Client:
    def __init__(self, folder, seed, pause, hosts):
        self.random = random.Random(seed)
        self.pause = pause
        self.stop = folder + "/stop"
        self.hosts = hosts
        self.seen = dict.fromkeys(("bodies", "parts", "broken", "stalled", "refused", "left", "bytes"), 0)
        self.stalls = []

    def connect(self):
        host = self.random.choice(self.hosts)
        self.s = Socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.s.settimeout(PATIENCE)
        self.answers = self.s.makefile("rb")
        self.s.went_on()
        self.s.connect((host, PORT))
        self.s.went_on()

    def path(self):
        return "/%d" % self.random.randrange(FILES)

    def ask(self, path, fields=""):
        self.s.sendall(("GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n" % (path, fields)).encode())
        self.s.went_on()

    def line(self):
        line = self.answers.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError("ended")
        return line

    def answer(self):
        status = self.line()
        if not status.startswith(b"HTTP/1.1 "):
            raise Wrong(status)
        fields = dict(l.rstrip().split(b": ", 1) for l in iter(self.line, b"\r\n"))
        n = int(fields[b"Content-Length"])
        body = self.answers.read(n)
        if len(body) < n:
            raise ConnectionError("ended")
        self.seen["bytes"] += n
        return int(status[9:12]), fields, body

    def whole(self):
        status, _, body = self.answer()
        if status in (404, 503):	# nothing is published at the moment
            self.seen["refused"] += 1
            return
        digest, _, rest = body.partition(b"\n")
        if status != 200 or hashlib.sha256(rest).hexdigest().encode() != digest:
            raise Wrong((status, len(body)))
        self.seen["bodies"] += 1

    # --- what a client may do on one connection ---

    def keep_alive(self):
        for _ in range(self.random.randrange(1, 10)):
            self.ask(self.path())
            self.whole()

    def pipeline(self):
        n = self.random.randrange(2, 12)
        for _ in range(n):
            self.ask(self.path())
        for _ in range(n):
            self.whole()

    def close(self):
        self.ask(self.path(), "Connection: close\r\n")
        self.whole()
        if self.answers.read(1):
            raise Wrong("more than asked for")

    def half_close(self):
        self.ask(self.path())
        self.s.shutdown(socket.SHUT_WR)
        self.whole()
        if self.answers.read(1):
            raise Wrong("more than asked for")

    def part(self):
        path, first = self.path(), self.random.randrange(100)
        self.ask(path)
        status, fields, whole = self.answer()
        if status != 200:
            return
        self.ask(path, "Range: bytes=%d-\r\nIf-Range: %s\r\n" % (first, fields[b"ETag"].decode()))
        status, _, part = self.answer()
        if status == 206:
            if part != whole[first:]:
                raise Wrong(("part", path, first))
            self.seen["parts"] += 1
        elif status not in (200, 404, 416, 503):
            raise Wrong(("part", status))

    def slow(self):
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.ask(self.path())
        time.sleep(self.random.random())
        self.whole()

    def leave(self):
        """In the middle, with a FIN or a RST, or without a word."""
        self.ask(self.path())
        self.s.recv_into(bytearray(1))
        if self.random.random() < .5:
            self.s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.seen["left"] += 1

    def piecemeal(self):
        for ch in "GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.path():
            self.s.sendall(ch.encode())
            self.s.went_on()
        self.whole()

    WAYS = [keep_alive] * 4 + [pipeline, close, half_close, part, slow, leave, piecemeal]

    def run(self):
        while not os.path.exists(self.stop):
            way = self.random.choice(self.WAYS)
            try:
                self.connect()
                way(self)
            except TimeoutError:
                self.seen["stalled"] += 1
                self.stalls.append((self.s.at, way.__name__))
            except OSError:
                self.seen["broken"] += 1
                time.sleep(.01)
            except Wrong as e:
                return "%s: %r" % (way.__name__, e.args[0])
            finally:
                self.answers.close()
                self.s.close()
            time.sleep(self.pause)
        return self.seen, self.stalls


def client(args):
    return Client(*args).run()


def load(folder, seed, pause, *hosts):
    with multiprocessing.Pool(CLIENTS) as pool:
        all_seen = pool.map(client, [(folder, "%s %d" % (seed, i), float(pause), hosts)
                                     for i in range(CLIENTS)], 1)
    wrong = [s for s in all_seen if isinstance(s, str)]
    if wrong:
        sys.exit("\n".join(wrong))
    for k in all_seen[0][0]:
        print(k, sum(s[k] for s, _ in all_seen))
    lost = lossy(folder)
    wrong = ["%s: went on no more after %.2f" % (way, at) for _, stalls in all_seen for at, way in stalls
             if not any(begin <= at + AT_ONCE and at <= end for begin, end in lost)]
    if wrong:
        sys.exit("\n".join(wrong))


def lossy(folder):
    if not os.path.exists(folder + "/lossy"):
        return []
    with open(folder + "/lossy") as f:
        return [tuple(map(float, line.split())) for line in f]


if __name__ == "__main__":
    {"make": make, "load": load}[sys.argv[1]](*sys.argv[2:])
