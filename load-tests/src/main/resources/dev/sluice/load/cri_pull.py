"""Pulls an image as the kubelet does: cri_pull.py CONTAINERD_SOCKET REFERENCE [USER PASSWORD].

Speaks the CRI's runtime.v1.ImageService by curl, since no distribution packs a client for it.
Prints the image's id.
"""

import struct
import subprocess
import sys
import tempfile


def field(number, payload):
    length, encoded = len(payload), b""
    while length > 127:
        encoded += bytes([length & 127 | 128])
        length >>= 7
    return bytes([number << 3 | 2]) + encoded + bytes([length]) + payload


socket, reference = sys.argv[1:3]
message = field(1, field(1, reference.encode()))
if len(sys.argv) > 3:
    message += field(2, field(1, sys.argv[3].encode()) + field(2, sys.argv[4].encode()))
with tempfile.NamedTemporaryFile() as body, tempfile.NamedTemporaryFile() as head:
    body.write(struct.pack(">BI", 0, len(message)) + message)
    body.flush()
    answer = subprocess.run(
        ["curl", "-sS", "--http2-prior-knowledge", "--unix-socket", socket, "-D", head.name,
         "-H", "content-type: application/grpc", "-H", "te: trailers",
         "--data-binary", "@" + body.name, "http://localhost/runtime.v1.ImageService/PullImage"],
        stdout=subprocess.PIPE, check=True).stdout
    headers = open(head.name).read()
if len(answer) < 7:
    sys.exit("PullImage failed: " + headers)
print(answer[7:].decode())
