"""deaf.py PID SOCKET COUNT - COUNT clients listen to the events of the daemon PID and never read one.

Prints a line when they listen, then at the end of standard input the most memory in MiB that the daemon has had
since then (VmHWM is reset by 5 > clear_refs).
"""
import resource
import socket
import struct
import sys

import ttrpc

pid, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
body = ttrpc.encode([(1, "cleat.v1.System"), (2, "Events"), (3, ttrpc.encode([(1, "default")]))])
held = []
for _ in range(count):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.sendall(struct.pack(">IIBB", len(body), 1, 1, 1) + body)  # a request, and no more will come
    held.append(s)
with open("/proc/%s/clear_refs" % pid, "w") as refs:
    refs.write("5")
print("they listen", flush=True)
sys.stdin.read()
with open("/proc/%s/status" % pid) as status:
    print(int([line for line in status if line.startswith("VmHWM")][0].split()[1]) >> 10)
