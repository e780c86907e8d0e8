#!/usr/bin/env python3
"""Restarts: from a program's exit to the first instruction of the next one, beside dockerd and podman.

usage: tests/bench/restart.py [--bin build/bin] [--docker DIR] [--restarts 4] [--rounds 5]

Policy `always`, delay 0 where that can be said; docker cannot, so its delay (100 ms, doubled each time) is taken off
what was measured. Engines take turns. Debian's docker.io need not be installed: `apt-get download docker.io && dpkg -x
docker.io_*.deb DIR`, and --docker DIR. What does not run here is left out and said.
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
parser.add_argument("--docker", help="a directory that holds usr/sbin/dockerd")
parser.add_argument("--restarts", type=int, default=4, help="of one container; docker's delay doubles with each")
parser.add_argument("--rounds", type=int, default=5)
args = parser.parse_args()
work = tempfile.mkdtemp(prefix="cleat-bench-restart.")
place = os.environ["PATH"]
os.environ["PATH"] = "%s:%s:/usr/sbin:/sbin" % (os.path.abspath(args.bin), place)
if args.docker:
    os.environ["PATH"] += ":%s/usr/sbin:%s/usr/bin" % (args.docker, args.docker)
os.environ["CLEAT_CONFIG"] = work + "/cleat.ini"
RUN_MS = 150  # each run of the program: longer than any engine's bookkeeping after a start


def sh(*command, **kw):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kw)
    if done.returncode:
        raise OSError("%s: %s" % (" ".join(command[:3]), done.stderr.strip().split("\n")[-1]))
    return done.stdout.strip()


def first_line(*command):
    try:
        return sh(*command).splitlines()[0]
    except (OSError, IndexError):
        return "not installed"


class Cleat:
    name = "cleat"
    version = ("cleat", "--version")
    opts = [w for o in ("delay-initial=0", "multiplier-percent=100", "jitter-percent=0") for w in ("--restart-opt", o)]

    def run(self, name, *command):
        sh("cleat", "run", "-d", "--name", name, "--restart", "always", *self.opts, "-v", work + "/times:/times",
           "bench:1", *command)

    def start(self):
        sh("cleat", "image", "import", work + "/root.tar", "bench:1")

    def remove(self, name):
        sh("cleat", "rm", "-f", name)

    def delay(self, _restart):
        return 0

    def end(self):
        for name in sh("cleat", "ps", "-aq").split():
            self.remove(name)
        for line in sh("cleat", "version").splitlines():
            if "pid" in line.lower():
                os.kill(int(line.split()[-1]), signal.SIGTERM)
        for own in pathlib.Path("/sys/fs/cgroup").glob("*/cleat-bench-restart-%d" % os.getpid()):
            own.rmdir()


class Docker:
    name = "dockerd"
    version = ("dockerd", "--version")

    def start(self):
        self.host = "unix://%s/docker.sock" % work
        if not shutil.which("dockerd"):
            raise OSError("dockerd is not installed (see --docker)")
        with open(work + "/docker.log", "w") as log:
            self.process = subprocess.Popen(
                ["dockerd", "--data-root", work + "/docker", "--exec-root", work + "/docker-exec", "-H", self.host, "-p", work + "/docker.pid",
                 "--iptables=false", "--ip6tables=false", "--bridge=none", "--ip-forward=false", "--ip-masq=false"],
                stdout=log, stderr=log)
        for _ in range(300):
            if subprocess.run(["docker", "-H", self.host, "version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
                sh("docker", "-H", self.host, "import", work + "/root.tar", "bench:1")
                return
            time.sleep(0.1)
        raise OSError("dockerd did not start: see %s/docker.log" % work)

    def run(self, name, *command):
        sh("docker", "-H", self.host, "run", "-d", "--network", "none", "--name", name, "--restart", "always",
           "-v", work + "/times:/times", "bench:1", *command)

    def remove(self, name):
        sh("docker", "-H", self.host, "rm", "-f", name)

    def delay(self, restart):
        return 100 * 2 ** restart

    def end(self):
        self.process.terminate()
        self.process.wait()


class Podman:
    name = "podman"
    version = ("podman", "--version")
    command = ["podman", "--root", work + "/podman", "--runroot", work + "/podman-run", "--storage-driver", "overlay",
               "--cgroup-manager", "cgroupfs", "--events-backend", "none"]

    def __init__(self, runtime):
        self.name = "podman, " + runtime
        self.runtime = shutil.which(runtime)

    def start(self):
        sh(*self.command, "import", work + "/root.tar", "bench:1")

    def run(self, name, *command):
        sh(*self.command, "--runtime", self.runtime, "run", "-d", "--network", "none", "--ulimit", "nofile=20000:20000", "--ulimit",
           "nproc=32768:32768", "--name", name, "--restart", "always", "-v", work + "/times:/times", "bench:1", *command)

    def remove(self, name):
        sh(*self.command, "rm", "-f", "-t", "0", name)

    def delay(self, _restart):
        return 0

    def end(self):
        subprocess.run([*self.command, "system", "reset", "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def times():
    """(began, ended) of each run so far, in ns; the last line may be half of one."""
    with open(work + "/times") as f:
        return [tuple(map(int, line.split())) for line in f if line.endswith("\n")]


def one_round(engine, name):
    """ms from each end to the next beginning, the engine's own delay taken off."""
    open(work + "/times", "w").close()
    engine.run(name, "/program", "/times", str(RUN_MS))
    limit = time.monotonic() + 60
    while len(times()) <= args.restarts:
        if time.monotonic() > limit:
            raise OSError("no %d restarts within a minute" % args.restarts)
        time.sleep(0.05)
    engine.remove(name)
    runs = times()
    return [(runs[i + 1][0] - runs[i][1]) / 1e6 - engine.delay(i) for i in range(args.restarts)]


def main():
    with open(work + "/cleat.ini", "w") as f:
        f.write("[cleat]\nroot = %s/data\nstate = %s/state\ncgroup-parent = /cleat-bench-restart-%d\n" % (work, work, os.getpid()))
    for d in ("dev", "proc", "sys", "tmp", "etc"):
        os.makedirs(work + "/root/" + d)
    open(work + "/root/times", "w").close()
    sh("cc", "-O2", "-static", "-o", work + "/root/program", str(top / "tests/bench/restart.c"))
    sh("tar", "-C", work + "/root", "-cf", work + "/root.tar", ".")
    engines = [Cleat(), Docker(), Podman("crun"), Podman("runc")]
    here, results = [], {}
    for engine in engines:
        try:
            engine.start()
            one_round(engine, "warm-" + engine.name.replace(", ", "-"))
            here.append(engine)
            results[engine.name] = []
        except OSError as e:
            print("%s is left out: %s" % (engine.name, e))
    for i in range(args.rounds):
        for engine in here:
            results[engine.name] += one_round(engine, "round-%d" % i)
    print("%s, %d CPUs, Linux %s" % (os.uname().machine, os.cpu_count(), os.uname().release))
    for engine in here:
        print("  %s: %s" % (engine.name, first_line(*engine.version)))
    print("\nFrom exit to the next program's first instruction (%d restarts, medians, engine's delay taken off)" % (args.rounds * args.restarts))
    ours = statistics.median(results["cleat"])
    for name, measured in results.items():
        middle = statistics.median(measured)
        print("  %-16s %8.2f ms   least %8.2f ms   cleat is %.2f x" % (name, middle, min(measured), ours / middle))
        if name != "cleat":
            print("  bar: cleat at most 0.25 x %s: %s (%.2f; of the least ones %.2f)" % (
                name, "met" if ours <= 0.25 * middle else "missed", ours / middle, min(results["cleat"]) / min(measured)))
    for engine in here:
        engine.end()


try:
    main()
finally:
    shutil.rmtree(work, ignore_errors=True)
