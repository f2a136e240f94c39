"""Lists a layer's tar for comparison, a JSON object for each entry: list_layer.py FILE SINCE.

Entries keep their order. A time of SINCE (seconds) or later is shown as "new": two runs of the same steps
differ in it.
"""

import hashlib
import json
import sys
import tarfile

since = int(sys.argv[2])
# As the headers say it: names and attributes are bytes, and times have nanoseconds.
with tarfile.open(sys.argv[1], errors="surrogateescape") as tar:
    for entry in tar:
        mtime = entry.pax_headers.get("mtime", str(int(entry.mtime)))
        file = tar.extractfile(entry) if entry.isreg() else None
        print(json.dumps({
            "name": entry.name,
            "type": entry.type.decode(),
            "mode": "%04o" % entry.mode,
            "owner": "%d:%d" % (entry.uid, entry.gid),
            "mtime": "new" if float(mtime) >= since else mtime,
            "size": entry.size,
            "link": entry.linkname,
            "device": "%d:%d" % (entry.devmajor, entry.devminor),
            "headers": {k: v for k, v in sorted(entry.pax_headers.items()) if k.startswith("SCHILY.xattr")},
            "sha256": hashlib.sha256(file.read()).hexdigest() if file else None,
        }, sort_keys=True))
