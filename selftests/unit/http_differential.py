#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""http_differential.py PROGRAM CORPUS: a second parser, python3-h11, must agree with
ktcp's about where each request ends, or ktcp's must have rejected it. TAP.

What h11 rejects and ktcp accepts has no end to disagree about; each kind of it is
listed in STRICTER, with the reason. What ktcp rejects and h11 accepts is counted.
"""
import collections, os, random, struct, subprocess, sys

import h11

SEED, MUTANTS = 9112, 20000

# why h11 says no, and why ktcp does not have to
STRICTER = {
    "no request line received": "empty lines before a request, which RFC 9112 2.2 wants tolerated",
    "illegal chunk header": "blanks before an extension, which RFC 9112 7.1.1 has as BWS",
}

METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}


def other(data):
    """([(method, end)], what stopped it) by h11."""
    ends = []
    c = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    c.receive_data(data)
    try:
        while True:
            event = c.next_event()
            if event is h11.NEED_DATA:
                return ends, "more"
            if event is h11.PAUSED:
                # a request has ended; the next begins when we have answered
                if c.our_state is h11.SEND_RESPONSE or c.our_state is h11.SEND_BODY:
                    c.send(h11.Response(status_code=404, headers=[("Content-Length", "0")]))
                    c.send(h11.EndOfMessage())
                if c.our_state is h11.MUST_CLOSE or c.our_state is h11.MIGHT_SWITCH_PROTOCOL \
                        or c.their_state is h11.MIGHT_SWITCH_PROTOCOL or c.their_state is h11.MUST_CLOSE:
                    return ends, "end"
                if c.our_state is h11.DONE and c.their_state is h11.DONE:
                    c.start_next_cycle()
                    continue
                return ends, "end"
            if isinstance(event, h11.Request):
                method = event.method.decode("latin-1")
            elif isinstance(event, h11.EndOfMessage):
                ends.append((method, len(data) - len(c.trailing_data[0])))
                if c.our_state is h11.SEND_RESPONSE:
                    c.send(h11.Response(status_code=404, headers=[("Content-Length", "0")]))
                    c.send(h11.EndOfMessage())
                if c.our_state is not h11.DONE or c.their_state is not h11.DONE:
                    return ends, "end"
                c.start_next_cycle()
            elif isinstance(event, h11.ConnectionClosed):
                return ends, "end"
    except h11.RemoteProtocolError as error:
        return ends, str(error)


def ours(program, inputs):
    text = b"".join(struct.pack(">I", len(i)) + i for i in inputs)
    out = subprocess.run([program], input=text, stdout=subprocess.PIPE, check=True).stdout
    for line in out.decode("latin-1").splitlines():
        words = line.split(" ")
        yield [(w.split(":", 1)[0], int(w.rsplit(":", 1)[1])) for w in words[:-1]], int(words[-1])


def mutants(corpus):
    rng = random.Random(SEED)
    pieces = [b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b",", b";", b"0", b"1", b"a", b"\0", b"\x80",
              b"chunked", b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n",
              b"Host: a\r\n", b"GET / HTTP/1.1\r\n", b"HTTP/1.0", b"Connection: close\r\n", b" x"]
    for _ in range(MUTANTS):
        data = bytearray(rng.choice(corpus))
        for _ in range(rng.randint(1, 3)):
            at = rng.randint(0, len(data))
            kind = rng.randint(0, 3)
            if kind == 0:
                data[at:at] = rng.choice(pieces)
            elif kind == 1:
                del data[at:at + rng.randint(1, 4)]
            elif kind == 2 and at < len(data):
                data[at] = rng.randint(0, 255)
            else:
                other_one = rng.choice(corpus)
                cut = rng.randint(0, len(other_one))
                data[at:] = other_one[cut:]
        yield bytes(data)


def main():
    program, folder = sys.argv[1:]
    corpus = [open(os.path.join(folder, name), "rb").read() for name in sorted(os.listdir(folder))]
    inputs = [i for i in corpus + list(mutants(corpus)) if i]
    both = requests = 0
    rejected, listed, bad = collections.Counter(), collections.Counter(), []
    for data, (mine, verdict) in zip(inputs, ours(program, inputs)):
        theirs, why = other(data)
        common = min(len(mine), len(theirs))
        requests += common
        if mine[:common] != theirs[:common]:
            bad.append((data, mine, theirs, why))
        elif len(theirs) > len(mine):
            if verdict < 400:
                bad.append((data, mine, theirs, "%s, and ktcp says %d" % (why, verdict)))
            else:
                rejected[verdict] += 1
        elif len(mine) > len(theirs):
            kind = next((k for k in STRICTER if k in why), None)
            if kind is None:
                bad.append((data, mine, theirs, why))
            else:
                listed[kind] += 1
        else:
            both += 1
    print("1..3")
    point(1, not bad, "no request ends elsewhere: %d requests in %d inputs" % (requests, len(inputs)))
    for data, mine, theirs, why in bad[:5]:
        print("#  %r\n#    ktcp %r, h11 %r: %s" % (data, mine, theirs, why))
    point(2, requests > 2000 and both > 5000, "both accept, or reject, %d of them alike" % both)
    point(3, sum(rejected.values()) > 100, "only ktcp rejects %d: %s; only h11 %d: %s" % (
        sum(rejected.values()), dict(sorted(rejected.items())), sum(listed.values()), dict(listed)))
    return 0 if not bad else 1


def point(n, good, text):
    print("%s %d %s" % ("ok" if good else "not ok", n, text))


if __name__ == "__main__":
    sys.exit(main())
