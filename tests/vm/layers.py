"""Make a docker-archive of many layers: layers.py FILE ROOTFS NAME COUNT.

The first is ROOTFS; each further one adds a file of its own, replaces a shared one and removes that of the one
before it, so that a wrong order or a missing layer shows.
"""
import hashlib
import io
import json
import sys
import tarfile

path, rootfs, name, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])


def add(tar, member, body=b""):
    info = tarfile.TarInfo(member)
    info.size = len(body)
    tar.addfile(info, io.BytesIO(body))


def layer(number):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        if number == 1:
            tar.add(rootfs, arcname=".")
        else:
            add(tar, f"layers/kept-{number}")
            add(tar, f"layers/passing-{number}")
            add(tar, "layers/last", f"{number}\n".encode())
            if number > 2:
                add(tar, f"layers/.wh.passing-{number - 1}")
    return data.getvalue()


layers = [layer(number) for number in range(1, count + 1)]
ids = [hashlib.sha256(data).hexdigest() for data in layers]
config = json.dumps({
    "architecture": "amd64", "os": "linux", "config": {"Env": ["PATH=/bin"], "Cmd": ["/bin/sh"]},
    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest for digest in ids]}}).encode()
config_name = hashlib.sha256(config).hexdigest() + ".json"
manifest = [{"Config": config_name, "RepoTags": [name], "Layers": [digest + "/layer.tar" for digest in ids]}]
with tarfile.open(path, "w") as tar:
    for digest, data in zip(ids, layers):
        add(tar, digest + "/layer.tar", data)
    add(tar, config_name, config)
    add(tar, "manifest.json", json.dumps(manifest).encode())
