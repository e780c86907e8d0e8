"""Make a docker-archive (as `docker save` writes it): docker_archive.py FILE ROOTFS NAME [CONFIG-JSON]."""
import hashlib
import io
import json
import sys
import tarfile

path, rootfs, name = sys.argv[1:4]
extra = json.loads(sys.argv[4]) if len(sys.argv) > 4 else {}
layer = io.BytesIO()
with tarfile.open(fileobj=layer, mode="w") as tar:
    tar.add(rootfs, arcname=".")
data = layer.getvalue()
diff_id = hashlib.sha256(data).hexdigest()
config = json.dumps({
    "architecture": "amd64", "os": "linux", "created": "2026-01-01T00:00:00Z",
    "config": dict({"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
                    "Cmd": ["/bin/sh"]}, **extra),
    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + diff_id]},
    "history": [{"created": "2026-01-01T00:00:00Z"}]}).encode()
config_name = hashlib.sha256(config).hexdigest() + ".json"
manifest = json.dumps([{"Config": config_name, "RepoTags": [name], "Layers": [diff_id + "/layer.tar"]}]).encode()
with tarfile.open(path, "w") as tar:
    for member, body in ((config_name, config), (diff_id + "/layer.tar", data), ("manifest.json", manifest)):
        info = tarfile.TarInfo(member)
        info.size = len(body)
        tar.addfile(info, io.BytesIO(body))
