"""hostile.py PID SOCKET SERVICE METHOD NAMESPACE ID - what one client must not do to others.

Opens 1 000 connections, sends garbage, never reads; after each the process PID, which listens on SOCKET, must
answer others within five seconds, and in the end have the descriptors and (about) the memory of the beginning.
"""
import os
import resource
import socket
import struct
import sys
import time

import ttrpc

pid, path, service, method, namespace, name = sys.argv[1:7]
request = ttrpc.encode([(1, namespace), (2, name)] if namespace else [(1, name)])
body = ttrpc.encode([(1, service), (2, method), (3, request)])


def memory():
    with open("/proc/%s/status" % pid) as status:
        return int([line for line in status if line.startswith("VmRSS")][0].split()[1])


def descriptors():
    return len(os.listdir("/proc/%s/fd" % pid))


def answers(when):
    end = time.time() + 5
    while True:
        try:
            code, text, _ = ttrpc.Client(path).call(method, request, service, timeout=5)
            break
        except BlockingIOError:
            if time.time() > end:
                sys.exit("%s: nobody can connect" % when)
    if code != 0 or time.time() > end:
        sys.exit("%s: another client hears %s %s" % (when, code, text))


def connect():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(0.2)
    s.connect(path)
    return s


def many():
    """What keeps silent; those that find the queue full are no less hostile."""
    held = []
    for _ in range(1000):
        try:
            held.append(connect())
        except OSError:
            pass
    answers("with %d silent connections" % len(held))
    if len(held) < 100:
        sys.exit("only %d connections could be made" % len(held))


def garbage():
    for size in (1, 9, 10, 11, 1000, 100000):
        for _ in range(10):
            try:
                s = connect()
                s.sendall(os.urandom(size))
            except OSError:
                continue
    answers("after garbage")


def deaf():
    """Ask and ask, and never read an answer."""
    s = connect()
    sent = 0
    try:
        while sent < 200000:
            s.sendall(struct.pack(">IIBB", len(body), 2 * sent + 1, 1, 0) + body)
            sent += 1
    except OSError:
        pass
    if sent == 200000:
        sys.exit("200 000 answers that nobody reads are kept")
    answers("beside one that never reads")
    if memory() > before[1] + 8192:
        sys.exit("one that never reads costs %d kB" % (memory() - before[1]))


resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
answers("at first")
before = descriptors(), memory()
for attack in (many, garbage, deaf):
    attack()
end = time.time() + 10
while descriptors() > before[0]:
    if time.time() > end:
        sys.exit("descriptors: %d before, %d after" % (before[0], descriptors()))
    time.sleep(0.05)
if memory() > before[1] + 2048:
    sys.exit("memory: %d kB before, %d kB after" % (before[1], memory()))
