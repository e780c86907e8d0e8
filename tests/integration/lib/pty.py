"""Drive a program on a terminal: pty.py ROWS COLS [SCRIPT...] -- COMMAND...

SCRIPT words: `expect:TEXT` waits for TEXT (10 s), `send:TEXT` types it (\\n, \\x03 understood),
`resize:ROWSxCOLS`, `kill:SIGNAL`. Prints what the program wrote; exits with its status; says
"terminal not restored" and exits 99 when the line discipline differs afterwards.
"""
import fcntl
import os
import select
import signal
import struct
import sys
import termios
import time

rows, cols = int(sys.argv[1]), int(sys.argv[2])
cut = sys.argv.index("--")
script, command = sys.argv[3:cut], sys.argv[cut + 1:]
master, slave = os.openpty()


def size(r, c):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", r, c, 0, 0))


size(rows, cols)
before = termios.tcgetattr(slave)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(slave, fd)
    os.closerange(3, 64)
    os.execvp(command[0], command)
seen, mark = b"", 0


def pump(seconds):
    global seen
    if select.select([master], [], [], seconds)[0]:
        try:
            seen += os.read(master, 65536)
        except OSError:
            return False
    return True


for word in script:
    kind, _, text = word.partition(":")
    if kind == "expect":
        end = time.monotonic() + 10
        while text.encode() not in seen[mark:]:
            if time.monotonic() > end:
                sys.stdout.write(seen.decode(errors="replace"))
                os.kill(pid, signal.SIGKILL)
                sys.exit("\nnever saw %r" % text)
            pump(0.1)
        mark += seen[mark:].index(text.encode()) + len(text)
    elif kind == "send":
        os.write(master, text.encode().decode("unicode_escape").encode())
    elif kind == "resize":
        size(*map(int, text.split("x")))
        os.kill(pid, signal.SIGWINCH)
    elif kind == "kill":
        os.kill(pid, getattr(signal, "SIG" + text))
end = time.monotonic() + 20
while True:
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        break
    if time.monotonic() > end:
        os.kill(pid, signal.SIGKILL)
        sys.stdout.write(seen.decode(errors="replace"))
        sys.exit("\nthe program did not end")
    pump(0.05)
pump(0)
sys.stdout.write(seen.decode(errors="replace"))
if termios.tcgetattr(slave) != before:
    print("terminal not restored")
    sys.exit(99)
sys.exit(os.waitstatus_to_exitcode(status) & 255)
