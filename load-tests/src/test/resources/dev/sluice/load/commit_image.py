"""Writes what `commit` makes as an archive: commit_image.py LAYOUT LAYER NAME FILE.

The image of an OCI layout with one more layer on top, under a name. As after a commit on a node that has the
image lazily, the archive holds manifest, configuration and the new layer, and not the layers below.
"""

import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

layout, layer, name, out = sys.argv[1:]
blobs = {}


def put(data, media_type):
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    blobs[digest] = data
    return {"mediaType": media_type, "digest": digest, "size": len(data)}


def document(descriptor):
    with open(os.path.join(layout, "blobs", *descriptor["digest"].split(":")), "rb") as file:
        return json.load(file)


def encoded(value):
    return json.dumps(value).encode()


with open(os.path.join(layout, "index.json"), "rb") as file:
    manifest = document(json.load(file)["manifests"][0])
with open(layer, "rb") as file:
    compressed = file.read()

config = document(manifest["config"])
diff_id = "sha256:" + hashlib.sha256(gzip.decompress(compressed)).hexdigest()
config["rootfs"]["diff_ids"].append(diff_id)
config.setdefault("history", []).append({"created_by": "commit"})
manifest["config"] = put(encoded(config), "application/vnd.oci.image.config.v1+json")
manifest["layers"].append(put(compressed, "application/vnd.oci.image.layer.v1.tar+gzip"))
head = put(encoded(manifest), "application/vnd.oci.image.manifest.v1+json")
head["annotations"] = {"io.containerd.image.name": name}
head["platform"] = {"os": "linux", "architecture": config["architecture"]}

files = {"blobs/" + digest.replace(":", "/"): data for digest, data in blobs.items()}
files["oci-layout"] = encoded({"imageLayoutVersion": "1.0.0"})
files["index.json"] = encoded({"schemaVersion": 2, "manifests": [head]})
with tarfile.open(out, "w") as archive:
    for path, data in files.items():
        entry = tarfile.TarInfo(path)
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
