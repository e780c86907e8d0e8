"""Run a command, adopt what it leaves behind, and reap none of it: careless_parent.py COMMAND..."""
import ctypes
import os
import signal
import sys

PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
pid = os.spawnvp(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
os.waitpid(pid, 0)
signal.pause()
