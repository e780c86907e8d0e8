#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""walk.py STEPS SEED: random operations on eight containers, daemon and shims killed in between.

A model says what each container must be after each step; the kernel says whether it lives: its program
holds a lock, and says so in a file when another one had it. Environment: W, CLEAT_CONFIG, CLEAT_BIN.
"""
import json, os, random, signal, subprocess, sys, time, traceback, uuid

from walk_model import POLICIES, Container

STEPS, SEED = int(sys.argv[1]), int(sys.argv[2])
W, CLEAT = os.environ["W"], os.path.join(os.environ["CLEAT_BIN"], "cleat")
PROGRAM = ('exec 9>>/data/lock; flock -n 9 || echo double >> /data/double; rm -f /data/sick /data/end; echo began; '
           'echo x >> /data/starts; trap "exit 0" TERM; %s')
LIVES = "while [ ! -e /data/end ]; do sleep 0.2; done; exit $(cat /data/end)"
FAILS = "sleep 0.1; exit 1"
SICK = ["--health-cmd", "test ! -e /data/sick", "--health-interval", "200ms", "--health-retries", "1",
        "--on-unhealthy", "restart", "--stop-timeout", "5"]
rng = random.Random(SEED)
log = []
with open(os.path.join(os.environ["CLEAT_BIN"], "cleatd"), "rb") as program:
    REBOOTS = b"CLEAT_BOOT_ID" in program.read()  # only a build with fail points believes that there was one


def fail(text):
    print("seed %d, after %d steps: %s" % (SEED, len(log), text))
    print("\n".join(log[-25:]))
    with open(os.path.join(W, "state", "cleatd.log")) as f:
        said = [line for line in f if "after failure" not in line and "status 1," not in line]
    print("--- cleatd.log\n" + "".join(said[-60:]))
    sys.exit(1)


def cleat(*args):
    return subprocess.run([CLEAT, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)


def must(*args):
    r = cleat(*args)
    if r.returncode != 0:
        fail("cleat %s: %d: %s%s" % (" ".join(args), r.returncode, r.stdout, r.stderr))
    return r.stdout


def inspect(names):
    if not names:
        return {}
    r = cleat("inspect", *names)
    try:
        return {c["Name"].lstrip("/"): c for c in json.loads(r.stdout or "[]")}
    except ValueError:
        fail("inspect said %r, %r" % (r.stdout[:300], r.stderr[:300]))


def look(c):
    return inspect([c.name])[c.name]


def lines(path):
    try:
        with open(path) as f:
            return len(f.readlines())
    except FileNotFoundError:
        return 0


def holder(c):
    """The process that holds the lock, 0: none."""
    try:
        inode = os.stat(os.path.join(c.dir, "lock")).st_ino
    except FileNotFoundError:
        return 0
    with open("/proc/locks") as locks:
        for line in locks:
            if line.split()[-3].split(":")[-1] == str(inode) and "FLOCK" in line and "->" not in line:
                return int(line.split()[-4])
    return 0


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return ") Z" not in f.read()
    except OSError:
        return False


def daemon_pid():
    try:
        with open(os.path.join(W, "state", "cleatd.lock")) as f:
            pid = int(f.read())
    except (OSError, ValueError):
        return 0
    return pid if alive(pid) else 0


def end_daemon(sig):
    pid = daemon_pid()
    if not pid:
        return
    os.kill(pid, sig)
    until(lambda: not alive(pid), "the daemon to end")  # a shim may have started another one by then


def until(holds, what, seconds=20):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            fail("waited in vain for %s\n%s" % (what, must("ps", "-a")))
        time.sleep(0.01)


# ---- what the machine says, against the model ------------------------------------------------------
def wrong(c, seen):
    found = seen.get(c.name)
    if c.state == "absent":
        return "it is still there" if found else ("it still lives" if holder(c) else None)
    if not found:
        return "it is lost"
    status = found["State"]["Status"]
    if status not in ("created", "running", "paused", "restarting", "exited"):
        return "its state is " + status
    if found["HostConfig"]["Memory"] != c.memory << 20:
        return "its memory is %d and should be %d MiB" % (found["HostConfig"]["Memory"], c.memory)
    if c.short:
        return None
    if status != c.state:
        return "it is %s and should be %s: %s" % (status, c.state, found["State"]["Restart"])
    lives = holder(c) != 0
    if lives != c.lives:
        return "it is %s and %s" % (status, "lives" if lives else "does not live")
    if c.checked and status == "running" and found["State"]["Health"]["Status"] == "unhealthy":
        return "it is unhealthy"
    return None


def check(cs):
    end = time.monotonic() + 20
    while True:
        seen = inspect([c.name for c in cs if c.state != "absent"])
        extra = set(must("ps", "-a", "--names").split()) - {c.name for c in cs if c.state != "absent"}
        bad = [(c.name, w) for c in cs for w in [wrong(c, seen)] if w] + [(n, "nobody made it") for n in extra]
        for c in cs:
            if os.path.exists(os.path.join(c.dir, "double")):
                fail(c.name + " has lived twice at once")
        if not bad:
            return
        if time.monotonic() > end:
            fail("%s: %s" % bad[0])
        time.sleep(0.02)


def check_log(c):
    """Each life says one line before it counts itself: none of them is lost, and none is there twice."""
    if not c.logs or c.state == "absent" or not os.path.exists(os.path.join(c.dir, "starts")):
        return
    until(lambda: must("logs", c.name).count("began\n") >= lines(os.path.join(c.dir, "starts")),
          "the log of %s to have each of its lives" % c.name)
    starts, said = lines(os.path.join(c.dir, "starts")), must("logs", c.name)
    if said.count("began\n") > starts + c.ends + c.lives or said.replace("began\n", ""):
        fail("%s started %d times, ended %d times, and its log says %r" % (c.name, starts, c.ends, said))


# ---- operations ------------------------------------------------------------------------------------
def arguments(c):
    for name in os.listdir(c.dir):
        os.unlink(os.path.join(c.dir, name))
    others = [o.name for o in Container.all
              if o.n < c.n and o.state != "absent" and not o.short and o.needs() != "missing"]
    policy = "always" if c.short else rng.choice(list(POLICIES))
    driver = rng.choice([None, None, "json-file", "cri", "none"])
    args = ["--name", c.name, "--restart", policy, "--restart-opt", "delay-initial=20ms", "--restart-opt",
            "delay-max=200ms", "-v", c.dir + ":/data", "--rootfs", W + "/rootfs:O"]
    if driver:
        args += ["--log-driver", driver]
    if not c.short and rng.random() < 0.3:
        args += SICK
        c.checked = True
    if others and not c.short and rng.random() < 0.3:
        args += ["--after", rng.choice(others)]
    if others and not c.short and rng.random() < 0.3:
        c.requires = rng.choice(others)
        args += ["--requires", c.requires]
    c.policy, c.logs = policy, driver != "none" and not c.short
    return args + ["sh", "-c", PROGRAM % (FAILS if c.short else LIVES)]


def make(c, verb):
    must(verb, *(["-d"] if verb == "run" else []), *arguments(c))
    c.state = "created"
    if verb == "run":
        c.begins(by_hand=True)


def start(c):
    if c.begins(by_hand=True):
        must("start", c.name)
    elif cleat("start", c.name).returncode == 0:
        fail("%s was started without %s" % (c.name, c.requires))


def stop(c):
    must("stop", "-t", rng.choice(["0", "5"]), c.name)
    if c.lives:
        c.ended("manual", manual=True)
    c.manual = True


def kill_manual(c):
    must("kill", "-s", "KILL", c.name)
    c.ended("manual", manual=True)


def kill_init(c):
    begun(c)
    ended_once(c, "signal", lambda pid: os.kill(pid, signal.SIGKILL))


def let_end(c):
    begun(c)
    status = rng.choice([0, 3])
    ended_once(c, "failure" if status else "clean", lambda pid: say(c, "end", "%d\n" % status))


def sicken(c):
    begun(c)
    ended_once(c, "unhealthy", lambda pid: say(c, "sick", ""))


def say(c, name, text):
    path = os.path.join(c.dir, name)
    with open(path + ".new", "w") as f:
        f.write(text)
    os.rename(path + ".new", path)


def begun(c):
    """Its program is past its first lines."""
    until(lambda: holder(c) and lines(os.path.join(c.dir, "starts")), "%s to hold its lock" % c.name)


def ended_once(c, cause, end):
    """Until the end has been noticed: the old life must not be taken for the new one."""
    found = look(c)
    end(found["State"]["Pid"])
    c.ended(cause)
    if c.state == "running":
        until(lambda: look(c)["RestartCount"] > found["RestartCount"], "%s to be restarted: %s" % (c.name, found))
    elif c.cause == "start-failed":
        until(lambda: look(c)["State"]["Status"] == "exited", "%s to be given up" % c.name)


def shim_of(pid):
    with open("/proc/%d/status" % pid) as f:
        return next(int(line.split()[1]) for line in f if line.startswith("PPid:"))


def kill_shim(c):
    """The program goes on, and another shim takes it over: nothing to see from here."""
    begun(c)
    pid = look(c)["State"]["Pid"]
    shim = shim_of(pid)
    if shim > 1:
        os.kill(shim, signal.SIGKILL)
        if rng.random() < 0.5:
            time.sleep(rng.random() * 0.3)  # or what comes next meets it in the middle
    if look(c)["State"]["Pid"] != pid:
        fail("%s has another process after its shim was killed" % c.name)


def remove(c):
    must("rm", "-f", c.name)
    c.gone()


def rename(c):
    name = "walk%d%s" % (c.n, "" if c.name.endswith("b") else "b")
    must("rename", c.name, name)
    c.name = name


def pause(c):
    must("pause", c.name)
    c.state = "paused"


def unpause(c):
    must("unpause", c.name)
    c.state = "running"


def restart(c):
    must("restart", "-t", "0", c.name)
    c.ends += 1
    c.begins(by_hand=True)


def update(c):
    c.policy = rng.choice(list(POLICIES))
    must("update", "--restart", c.policy, c.name)


def limit(c):
    c.memory = rng.choice([64, 96, 128])
    must("update", "--memory", "%dm" % c.memory, "--memory-swap", "-1", c.name)


def reset(c):
    must("restart-reset", c.name)


def execute(c):
    if must("exec", c.name, "echo", "hello") != "hello\n":
        fail("exec said something else")


def daemon(cs, sig):
    end_daemon(sig)
    must("ps")
    for c in cs:
        c.daemon_came()


def kill_all(cs):
    """Daemon and shims at once: the next daemon adopts all of them."""
    for c in cs:
        if c.lives and not c.short:
            begun(c)
            check_log(c)
    before = {name: found["State"]["Pid"] for name, found in inspect([c.name for c in cs if c.lives]).items()}
    daemon_to_die = daemon_pid()
    for pid in [daemon_to_die] + [shim_of(pid) for pid in before.values() if alive(pid)]:
        if pid > 1:
            os.kill(pid, signal.SIGKILL)
    until(lambda: not alive(daemon_to_die), "the daemon to end")
    must("ps")
    for c in cs:
        if c.lives and not c.short and look(c)["State"]["Pid"] != before[c.name]:
            fail("%s has another process after daemon and shims were killed" % c.name)
        c.daemon_came()


# ---- a reboot of the machine: the disk stays, and nothing else ------------------------------------------
def of_this_world(pid):
    """A program in a container; a shim; or a daemon, also one that a shim has just forked."""
    try:
        program = os.path.basename(os.readlink("/proc/%d/exe" % pid))
        if program and "cleat" not in program:  # a shim's is a sealed copy without a name
            with open("/proc/%d/cgroup" % pid) as f:
                return os.environ["CGP"] + "/" in f.read()
        with open("/proc/%d/environ" % pid) as f, open("/proc/%d/cmdline" % pid) as g:
            return os.environ["CLEAT_CONFIG"] in f.read() or W + "/state" in g.read()
    except OSError:
        return False


def power_off():
    left = [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and alive(int(pid)) and of_this_world(int(pid))]
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return not left


def reboot(cs):
    for c in cs:
        check_log(c)
    # more than once: what forks and ends while we look has left another one
    until(lambda: all(power_off() for _ in range(3)), "everything to be gone")
    subprocess.run("rm -rf --one-file-system \"$W\"/state/default \"$W\"/state/s \"$W\"/state/cleatd.sock; "
                   "find /sys/fs/cgroup -depth -type d -path \"*$CGP/*\" -exec rmdir {} + 2>/dev/null", shell=True)
    os.environ["CLEAT_BOOT_ID"] = str(uuid.UUID(int=rng.getrandbits(128)))
    must("ps")
    for c in cs:
        c.rebooted()


# ---- somebody dies while something is under way -----------------------------------------------------------
def verbs(c):
    policy = rng.choice(list(POLICIES))
    both = [("rm", "-f", c.name), ("update", "--restart", policy, c.name),
            ("rename", c.name, "walk%d%s" % (c.n, "" if c.name.endswith("b") else "b"))]
    if c.state == "running":
        return both + [("stop", "-t", "0", c.name), ("restart", "-t", "0", c.name), ("pause", c.name), ("kill", c.name)]
    if c.state == "paused":
        return both + [("stop", "-t", "0", c.name), ("unpause", c.name)]
    return both + [("start", c.name)] * 3


def in_between(cs, c):
    """What came of it is what is there; what was told is true."""
    check_log(c)
    verb = rng.choice(verbs(c)) if c.state != "absent" else (rng.choice(["create", "run -d"]).split() + arguments(c))
    shim = shim_of(look(c)["State"]["Pid"]) if c.lives else 0
    victims = rng.choice(["daemon", "shim", "both"]) if shim > 1 else "daemon"
    log[-1] += ": %s dies in %s" % (victims, " ".join(verb[:3]))
    p = subprocess.Popen([CLEAT, *verb], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    time.sleep(rng.random() * 0.05)
    if victims != "daemon" and alive(shim):
        os.kill(shim, signal.SIGKILL)
    if victims != "shim":
        end_daemon(signal.SIGKILL)
    told = p.wait(timeout=120)
    must("ps")
    if victims != "shim":
        for other in cs:
            if other is not c:
                other.daemon_came()
    c.logs = c.logs and victims != "both"  # what was in the pipe when its last reader died is gone
    take_over(c, verb, told)


def take_over(c, verb, told):
    names = {"walk%d" % c.n, "walk%db" % c.n}
    time.sleep(0.3)
    until(lambda: settled(c, names), "%s to settle after %s" % (c.name, " ".join(verb)))
    found = list(inspect(sorted(names)).values())
    if len(found) > 1:
        fail("%s is there twice" % c.name)
    if not found:
        if verb[0] not in ("rm", "create", "run") or (told == 0 and verb[0] != "rm"):
            fail("%s is lost in a %s, which said %d" % (c.name, verb[0], told))
        c.gone()
        return
    found = found[0]
    broken = promise_broken(c, verb, found) if told == 0 else None
    if broken:
        fail("%s said that it was done, and %s: %s" % (" ".join(verb), broken, found))
    c.name, c.state = found["Name"].lstrip("/"), found["State"]["Status"]
    c.policy, c.cause = found["HostConfig"]["RestartPolicy"]["Name"], found["State"]["Restart"]["LastCause"]
    c.started, c.ends = c.state != "created", c.ends + 3
    if c.lives and told != 0 and verb[0] not in ("rename", "update"):
        must("restart", "-t", "0", c.name)  # the next daemon may be about to complete what was begun
        c.state = "running"
    if c.lives:
        c.manual = False
    elif c.state == "exited":
        must("stop", c.name)  # whether that had been recorded nobody can know
        c.manual = True


def promise_broken(c, verb, found):
    status, policy = found["State"]["Status"], found["HostConfig"]["RestartPolicy"]["Name"]
    if verb[0] == "rm":
        return "it is there"
    if verb[0] == "rename" and found["Name"].lstrip("/") != verb[2]:
        return "it has the old name"
    if verb[0] == "update" and policy != verb[2]:
        return "it has the old policy"
    if verb[0] in ("start", "restart", "run", "unpause") and status != "running":
        return "it does not run"
    if verb[0] == "pause" and status != "paused":
        return "it is not paused"
    if verb[0] in ("stop", "kill") and status == "running" and policy != "always":
        return "it runs"
    return None


def settled(c, names):
    found = list(inspect(sorted(names)).values())
    return not found or found[0]["State"]["Status"] in ("created", "exited", "paused") or \
        (found[0]["State"]["Status"] == "running" and holder(c) != 0)


# ---- the walk ------------------------------------------------------------------------------------------
def is_keystone(c):
    """One that requires it is itself required."""
    return any(k.requires == c.name and any(m.requires == k.name for m in Container.all) for k in Container.all)


def possible(c):
    """Operations that must work in this state."""
    if c.state == "absent":
        return [make_run, make_create]
    ops = [stop, reset, limit]
    if not is_keystone(c):
        ops += [remove, rename]
    if c.needs() != "missing":
        ops.append(restart)
    if not c.short:
        ops.append(update)
    if c.state in ("created", "exited"):
        ops += [start] * 3
    if c.short:
        return ops
    if c.state == "running":
        ops += [kill_manual, kill_init, kill_init, let_end, kill_shim, kill_shim, pause, execute]
        ops += [sicken] * 3 if c.checked else []
    if c.state == "paused":
        ops += [unpause] * 3 + [kill_shim]
    return ops


def make_run(c):
    make(c, "run")


def make_create(c):
    make(c, "create")


def step(cs):
    roll = rng.random()
    for least, name, act in ((0.04, "kill -9 cleatd", lambda: daemon(cs, signal.SIGKILL)),
                             (0.05, "end cleatd", lambda: daemon(cs, signal.SIGTERM)),
                             (0.06, "kill -9 of all", lambda: kill_all(cs)),
                             (0.07, "reboot", lambda: reboot(cs) if REBOOTS else daemon(cs, signal.SIGKILL))):
        if roll < least:
            log.append(name)
            return act()
    c = rng.choice(cs)
    if roll < 0.15 and not c.short and not c.bound():
        log.append("somebody dies while %s is %s" % (c.name, c.state))
        return in_between(cs, c)
    op = rng.choice(possible(c))
    log.append("%s %s (%s, %s%s)" % (op.__name__, c.name, c.state, c.policy, ", manual" if c.manual else ""))
    op(c)
    check_log(c)


def walk():
    print("seed %d, %d steps" % (SEED, STEPS), flush=True)
    cs = [Container(n, os.path.join(W, "data")) for n in range(8)]
    for _ in range(STEPS):
        step(cs)
        check(cs)
    for c in cs:
        if c.state != "absent":
            remove(c)
    check(cs)


try:
    walk()
except (KeyError, OSError, subprocess.TimeoutExpired):
    fail(traceback.format_exc())
