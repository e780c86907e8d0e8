"""Listen on a console socket, take one terminal from it, and read until TEXT: console.py PATH TEXT."""
import array
import os
import select
import socket
import sys
import time

path, text = sys.argv[1:]
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(1)
listener.settimeout(20)
peer, _ = listener.accept()
fds = array.array("i")
data, control, _, _ = peer.recvmsg(4096, socket.CMSG_SPACE(fds.itemsize))
assert data, "an empty message"
fds.frombytes(control[0][2][:fds.itemsize])
end, seen = time.monotonic() + 10, b""
while text.encode() not in seen and time.monotonic() < end:
    if select.select([fds[0]], [], [], 0.2)[0]:
        seen += os.read(fds[0], 4096)
sys.stdout.write(seen.decode())
sys.exit(0 if text.encode() in seen else 1)
