#!/usr/bin/env python3
"""Open dialogues on pam.sock and keep each at its prompt, until killed.

    hold_dialogues.py SOCKET COUNT
"""
import signal
import socket
import struct
import sys

BEGIN, ASK = 1, 2
STAGE, FACTOR, SERVICE, USER = 1, 2, 3, 4


def field(tag, value):
    return struct.pack(">BH", tag, len(value)) + value


def begin(user):
    body = (field(STAGE, b"\1") + field(FACTOR, b"totp")
            + field(SERVICE, b"bench-authbox") + field(USER, user)
            + field(5, b"usual"))
    return struct.pack(">IBBH", len(body), BEGIN, 1, 0) + body


path, count = sys.argv[1], int(sys.argv[2])
held = []
for number in range(count):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    connection.sendall(begin(b"bench%d" % (number % 256)))
    held.append(connection)
for connection in held:
    header = connection.recv(8, socket.MSG_WAITALL)
    assert header[4] == ASK, header
print("held", flush=True)
signal.pause()
