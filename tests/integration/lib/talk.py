#!/usr/bin/env python3
"""talk.py SOCKET: send standard input to a unix socket, say that there is no more, print the answer."""
import socket
import sys

with socket.socket(socket.AF_UNIX) as s:
    s.settimeout(10)
    s.connect(sys.argv[1])
    try:
        s.sendall(sys.stdin.buffer.read())
        s.shutdown(socket.SHUT_WR)
        while part := s.recv(65536):
            sys.stdout.buffer.write(part)
    except (BrokenPipeError, ConnectionResetError):
        pass
