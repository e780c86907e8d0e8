"""A message bus with systemd on it, as far as a runtime sees one: fake_systemd.py SOCKET CGROUP-HIERARCHY LOG [HOW].

Every byte is read as the D-Bus specification has it, and what is not as it says ends the connection. Scopes are real
directories with the processes in them. Each call becomes a line of JSON in LOG. HOW: "refuses", "fails" or "silent".
"""
import json
import os
import socket
import struct
import sys
import threading

path, hierarchy, log_path, how = (sys.argv + [""])[1:5]
units = {}
ALIGN = {"y": 1, "g": 1, "v": 1, "n": 2, "q": 2, "b": 4, "i": 4, "u": 4, "s": 4, "o": 4, "a": 4, "t": 8, "x": 8, "d": 8, "(": 8}


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def align(self, to):
        end = (self.at + to - 1) // to * to
        assert self.data[self.at:end] == b"\0" * (end - self.at), "padding is not zero"
        self.at = end

    def fixed(self, code, size):
        self.align(size)
        value, = struct.unpack_from("<" + code, self.data, self.at)
        self.at += size
        return value

    def text(self, length):
        value = self.data[self.at:self.at + length]
        assert len(value) == length and b"\0" not in value and self.data[self.at + length] == 0, "a text without its end"
        self.at += length + 1
        return value.decode()

    def value(self, sig):
        kind = sig[0]
        if kind in "so":
            return self.text(self.fixed("I", 4))
        if kind == "g":
            return self.text(self.fixed("B", 1))
        if kind == "v":
            inner = self.text(self.fixed("B", 1))
            assert next_type(inner) == inner, "a variant holds one value"
            return self.value(inner)
        if kind == "b":
            number = self.fixed("I", 4)
            assert number in (0, 1), "a boolean is 0 or 1"
            return bool(number)
        if kind == "a":
            length = self.fixed("I", 4)
            self.align(ALIGN[sig[1]])
            end, items = self.at + length, []
            while self.at < end:
                items.append(self.value(sig[1:]))
            assert self.at == end, "the array is longer than it says"
            return items
        if kind == "(":
            self.align(8)
            inner, items = sig[1:-1], []
            while inner:
                first = next_type(inner)
                items.append(self.value(first))
                inner = inner[len(first):]
            return items
        return self.fixed({"y": "B", "i": "i", "u": "I", "t": "Q"}[kind], {"y": 1, "i": 4, "u": 4, "t": 8}[kind])


def next_type(sig):
    """The first complete type of a signature."""
    if sig[0] == "a":
        return "a" + next_type(sig[1:])
    if sig[0] != "(":
        return sig[0]
    depth = 0
    for i, c in enumerate(sig):
        depth += (c == "(") - (c == ")")
        if depth == 0:
            return sig[:i + 1]
    raise AssertionError("a bracket is open")


def pad(data, to):
    return data + b"\0" * (-len(data) % to)


def text(value):
    value = value.encode()
    return struct.pack("<I", len(value)) + value + b"\0"


def field(data, code, sig, value):
    data = pad(data, 8) + bytes([code, 1]) + sig.encode() + b"\0"
    if sig == "u":
        return data + struct.pack("<I", value)
    return data + (bytes([len(value)]) + value.encode() + b"\0" if sig == "g" else text(value))


class Peer(threading.Thread):
    def __init__(self, connection):
        super().__init__(daemon=True)
        self.connection, self.serial = connection, 0

    def read(self, n):
        data = b""
        while len(data) < n:
            more = self.connection.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def line(self):
        data = b""
        while not data.endswith(b"\r\n"):
            data += self.read(1)
        return data[:-2].decode()

    def send(self, kind, fields, sig="", body=b""):
        self.serial += 1
        head = b""
        for f in fields + ([(8, "g", sig)] if sig else []):
            head = field(head, *f)
        message = struct.pack("<cBBBIII", b"l", kind, 0, 1, len(body), self.serial, len(head)) + head
        self.connection.sendall(pad(message, 8) + body)

    def answer(self, to, sig="", body=b""):
        self.send(2, [(5, "u", to)], sig, body)

    def refuse(self, to, name, words):
        self.send(3, [(5, "u", to), (4, "s", name)], "s", text(words))

    def job(self, to, unit, result="done"):
        job = "/org/freedesktop/systemd1/job/77"
        self.answer(to, "o", text(job))
        if how != "silent":
            body = struct.pack("<I", 76) + text("/org/freedesktop/systemd1/job/76")
            self.signal(pad(pad(body, 4) + text("other.service"), 4) + text("failed"))
            body = struct.pack("<I", 77) + text(job)
            self.signal(pad(pad(body, 4) + text(unit), 4) + text(result))

    def signal(self, body):
        self.send(4, [(1, "o", "/org/freedesktop/systemd1"), (2, "s", "org.freedesktop.systemd1.Manager"), (3, "s", "JobRemoved")], "uoss", body)

    def run(self):
        try:
            assert self.read(1) == b"\0", "the first byte"
            words = self.line().split()
            assert words[:2] == ["AUTH", "EXTERNAL"] and bytes.fromhex(words[2]).decode() == str(os.getuid()), words
            self.connection.sendall(b"OK 0123456789abcdef0123456789abcdef\r\n")
            assert self.line() == "BEGIN"
            while True:
                self.message()
        except EOFError:
            pass
        except Exception as e:  # the caller sees the connection end, and the story this line
            note({"broken": repr(e)})
        self.connection.close()

    def message(self):
        head = self.read(16)
        endian, kind, _, version, length, serial, fields_length = struct.unpack("<cBBBIII", head)
        assert endian == b"l" and kind == 1 and version == 1 and serial > 0
        rest = self.read((fields_length + 7) // 8 * 8)
        reader, fields = Reader(head + rest), {}
        reader.at = 12
        for code, value in reader.value("a(yv)"):
            fields[code] = value
        reader.align(8)
        body = Reader(self.read(length))
        sig, args = fields.get(8, ""), []
        while sig:
            first = next_type(sig)
            args.append(body.value(first))
            sig = sig[len(first):]
        assert body.at == length, "the body is longer than its signature"
        self.call(serial, fields, args)

    def call(self, serial, fields, args):
        member = fields[3]
        note({"member": member, "interface": fields[2], "to": fields[6], "args": args})
        if member == "Hello":
            self.answer(serial, "s", text(":1.7"))
        elif member in ("AddMatch", "Subscribe", "SetUnitProperties"):
            self.answer(serial)
        elif member == "Get":
            self.answer(serial, "v", b"\x01s\0\0" + text("/user.slice"))
        elif how == "refuses" and member == "StartTransientUnit":
            self.refuse(serial, "org.freedesktop.DBus.Error.AccessDenied", "you may not")
        elif member == "StartTransientUnit":
            self.start_unit(serial, args[0], dict(args[2]))
        elif member == "ResetFailedUnit" and units.get(args[0]) == "failed":
            del units[args[0]]
            self.answer(serial)
        elif member == "StopUnit" and args[0] in units:
            try:
                os.rmdir(units.pop(args[0]))
            except OSError:
                pass
            self.job(serial, args[0])
        else:
            self.refuse(serial, "org.freedesktop.systemd1.NoSuchUnit", f"Unit {args[0]} not loaded.")

    def start_unit(self, serial, name, properties):
        if name in units:
            return self.refuse(serial, "org.freedesktop.systemd1.UnitExists", f"Unit {name} was already loaded.")
        slices = properties["Slice"][:-len(".slice")].split("-")
        place = "/".join([hierarchy] + ["-".join(slices[:i + 1]) + ".slice" for i in range(len(slices))] + [name])
        os.makedirs(place, exist_ok=True)
        for pid in properties["PIDs"]:
            with open(place + "/cgroup.procs", "w", encoding="ascii") as f:
                f.write(str(pid))
        units[name] = place
        self.job(serial, name, "failed" if how == "fails" else "done")


def note(what):
    with open(log_path, "a", encoding="utf-8") as log:
        log.write(json.dumps(what) + "\n")


units.update({name: "failed" for name in os.environ.get("FAILED_UNITS", "").split()})
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(8)
while True:
    Peer(listener.accept()[0]).start()
