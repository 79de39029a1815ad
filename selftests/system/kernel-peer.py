# SPDX-License-Identifier: GPL-2.0
# kernel-peer.py FILE: the kernel's TCP beside ktcp: discard on 10009, FILE again and
# again on 10019
import socket, sys, threading
want = open(sys.argv[1], "rb").read()
def listen(port, serve):
    s = socket.socket(socket.AF_INET6)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("::", port))
    s.listen(8)
    while True:
        c, _ = s.accept()
        threading.Thread(target=serve, args=(c,), daemon=True).start()
def discard(c):
    while c.recv(262144):
        pass
    c.close()
def send(c):
    try:
        while True:
            c.sendall(want)
    except OSError:
        c.close()
threading.Thread(target=listen, args=(10009, discard), daemon=True).start()
listen(10019, send)
