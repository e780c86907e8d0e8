"""ttrpc.py - containerd's ttrpc and protobuf by hand, so that a test shares no code with what it tests.

A message is a list of (number, value): int for a varint, bytes or str, or a list for a message inside.
Run as a program it prints messages: ttrpc.py bootstrap ID NAMESPACE [SHIM_CGROUP], options SHIM_CGROUP,
decode (standard input, as JSON).
"""
import json
import socket
import struct
import sys

TASK = 'containerd.task.v2.Task'


def varint(n):
    n &= (1 << 64) - 1
    out = b''
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def encode(message):
    out = b''
    for number, value in message:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
            continue
        if isinstance(value, list):
            value = encode(value)
        elif isinstance(value, str):
            value = value.encode()
        out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


def decode(data):
    out, at = [], 0

    def number():
        nonlocal at
        n = shift = 0
        while True:
            byte = data[at]
            at += 1
            n |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return n
    while at < len(data):
        key = number()
        kind = key & 7
        if kind == 0:
            value = number()
        elif kind == 2:
            size = number()
            value = data[at:at + size]
            if len(value) != size:
                raise ValueError('a field ends too early')
            at += size
        else:
            size = {1: 8, 5: 4}[kind]
            value = data[at:at + size]
            at += size
        out.append((key >> 3, value))
    return out


def field(message, number, otherwise=None):
    """The last field of that number in an encoded message."""
    for n, value in decode(message):
        if n == number:
            otherwise = value
    return otherwise


class Client:
    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(address.removeprefix('unix://'))
        self.stream = -1

    def send(self, service, method, payload):
        self.stream += 2
        body = encode([(1, service), (2, method), (3, payload)])
        self.socket.sendall(struct.pack('>IIBB', len(body), self.stream, 1, 0) + body)
        return self.stream

    def frame(self, timeout):
        self.socket.settimeout(timeout)
        head = self.exactly(10)
        return struct.unpack('>IIBB', head), self.exactly(struct.unpack('>I', head[:4])[0])

    def exactly(self, size):
        data = b''
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise ConnectionError('closed')
            data += more
        return data

    def call(self, method, payload, service=TASK, timeout=20):
        """(code, text, answer); code 'timeout' or 'closed' when there was none."""
        try:
            self.send(service, method, payload if isinstance(payload, bytes) else encode(payload))
            _, body = self.frame(timeout)
        except TimeoutError:
            return 'timeout', '', b''
        except (ConnectionError, BrokenPipeError):
            return 'closed', '', b''
        status = field(body, 1, b'')
        return field(status, 1, 0), field(status, 2, b'').decode(), field(body, 2, b'')


def any_of(kind, value):
    return [(1, kind), (2, value)]


def options(cgroup):
    return any_of('containerd.runc.v1.Options', encode([(3, cgroup)]))


def main(words):
    if words[0] == 'decode':
        print(json.dumps([[n, v if isinstance(v, int) else v.decode(errors='replace')]
                          for n, v in decode(sys.stdin.buffer.read())], separators=(",", ":")))
        return
    if words[0] == 'bootstrap':
        message = [(1, words[1]), (2, words[2]), (3, -4), (4, '2.3.0')]
        if len(words) > 3:
            message.append((8, [(1, options(words[3]))]))
    else:
        message = options(words[1])
    sys.stdout.buffer.write(encode(message))


if __name__ == '__main__':
    main(sys.argv[1:])
