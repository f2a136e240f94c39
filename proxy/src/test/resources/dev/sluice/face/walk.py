"""Prints one line for each name below each directory that stdin names; an empty line ends a walk."""
import hashlib, os, stat, sys

SAMPLE = 1 << 16


def content(path, size):
    digest = hashlib.sha1()
    with open(path, "rb", buffering=0) as file:
        places = [(0, size)]
        if size > 1 << 20:
            places = [(0, SAMPLE), (size // 2, SAMPLE), (size - SAMPLE, SAMPLE)]
        for at, length in places:
            while length > 0:
                part = os.pread(file.fileno(), length, at)
                if not part:
                    return "short"
                digest.update(part)
                at += len(part)
                length -= len(part)
    return digest.hexdigest()


def xattrs(path):
    names = sorted(os.listxattr(path, follow_symlinks=False), key=os.fsencode)
    return ",".join(
        os.fsencode(n).hex() + "=" + os.getxattr(path, n, follow_symlinks=False).hex() for n in names)


def show(top, path, first):
    at = os.path.join(top, path) if path else top
    s = os.lstat(at)
    fields = [path.hex(), "%o" % s.st_mode, s.st_uid, s.st_gid, s.st_nlink, s.st_mtime_ns]
    if stat.S_ISDIR(s.st_mode):
        fields.append("dir")
    elif stat.S_ISLNK(s.st_mode):
        fields += ["link", s.st_size, os.readlink(at).hex()]
    elif stat.S_ISREG(s.st_mode):
        fields += ["file", s.st_size, "=" if s.st_ino in first else content(at, s.st_size)]
    else:
        fields += ["special", os.major(s.st_rdev), os.minor(s.st_rdev)]
    fields += [first.setdefault(s.st_ino, path).hex(), xattrs(at)]
    print(" ".join(str(f) for f in fields))
    if not stat.S_ISDIR(s.st_mode):
        return
    names = sorted(os.listdir(at))
    for name in names:
        for absent in (name[:-1], name + b"!"):
            if absent not in (b"", b".", b"..") and len(absent) < 256 and absent not in names:
                if os.path.lexists(os.path.join(at, absent)):
                    print("unexpected", absent.hex())
    for name in names:
        show(top, os.path.join(path, name) if path else name, first)


sys.setrecursionlimit(10000)
for line in sys.stdin:
    try:
        show(os.fsencode(line.rstrip("\n")), b"", {})
    except OSError as e:
        print("failed", e)
    print(flush=True)
