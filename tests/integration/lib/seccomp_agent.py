#!/usr/bin/env python3
"""An agent for SCMP_ACT_NOTIFY: seccomp_agent.py SOCKET DIR NUMBER=ANSWER...

Each connection's document goes to DIR/N.json, each notified call as one line "NUMBER" to DIR/calls. ANSWER is
what the caller is told: a value, -ERRNO, or "continue".
"""
import array
import errno
import fcntl
import os
import select
import socket
import struct
import sys
import threading

NOTIF_RECV, NOTIF_SEND, CONTINUE = 0xC0502100, 0xC0182101, 1


def answer(listener, number_of, rules, calls):
    poller = select.poll()
    poller.register(listener, select.POLLIN)
    while not poller.poll()[0][1] & select.POLLHUP:
        notif = bytearray(80)
        try:
            fcntl.ioctl(listener, NOTIF_RECV, notif)
        except OSError as e:
            if e.errno == errno.ENOENT:  # it was killed meanwhile
                continue
            raise
        call_id, _, _, nr = struct.unpack_from("QIIi", notif)
        rule = rules.get(nr, "continue")
        with open(calls, "a") as f:
            f.write(f"{number_of} {nr}\n")
        value, error, flags = 0, 0, 0
        if rule == "continue":
            flags = CONTINUE
        elif int(rule) < 0:
            error = int(rule)
        else:
            value = int(rule)
        try:
            fcntl.ioctl(listener, NOTIF_SEND, struct.pack("QqiI", call_id, value, error, flags))
        except OSError as e:
            if e.errno != errno.ENOENT:
                raise
    os.close(listener)


def take(connection):
    text, fds = b"", array.array("i")
    while True:
        data, control, _, _ = connection.recvmsg(65536, socket.CMSG_SPACE(4))
        for level, kind, payload in control:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                fds.frombytes(payload)
        if not data:
            return text, list(fds)
        text += data


def main():
    path, out = sys.argv[1:3]
    rules = {int(k): v for k, v in (rule.split("=", 1) for rule in sys.argv[3:])}
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen()
    number = 0
    while True:
        connection = server.accept()[0]
        text, fds = take(connection)
        connection.close()
        assert len(fds) == 1, f"{len(fds)} descriptors came with {text!r}"
        with open(f"{out}/{number}.part", "wb") as f:
            f.write(text)
        os.rename(f"{out}/{number}.part", f"{out}/{number}.json")
        threading.Thread(target=answer, args=(fds[0], number, rules, f"{out}/calls"), daemon=True).start()
        number += 1


main()
