#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""archives.py - damaged archives of every kind, given to cleat-layer.

Each run takes a good archive, damages it in a few places (and mostly repairs the checksums of its headers, so
that the damage gets past them), and imports and unpacks it. What counts: the program ends by itself, within the
limit, with success or with one error that has a text; a failed import leaves no file; nothing is written outside.
The seed is printed: the same seed makes the same archives. A sanitizer's finding is a failure like any other.
"""
import argparse
import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile


def tar_of(entries, form=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, what in entries:
            info = tarfile.TarInfo(name)
            if isinstance(what, bytes):
                info.size = len(what)
                tar.addfile(info, io.BytesIO(what))
            else:
                info.type, info.linkname = what
                tar.addfile(info)
    return out.getvalue()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def rootfs(form):
    return tar_of([
        ("etc", (tarfile.DIRTYPE, "")), ("etc/passwd", b"root:x:0:0::/:/bin/sh\n"), ("bin", (tarfile.SYMTYPE, "usr/bin")),
        ("etc/group", (tarfile.LNKTYPE, "etc/passwd")), ("u\u0308" * 60, b"long and decomposed"), ("a/" * 70 + "deep", b"x" * 3000),
        ("etc/.wh.shadow", b""), ("var/.wh..wh..opq", b""), ("dev/null", (tarfile.CHRTYPE, "")), ("fifo", (tarfile.FIFOTYPE, "")),
    ], form)


def docker_archive():
    layer = rootfs(tarfile.GNU_FORMAT)
    config = json.dumps({"os": "linux", "config": {"Env": ["A=b"], "Cmd": ["sh"]},
                         "rootfs": {"diff_ids": [digest(layer)]}}).encode()
    images = json.dumps([{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["l/layer.tar"]}]).encode()
    return tar_of([("l/layer.tar", layer), ("c.json", config), ("manifest.json", images)])


def oci_layout():
    layer = tar_of([("f", b"hello")])
    config = json.dumps({"rootfs": {"diff_ids": [digest(layer)]}}).encode()
    kinds = "application/vnd.oci.image."
    manifest = json.dumps({
        "schemaVersion": 2, "config": {"mediaType": kinds + "config.v1+json", "digest": digest(config), "size": len(config)},
        "layers": [{"mediaType": kinds + "layer.v1.tar", "digest": digest(layer), "size": len(layer)}]}).encode()
    index = json.dumps({"schemaVersion": 2, "manifests": [{
        "mediaType": kinds + "manifest.v1+json", "digest": digest(manifest), "size": len(manifest),
        "annotations": {"org.opencontainers.image.ref.name": "x"}}]}).encode()
    blobs = [("blobs/sha256/" + digest(b)[7:], b) for b in (config, layer, manifest)]
    return tar_of([("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'), ("index.json", index)] + blobs)


def damage(data):
    data = bytearray(data)
    for _ in range(random.choice([0, 1, 1, 2, 5, 30])):
        at = random.randrange(len(data))
        if random.random() < 0.5:  # into a field of a header
            at = min(at // 512 * 512 + random.choice([0, 100, 124, 136, 156, 157, 257, 345]), len(data) - 1)
        kind = random.randrange(5)
        if kind == 0:
            data[at] = random.randrange(256)
        elif kind == 1:
            data[at:at + random.randrange(1, 64)] = random.randbytes(random.randrange(1, 64))
        elif kind == 2:
            del data[at:at + random.randrange(1, 1024)]
        elif kind == 3:
            data[at:at] = data[max(0, at - 512):at]
        else:
            data[at] = random.choice(b"0127xgLKS5.\x00\xff/")
    if random.random() < 0.8:
        for at in range(0, len(data) - 511, 512):
            if data[at + 257:at + 262] == b"ustar":
                header = bytearray(data[at:at + 512])
                header[148:156] = b" " * 8
                data[at + 148:at + 156] = b"%06o\0 " % (sum(header) & 0o777777)
    return bytes(data)


def run(program, arguments, archive, target):
    directory = os.open(target, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return subprocess.run([program] + arguments, stdin=archive, capture_output=True, timeout=60, check=False,
                              preexec_fn=lambda: os.dup2(directory, 3), pass_fds=(3,))
    finally:
        os.close(directory)


def verdict(result):
    last = (result.stdout.decode("utf-8", "replace").strip().split("\n") or [""])[-1]
    try:
        said = json.loads(last)
    except ValueError:
        return "no JSON at the end: " + last[:200]
    if result.returncode == 0 and said.get("done") is True:
        return None
    if result.returncode == 1 and said.get("errnum", 0) > 0 and said.get("error"):
        return None
    return f"status {result.returncode}, {last[:200]}, {result.stderr.decode('utf-8', 'replace')[:2000]}"


def one(program, data, top):
    target, problems = os.path.join(top, "target"), []
    path = os.path.join(top, "archive")
    with open(path, "wb") as out:
        out.write(data)
    for arguments in (["import", "--what=f", "--name=f:1"],
                      ["unpack", "--layer=f", "--whiteout=" + random.choice(["overlay", "remove"])]):
        os.makedirs(target)
        if arguments[0] == "import":
            os.mkdir(target + "/sha256")
            os.mkdir(target + "/tmp")
        with open(path, "rb") as archive:
            result = run(program, arguments, archive, target)
        why = verdict(result)
        if why:
            problems.append(f"{arguments[0]}: {why}")
        if arguments[0] == "import" and (os.listdir(target + "/tmp") or (result.returncode and os.listdir(target + "/sha256"))):
            problems.append("import: left files behind")
        shutil.rmtree(target)
    if sorted(os.listdir(top)) != ["archive"]:
        problems.append(f"outside of the target: {os.listdir(top)}")
    return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--layer", required=True, help="the program cleat-layer")
    parser.add_argument("--runs", type=int, default=4000 if os.environ.get("CLEAT_LONG") else 150)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3), "big"))
    options = parser.parse_args()
    random.seed(options.seed)
    seeds = [rootfs(tarfile.PAX_FORMAT), rootfs(tarfile.GNU_FORMAT), docker_archive(), oci_layout()]
    failures = good = 0
    with tempfile.TemporaryDirectory(prefix="cleat-fuzz-") as top:
        for seed in seeds:  # the undamaged ones first: or everything below proves nothing
            with open(top + "/archive", "wb") as out:
                out.write(seed)
            os.makedirs(top + "/target/sha256")
            os.makedirs(top + "/target/tmp")
            with open(top + "/archive", "rb") as archive:
                good += run(options.layer, ["import", "--what=f", "--name=f:1"], archive, top + "/target").returncode == 0
            shutil.rmtree(top + "/target")
        for i in range(options.runs):
            data = damage(random.choice(seeds))
            for problem in one(options.layer, data, top):
                failures += 1
                kept = f"/tmp/cleat-fuzz-{options.seed}-{i}.tar"
                with open(kept, "wb") as out:
                    out.write(data)
                print(f"run {i}: {problem}; the archive is {kept}")
    print(f"seed {options.seed}: {options.runs} archives, {failures} failures, {good} of {len(seeds)} good ones imported")
    return 0 if failures == 0 and good == len(seeds) else 1


if __name__ == "__main__":
    sys.exit(main())
