#!/usr/bin/python3 -Wignore
"""An identity provider for device logins that misbehaves on purpose.

    device_faults.py --dir DIR

It serves on loopback until its standard input ends; DIR/port appears when it
does. Its endpoints are /NAME/auth and /NAME/token: NAME is one of BEGINNINGS or
of ENDINGS, which say what the one and the other answer. What is in neither
behaves well: device and user codes count up, and a code is approved when
DIR/USER_CODE is there, which holds the user's name. DIR/asked gets a line
"SECONDS NAME auth|token" for each request.

    device_faults.py --starts N SOCKET USER [RHOST]
                                                N logins at authboxd's pam.sock,
                                                each left at the first prompt;
                                                "%d" in USER is its number. With
                                                RHOST those refused count too
"""
import base64
import hashlib
import hmac
import json
import os
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = b"0123456789abcdef0123456789abcdef"
ISSUER = "https://idp.example"

GOOD = {"verification_uri": "https://idp.example/device", "expires_in": 20,
        "interval": 1}
BEGINNINGS = {
    "escapes": {"user_code": "A\x1b[2J\x1b]0;x\x07"},
    "newlines": {"user_code": "A\r\nPassword: "},
    "huge": {"user_code": "A" * 200000},
    "bidi": {"user_code": "A\u202eB"},
    "uri-escapes": {"verification_uri": "https://idp.example/\x1b[31m"},
    "uri-http": {"verification_uri": "http://evil.example/device"},
    "uri-script": {"verification_uri": "javascript:alert(1)"},
    "interval-huge": {"interval": 10 ** 9},
    "interval-below": {"interval": -1},
    "expiry-none": {"expires_in": None},
    "expiry-text": {"expires_in": "20"},
    "interval-0": {"interval": 0, "expires_in": 5},
    "expiry-huge": {"expires_in": 10 ** 9},
}
ENDINGS = {
    "slow-down": (400, {"error": "slow_down"}),
    "pending": (400, {"error": "authorization_pending"}),
    "interval-0": (400, {"error": "authorization_pending"}),
    "too-many": (429, {}),
    "down": (503, {}),
    "refused": (400, {"error": "invalid_grant"}),
    "nonsense": (200, {"token": "yes"}),
}


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token(user):
    now = int(time.time()) + int(open(os.environ["AUTHBOX_CLOCK_FILE"]).read())
    claims = {"iss": ISSUER, "aud": "ssh", "sub": user, "iat": now,
              "exp": now + 600}
    said = b".".join(base64url(json.dumps(part).encode())
                     for part in ({"alg": "HS256", "typ": "at+jwt"}, claims))
    made = hmac.new(KEY, said, hashlib.sha256).digest()
    return (said + b"." + base64url(made)).decode()


class Provider(BaseHTTPRequestHandler):
    lock = threading.Lock()
    count = 0
    codes = {}

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        _, name, which = self.path.split("/")
        with self.lock, open(f"{DIR}/asked", "a") as file:
            file.write(f"{time.monotonic():.3f} {name} {which}\n")
        status, said = getattr(self, which)(name, body)
        text = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def auth(self, name, _):
        with self.lock:
            Provider.count += 1
            device, user = f"dc-{self.count}", f"UC-{self.count}"
            self.codes[device] = user
        return 200, {**GOOD, "device_code": device, "user_code": user,
                     **BEGINNINGS.get(name, {})}

    def token(self, name, body):
        if name in ENDINGS:
            return ENDINGS[name]
        fields = dict(field.split("=") for field in body.split("&"))
        decided = f"{DIR}/{self.codes[fields['device_code']]}"
        if not os.path.exists(decided):
            return ENDINGS["pending"]
        return 200, {"access_token": token(open(decided).read().strip()),
                     "token_type": "Bearer", "refresh_token": "rt"}

    def log_message(self, *_):
        pass


def frame(kind, *fields):
    body = b"".join(struct.pack(">BH", tag, len(value)) + value
                    for tag, value in fields)
    return struct.pack(">IBBH", len(body), kind, 1, 0) + body


def start(path, user, rhost=""):
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(path)
        peer.sendall(frame(1, (1, b"\1"), (2, b"device"), (3, b"sshd"),
                           (4, user.encode()),
                           (6, rhost.encode()) if rhost else (7, b"tty1"),
                           (10, b"\0\0\0\0"), (11, b"\1")))
        head = peer.recv(8, socket.MSG_WAITALL)
        size, kind = struct.unpack(">IB", head[:5])
        peer.recv(size, socket.MSG_WAITALL)
        return kind


def start_at_last(path, user):
    """There are few places, and a login that was left ends by itself."""
    for _ in range(500):
        if start(path, user) == 2:
            return 2
        time.sleep(0.01)
    return 0


if sys.argv[1] == "--starts":
    begin = start if len(sys.argv) > 5 else start_at_last
    asked = [begin(*(text.replace("%d", str(i)) for text in sys.argv[3:]))
             for i in range(int(sys.argv[2]))]
    print(asked.count(2), "were asked")
else:
    DIR = sys.argv[2]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with open(f"{DIR}/port.new", "w") as port:
        port.write(f"{server.server_port}\n")
    os.rename(f"{DIR}/port.new", f"{DIR}/port")
    sys.stdin.read()
