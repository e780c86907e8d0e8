"""Send what no client should send to a ttrpc socket; fail only if the socket is not there."""
import os
import socket
import struct
import sys

path = sys.argv[1]


def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.settimeout(5)
    return s


def frame(stream, kind, data, length=None):
    return struct.pack(">IIBB", len(data) if length is None else length, stream, kind, 0) + data


s = connect()  # noise
try:
    s.sendall(os.urandom(65536))
except OSError:
    pass
s.close()
s = connect()  # half a header, half a body
s.sendall(frame(1, 1, b"")[:5])
s.close()
s = connect()
s.sendall(frame(1, 1, b"x" * 10, 1000))
s.close()
s = connect()  # five megabytes: refused with code 8, and the connection goes on
try:
    s.sendall(frame(1, 1, b"y" * (5 << 20)))
    head = s.recv(10)
    assert len(head) == 10 and head[8] == 2, head
except OSError as e:
    sys.exit("5 MiB were not answered: %s" % e)
s.close()
s = connect()  # an even stream, an undecodable request, an unknown type
s.sendall(frame(2, 1, b"") + frame(3, 1, b"\xff\xff\xff") + frame(5, 9, b"abc"))
assert s.recv(10)[8] == 2
s.close()
many = [connect() for _ in range(100)]  # nobody reads
for s in many:
    s.close()
