#!/usr/bin/env python3
"""Does the token on standard input open a service?  authorize.py SERVICE"""
import json
import os
import socket
import sys


def call(method, **parameters):
    """The reply of authboxd: {"parameters": ...}, with "error" where it is no."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(os.environ.get("AUTHBOX_SOCKET", "/run/authbox/api.sock"))
        request = {"method": method, "parameters": parameters}
        peer.sendall(json.dumps(request).encode() + b"\0")
        reply = b""
        while not reply.endswith(b"\0"):
            part = peer.recv(65536)
            if not part:
                raise ConnectionError("authboxd hung up")
            reply += part
    return json.loads(reply[:-1])


answer = call(
    "io.authbox.Token.Authorize",
    token=sys.stdin.read().strip(),
    service=sys.argv[1],
)
print(json.dumps(answer["parameters"]))
sys.exit(1 if "error" in answer else 0)
