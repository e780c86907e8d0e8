"""crun refuses a hybrid hierarchy whose version 2 holds a controller, as the reference machine's does (hugetlb)."""
import os
import pathlib
import subprocess
import sys

HELD = pathlib.Path("/sys/fs/cgroup/unified/cgroup.controllers")


def make_room():
    """Go on in a mount namespace of our own, in which version 2 seems to hold none. Nobody else feels it."""
    if "CLEAT_ROOM_FOR_CRUN" not in os.environ:
        os.execvpe("unshare", ["unshare", "--mount", sys.executable, *sys.argv], dict(os.environ, CLEAT_ROOM_FOR_CRUN="1"))
    if HELD.exists() and HELD.read_text().strip():
        subprocess.run(["mount", "--bind", "/dev/null", str(HELD)], check=True)
