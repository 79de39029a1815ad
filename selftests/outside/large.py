#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""For large.sh.

large.py make FOLDER: FOLDER/a with 10,000 files of 1 GiB together, and FOLDER/b, the
same but for 300 files with other bytes, 50 that are gone and 50 that are new.

large.py load FOLDER URL: four clients ask for files of both at random, whole and in
part, until there is FOLDER/stop. Each body must be that of a or that of b, and an
entity tag stand for one body only. Says how many there were.
"""
import hashlib, http.client, json, multiprocessing, os, random, sys, urllib.parse

FILES, TOTAL, CLIENTS = 10000, 1 << 30, 4
CHANGED, GONE = range(0, 9000, 30), range(9001, 9101, 2)


def name(i):
    return "%02d/file-%d.bin" % (i % 100, i)


def sizes():
    """From 1 byte to 210 KiB, together TOTAL."""
    n = [1 + i * 7919 % 214000 for i in range(FILES)]
    n[-1] += TOTAL - sum(n)
    return n


def write(path, seed, n):
    """Bytes that the seed decides; their SHA-256."""
    data = random.Random(seed).randbytes(n)
    with open(path, "wb") as f:
        f.write(data)
    return hashlib.sha256(data).hexdigest()


def make(folder):
    know = {}
    for part in ("a", "b"):
        for i in range(100):
            os.makedirs("%s/%s/%02d" % (folder, part, i))
    for i, n in enumerate(sizes()):
        path = name(i)
        know[path] = [write("%s/a/%s" % (folder, path), i, n)]
        if i in CHANGED:
            know[path].append(write("%s/b/%s" % (folder, path), i + FILES, n))
        elif i in GONE:
            know[path].append(None)
            other = "%02d/new-%d.bin" % (i % 100, i)
            know[other] = [write("%s/b/%s" % (folder, other), i + FILES, n), None]
        else:
            os.link("%s/a/%s" % (folder, path), "%s/b/%s" % (folder, path))
    with open(folder + "/know", "w") as f:
        json.dump(know, f)
    print("%d files, %d bytes" % (FILES, sum(sizes())))


class Client:
    def __init__(self, folder, url, seed):
        with open(folder + "/know") as f:
            self.know = json.load(f)
        self.names = sorted(self.know)
        self.host = urllib.parse.urlsplit(url).netloc
        self.stop = folder + "/stop"
        self.random = random.Random(seed)
        self.tags = {}
        self.seen = {"whole": 0, "parts": 0, "404": 0, "bytes": 0}

    def get(self, path, **fields):
        self.connection.request("GET", "/" + path, headers={k.replace("_", "-"): v for k, v in fields.items()})
        r = self.connection.getresponse()
        body = r.read()
        self.seen["bytes"] += len(body)
        return r, body

    def whole(self, path, r, body):
        """A body that may be there; its tag is its own."""
        if r.status == 404:
            assert None in self.know[path], (path, "is not there")
            self.seen["404"] += 1
            return None
        digest = hashlib.sha256(body).hexdigest()
        assert r.status == 200 and digest in self.know[path], (path, r.status, digest)
        tag = r.headers["ETag"]
        assert self.tags.setdefault((path, tag), digest) == digest, (path, tag)
        self.seen["whole"] += 1
        return tag

    def one(self):
        path = self.random.choice(self.names)
        r, body = self.get(path)
        tag = self.whole(path, r, body)
        if tag and self.random.random() < .3:
            first = self.random.randrange(len(body))
            last = self.random.randrange(first, len(body))
            r, part = self.get(path, Range="bytes=%d-%d" % (first, last), If_Range=tag)
            if r.status != 206:
                return self.whole(path, r, part)
            assert part == body[first:last + 1], (path, first, last)
            assert r.headers["Content-Range"] == "bytes %d-%d/%d" % (first, last, len(body))
            self.seen["parts"] += 1

    def run(self):
        self.connection = http.client.HTTPConnection(self.host, timeout=120)
        while not os.path.exists(self.stop):
            self.one()
        return self.seen


def client(args):
    return Client(*args).run()


def load(folder, url):
    with multiprocessing.Pool(CLIENTS) as pool:
        all_seen = pool.map(client, [(folder, url, seed) for seed in range(CLIENTS)], 1)
    print(*("%s %d" % (k, sum(s[k] for s in all_seen)) for k in all_seen[0]))


if __name__ == "__main__":
    {"make": make, "load": load}[sys.argv[1]](*sys.argv[2:])
