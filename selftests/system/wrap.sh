#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# More than 4 GiB over one connection, each way: sequence numbers come round, and what
# counts bytes does not. Every byte is looked at.
. "$(dirname "$0")/lib.sh"

GIB=5
BYTES=$((GIB << 30))

# wrap.py down|up HOST BYTES: so much of chargen, whose first 64 KiB (RFC 864) come over
# and over; or as much to discard, whose end is heard of when all of it was read
cat >"$tmp/wrap.py" <<'PY'
import socket, sys
how, host, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
chars = bytes(range(32, 127)) * 2
lines = b"".join(chars[i:i + 72] + b"\r\n" for i in range(95)) * 10
block = memoryview(lines[:65536] * 4)
s = socket.create_connection((host, 19 if how == "down" else 9), 60)
done = 0
if how == "up":
    while done < size:
        done += s.send(block[:size - done])
    s.shutdown(socket.SHUT_WR)
    if s.recv(1):
        sys.exit("bytes came back")
else:
    got = memoryview(bytearray(len(block)))
    while done < size:
        n = 0
        while n < len(got):
            now = s.recv_into(got[n:])
            if not now:
                sys.exit("ended after %d bytes" % (done + n))
            n += now
        if got != block:
            sys.exit("other bytes after %d" % done)
        done += n
print(done)
PY

# how many segments the client's kernel sent again, so far
again() { on client awk '$1 == "Tcp:" { v = $13 } END { print v }' /proc/net/snmp; }
# What it sends again although it came, because this machine was slow, is the only
# thing that lies before the window.
none_but_doubles()
{
	local by=$(($(grown server InUnacceptable) + $(grown server PawsDrops))) doubles=$(($(again) - before))
	echo "InUnacceptable and PawsDrops grew by $by, the client sent $doubles again"
	[ "$by" -le "$doubles" ]
}

if has_checkers; then
	skip "$GIB GiB" "hours on this kernel; wire/output has sequence numbers come round under KASAN"
	finish
fi
load
run insmod "$TEST_KO"
lab
for service in discard chargen; do
	run on server bash -c "echo listen $service >/proc/ktcp_test"
done

remember server
check "$GIB GiB come, every byte right" on client python3 "$tmp/wrap.py" down $S4 $BYTES
check 'as many are counted' grew server OutOctets $BYTES
before=$(again)
remember server	# who has had enough resets
check "$GIB GiB are taken" on client python3 "$tmp/wrap.py" up $S4 $BYTES
check_says 'as many are counted' "^$BYTES\$" grown server InOctets
check 'none was not acceptable, nor out of date' none_but_doubles
check 'all connections come to an end' wait_for 60 idle server
check 'unloads' bash -c 'rmmod ktcp_test && rmmod ktcp'
finish
