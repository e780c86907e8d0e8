#!/usr/bin/env python3
"""The same bundle under cleat-oci, runc and crun: what does a program see in each?

usage: differential.py [--seed N] [--cases N | --seconds N] [--only NAME[,NAME]] [--show] WORK

Cases are made of the features below: first each alone, then some together, chosen by the seed. The program in the
container, witness.sh, prints all that it can see; the hooks of a case print what they are told. What cleat-oci shows
must be what at least one of the others shows. Where it is not, differential-differences.txt must say why; a line there
that no case of a full run (every feature alone) needs is an error too.

WORK: a directory for bundles. crun joins in where it can (crun.py).
"""
import argparse
import fnmatch
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import time

import crun

here = pathlib.Path(__file__).resolve().parent
parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=5)
parser.add_argument("--cases", type=int, help="random ones, after those of one feature each")
parser.add_argument("--seconds", type=float, help="random cases for so long")
parser.add_argument("--only", help="just these features, together")
parser.add_argument("--singles", type=int, default=1, help="every Nth feature alone; 0: none")
parser.add_argument("--show", action="store_true", help="print each case, and where the others differ among each other")
parser.add_argument("--cgroup", default="/cleat-differential-%d" % os.getpid())
parser.add_argument("work")
args = parser.parse_args()
work = pathlib.Path(args.work).resolve()
APPLETS = "sed sh cat ls readlink stat id hostname env pwd grep cut sleep true tr sort head mkdir touch echo".split()
CAPS = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_KILL", "CAP_SETUID", "CAP_SETGID", "CAP_NET_ADMIN", "CAP_SYS_ADMIN", "CAP_AUDIT_WRITE",
        "CAP_SETPCAP", "CAP_MKNOD"]


# ---- the document ------------------------------------------------------------------------------------

def base():
    """What `runc spec` writes, less the terminal."""
    caps = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
    return {
        "ociVersion": "1.0.2",
        "process": {"terminal": False, "user": {"uid": 0, "gid": 0}, "args": ["/bin/sh", "/witness"], "cwd": "/",
                    "env": ["PATH=/bin", "TERM=dumb"], "noNewPrivileges": True,
                    "capabilities": {"bounding": caps, "effective": caps, "permitted": caps},
                    "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}]},
        "root": {"path": "rootfs", "readonly": True},
        "hostname": "here",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
             "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
            {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]},
            {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]},
            {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]}],
        "linux": {
            "resources": {"devices": [{"allow": False, "access": "rwm"}]},
            "namespaces": [{"type": t} for t in ("pid", "network", "ipc", "uts", "mount")],
            "maskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware", "/no/such/path"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]}}


class Case:
    """One document, and what a feature may use to write into it."""

    def __init__(self, rng, place):
        self.rng, self.place, self.c = rng, place, base()
        self.process, self.linux = self.c["process"], self.c["linux"]
        self.resources = self.linux["resources"]

    def mount(self, destination, kind, source, *options):
        self.c["mounts"].append({"destination": destination, "type": kind, "source": source, "options": list(options)})

    def without(self, *kinds):
        self.linux["namespaces"] = [n for n in self.linux["namespaces"] if n["type"] not in kinds]

    def tree(self):
        """A directory of the host to be bound, with a mount below it."""
        return str(self.place / "tree")

    def hook(self, kind, script="", **more):
        log = "/hooklog" if kind in ("startContainer",) else str(self.place / "hooklog")
        text = "{ echo %s; %s cat; echo; } >> %s" % (kind, script, log)
        self.c.setdefault("hooks", {}).setdefault(kind, []).append(dict({"path": "/bin/sh", "args": ["sh", "-c", text]}, **more))

    def seccomp(self, default, *rules, **more):
        self.linux["seccomp"] = dict({"defaultAction": default, "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
                                      "syscalls": list(rules)}, **more)


FEATURES = {}


def feature(name):
    def add(function):
        FEATURES[name] = function
        return function
    return add


def each(name, values, function):
    """A feature for each value: NAME(VALUE)."""
    for value in values:
        label = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        FEATURES["%s(%s)" % (name, label)] = lambda k, value=value: function(k, value)


def put(path, value):
    """A function that sets a member of the document: process.user.umask."""
    def write(k, v=value):
        node = k.c
        *way, last = path.split(".")
        for word in way:
            node = node.setdefault(word, {})
        node[last] = v
    return write


def setting(path, *values):
    write = put(path, None)
    each(path, values, lambda k, v: write(k, v))


# process
setting("process.user.uid", 1000, 4294967294, 4294967295, 4294967296, -1, "0")
setting("process.user.gid", 50, 4242)
setting("process.user.additionalGids", [5, 50], [0], [7, 7, 7], [-1])
setting("process.user.umask", 0, 63, 511)
setting("process.cwd", "/tmp", "/made/by/runtime", "relative", "", "/witness", "/tmp/../etc")
setting("process.noNewPrivileges", False)
setting("process.oomScoreAdj", 0, 500, 1000, 1001)
setting("process.args", [], ["/no/such"], ["nosuch"], ["/etc/passwd"], ["/etc"], ["sh", "/witness"], ["./bin/sh", "/witness"], [""])
setting("process.env", [], ["A=1", "A=2", "PATH=/bin"], ["PATH=/bin", "HOME=/x"], ["PATH=/bin", "nosign"], ["PATH=/nowhere:/bin", "X="], ["PATH=/bin", "HOME="])
setting("process.rlimits", [], [{"type": "RLIMIT_CORE", "soft": 0, "hard": 0}, {"type": "RLIMIT_NPROC", "soft": 100, "hard": 200}],
        [{"type": "RLIMIT_NOFILE", "soft": 20, "hard": 10}], [{"type": "RLIMIT_NOSUCH", "soft": 1, "hard": 1}],
        [{"type": "RLIMIT_CORE", "soft": 1, "hard": 1}, {"type": "RLIMIT_CORE", "soft": 2, "hard": 2}],
        [{"type": "RLIMIT_STACK", "soft": 1048576, "hard": 18446744073709551615}], [{"type": "RLIMIT_NOFILE", "soft": 9000000, "hard": 9000000}])
setting("process.apparmorProfile", "")
setting("process.selinuxLabel", "")
setting("process.capabilities", {}, {"bounding": CAPS}, {"bounding": CAPS, "permitted": CAPS, "effective": ["CAP_KILL"]},
        {"bounding": CAPS, "permitted": CAPS, "inheritable": CAPS, "ambient": CAPS, "effective": CAPS},
        {"bounding": ["CAP_KILL"], "permitted": ["CAP_KILL"], "effective": ["CAP_KILL"], "ambient": ["CAP_KILL"]},
        {"bounding": ["CAP_NOSUCH", "CAP_KILL"]}, {"bounding": ["KILL"]}, {"permitted": ["CAP_KILL"], "effective": ["CAP_KILL"]})
setting("process.scheduler", {"policy": "SCHED_BATCH", "nice": 5})
setting("process.ioPriority", {"class": "IOPRIO_CLASS_BE", "priority": 6})
setting("process.consoleSize", {"height": 10, "width": 20})
setting("process.unknownMember", {"a": 1})


@feature("process.capabilities absent")
def no_caps(k):
    del k.process["capabilities"]


@feature("process.capabilities of a user")
def caps_of_user(k):
    k.process["user"] = {"uid": 1000, "gid": 1000, "additionalGids": [50]}


# top level
setting("ociVersion", "1.0.0", "1.2.0", "2.0.0", "0.9.0", "")
setting("hostname", "", "a.b.c", "x" * 65)
setting("domainname", "dom.example")
setting("annotations", {"a.b/c": "d", "empty": ""})
setting("root.readonly", False)
setting("root.path", "nosuch")  # "/": they make their places on the host
setting("unknownMember", [1, 2, 3])

# namespaces
for kind in ("pid", "network", "ipc", "uts"):  # less mount: crun mounts on the host then
    FEATURES["namespaces less " + kind] = lambda k, kind=kind: k.without(kind)
for kind in ("cgroup", "user", "time"):
    FEATURES["namespaces with " + kind] = lambda k, kind=kind: k.linux["namespaces"].append({"type": kind})
setting("linux.timeOffsets", {"monotonic": {"secs": 100}})


def join(k, kind):
    k.without(kind)
    k.linux["namespaces"].append({"type": kind, "path": "%s/%s" % (k.place / "ns", {"network": "net"}.get(kind, kind))})


each("namespaces joined", ["network", "ipc", "uts", "pid"], join)


@feature("namespaces twice")
def twice(k):
    k.linux["namespaces"].append({"type": "ipc"})


@feature("namespaces of another type")
def wrong_type(k):
    k.without("network")
    k.linux["namespaces"].append({"type": "network", "path": str(k.place / "ns/ipc")})


@feature("namespaces of a path that is none")
def no_ns(k):
    k.without("network")
    k.linux["namespaces"].append({"type": "network", "path": "/no/such/ns"})


@feature("namespaces unknown")
def unknown_ns(k):
    k.linux["namespaces"].append({"type": "moon"})


def user_namespace(k, size):
    k.linux["namespaces"].append({"type": "user"})
    k.linux["uidMappings"] = [{"containerID": 0, "hostID": 100000, "size": size}]
    k.linux["gidMappings"] = [{"containerID": 0, "hostID": 100000, "size": size}]
    k.userns = True


each("user namespace", [65536, 1], user_namespace)


@feature("user namespace of two parts")
def two_parts(k):
    user_namespace(k, 1000)
    for which in ("uidMappings", "gidMappings"):
        k.linux[which].append({"containerID": 1000, "hostID": 300000, "size": 10})
    k.process["user"] = {"uid": 1005, "gid": 1005}


# mounts
WORDS = ("ro rw nosuid suid nodev dev noexec exec noatime atime relatime norelatime strictatime nostrictatime nodiratime diratime sync async "
         "dirsync lazytime nolazytime silent loud iversion noiversion nosymfollow symfollow private rprivate shared rshared slave rslave "
         "unbindable runbindable defaults size=64k mode=700 uid=5 tmpcopyup mand nomand nosuchword=1 remount").split()
each("tmpfs", WORDS, lambda k, w: k.mount("/m", "tmpfs", "tmpfs", w))
each("tmpfs on a directory of its own mode", ["nosuid", "mode=750"], lambda k, w: k.mount("/closed", "tmpfs", "tmpfs", w))
RECURSIVE = ("rro rrw rnosuid rsuid rnodev rdev rnoexec rexec rnoatime ratime rrelatime rnorelatime rstrictatime rnostrictatime rnodiratime "
             "rdiratime rnosymfollow rsymfollow").split()
each("bind", [w for w in WORDS if "=" not in w and w not in ("remount", "tmpcopyup")], lambda k, w: k.mount("/m", "bind", k.tree(), "bind", w))
each("rbind", RECURSIVE + ["ro", "nosuid", "noatime", "rshared", "rslave", "rprivate"],
     lambda k, w: k.mount("/m", "bind", k.tree(), "rbind", w))
FEATURES["bind, no type"] = lambda k: k.c["mounts"].append({"destination": "/m", "source": k.tree(), "options": ["rbind", "ro"]})
FEATURES["bind of a file"] = lambda k: k.mount("/etc/one", "bind", k.tree() + "/file", "bind", "ro")
FEATURES["bind of a file on one that is missing"] = lambda k: k.mount("/made/file", "bind", k.tree() + "/file", "bind")
FEATURES["bind of a relative source"] = lambda k: k.mount("/m", "bind", "relative", "bind")
FEATURES["bind of what is missing"] = lambda k: k.mount("/m", "bind", "/no/such/source", "bind")
FEATURES["bind of a directory on a file"] = lambda k: k.mount("/etc/passwd", "bind", k.tree(), "bind")
FEATURES["bind of a file on a directory"] = lambda k: k.mount("/tmp", "bind", k.tree() + "/file", "bind")
FEATURES["bind through a link"] = lambda k: k.mount("/link/in", "bind", k.tree(), "bind")
FEATURES["bind on a link out"] = lambda k: k.mount("/out", "bind", k.tree(), "bind")
FEATURES["bind below /proc"] = lambda k: k.mount("/proc/uptime", "bind", k.tree() + "/file", "bind")
FEATURES["bind below /proc/self"] = lambda k: k.mount("/proc/self/attr", "bind", k.tree(), "bind")
FEATURES["bind of /dev/null below /dev"] = lambda k: k.mount("/dev/mine", "bind", "/dev/null", "bind")
FEATURES["mount on /"] = lambda k: k.mount("/", "tmpfs", "tmpfs")
FEATURES["mount at a relative place"] = lambda k: k.mount("m", "tmpfs", "tmpfs")
FEATURES["mount of a type that is none"] = lambda k: k.mount("/m", "nosuchfs", "none")
FEATURES["mount without options"] = lambda k: k.c["mounts"].append({"destination": "/m", "type": "tmpfs", "source": "tmpfs"})
FEATURES["mount without a source"] = lambda k: k.c["mounts"].append({"destination": "/m", "type": "tmpfs"})
FEATURES["mount on a place of dots"] = lambda k: k.mount("/tmp/../m/./x", "tmpfs", "tmpfs")
FEATURES["mount of two on one place"] = lambda k: [k.mount("/m", "tmpfs", "one"), k.mount("/m", "tmpfs", "two", "ro")]
FEATURES["mount one below the other"] = lambda k: [k.mount("/m", "tmpfs", "one", "ro"), k.mount("/m/n/o", "tmpfs", "two")]
FEATURES["cgroup mount to be written"] = lambda k: k.c["mounts"][-1]["options"].remove("ro")
FEATURES["sysfs to be written"] = lambda k: k.c["mounts"][-2]["options"].remove("ro")
FEATURES["proc read-only"] = lambda k: k.c["mounts"][0].update(options=["ro", "nosuid"])
FEATURES["proc with hidepid"] = lambda k: k.c["mounts"][0].update(options=["hidepid=2"])
FEATURES["/dev bound"] = lambda k: (k.c["mounts"].__delitem__(slice(1, 5)), k.mount("/dev", "bind", str(k.place / "dev"), "rbind"))
FEATURES["no /dev"] = lambda k: k.c["mounts"].__delitem__(slice(1, 5))
FEATURES["no mounts"] = lambda k: (k.c.__setitem__("mounts", []), k.linux.update(maskedPaths=[], readonlyPaths=[]))
FEATURES["only proc"] = lambda k: (k.c["mounts"].__delitem__(slice(1, None)), k.linux.update(maskedPaths=[], readonlyPaths=[]))

# linux
setting("linux.maskedPaths", [], ["/etc/passwd", "/tmp", "/dev/zero"], ["/link/in"], ["relative"], ["/etc/../etc/group"])
setting("linux.readonlyPaths", [], ["/etc/passwd", "/tmp", "/no/such"], ["relative"])
setting("linux.rootfsPropagation", "private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable", "nosuch", "")
setting("linux.sysctl", {"net.ipv4.ip_forward": "1"}, {"kernel.msgmax": "9000", "fs.mqueue.msg_max": "20"}, {"kernel.panic": "1"},
        {"net.no.such": "1"}, {"kernel.hostname": "x"}, {"kernel.domainname": "dd"}, {"net/ipv4/ip_forward": "1"}, {"vm.swappiness": "1"})
setting("linux.personality", {"domain": "LINUX"}, {"domain": "LINUX32"}, {"domain": "MINIX"})
setting("linux.mountLabel", "")
setting("linux.unknownMember", 1)
setting("linux.devices",
        [{"path": "/dev/mine", "type": "c", "major": 1, "minor": 3, "fileMode": 420, "uid": 7, "gid": 8}],
        [{"path": "/dev/deep/er", "type": "b", "major": 254, "minor": 0}], [{"path": "/dev/pipe", "type": "p", "fileMode": 384}],
        [{"path": "/tmp/dev", "type": "u", "major": 1, "minor": 5}], [{"path": "/dev/null", "type": "c", "major": 1, "minor": 3, "fileMode": 384}],
        [{"path": "/dev/bad", "type": "x", "major": 1, "minor": 3}], [{"path": "relative", "type": "c", "major": 1, "minor": 3}])
setting("linux.resources.devices", [], [{"allow": True, "access": "rwm"}],
        [{"allow": False, "access": "rwm"}, {"allow": True, "type": "b", "major": 254, "access": "r"}],
        [{"allow": False, "access": "rwm"}, {"allow": True, "type": "c", "major": 1, "minor": 11, "access": "rw"},
         {"allow": False, "type": "c", "major": 1, "minor": 11, "access": "w"}],
        [{"allow": True, "type": "q", "access": "r"}], [{"allow": True, "type": "c", "access": "xyz"}])
setting("linux.resources.memory", {"limit": 67108864}, {"limit": 67108864, "swap": 134217728}, {"limit": 67108864, "swap": 1048576},
        {"reservation": 33554432}, {"limit": -1}, {"limit": 67108864, "swap": -1}, {"swappiness": 10}, {"swappiness": 101}, {"disableOOMKiller": True},
        {"limit": 67108864, "swap": 0}, {"limit": 0}, {"kernel": 33554432}, {"useHierarchy": True}, {"limit": 4096})
setting("linux.resources.cpu", {"shares": 512}, {"shares": 1}, {"shares": 0}, {"quota": 50000, "period": 100000}, {"quota": 50000}, {"period": 50000},
        {"quota": -1, "period": 100000}, {"cpus": "0", "mems": "0"}, {"cpus": "99"}, {"quota": 10, "period": 100000}, {"idle": 1}, {"burst": 1000, "quota": 50000})
setting("linux.resources.pids", {"limit": 50}, {"limit": -1}, {"limit": 0})
setting("linux.resources.blockIO", {"throttleReadBpsDevice": [{"major": 254, "minor": 0, "rate": 1048576}]},
        {"throttleWriteIOPSDevice": [{"major": 254, "minor": 0, "rate": 100}]}, {"weight": 300})
setting("linux.resources.network", {"classID": 1048577})
setting("linux.resources.hugepageLimits", [{"pageSize": "2MB", "limit": 2097152}], [{"pageSize": "../x", "limit": 1}])
setting("linux.resources.unified", {"memory.high": "1000000"})
setting("linux.cgroupsPath", "")

# seccomp: mkdir is what the witness tries
MKDIR = ["mkdir", "mkdirat"]
rule = lambda action, **more: dict({"names": MKDIR, "action": action}, **more)
for action in ("ERRNO", "KILL_PROCESS", "KILL_THREAD", "TRAP", "LOG", "ALLOW", "NOSUCH", "TRACE"):
    FEATURES["seccomp mkdir %s" % action] = lambda k, action=action: k.seccomp("SCMP_ACT_ALLOW", rule("SCMP_ACT_" + action))
FEATURES["seccomp errnoRet"] = lambda k: k.seccomp("SCMP_ACT_ALLOW", rule("SCMP_ACT_ERRNO", errnoRet=95))
FEATURES["seccomp errnoRet of ALLOW"] = lambda k: k.seccomp("SCMP_ACT_ERRNO", rule("SCMP_ACT_ALLOW", errnoRet=95))
FEATURES["seccomp unknown name"] = lambda k: k.seccomp("SCMP_ACT_ALLOW", {"names": ["no_such_call", "mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"})
FEATURES["seccomp args mode 0700"] = lambda k: k.seccomp("SCMP_ACT_ALLOW", {"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95, "args": [
    {"index": 1, "value": 0o700, "op": "SCMP_CMP_EQ"}]})
FEATURES["seccomp args masked"] = lambda k: k.seccomp("SCMP_ACT_ALLOW", {"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95, "args": [
    {"index": 1, "value": 0o077, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]})
FEATURES["seccomp args twice one index"] = lambda k: k.seccomp("SCMP_ACT_ALLOW", {"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "args": [
    {"index": 1, "value": 0o700, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 0o777, "op": "SCMP_CMP_EQ"}]})
FEATURES["seccomp args index 6"] = lambda k: k.seccomp("SCMP_ACT_ALLOW", rule("SCMP_ACT_ERRNO", args=[{"index": 6, "value": 0, "op": "SCMP_CMP_EQ"}]))
FEATURES["seccomp args op unknown"] = lambda k: k.seccomp("SCMP_ACT_ALLOW", rule("SCMP_ACT_ERRNO", args=[{"index": 0, "value": 0, "op": "SCMP_CMP_XX"}]))
FEATURES["seccomp rule like the default"] = lambda k: k.seccomp("SCMP_ACT_ALLOW", rule("SCMP_ACT_ALLOW"))
FEATURES["seccomp flags"] = lambda k: k.seccomp("SCMP_ACT_ALLOW", rule("SCMP_ACT_ERRNO"), flags=["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"])
FEATURES["seccomp flag unknown"] = lambda k: k.seccomp("SCMP_ACT_ALLOW", rule("SCMP_ACT_ERRNO"), flags=["SECCOMP_FILTER_FLAG_MOON"])
FEATURES["seccomp arch unknown"] = lambda k: k.seccomp("SCMP_ACT_ALLOW", rule("SCMP_ACT_ERRNO"), architectures=["SCMP_ARCH_MOON"])
FEATURES["seccomp no architectures"] = lambda k: k.seccomp("SCMP_ACT_ALLOW", rule("SCMP_ACT_ERRNO"), architectures=[])
FEATURES["seccomp without nnp"] = lambda k: (k.seccomp("SCMP_ACT_ALLOW", rule("SCMP_ACT_ERRNO")), k.process.update(noNewPrivileges=False))
FEATURES["seccomp empty"] = lambda k: k.linux.__setitem__("seccomp", {})

# hooks
for kind in ("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"):
    FEATURES["hook " + kind] = lambda k, kind=kind: k.hook(kind, "pwd; env | grep -E '^(A|CANARY|PATH)=' | sort;")
    FEATURES["hook %s that fails" % kind] = lambda k, kind=kind: k.hook(kind, "exit 3;")
FEATURES["hook with env"] = lambda k: k.hook("createRuntime", "env | grep -E '^(A|CANARY|PATH)=' | sort;", env=["A=b"])
FEATURES["hook that takes too long"] = lambda k: k.hook("createRuntime", "exec /bin/sleep 5;", timeout=1)
FEATURES["hook of a relative path"] = lambda k: k.c.setdefault("hooks", {}).setdefault("createRuntime", []).append({"path": "sh"})
FEATURES["hook that is missing"] = lambda k: k.c.setdefault("hooks", {}).setdefault("createRuntime", []).append({"path": "/no/such/hook"})
FEATURES["hook that does not read"] = lambda k: k.c.setdefault("hooks", {}).setdefault("createRuntime", []).append({"path": "/bin/true"})

# documents that lack something, or are of wrong types
def less(path):
    def cut(k):
        node = k.c
        *way, last = path.split(".")
        for word in way:
            node = node[word]
        node.pop(last, None)
    return cut


for path in ("ociVersion", "process", "process.args", "process.cwd", "process.user", "process.env", "root", "root.path", "mounts", "linux",
             "linux.namespaces", "linux.resources", "hostname", "process.rlimits"):
    FEATURES["without " + path] = less(path)
for path in ("process", "process.args", "process.cwd", "process.env", "process.user.uid", "root", "root.path", "mounts", "linux", "linux.namespaces", "hooks",
             "hostname", "annotations", "process.noNewPrivileges", "linux.resources.memory"):
    FEATURES["%s is a number" % path] = put(path, 7)
FEATURES["process.args with a number"] = lambda k: k.process.update(args=["/bin/sh", 3])


# ---- running it --------------------------------------------------------------------------------------

class Runtime:
    def __init__(self, name):
        self.name, self.path = name, shutil.which(name)
        self.root = work / ("state-" + name)

    def __call__(self, *words, **kw):
        mine = {"PATH": os.environ["PATH"], "CANARY": "of the caller"}
        return subprocess.run([self.path, "--root", str(self.root), *words], env=mine, stdin=subprocess.DEVNULL, timeout=60, **kw)

    def run(self, case, document):
        """What the case shows: {aspect: value}."""
        bundle = work / "bundle"
        for directory in (bundle, case.place / "dev"):
            subprocess.run(["rm", "-rf", "--one-file-system", str(directory)], check=True)
            directory.mkdir(mode=0o755)
        for name, minor in ("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9):
            os.mknod(case.place / "dev" / name, 0o20666, os.makedev(1, minor))
        rootfs(bundle / "rootfs", case)
        (case.place / "hooklog").unlink(missing_ok=True)
        (bundle / "config.json").write_text(json.dumps(document))
        out = work / "out"
        with open(out, "wb") as f, open(work / "err", "wb") as e:
            try:
                status = self("run", "-b", str(bundle), "differential", stdout=f, stderr=e).returncode
            except subprocess.TimeoutExpired:
                status = "hangs"
        self.error = (work / "err").read_text(errors="replace").strip()
        seen = read_witness(out.read_text(errors="replace"))
        # Without a word of the program the runtime refused, with whatever status; runc's is 1, ours and crun's too.
        seen["end"] = str(status) if seen else "refused" if status else "nothing was said"
        seen.update(hooks_told(case, bundle))
        self("delete", "-f", "differential", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # Without a namespace for mounts they are made here, and some leave them.
        for place in mounts_below(bundle):
            subprocess.run(["umount", "-l", place], check=True)
        seen.update(made(bundle / "rootfs"))
        left = [str(p) for p in pathlib.Path("/sys/fs/cgroup").glob("*" + args.cgroup + "/*") if p.is_dir()]
        if left:
            seen["left"] = " ".join(left)
        for cgroup in left:  # the next one must not find its limits
            os.rmdir(cgroup)
        return seen


def mounts_below(place):
    """Mount points below a directory, the last ones first."""
    lines = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
    return [l.split()[4] for l in reversed(lines) if l.split()[4].startswith(str(place))]


def rootfs(place, case):
    model = work / "model"
    if not model.exists():
        for directory in ("bin", "dev", "proc", "sys", "etc", "run", "root", "real"):
            (model / directory).mkdir(parents=True, exist_ok=True)
        (model / "tmp").mkdir()
        (model / "tmp").chmod(0o1777)
        (model / "closed").mkdir()
        (model / "closed").chmod(0o711)
        shutil.copy("/bin/busybox", model / "bin/busybox")
        for applet in APPLETS:
            (model / "bin" / applet).symlink_to("busybox")
        (model / "link").symlink_to("real")
        (model / "out").symlink_to("/../../../../etc/away")
        (model / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n")
        (model / "etc/group").write_text("root:x:0:\nuser:x:1000:\nextra:x:50:user\n")
        shutil.copy(here / "witness.sh", model / "witness")
    subprocess.run(["cp", "-a", "--no-target-directory", str(model), str(place)], check=True)
    if getattr(case, "userns", False):
        subprocess.run(["chown", "-hR", "100000:100000", str(place)], check=True)


def made(root):
    """What the runtime made in the root filesystem, with modes: places of mounts, the working directory."""
    seen = {}
    for path in sorted(root.rglob("*")):
        name = "/" + str(path.relative_to(root))
        if (work / "model" / name[1:]).is_symlink() or (work / "model" / name[1:]).exists():
            continue
        s = path.lstat()
        seen["made " + name] = "%o %d:%d" % (s.st_mode, s.st_uid, s.st_gid)
    return seen


def same(text):
    """A text without what must differ from run to run."""
    text = re.sub(r"c (5:1|10:200) rwm;", "", text)  # of the default devices runc leaves out the first, crun the second
    text = text.replace(str(work / "bundle"), "BUNDLE").replace(str(work), "WORK")
    return re.sub(r"\b(master|shared|propagate_from):\d+", r"\1", text)


def mount_line(line):
    """A line of mountinfo as its place and the rest, without numbers."""
    left, right = line.split(" - ")
    _, _, _, root, place, options, *tags = left.split()
    kind, source, *data = right.split()
    return "mount " + place, same(" ".join([root, options, *sorted(tags), "-", kind, source, *data]))


def read_witness(text):
    """The sections of witness.sh: `## NAME`, then lines, each taken apart as its kind asks."""
    seen, section = {}, None
    ours = {name: os.readlink("/proc/self/ns/" + name) for name in os.listdir("/proc/self/ns")}
    for line in text.splitlines():
        if line.startswith("## "):
            section = line[3:]
            seen.setdefault(section, "")
            continue
        if section is None:
            seen["before"] = seen.get("before", "") + same(line) + "\n"
        elif section == "mountinfo" and " - " in line:
            key, value = mount_line(line)
            seen[key] = (seen[key] + "\n" if key in seen else "") + value
        elif section in ("status", "limits", "dev", "ns", "cgroup", "stat"):
            key, _, value = line.partition("|") if "|" in line else line.partition(":")
            if key == "NSpid":
                value = "numbers: %d, init: %s" % (len(value.split()), value.split()[-1:] == ["1"])
            if section == "ns":
                value = "the host's" if ours.get(key) == value else "another"
            seen["%s %s" % (section, key.strip())] = same(" ".join(value.split()).replace(args.cgroup, "PARENT"))
        else:
            seen[section] += same(line) + "\n"
    return seen


def hooks_told(case, bundle):
    """What the hooks printed: their names in order, and the state of each, sorted by key."""
    seen = {}
    texts = [p.read_text() for p in (case.place / "hooklog", bundle / "rootfs/hooklog") if p.exists()]
    for text in texts:
        kind = "?"
        for line in text.splitlines():
            if line.startswith("{"):
                state = json.loads(line)
                state["pid"] = "a number" if state.get("pid", 0) > 1 else state.get("pid")
                for key, value in state.items():
                    seen["hook %s %s" % (kind, key)] = same(json.dumps(value, sort_keys=True))
            elif line in case.c.get("hooks", {}):
                kind = line
                seen["hooks"] = seen.get("hooks", "") + kind + " "
            elif line:
                seen["hook %s says" % kind] = seen.get("hook %s says" % kind, "") + same(line) + "\n"
    return seen


# ---- judging -----------------------------------------------------------------------------------------

class Differences:
    """differential-differences.txt: blocks of `FEATURE | ASPECT` patterns (*, ?), then a reason."""

    def __init__(self, path):
        self.blocks = []
        for block in path.read_text().split("\n\n"):
            lines = [l for l in block.splitlines() if l and not l.startswith("#")]
            if not lines:
                continue
            heads = [l for l in lines if " | " in l]
            if not heads or len(heads) == len(lines):
                raise SystemExit("differential: a block without a pattern or without a reason: %s" % lines[0])
            for head in heads:
                name, aspect = head.split(" | ")
                self.blocks.append([literal(name), literal(aspect), head, 0])

    def explains(self, names, aspect):
        for block in self.blocks:
            if block[1].fullmatch(aspect) and any(block[0].fullmatch(n) for n in names or [""]):
                block[3] += 1
                return True
        return False


def literal(pattern):
    """A pattern whose only special character is *."""
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.S)


def compare(names, results, differences):
    """Aspects where ours is like none of the others and nobody said why."""
    ours, others = results["cleat-oci"], [r for n, r in results.items() if n != "cleat-oci"]
    # Who refuses says nothing about the rest.
    peers = [o for o in others if o["end"] != "refused"]
    if len(names) > 1 and len(peers) < len(others):
        return []  # of several features each may be the reason; alone each of them is looked at
    if ours["end"] == "refused" or not peers:
        aspects, peers = ["end"], others
    else:
        aspects = sorted(set().union(ours, *peers))
    return [(a, {n: r.get(a) for n, r in results.items()}) for a in aspects
            if ours.get(a) not in [p.get(a) for p in peers] and not differences.explains(names, a)]


def nested_namespaces(place):
    """Namespaces to join, held by a process: /proc/PID/ns as a link."""
    holder = subprocess.Popen(["unshare", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child", "sh", "-c", "hostname joined; echo; exec sleep 3600"],
                              stdout=subprocess.PIPE)
    holder.stdout.readline()
    child = int(pathlib.Path("/proc/%d/task/%d/children" % (holder.pid, holder.pid)).read_text().split()[0])
    (place / "ns").symlink_to("/proc/%d/ns" % child)
    return holder


def one(names, rng, runtimes, differences):
    case = Case(rng, work / "place")
    case.linux["cgroupsPath"] = args.cgroup + "/differential"
    for name in names:
        FEATURES[name](case)
    document = case.c
    results, errors = {}, {}
    for runtime in runtimes:
        results[runtime.name] = runtime.run(case, document)
        errors[runtime.name] = runtime.error
    bad = compare(names, results, differences)
    if args.show:
        print("%s: %s" % (" + ".join(names) or "the plain document", ", ".join("%s %s" % (n, r["end"]) for n, r in results.items())))
        for aspect in sorted(set().union(*results.values())):
            values = {n: r.get(aspect) for n, r in results.items()}
            if len(set(values.values())) > 1 and not any(r["end"] == "refused" for r in results.values()):
                print("    theirs differ in '%s': %s" % (aspect, values))
    if not bad:
        return True
    print("DIFFERENT: %s" % (" + ".join(names) or "the plain document"))
    for aspect, values in bad:
        print("  " + aspect)
        for name, value in values.items():
            print("    %-10s %s" % (name, repr(value)[:300]))
    for name, error in errors.items():
        if error:
            print("    %-10s says: %s" % (name, same(error.splitlines()[-1])[:300]))
    return False


def group(name):
    """Features of one group are about one thing: the same member, or the place /m."""
    return "mount" if re.match(r"(tmpfs|r?bind|mount)\b", name) else re.split(r"[( ]", name)[0]


def together(rng, names):
    """Two to four features of different groups that can be written into one document."""
    while True:
        chosen = rng.sample(names, rng.randint(2, 4))
        if len(set(map(group, chosen))) < len(chosen):
            continue
        try:
            case = Case(None, work / "place")
            for name in chosen:
                FEATURES[name](case)
            return chosen
        except (AttributeError, IndexError, KeyError, TypeError):
            pass  # one has removed what another writes to


def main():
    """In a mount namespace of its own: what a runtime forgets to unmount, and what is hidden from crun, is nobody else's."""
    crun.make_room()
    work.chmod(0o711)  # the root of a user namespace goes through it
    for directory in ("place/tree/below", "place/tree/dir"):
        (work / directory).mkdir(parents=True)
    (work / "place/tree/file").write_text("of the host\n")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=755", "below", str(work / "place/tree/below")], check=True)
    holder = nested_namespaces(work / "place")
    runtimes = [r for r in map(Runtime, ("cleat-oci", "runc", "crun")) if r.path]
    differences = Differences(here / "differential-differences.txt")
    rng = random.Random(args.seed)
    good, told, began = True, 0, time.monotonic()
    try:
        plain = Case(rng, work / "place")
        plain.linux["cgroupsPath"] = args.cgroup + "/differential"
        for runtime in runtimes[1:]:
            if runtime.run(plain, plain.c)["end"] != "0":
                print("%s does not run here: %s" % (runtime.name, runtime.error))
                runtimes.remove(runtime)
        if len(runtimes) < 2:
            raise SystemExit("differential: nobody to be compared with")
        names = sorted(FEATURES)
        if args.only:
            cases = [args.only.split(" + ")]
        else:
            singles = [[n] for n in names[args.seed % max(args.singles, 1)::args.singles]] if args.singles else []
            cases = [[]] + singles
        print("seed %d, %d features, %s" % (args.seed, len(names), " ".join(r.name for r in runtimes)), flush=True)
        more = (args.cases or 0) if not args.only else 0
        while cases or more > 0 or (args.seconds and time.monotonic() - began < args.seconds):
            if not cases:
                more -= 1
                cases = [together(rng, names)]
            good = one(cases.pop(0), rng, runtimes, differences) and good
            told += 1
            sys.stdout.flush()
        print("%d cases in %.0f s" % (told, time.monotonic() - began))
        if args.singles == 1 and not args.only and len(runtimes) == 3:
            for block in differences.blocks:
                if not block[3]:
                    print("differential-differences.txt: no case needs '%s'" % block[2])
                    good = False
    finally:
        holder.kill()  # not SIGTERM: unshare --fork ignores it while it waits; its child goes with it
        holder.wait()
        subprocess.run(["umount", str(work / "place/tree/below")])
        for place in pathlib.Path("/sys/fs/cgroup").glob("*" + args.cgroup):
            place.rmdir()
    return 0 if good else 1


sys.exit(main())
