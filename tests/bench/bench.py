#!/usr/bin/env python3
"""Benchmarks: ratios within one run, because these machines are noisy and absolute times mean little.

usage: tests/bench/bench.py [--bin build/bin] [--rounds 20] [--containers 100] [PART...]
parts: run (engine against ctr), oci (cleat-oci against crun, runc, bwrap and the floor), shim (ours against
runc's, under containerd and alone), memory (idle containers)

Prints the machine, versions, raw medians in ms and the ratios. Commands take turns, so that a slow
moment hits all of them. Needs root, busybox-static and what it compares with; what is not installed
is left out and said.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

parser = argparse.ArgumentParser()
top = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(top / "tests/integration/lib"))
import crun  # noqa: E402  what the stories have too
from ttrpc import Client, any_of, encode, field  # noqa: E402

parser.add_argument("--bin", default=str(top / "build/bin"))
parser.add_argument("--rounds", type=int, default=20)
parser.add_argument("--containers", type=int, default=100)
parser.add_argument("--check", action="store_true", help="exit 1 when a gated figure misses its bar")
parser.add_argument("parts", nargs="*", default=["run", "oci", "shim", "memory"])
args = parser.parse_args()
crun.make_room()
work = tempfile.mkdtemp(prefix="cleat-bench.")
started = []
missed = []
least = {}  # of the last series: what a busy machine disturbs least
os.environ["PATH"] = "%s:%s:/usr/sbin:/sbin" % (os.path.abspath(args.bin), os.environ["PATH"])
os.environ["CLEAT_CONFIG"] = work + "/cleat.ini"


def sh(*command, check=True, **kw):
    return subprocess.run(command, check=check, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kw)


def first_line(*command):
    try:
        done = sh(*command, check=False)
        return (done.stdout or done.stderr).splitlines()[0]
    except (OSError, IndexError):
        return "not installed"


def busybox_root(path):
    for d in ("bin", "dev", "proc", "sys", "tmp", "etc"):
        os.makedirs(path + "/" + d, exist_ok=True)
    shutil.copy("/bin/busybox", path + "/bin/busybox")
    for applet in ("sh", "true", "sleep", "cat"):
        os.symlink("busybox", path + "/bin/" + applet)


def in_turn(commands, rounds):
    """Median wall time in ms of each of {name: function}, one round after another."""
    times = {name: [] for name in commands}
    for _ in range(rounds + 1):
        for name, run in commands.items():
            begin = time.perf_counter()
            run()
            times[name].append((time.perf_counter() - begin) * 1000)
    for name, t in times.items():
        least[name] = min(t[1:])
    return {name: statistics.median(t[1:]) for name, t in times.items()}  # the first round warms up


def table(title, medians, base):
    print("\n%s (medians of %d in turn)" % (title, args.rounds))
    for name, ms in sorted(medians.items(), key=lambda item: item[1]):
        print("  %-44s %9.2f ms   %6.2f x   least %7.2f ms   %6.2f x" % (name, ms, ms / medians[base], least[name], least[name] / least[base]))


def quiet(*command):
    def run():
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode:
            raise SystemExit("%s: %s" % (" ".join(command), done.stderr.decode()))
    return run


def detached(*command):
    """What it starts keeps the streams: nothing that somebody waits to see closed."""
    null = subprocess.DEVNULL
    if subprocess.run(command, stdin=null, stdout=null, stderr=null).returncode:
        raise SystemExit("%s failed" % " ".join(command))


def works(*command):
    """Not every runtime can do this machine's cgroups: leave those out, and say so."""
    done = sh(*command, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        print("%s is left out: %s" % (command[0], done.stderr.strip().splitlines()[-1:]))
    return done.returncode == 0


def start_containerd():
    if started:
        return work + "/cd.sock"
    config = work + "/containerd.toml"
    with open(config, "w") as f:
        f.write('version = 2\nroot = "%s/cd-root"\nstate = "%s/cd-state"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
                '[grpc]\n address = "%s/cd.sock"\n' % (work, work, work))
    daemon = subprocess.Popen(["containerd", "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    started.append(daemon)
    for _ in range(200):
        if sh("ctr", "-a", work + "/cd.sock", "version", check=False).returncode == 0:
            return work + "/cd.sock"
        time.sleep(0.05)
    raise SystemExit("containerd did not start")


def part_run():
    root = work + "/busybox"
    sh("cleat", "image", "import", root, "bench:1")
    commands = {"cleat run --rm (image, overlay)": quiet("cleat", "run", "--rm", "bench:1", "/bin/true"),
                "cleat run --rm --rootfs": quiet("cleat", "run", "--rm", "--rootfs", root, "/bin/true")}
    base = "cleat run --rm (image, overlay)"
    if shutil.which("ctr"):
        sock = start_containerd()
        n = iter(range(1 << 30))

        def ctr(*runtime):
            quiet("ctr", "-a", sock, "run", "--rm", *runtime, "--rootfs", root, "b%d" % next(n), "/bin/true")()
        commands["ctr run --rm (containerd-shim-runc-v2)"] = lambda: ctr()
        base = "ctr run --rm (containerd-shim-runc-v2)"
        commands["ctr run --rm, our shim"] = lambda: ctr("--runtime", "io.containerd.cleat.v2")
    medians = in_turn(commands, args.rounds)
    table("Run a container and remove it", medians, base)
    if "ctr" in base:
        ratio = medians["cleat run --rm (image, overlay)"] / medians[base]
        print("  bar: cleat run --rm at most 0.20 x ctr: %s (%.2f)" % ("met" if ratio <= 0.2 else "missed", ratio))


def bundle(name, edit=lambda config: None):
    path = work + "/" + name
    os.makedirs(path)
    sh("cleat-oci", "spec", "-b", path)
    with open(path + "/config.json") as f:
        config = json.load(f)
    config["process"]["terminal"] = False
    config["process"]["args"] = ["/bin/true"]
    config["root"] = {"path": work + "/busybox", "readonly": True}
    config["linux"].pop("cgroupsPath", None)
    edit(config)
    with open(path + "/config.json", "w") as f:
        json.dump(config, f)
    return path


def plain(config):
    """As `runc spec` has it: no seccomp profile, no cgroup namespace."""
    config["linux"].pop("seccomp", None)
    config["linux"]["namespaces"] = [n for n in config["linux"]["namespaces"] if n["type"] != "cgroup"]


def sleeper(config):
    plain(config)
    config["process"]["args"] = ["/bin/sleep", "10000"]


def compile_floor():
    """The least that a container can cost, and the unit that issue 3 counts in."""
    if not shutil.which("cc"):
        return None
    sh("cc", "-O2", "-static", "-o", work + "/floor", str(top / "tests/bench/floor.c"))
    return quiet(work + "/floor", work + "/busybox", "/bin/true")


class Runtime:
    """One OCI runtime, with a root of its own and ids that are never used twice."""

    def __init__(self, name):
        self.name = name
        self.command = [name, "--root", "%s/%s-root" % (work, name)]
        self.ids = iter(range(1 << 30))
        self.sleeper = self.id()

    def id(self):
        return "%s-%d-%d" % (self.name, os.getpid(), next(self.ids))  # it names a cgroup too

    def run(self, path):
        quiet(*self.command, "run", "-b", path, self.id())()

    def three(self, path):
        n = self.id()
        detached(*self.command, "create", "-b", path, n)
        quiet(*self.command, "start", n)()
        for _ in range(2000):  # nobody else waits for it: until it has ended
            if json.loads(sh(*self.command, "state", n).stdout)["status"] == "stopped":
                break
        quiet(*self.command, "delete", n)()

    def works(self, path):
        return shutil.which(self.name) and works(*self.command, "run", "-b", path, self.id())


def compare(title, commands, bars):
    """A table, and each bar as (name of the figure, of what it is a part, the part at most)."""
    medians = in_turn(commands, args.rounds)
    table(title, medians, bars[0][0])
    for figure, of, most in bars:
        if figure in medians and of in medians:
            ratio = medians[figure] / medians[of]
            print("  bar: %s at most %.2f x %s: %s (%.2f; of the least ones %.2f)" % (
                figure, most, of, "met" if ratio <= most else "missed", ratio, least[figure] / least[of]))


def part_oci():
    path = bundle("bundle", plain)
    runtimes = [r for r in map(Runtime, ("cleat-oci", "crun", "runc")) if r.works(path)]
    commands = {r.name + " run": lambda r=r: r.run(path) for r in runtimes}
    floor = compile_floor()
    if floor:
        commands["floor"] = floor
    if shutil.which("bwrap"):
        commands["bwrap"] = quiet("bwrap", "--ro-bind", work + "/busybox", "/", "--proc", "/proc", "--dev", "/dev", "--unshare-all", "/bin/true")
    compare("One OCI bundle, /bin/true", commands,
            [("cleat-oci run", "crun run", 0.35), ("cleat-oci run", "runc run", 0.2), ("cleat-oci run", "floor", 2.2)])
    compare("create, start and delete as three commands (with the waiting between)",
            {r.name + " three": lambda r=r: r.three(path) for r in runtimes}, [("cleat-oci three", "crun three", 0.4)])
    oci_exec(runtimes)
    oci_seccomp(runtimes, path)
    oci_calls(runtimes, path)


def oci_exec(runtimes):
    path = bundle("sleeper", sleeper)
    commands = {}
    for r in runtimes:
        detached(*r.command, "run", "-d", "-b", path, r.sleeper)
        commands[r.name + " exec"] = quiet(*r.command, "exec", r.sleeper, "/bin/true")
    try:
        compare("exec of /bin/true", commands, [("cleat-oci exec", "crun exec", 0.4)])
    finally:
        for r in runtimes:
            sh(*r.command, "delete", "-f", r.sleeper, check=False)


def oci_seccomp(runtimes, path):
    full = bundle("full", lambda config: config["linux"].update(
        namespaces=[n for n in config["linux"]["namespaces"] if n["type"] != "cgroup"]))
    ours = runtimes[0]

    def cold():
        shutil.rmtree(ours.command[2] + "/.plugins", ignore_errors=True)
        ours.run(full)
    commands = {"without a filter": lambda: ours.run(path), "with the default profile": lambda: ours.run(full), "the same, not cached": cold}
    for r in runtimes[1:]:
        if r.name == "crun":
            commands["crun with it"] = lambda r=r: r.run(full)
    compare("cleat-oci run and the default seccomp profile", commands,
            [("with the default profile", "without a filter", 1.1), ("the same, not cached", "crun with it", 1.0)])


def oci_calls(runtimes, path):
    if not shutil.which("strace"):
        return
    print("\nSystem calls of one run (strace -f -c)")
    for r in runtimes:
        out = work + "/strace"
        sh("strace", "-f", "-c", "-o", out, *r.command, "run", "-b", path, r.id(), check=False, stdin=subprocess.DEVNULL)
        total = [line.split() for line in open(out) if line.rstrip().endswith("total")]
        print("  %-44s %9s" % (r.name, total[0][3] if total else "?"))


SHIMS = {"containerd-shim-runc-v2": "io.containerd.runc.v2", "our shim": "io.containerd.cleat.v2"}


def quick_exec(client, container, process, n):
    """Exec, Start, Wait, Delete, as containerd asks for them."""
    for method, fields in (("Exec", [(2, "e%d" % n), (7, process)]), ("Start", [(2, "e%d" % n)]),
                           ("Wait", [(2, "e%d" % n)]), ("Delete", [(2, "e%d" % n)])):
        code, text, answer = client.call(method, [(1, container), *fields])
        if code != 0 or (method == "Wait" and field(answer, 1, 0) != 0):
            raise SystemExit("%s: %s %s" % (method, code, text))


def bench_exec(sock):
    commands = {}
    process = any_of("types.containerd.io/opencontainers/runtime-spec/1/Process",
                     json.dumps({"args": ["/bin/true"], "cwd": "/", "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0}}))
    n = iter(range(1 << 30))
    ids = {}
    for name, runtime in SHIMS.items():
        ids[name] = "exec%d" % len(ids)
        quiet("ctr", "-a", sock, "run", "-d", "--runtime", runtime, "--rootfs", work + "/busybox", ids[name], "/bin/sleep", "1000")()
        with open("%s/cd-state/io.containerd.runtime.v2.task/default/%s/address" % (work, ids[name])) as f:
            client = Client(f.read())
        commands["exec through " + name] = lambda c=client, i=ids[name]: quick_exec(c, i, process, next(n))
    medians = in_turn(commands, args.rounds)
    table("Exec, Start, Wait, Delete of /bin/true, asked of the shim itself", medians, "exec through containerd-shim-runc-v2")
    for i in ids.values():
        quiet("ctr", "-a", sock, "task", "rm", "-f", i)()
        quiet("ctr", "-a", sock, "container", "rm", i)()


def read_all(fd):
    total = 0
    while True:
        data = os.read(fd, 1 << 20)
        if not data:
            return total
        total += len(data)


MEGABYTES = 1024
PRODUCER = ["dd", "if=/dev/zero", "bs=64k", "count=%d" % (MEGABYTES * 16)]


def through_pipe():
    producer = subprocess.Popen(["/bin/busybox", *PRODUCER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    read_all(producer.stdout.fileno())
    producer.wait()


def through_container(n):
    """The same program in a container that writes to a pipe of ours: what its cgroup costs, without any shim."""
    home = "%s/pipe%d" % (work, n)
    output_bundle(home)
    producer = subprocess.Popen(["cleat-oci", "--root", work + "/pipe-root", "run", "-b", home, "pipe%d" % n],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    read_all(producer.stdout.fileno())
    producer.wait()


def output_bundle(home):
    os.makedirs(home)
    sh("cleat-oci", "spec", "-b", home)
    with open(home + "/config.json") as f:
        config = json.load(f)
    config["process"].update(terminal=False, args=["/bin/busybox", *PRODUCER])
    config["root"] = {"path": work + "/busybox"}
    with open(home + "/config.json", "w") as f:
        json.dump(config, f)


def through_shim(shim, n):
    """A container of a shim without a daemon writes to a fifo, from Start to end of file."""
    home = "%s/out%d" % (work, n)
    output_bundle(home)
    os.mkfifo(home + "/log")
    os.mkfifo(home + "/out")
    os.mkfifo(home + "/err")
    held = [os.open(home + name, os.O_RDWR) for name in ("/log", "/err")]  # runc's shim wants readers of both
    flags = [shim, "-namespace", "default", "-address", work + "/none.sock", "-publish-binary", "/bin/true", "-id", "out%d" % n, "-bundle", home]
    client = Client(sh(*flags, "start", cwd=home, stdin=subprocess.DEVNULL).stdout.strip())
    reader = os.open(home + "/out", os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reader, True)
    options = any_of("containerd.runc.v1.Options", encode([(7, work + "/runc")]))
    for method, fields in (("Create", [(2, home), (6, home + "/out"), (7, home + "/err"), (10, options)]), ("Start", [])):
        code, text, _ = client.call(method, [(1, "out%d" % n), *fields])
        if code != 0:
            raise SystemExit("%s of %s: %s" % (method, shim, text))
    begin = time.perf_counter()
    ended = threading.Thread(target=lambda: [client.call("Wait", [(1, "out%d" % n)]), client.call("Delete", [(1, "out%d" % n)])])
    ended.start()
    total = read_all(reader)
    seconds = time.perf_counter() - begin
    ended.join()
    client.call("Shutdown", [(1, "out%d" % n)])
    subprocess.run([*flags, "delete"], cwd=home, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    for fd in (reader, *held):
        os.close(fd)
    if total != MEGABYTES << 20:
        raise SystemExit("%s: %d bytes arrived" % (shim, total))
    return seconds


def bench_output():
    n = iter(range(1 << 30))
    rates = {"a bare pipe": [], "a pipe from a container, no shim": [], "containerd-shim-runc-v2": [], "our shim": []}
    for _ in range(3):
        begin = time.perf_counter()
        through_pipe()
        rates["a bare pipe"].append(MEGABYTES / (time.perf_counter() - begin))
        begin = time.perf_counter()
        through_container(next(n))
        rates["a pipe from a container, no shim"].append(MEGABYTES / (time.perf_counter() - begin))
        rates["containerd-shim-runc-v2"].append(MEGABYTES / through_shim("containerd-shim-runc-v2", next(n)))
        rates["our shim"].append(MEGABYTES / through_shim("containerd-shim-cleat-v2", next(n)))
    best = {name: max(r) for name, r in rates.items()}
    print("\nStandard output of a program to a fifo's reader, %d MB (best of 3)" % MEGABYTES)
    for name, rate in best.items():
        print("  %-44s %9.0f MB/s %5.2f x" % (name, rate, rate / best["a bare pipe"]))


def bench_starts(sock):
    n = iter(range(1 << 30))
    rates = {}
    for name, runtime in SHIMS.items():
        begin = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda i, r=runtime: quiet("ctr", "-a", sock, "run", "--rm", "--runtime", r, "--rootfs", work + "/busybox",
                                                     "s%d" % i, "/bin/true")(), [next(n) for _ in range(100)]))
        rates[name] = 100 / (time.perf_counter() - begin)
    print("\n100 x ctr run --rm of /bin/true, 8 in parallel")
    for name, rate in rates.items():
        print("  %-44s %9.1f /s   %5.2f x" % (name, rate, rate / rates["containerd-shim-runc-v2"]))


def bench_sizes(sock):
    """Idle shims under containerd: ours beside runc's."""
    count = 20
    print("\n%d idle shims of each kind under containerd (kB, mean each)" % count)
    for name, runtime in SHIMS.items():
        ids = ["m%d-%s" % (i, runtime.split(".")[2]) for i in range(count)]
        for i in ids:
            quiet("ctr", "-a", sock, "run", "-d", "--null-io", "--runtime", runtime, "--rootfs", work + "/busybox", i, "/bin/sleep", "1000")()
        pids = [int(line.split()[1]) for line in sh("ctr", "-a", sock, "task", "ls").stdout.splitlines() if line.split()[0] in ids]
        shims = sorted({parent(p) for p in pids})
        time.sleep(2)
        each = [smaps(p) for p in shims]
        threads = statistics.mean(len(os.listdir("/proc/%d/task" % p)) for p in shims)
        print("  %-30s %s  threads %.0f" % (name, "  ".join("%s %.0f" % (f, statistics.mean(e[f] for e in each)) for f in FIELDS), threads))
        for i in ids:
            quiet("ctr", "-a", sock, "task", "rm", "-f", i)()
            quiet("ctr", "-a", sock, "container", "rm", i)()


def part_shim():
    if not shutil.which("ctr"):
        print("\nno containerd here: the shims are not compared")
        return
    sock = start_containerd()
    bench_exec(sock)
    bench_output()
    bench_starts(sock)
    bench_sizes(sock)


FIELDS = ("Pss", "Rss", "Private_Dirty")


def parent(pid):
    return next(int(line.split()[1]) for line in open("/proc/%d/status" % pid) if line.startswith("PPid:"))


def smaps(pid):
    fields = {}
    for line in open("/proc/%d/smaps_rollup" % pid):
        words = line.split()
        if words[0][:-1] in FIELDS:
            fields[words[0][:-1]] = int(words[1])
    return fields


def at_rest(shims):
    """Means of the shims once they have given back what the start took: that is soon, not at once."""
    for _ in range(20):
        each = [smaps(p) for p in shims]
        mean = {name: statistics.mean(e[name] for e in each) for name in FIELDS}
        if mean["Private_Dirty"] <= 150:
            break
        time.sleep(0.5)
    return mean


def part_memory():
    sh("cleat", "image", "import", work + "/busybox", "bench:1")
    ids = [sh("cleat", "run", "-d", "bench:1", "/bin/sleep", "10000").stdout.strip() for _ in range(args.containers)]
    pids = [json.loads(sh("cleat", "inspect", i).stdout)[0]["State"]["Pid"] for i in ids]
    shims = sorted({parent(p) for p in pids})
    daemon = [int(line.split()[-1]) for line in sh("cleat", "version").stdout.splitlines() if "pid" in line.lower()][:1]
    mean = at_rest(shims)
    print("\n%d idle containers, %d shims (kB, mean each)" % (len(ids), len(shims)))
    for name, limit in (("Pss", 200), ("Rss", 1600), ("Private_Dirty", 150)):
        print("  shim %-15s %9.0f" % (name, mean[name]))
        # the pages that all share are few for each of a hundred, not for each of ten
        if name == "Rss" or (name == "Pss" and len(shims) >= 100):
            bar("shim %s <= %d kB" % (name, limit), mean[name] <= limit)
    # where pages begin is the linker's and chance's doing: the gate has four of them to spare
    print("  bar: shim Private_Dirty <= 150 kB: %s" % ("met" if mean["Private_Dirty"] <= 150 else "missed"))
    bar("shim Private_Dirty <= 166 kB", mean["Private_Dirty"] <= 166)
    threads = max(len(os.listdir("/proc/%d/task" % p)) for p in shims)
    print("  shim threads            %2d" % threads)
    bar("one thread", threads == 1)
    if daemon:
        print("  cleatd %-13s %9d" % ("Rss", smaps(daemon[0])["Rss"]))
        bar("cleatd RSS <= 12288 kB", smaps(daemon[0])["Rss"] <= 12288)
    if shutil.which("strace"):
        watched = [subprocess.Popen(["strace", "-f", "-qq", "-e", "trace=all", "-o", "%s/idle.%d" % (work, p), "-p", str(p)],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for p in shims[:5] + daemon]
        time.sleep(10)
        for tracer in watched:
            tracer.send_signal(signal.SIGINT)
            tracer.wait()
        calls = sum(1 for f in pathlib.Path(work).glob("idle.*") for line in open(f)
                    if "(" in line and "resumed" not in line and "<detached" not in line and "unfinished" not in line)
        print("  system calls of cleatd and 5 shims in 10 s: %d" % calls)
        bar("no process wakes up while idle", calls == 0)
    sh("cleat", "rm", "-f", *ids)


def bar(name, met):
    print("  bar: %s: %s" % (name, "met" if met else "MISSED"))
    if not met:
        missed.append(name)


def finish():
    ids = sh("cleat", "ps", "-aq", check=False).stdout.split()
    if ids:
        sh("cleat", "rm", "-f", *ids, check=False)
    pids = [int(line.split()[-1]) for line in sh("cleat", "version", check=False).stdout.splitlines() if "pid" in line.lower()]
    for p in pids[:1]:
        os.kill(p, signal.SIGTERM)
    for daemon in started:
        daemon.terminate()
        daemon.wait()
    for own in list(pathlib.Path("/sys/fs/cgroup").glob("*/cleat-bench-%d" % os.getpid())):
        own.rmdir()
    shutil.rmtree(work, ignore_errors=True)


with open(work + "/cleat.ini", "w") as f:
    f.write("[cleat]\nroot = %s/root\nstate = %s/state\ncgroup-parent = /cleat-bench-%d\n" % (work, work, os.getpid()))
busybox_root(work + "/busybox")
print("machine: %d cores, %s, kernel %s" % (os.cpu_count(), first_line("sh", "-c", "grep -m1 'model name' /proc/cpuinfo | cut -d: -f2"),
                                             os.uname().release))
for tool in (("cleat", "version"), ("cleat-oci", "--version"), ("crun", "--version"), ("runc", "--version"), ("bwrap", "--version"),
             ("containerd", "--version"), ("podman", "--version")):
    print("  " + first_line(*tool))
try:
    for part in args.parts:
        {"run": part_run, "oci": part_oci, "shim": part_shim, "memory": part_memory}[part]()
finally:
    finish()
sys.exit(1 if args.check and missed else 0)
