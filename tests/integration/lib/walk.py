#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""walk.py STEPS SEED: random operations on eight containers, daemon and shims killed in between.

A model says what each container must be after each step; the kernel says whether it lives: its program
holds a lock, and says so in a file when another one had it. Environment: W, CLEAT_CONFIG, CLEAT_BIN.
"""
import json, os, random, signal, subprocess, sys, time

STEPS, SEED = int(sys.argv[1]), int(sys.argv[2])
W, CLEAT = os.environ["W"], os.path.join(os.environ["CLEAT_BIN"], "cleat")
POLICIES = ["no", "always", "unless-stopped", "on-failure", "on-boot"]
PROGRAM = ('exec 9>>/data/lock; flock -n 9 || echo double >> /data/double; echo x >> /data/starts; '
           'trap "exit 0" TERM; %s')
LIVES = "while :; do sleep 0.2; done"
FAILS = "sleep 0.1; exit 1"
rng = random.Random(SEED)
log = []


class Container:
    def __init__(self, n):
        self.name = "walk%d" % n
        self.short = n >= 6  # two of them fail all the time: only that there are never two is asked
        self.dir = os.path.join(W, "data", self.name)
        os.makedirs(self.dir, exist_ok=True)
        self.gone()

    def gone(self):
        self.state, self.policy, self.manual, self.started = "absent", "no", False, False

    def ended(self, manual):
        """Its program has ended, badly."""
        self.manual = self.manual or manual
        again = not manual and self.policy in ("always", "unless-stopped", "on-failure")
        self.state = "running" if again else "exited"

    def daemon_came(self):
        if self.state != "exited" or not self.started:
            return
        if self.policy == "always":
            self.state, self.manual = "running", False
        elif not self.manual and self.policy in ("unless-stopped", "on-boot", "on-failure"):
            self.state = "running"


def fail(text):
    print("seed %d, after %d steps: %s" % (SEED, len(log), text))
    print("\n".join(log[-25:]))
    with open(os.path.join(W, "state", "cleatd.log")) as f:
        print("--- cleatd.log\n" + "".join(f.readlines()[-40:]))
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
            fail("waited in vain for " + what)
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
    if c.short:
        return None
    if status != c.state:
        return "it is %s and should be %s: %s" % (status, c.state, found["State"]["Restart"])
    lives = holder(c) != 0
    if lives != (c.state in ("running", "paused")):
        return "it is %s and %s" % (status, "lives" if lives else "does not live")
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


# ---- operations ------------------------------------------------------------------------------------
def make(c, verb):
    for name in ("lock", "double", "starts"):
        if os.path.exists(os.path.join(c.dir, name)):
            os.unlink(os.path.join(c.dir, name))
    policy = "always" if c.short else rng.choice(POLICIES)
    args = ["--name", c.name, "--restart", policy, "--restart-opt", "delay-initial=20ms", "--restart-opt",
            "delay-max=200ms", "-v", c.dir + ":/data", "--rootfs", W + "/rootfs:O",
            "sh", "-c", PROGRAM % (FAILS if c.short else LIVES)]
    must(verb, *(["-d"] if verb == "run" else []), *args)
    c.policy, c.manual = policy, False
    c.state, c.started = ("running", True) if verb == "run" else ("created", False)


def start(c):
    must("start", c.name)
    c.state, c.manual, c.started = "running", False, True


def stop(c):
    must("stop", "-t", rng.choice(["0", "5"]), c.name)
    if c.state in ("running", "paused"):
        c.state = "exited"
    c.manual = True


def kill_manual(c):
    must("kill", "-s", "KILL", c.name)
    c.ended(True)


def kill_init(c):
    until(lambda: holder(c), "%s to hold its lock" % c.name)
    os.kill(inspect([c.name])[c.name]["State"]["Pid"], signal.SIGKILL)
    ended_once(c)


def ended_once(c):
    """Until the end has been noticed: the old life must not be taken for the new one."""
    before = c.state
    c.ended(False)
    if c.state == "running":
        count = c.count
        until(lambda: inspect([c.name])[c.name]["RestartCount"] > count or before == "created",
              "%s to be restarted" % c.name)


def kill_shim(c):
    """The program goes on, and another shim takes it over: nothing to see from here."""
    until(lambda: holder(c), "%s to hold its lock" % c.name)
    pid = inspect([c.name])[c.name]["State"]["Pid"]
    with open("/proc/%d/status" % pid) as f:
        shim = next(int(line.split()[1]) for line in f if line.startswith("PPid:"))
    if shim > 1:
        os.kill(shim, signal.SIGKILL)
        if rng.random() < 0.5:
            time.sleep(rng.random() * 0.3)  # or what comes next meets it in the middle
    if inspect([c.name])[c.name]["State"]["Pid"] != pid:
        fail("%s has another process after its shim was killed" % c.name)


def remove(c):
    must("rm", "-f", c.name)
    c.gone()


def pause(c):
    must("pause", c.name)
    c.state = "paused"


def unpause(c):
    must("unpause", c.name)
    c.state = "running"


def restart(c):
    must("restart", "-t", "0", c.name)
    c.state, c.manual, c.started = "running", False, True


def update(c):
    c.policy = rng.choice(POLICIES)
    must("update", "--restart", c.policy, c.name)


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


def daemon_in_between(cs, c):
    """The daemon dies while something is under way; what came of it is what is there."""
    verb = rng.choice(["start", "stop", "rm"] if c.state == "exited" else ["stop", "rm", "restart"])
    args = {"stop": ["-t", "0"], "restart": ["-t", "0"], "rm": ["-f"]}.get(verb, [])
    p = subprocess.Popen([CLEAT, verb, *args, c.name], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    time.sleep(rng.random() * 0.05)
    end_daemon(signal.SIGKILL)
    told = p.wait(timeout=120)
    must("ps")
    for other in cs:
        if other is not c:
            other.daemon_came()
    time.sleep(0.3)
    until(lambda: settled(c), "%s to settle after %s" % (c.name, verb))
    found = inspect([c.name]).get(c.name)
    if not found:
        if verb != "rm":
            fail("%s is lost in a %s" % (c.name, verb))
        c.gone()
        return
    c.state = found["State"]["Status"]
    if told == 0 and verb == "rm":
        fail("rm said that %s is gone" % c.name)
    c.manual = c.state == "exited"
    c.started = True


def settled(c):
    found = inspect([c.name]).get(c.name)
    return not found or found["State"]["Status"] in ("created", "exited", "paused") or \
        (found["State"]["Status"] == "running" and holder(c) != 0)


def possible(c):
    """Operations that must work in this state."""
    if c.state == "absent":
        return [lambda: make(c, "run"), lambda: make(c, "create")]
    ops = [lambda: remove(c), lambda: stop(c), lambda: restart(c), lambda: reset(c)]
    if not c.short:
        ops.append(lambda: update(c))
    if c.state in ("created", "exited"):
        ops += [lambda: start(c)] * 3
    if c.short:
        return ops
    if c.state == "running":
        ops += [lambda: kill_manual(c), lambda: kill_init(c), lambda: kill_init(c), lambda: kill_shim(c),
                lambda: pause(c), lambda: execute(c)]
    if c.state == "paused":
        ops += [lambda: unpause(c)] * 3 + [lambda: kill_shim(c)]
    return ops


def step(cs):
    roll = rng.random()
    if roll < 0.05:
        log.append("kill -9 cleatd")
        return daemon(cs, signal.SIGKILL)
    if roll < 0.07:
        log.append("end cleatd")
        return daemon(cs, signal.SIGTERM)
    c = rng.choice(cs)
    if roll < 0.12 and not c.short and c.state in ("running", "exited") and c.started:
        log.append("kill -9 cleatd while %s is %s" % (c.name, c.state))
        return daemon_in_between(cs, c)
    op = rng.choice(possible(c))
    name = op.__code__.co_names[0]
    log.append("%s %s (%s, %s%s)" % (name, c.name, c.state, c.policy, ", manual" if c.manual else ""))
    if name == "kill_init":
        c.count = inspect([c.name])[c.name]["RestartCount"]
    op()


def main():
    print("seed %d, %d steps" % (SEED, STEPS), flush=True)
    cs = [Container(n) for n in range(8)]
    for n in range(STEPS):
        step(cs)
        check(cs)
    for c in cs:
        if c.state != "absent":
            remove(c)
    check(cs)


main()
