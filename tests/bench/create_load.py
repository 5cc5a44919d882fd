#!/usr/bin/env python3
"""Log in by token, each time as another user, at pam.sock: both PAM stages.

    create_load.py SOCKET SECRET PREFIX COUNT THREADS

The users are PREFIX0 to PREFIX<COUNT - 1>, with tokens signed (HS256) by
SECRET for the issuer and the audience of section_create.sh. Prints one line:
users who got in, who did not, seconds, p50 and p99 in microseconds; and on
standard error who did not.
"""
import base64
import hashlib
import hmac
import json
import queue
import socket
import struct
import sys
import threading
import time

BEGIN, ASK, ANSWER, WORKING, DONE = 1, 2, 3, 4, 5
STAGE, FACTOR, SERVICE, USER, REFERENCE = 1, 2, 3, 4, 13
TYPED, VERDICT = 30, 40
AUTH, ACCOUNT, ALLOW = b"\1", b"\2", b"\1"


def text_of(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token_of(secret, user):
    now = int(time.time())
    head = {"alg": "HS256", "typ": "at+jwt"}
    claims = {"iss": "https://idp.example", "aud": "host", "sub": user,
              "preferred_username": user, "name": user.title(),
              "iat": now, "exp": now + 3600}
    signed = b".".join(text_of(json.dumps(part).encode())
                       for part in (head, claims))
    mac = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return signed + b"." + text_of(mac)


def frame(kind, *fields):
    body = b"".join(struct.pack(">BH", tag, len(value)) + value
                    for tag, value in fields)
    return struct.pack(">IBBH", len(body), kind, 1, 0) + body


def receive(connection):
    while True:
        size, kind, _, _ = struct.unpack(
            ">IBBH", connection.recv(8, socket.MSG_WAITALL))
        body = connection.recv(size, socket.MSG_WAITALL) if size else b""
        fields = {}
        while body:
            tag, length = struct.unpack(">BH", body[:3])
            fields[tag], body = body[3:3 + length], body[3 + length:]
        if kind != WORKING:
            return kind, fields


def play(path, begin, token):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.sendall(begin)
        kind, fields = receive(connection)
        while kind == ASK:
            connection.sendall(frame(ANSWER, (TYPED, token)))
            kind, fields = receive(connection)
        return fields


def log_in(path, user, token):
    who = ((FACTOR, b"token"), (SERVICE, b"bench"), (USER, user.encode()))
    done = play(path, frame(BEGIN, (STAGE, AUTH), *who), token)
    if done.get(VERDICT) == ALLOW:
        done = play(path, frame(
            BEGIN, (STAGE, ACCOUNT), *who, (REFERENCE, done[REFERENCE])), b"")
    return done.get(VERDICT) == ALLOW


def run(path, waiting, times, refused):
    while True:
        try:
            user, token = waiting.get_nowait()
        except queue.Empty:
            return
        began = time.monotonic_ns()
        if not log_in(path, user, token):
            refused.append(user)
        times.append((time.monotonic_ns() - began) // 1000)


def main():
    path, secret, prefix = sys.argv[1:4]
    waiting, times, refused = queue.Queue(), [], []
    for number in range(int(sys.argv[4])):
        user = f"{prefix}{number}"
        waiting.put((user, token_of(secret, user)))
    threads = [threading.Thread(target=run,
                                args=(path, waiting, times, refused))
               for _ in range(int(sys.argv[5]))]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - began
    times.sort()
    print(len(times) - len(refused), len(refused), f"{seconds:.3f}",
          times[len(times) // 2], times[len(times) * 99 // 100])
    if refused:
        print("refused:", *refused[:20], file=sys.stderr)


main()
