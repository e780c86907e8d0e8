#!/usr/bin/env python3
"""Logs: how fast a container's output becomes a log, what it costs, and what a follower costs its writer (L6).

usage: tests/bench/logs.py [--bin build/bin] [--mebibytes 512] [--rounds 3]

Bulk output in lines of 100 bytes, no pause. Prints MiB/s and the shim's CPU seconds per GiB for each format, the same with
one `cleat logs -f` that reads along, and conmon's k8s-file (by podman, where it runs) in the same rounds.
"""
import argparse
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

top = pathlib.Path(__file__).resolve().parents[2]
parser = argparse.ArgumentParser()
parser.add_argument("--bin", default=str(top / "build/bin"))
parser.add_argument("--mebibytes", type=int, default=512)
parser.add_argument("--rounds", type=int, default=3)
args = parser.parse_args()
PIECE = 16  # MiB in the file that is written again and again
work = tempfile.mkdtemp(prefix="cleat-bench-logs.")
os.environ["PATH"] = "%s:%s" % (os.path.abspath(args.bin), os.environ["PATH"])
os.environ["CLEAT_CONFIG"] = work + "/cleat.ini"
times = args.mebibytes // PIECE


def sh(*command, **kw):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **kw).stdout.strip()


def cpu(pid):
    """Seconds of CPU that a process has taken."""
    fields = pathlib.Path("/proc/%d/stat" % pid).read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cleat(form, follower):
    """Seconds from the first byte to the last one in the log, and the shim's CPU seconds."""
    run = ["cleat", "run", "-d", "--name", "writer", "--log-driver", form, "-v", work + "/lines:/lines:ro", "--rootfs", work + "/root:O",
           "sh", "-c", "read x < /go; i=0; while [ $i -lt %d ]; do cat /lines; i=$((i+1)); done; echo last" % times]
    os.mkfifo(work + "/go")
    run[run.index("--rootfs"):run.index("--rootfs")] = ["-v", work + "/go:/go"]
    sh(*run)
    pid = int(sh("sh", "-c", "cleat inspect writer | jq '.[0].State.Pid'"))
    shim = int(pathlib.Path("/proc/%d/stat" % pid).read_text().rsplit(") ", 1)[1].split()[1])
    reader = subprocess.Popen(["cleat", "logs", "-f", "writer"], stdout=subprocess.DEVNULL) if follower else None
    began, used = time.perf_counter(), cpu(shim)
    with open(work + "/go", "w") as go:
        go.write("go\n")
    # The writer's end is seen once it has written; the shim may still be at it. Its last state is read while it lives.
    while os.path.exists("/proc/%d" % shim):
        try:
            used_now = cpu(shim)
        except OSError:
            break
        if sh("sh", "-c", "cleat inspect writer | jq -r '.[0].State.Status'") != "running":
            break
        last = used_now
        time.sleep(0.02)
    took = time.perf_counter() - began
    if reader:
        reader.wait()
    sh("cleat", "rm", "writer")
    os.unlink(work + "/go")
    return took, last - used


def conmon():
    """The same writer under podman; None where podman cannot run."""
    run = ["podman", "--root", work + "/podman", "--runroot", work + "/podman-run", "--storage-driver", "vfs", "--cgroup-manager",
           "cgroupfs", "--events-backend", "none", "--runtime", os.path.abspath(args.bin) + "/cleat-oci", "run", "--rm", "--network", "none", "--ulimit",
           "nofile=20000:20000", "--ulimit", "nproc=32768:32768", "--log-driver", "k8s-file", "-v", work + "/lines:/lines:ro",
           "--rootfs", work + "/root", "sh", "-c", "i=0; while [ $i -lt %d ]; do cat /lines; i=$((i+1)); done" % times]
    began = time.perf_counter()
    done = subprocess.run(run, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        print("podman does not run here: %s" % done.stderr.strip().split("\n")[-1])
        return None
    return time.perf_counter() - began, 0


with open(work + "/cleat.ini", "w") as f:
    f.write("[cleat]\nroot = %s/data\nstate = %s/state\ncgroup-parent = /cleat-bench-logs-%d\n" % (work, work, os.getpid()))
with open(work + "/lines", "wb") as f:
    f.write((b"x" * 99 + b"\n") * (PIECE * 1024 * 1024 // 100))
for d in ("bin", "dev", "proc", "sys", "tmp", "etc"):
    os.makedirs(work + "/root/" + d)
shutil.copy("/bin/busybox", work + "/root/bin/busybox")
for applet in ("sh", "cat", "echo"):
    os.symlink("busybox", work + "/root/bin/" + applet)
kinds = {"json-file": lambda: cleat("json-file", False), "json-file, one follower": lambda: cleat("json-file", True),
         "cri": lambda: cleat("cri", False), "none": lambda: cleat("none", False), "conmon, k8s-file": conmon}
results = {kind: [] for kind in kinds}
try:
    for _ in range(args.rounds):
        for kind, run in kinds.items():
            one = run()
            if one:
                results[kind].append(one)
    print("%d MiB in lines of 100 bytes, medians of %d" % (times * PIECE, args.rounds))
    for kind, measured in results.items():
        if measured:
            took = statistics.median(t for t, _ in measured)
            used = statistics.median(u for _, u in measured)
            print("  %-24s %7.0f MiB/s   %s" % (kind, times * PIECE / took,
                                               "%.2f CPU-s/GiB" % (used * 1024 / (times * PIECE)) if used else ""))
finally:
    for name in sh("cleat", "ps", "-aq").split():
        sh("cleat", "rm", "-f", name)
    for line in sh("cleat", "version").splitlines():
        if "pid" in line.lower():
            os.kill(int(line.split()[-1]), signal.SIGTERM)
    for own in pathlib.Path("/sys/fs/cgroup").glob("*/cleat-bench-logs-%d" % os.getpid()):
        own.rmdir()
    subprocess.run(["podman", "--root", work + "/podman", "--runroot", work + "/podman-run", "--storage-driver", "vfs", "unshare", "true"],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shutil.rmtree(work, ignore_errors=True)
