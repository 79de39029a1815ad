# SPDX-License-Identifier: GPL-2.0
"""A file system whose every answer is under the control of a test.

fuse.py MOUNTPOINT FOLDER: mounted there until it is ended. It speaks the protocol of
/dev/fuse itself, as much of it as reading takes:

	many/	DOTS names that begin with a dot, then FILES files whose names have 100
		bytes; each holds its name and a line feed
	slow/	a file "held": a read of it makes FOLDER/held and is answered when there is
		a FOLDER/go
	gate/	a directory "x": to look it up is as to read that file

Names come a page at a time, and those with a dot first: more than one page of them.
An interrupted read fails with EINTR. The kernel may keep no answer; the files of many/
never change.
"""
import ctypes, errno, os, select, signal, stat, struct, sys, time

FILES, DOTS = 300, 60
(LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS, RELEASE, FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR,
 INTERRUPT, DESTROY, BATCH_FORGET) = 1, 2, 3, 14, 15, 17, 18, 25, 26, 27, 28, 29, 36, 38, 42
ROOT, MANY, SLOW, HELD, GATE, BEYOND, FIRST = 1, 2, 3, 4, 5, 6, 10

mountpoint, folder = sys.argv[1:3]
held, go = os.path.join(folder, "held"), os.path.join(folder, "go")


def name(i):
    return (b"%03d-" % i).ljust(100, b"x")


files = {FIRST + i: name(i) for i in range(FILES)}
dots = {FIRST + FILES + i: (b".%03d-" % i).ljust(100, b"x") for i in range(DOTS)}
dirs = {ROOT: {MANY: b"many", SLOW: b"slow", GATE: b"gate"}, MANY: {**dots, **files},
        SLOW: {HELD: b"held"}, GATE: {BEYOND: b"x"}, BEYOND: {}}
content = {HELD: b"held\n"}
content.update((node, text + b"\n") for node, text in {**files, **dots}.items())


def attr(node):
    size, mode = (0, stat.S_IFDIR | 0o755) if node in dirs else (len(content[node]), stat.S_IFREG | 0o644)
    # one that could still change is read each time
    changed = int(time.time()) if node == HELD else 1000000000
    return struct.pack("<6Q10I", node, size, (size + 511) // 512, changed, changed, changed, 0, 0, 0,
                       mode, 1, 0, 0, 0, 4096, 0)


def listing(node, at, size):
    entries, out = list(dirs[node].items()), b""
    for i in range(at, len(entries)):
        child, text = entries[i]
        kind = stat.S_IFDIR if child in dirs else stat.S_IFREG
        entry = struct.pack("<2Q2I", child, i + 1, len(text), kind >> 12) + text
        entry += bytes(-len(entry) % 8)
        if len(out) + len(entry) > size:
            break
        out += entry
    return out


fd = os.open("/dev/fuse", os.O_RDWR)
waiting = {}    # what is to be answered when there is a go


def answer(unique, data=b"", error=0):
    try:
        os.write(fd, struct.pack("<IiQ", 16 + len(data), -error, unique) + data)
    except FileNotFoundError:   # nobody waits for it any more
        pass


def hold(unique, data):
    waiting[unique] = data
    open(held, "w").close()


def serve(op, unique, node, body):
    if op == INIT:
        major, minor = struct.unpack_from("<2I", body)
        answer(unique, struct.pack("<4I2H2I2H8I", 7, min(minor, 31), 65536, 0, 12, 9, 65536, 1, 1, 0,
                                   *[0] * 8))
    elif op == LOOKUP:
        text = body.rstrip(b"\0")
        child = next((n for n, t in dirs.get(node, {}).items() if t == text), None)
        if child is None:
            answer(unique, error=errno.ENOENT)
        else:
            entry = struct.pack("<4Q2I", child, 0, 0, 0, 0, 0) + attr(child)
            if child == BEYOND:
                hold(unique, entry)
            else:
                answer(unique, entry)
    elif op == GETATTR:
        answer(unique, struct.pack("<Q2I", 0, 0, 0) + attr(node))
    elif op in (OPEN, OPENDIR):
        answer(unique, struct.pack("<Q2I", 0, 0, 0))
    elif op in (READ, READDIR):
        at, size = struct.unpack_from("<8xQI", body)
        if op == READDIR:
            answer(unique, listing(node, at, size))
        elif node == HELD:
            hold(unique, content[node][at:at + size])
        else:
            answer(unique, content[node][at:at + size])
    elif op == STATFS:
        answer(unique, struct.pack("<5Q4I24x", 0, 0, 0, 0, 0, 4096, 255, 4096, 0))
    elif op == INTERRUPT:
        other, = struct.unpack_from("<Q", body)
        if waiting.pop(other, None) is not None:
            answer(other, error=errno.EINTR)
    elif op in (RELEASE, RELEASEDIR, FLUSH, DESTROY):
        answer(unique)
    elif op not in (FORGET, BATCH_FORGET):
        answer(unique, error=errno.ENOSYS)


libc = ctypes.CDLL(None, use_errno=True)
options = b"fd=%d,rootmode=40000,user_id=0,group_id=0" % fd
if libc.mount(b"ktcp-test", mountpoint.encode(), b"fuse", 0, options):
    sys.exit("mount: " + os.strerror(ctypes.get_errno()))
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
try:
    while True:
        if select.select([fd], [], [], 0.05)[0]:
            try:
                request = os.read(fd, 1 << 18)
            except FileNotFoundError:   # it was interrupted
                continue
            _, op, unique, node = struct.unpack_from("<2I2Q", request)
            serve(op, unique, node, request[40:])
        if waiting and os.path.exists(go):
            for unique in list(waiting):
                answer(unique, waiting.pop(unique))
except OSError as e:
    if e.errno != errno.ENODEV:     # unmounted
        raise
finally:
    libc.umount2(mountpoint.encode(), 2)    # MNT_DETACH
