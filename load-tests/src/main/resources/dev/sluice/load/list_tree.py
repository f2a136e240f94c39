"""Lists a tree for comparison: one JSON object per path, in the order of the paths' bytes.

Runs in a process of its own because the tree may be a mount that the caller's process serves.
Names, link targets and attribute values are bytes: they are shown with backslash escapes.
"""

import hashlib
import json
import os
import stat
import sys


def shown(raw):
    return raw.decode("utf-8", "backslashreplace")


def content_digest(path):
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def attributes(path):
    names = os.listxattr(path, follow_symlinks=False)
    return {name: os.getxattr(path, name, follow_symlinks=False).hex() for name in sorted(names)}


def walk(directory, relative):
    yield relative
    for name in sorted(os.listdir(directory)):
        path = os.path.join(directory, name)
        below = os.path.join(relative, name) if relative else name
        if stat.S_ISDIR(os.lstat(path).st_mode):
            yield from walk(path, below)
        else:
            yield below


TYPES = {
    stat.S_IFDIR: "directory",
    stat.S_IFREG: "file",
    stat.S_IFLNK: "symlink",
    stat.S_IFCHR: "character device",
    stat.S_IFBLK: "block device",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
}


def describe(root, relative, first_links):
    path = os.path.join(root, relative) if relative else root
    status = os.lstat(path)
    kind = stat.S_IFMT(status.st_mode)
    entry = {
        "path": "/" + shown(relative),
        "type": TYPES[kind],
        "mode": "%04o" % stat.S_IMODE(status.st_mode),
        "uid": status.st_uid,
        "gid": status.st_gid,
        "mtime": "%d.%09d" % divmod(status.st_mtime_ns, 1_000_000_000),
    }
    if kind == stat.S_IFREG:
        entry["size"] = status.st_size
        entry["sha256"] = content_digest(path)
    if kind == stat.S_IFLNK:
        entry["target"] = shown(os.readlink(path))
        entry["size"] = status.st_size
    if kind in (stat.S_IFCHR, stat.S_IFBLK):
        entry["device"] = "%d:%d" % (os.major(status.st_rdev), os.minor(status.st_rdev))
    if kind != stat.S_IFDIR:
        entry["links"] = status.st_nlink
        if status.st_nlink > 1:
            key = (status.st_dev, status.st_ino)
            entry["same file as"] = first_links.setdefault(key, entry["path"])
    entry["xattrs"] = attributes(path)
    return entry


def main():
    root = os.fsencode(sys.argv[1])
    first_links = {}
    for relative in walk(root, b""):
        print(json.dumps(describe(root, relative, first_links), sort_keys=True))


main()
