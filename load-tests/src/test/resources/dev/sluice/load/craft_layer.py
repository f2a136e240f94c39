"""Writes a tar with what packages do not hold: usage craft_layer.py NAME FILE.

"odd" goes over a layer that has /lower (see SampleImage); "small" goes over "odd".
"""

import io
import stat
import struct
import sys
import tarfile

# VFS_CAP_REVISION_2 | effective, CAP_NET_BIND_SERVICE: what setcap cap_net_bind_service=ep writes.
CAPABILITY = struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0)


class Layer:
    def __init__(self, file):
        self.tar = tarfile.open(file, "w", format=tarfile.PAX_FORMAT, errors="surrogateescape")

    def add(self, name, kind=tarfile.REGTYPE, data=b"", mode=0o644, mtime=1700000000, xattrs=None, **fields):
        entry = tarfile.TarInfo(name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else name)
        entry.type, entry.mode, entry.mtime, entry.size = kind, mode, mtime, len(data)
        for field, value in fields.items():
            setattr(entry, field, value)
        for attribute, value in (xattrs or {}).items():
            entry.pax_headers["SCHILY.xattr." + attribute] = value.decode("utf-8", "surrogateescape")
        self.tar.addfile(entry, io.BytesIO(data))

    def directory(self, name, mode=0o755, **fields):
        self.add(name, tarfile.DIRTYPE, mode=mode, **fields)

    def whiteout(self, name):
        self.add(name, mode=0)


def odd(layer):
    layer.directory("odd")
    layer.add("odd/empty")
    layer.add("odd/one-byte", data=b"1")
    layer.add("odd/block-511", data=b"a" * 511)
    layer.add("odd/block-512", data=b"b" * 512)
    layer.add("odd/block-513", data=b"c" * 513)
    layer.add("odd/nanoseconds", data=b"ns", pax_headers={"mtime": "1600000000.123456789"})
    layer.add("odd/epoch", data=b"0", mtime=0)
    layer.add("odd/before-epoch", data=b"-1", mtime=-86400)
    layer.add("odd/far-future", data=b"+", mtime=4294967296 + 5)
    layer.add("odd/zeros", data=bytes(100 << 20))
    layer.add("odd/setuid", data=b"su", mode=0o4755)
    layer.add("odd/setgid", data=b"sg", mode=0o2755, uid=12, gid=34)
    layer.add("odd/big-ids", data=b"id", uid=4000000, gid=3000000)
    layer.add("odd/no-mode", data=b"no", mode=0)
    layer.directory("odd/sticky", mode=0o1777)
    layer.directory("odd/empty-directory", mode=0o700, uid=7, gid=8)
    layer.add("odd/first", data=b"linked")
    layer.add("odd/second", tarfile.LNKTYPE, linkname="odd/first")
    layer.add("odd/sticky/third", tarfile.LNKTYPE, linkname="odd/first")
    layer.add("odd/symlink", tarfile.SYMTYPE, linkname="first", mode=0o777)
    layer.add("odd/broken", tarfile.SYMTYPE, linkname="/nowhere/at/all", mode=0o777)
    layer.add("odd/long-link", tarfile.SYMTYPE, linkname="x/" * 1000 + "y", mode=0o777)
    layer.add("odd/linked-symlink", tarfile.LNKTYPE, linkname="odd/symlink")
    layer.add("odd/null", tarfile.CHRTYPE, mode=0o666, devmajor=1, devminor=3)
    layer.add("odd/large-minor", tarfile.CHRTYPE, mode=0o600, devmajor=10, devminor=70000)
    layer.add("odd/disk", tarfile.BLKTYPE, mode=0o660, devmajor=8, devminor=17)
    layer.add("odd/fifo", tarfile.FIFOTYPE, mode=0o622)
    layer.add("odd/" + "n" * 255, data=b"255")
    layer.add("odd/" + "ü" * 127, data=b"254 bytes")
    layer.add(b"odd/latin-\xe9\xff", data=b"not UTF-8")
    layer.add("odd/ new\nline \\ \"quote\" 'tab\t", data=b"escapes")
    # No empty attribute: containerd sets one, umoci drops it.
    layer.add("odd/attributes", data=b"x", xattrs={
        "user.text": b"value",
        "user.binary": bytes(range(256)),
        "security.capability": CAPABILITY,
        "trusted.note": b"for root only",
    })
    layer.directory("odd/attributes.d", xattrs={"user.directory": b"yes"})
    layer.directory("odd/many")
    for number in range(3000):
        layer.add("odd/many/%04d" % number, data=b"%d" % number)
    # Over the layer below.
    layer.directory("lower")
    layer.whiteout("lower/.wh.removed")
    layer.whiteout("lower/.wh.removed-directory")
    layer.add("lower/replaced", data=b"new")
    layer.directory("lower/opaque", mode=0o750)
    layer.whiteout("lower/opaque/.wh..wh..opq")
    layer.add("lower/opaque/new", data=b"only this")
    layer.directory("lower/becomes-directory")
    layer.add("lower/becomes-directory/file", data=b"in it")
    layer.add("lower/becomes-file", data=b"was a directory")
    layer.directory("lower/merged")
    layer.add("lower/merged/from-above", data=b"above")


def small(layer):
    layer.directory("etc")
    layer.add("etc/motd", data=b"a layer below the minimum size\n")
    layer.directory("odd")
    layer.whiteout("odd/.wh.one-byte")
    layer.directory("odd/many")
    layer.whiteout("odd/many/.wh.0007")


layer = Layer(sys.argv[2])
{"odd": odd, "small": small}[sys.argv[1]](layer)
layer.tar.close()
