#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""swap.py A B - exchange two names again and again, as fast as it goes, until it is told to end; says how often."""
import ctypes
import os
import signal
import sys

RENAME_EXCHANGE = 2
AT_FDCWD = -100
libc = ctypes.CDLL(None, use_errno=True)
going = True


def end(_signal, _frame):
    global going
    going = False


signal.signal(signal.SIGTERM, end)
a, b = (name.encode() for name in sys.argv[1:3])
times = 0
while going:
    if libc.renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) < 0:
        sys.exit(f"renameat2: {os.strerror(ctypes.get_errno())}")
    times += 1
print(times)
