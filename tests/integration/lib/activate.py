#!/usr/bin/env python3
"""activate.py PATH COMMAND...: what systemd does for a socket unit: listen at PATH, then run COMMAND with
the socket as descriptor 3. PATH '-' passes a file that is no socket; '@tcp' one of another family."""
import os
import socket
import sys

path = sys.argv[1]
if path == "-":
    fd = os.open("/etc/passwd", os.O_RDONLY)
else:
    listener = socket.socket(socket.AF_INET if path == "@tcp" else socket.AF_UNIX)
    listener.bind(("127.0.0.1", 0) if path == "@tcp" else path)
    if path != "@tcp":
        os.chmod(path, 0o600)
    listener.listen(64)
    fd = listener.detach()
if fd != 3:
    os.dup2(fd, 3)
    os.close(fd)
os.set_inheritable(3, True)
os.environ["LISTEN_FDS"] = "1"
os.environ["LISTEN_PID"] = str(os.getpid())
os.execvp(sys.argv[2], sys.argv[2:])
