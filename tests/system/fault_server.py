#!/usr/bin/python3 -Wignore
"""An HTTP server on loopback that misbehaves on purpose, or only listens.

    fault_server.py --dir DIR [--tls] [--elsewhere NAME,...]

It serves until its standard input ends. Each request that arrives is appended
to DIR/requests, one JSON object a line: {"port", "method", "path", "headers":
[[name, value]], "body"}. When all ports are open, DIR/ports appears with a line
"NAME PORT" for each: plain, trap (whatever connects to it is noted as method
TRAP) and, with --tls, good, wrong-host, expired, self-signed, tls11, anonymous,
whose certificates are signed by DIR/ca.pem and for "localhost" unless the name
says otherwise. With --elsewhere there is one more, at port 443 of all addresses,
for the hosts NAME.

The path says what to do, see FAULTS and answer(). Any other gets 200 and "ok",
so it serves as the receiver of a webhook too: http://127.0.0.1:PLAIN/hook.
"""
import argparse
import gzip
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time

MIB = 1 << 20


def head(status=200, **headers):
    lines = [f"HTTP/1.1 {status} x"]
    lines += [f"{n.replace('_', '-')}: {v}" for n, v in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def whole(body, status=200, kind="application/json", **headers):
    if kind:
        headers["Content_Type"] = kind
    return head(status, Content_Length=len(body), Connection="close",
                **headers) + body


def forever(connection, piece, pause=0.0):
    while True:
        connection.sendall(piece)
        time.sleep(pause)


def hang(connection, _):
    time.sleep(60)


def trickle(connection, _):
    connection.sendall(head(Content_Length=10000))
    forever(connection, b"x", 1.0)


def trickle_head(connection, _):
    connection.sendall(b"HTTP/1.1 200 x\r\nX-Slow: ")
    forever(connection, b"x", 1.0)


def endless(connection, _):
    connection.sendall(head(Connection="close"))
    forever(connection, b"x" * 65536)


def endless_chunks(connection, _):
    connection.sendall(head(Transfer_Encoding="chunked"))
    forever(connection, b"1000\r\n" + b"x" * 4096 + b"\r\n")


def endless_trailer(connection, _):
    connection.sendall(head(Transfer_Encoding="chunked") + b"0\r\n")
    forever(connection, b"X-Flood: " + b"x" * 1000 + b"\r\n")


def promise(connection, _):
    connection.sendall(head(Content_Length=1 << 40) + b"x")
    time.sleep(60)


def header_flood(connection, _):
    connection.sendall(b"HTTP/1.1 200 x\r\n")
    forever(connection, b"X-Flood: " + b"x" * 1000 + b"\r\n")


def long_header(connection, _):
    connection.sendall(b"HTTP/1.1 200 x\r\nX-Long: ")
    forever(connection, b"x" * 65536)


def long_status(connection, _):
    connection.sendall(b"HTTP/1.1 200 ")
    forever(connection, b"x" * 65536)


def interim_flood(connection, _):
    forever(connection, b"HTTP/1.1 102 x\r\n\r\n")


def bomb(connection, path):
    body = gzip.compress(b"x" * (64 * MIB))
    if path.endswith("te"):
        connection.sendall(head(Transfer_Encoding="gzip, chunked"))
        connection.sendall(b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n")
    else:
        connection.sendall(whole(body, Content_Encoding="gzip"))


def cut(connection, _):
    connection.sendall(head(Content_Length=100) + b"half")


def raw(text):
    return lambda connection, _: connection.sendall(text)


FAULTS = {
    "/hang": hang,
    "/trickle": trickle,
    "/trickle-head": trickle_head,
    "/endless": endless,
    "/endless-chunks": endless_chunks,
    "/endless-trailer": endless_trailer,
    "/promise": promise,
    "/header-flood": header_flood,
    "/long-header": long_header,
    "/long-status": long_status,
    "/interim-flood": interim_flood,
    "/bomb": bomb,
    "/bomb-te": bomb,
    "/cut": cut,
    "/close": raw(b""),
    "/garbage": raw(b"\x00\xff\x16\x03 nonsense\r\n\r\n" * 10),
    "/http09": raw(b"just text\n"),
    "/bad-status": raw(b"HTTP/1.1 abc x\r\n\r\n"),
    "/latin1": raw(whole(b"gr\xfc\xdfe")),
    "/nul": raw(whole(b"a\0b")),
    "/cookie": raw(whole(b"ok", Set_Cookie="id=1; Path=/")),
    "/slow": lambda c, _: (time.sleep(4), c.sendall(whole(b"ok"))),
    "/continue": raw(b"HTTP/1.1 102 x\r\n\r\n" + whole(b"ok")),
}


class Server:
    def __init__(self, directory):
        self.directory = directory
        self.lock = threading.Lock()
        self.ports = {}

    def note(self, **request):
        line = json.dumps(request) + "\n"
        with self.lock, open(f"{self.directory}/requests", "a") as file:
            file.write(line)

    def open(self, name, serve, context=None, at=("127.0.0.1", 0)):
        listener = socket.create_server(at, backlog=128)
        self.ports[name] = listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True,
                         args=(listener, name, serve, context)).start()

    def accept(self, listener, *arguments):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self.run, daemon=True,
                             args=(connection,) + arguments).start()

    def run(self, connection, name, serve, context):
        try:
            connection.settimeout(60)
            if context:
                connection = context.wrap_socket(connection, server_side=True)
            serve(connection, name)
        except (OSError, ValueError):
            pass
        finally:
            connection.close()

    def trap(self, connection, name):
        self.note(port=name, method="TRAP", path="", headers=[], body="")
        connection.settimeout(2)
        self.note(port=name, method="TRAP", path="", headers=[],
                  body=connection.recv(65536).decode("latin-1"))

    def serve(self, connection, name):
        text = b""
        while b"\r\n\r\n" not in text:
            more = connection.recv(65536)
            if not more:
                return
            text += more
            if text[0] == 0x16:  # a TLS handshake where none is spoken
                return connection.sendall(whole(b"plain", 400))
        top, body = text.split(b"\r\n\r\n", 1)
        lines = top.decode("latin-1").split("\r\n")
        method, path, _ = lines[0].split(" ", 2)
        headers = [line.split(": ", 1) for line in lines[1:]]
        size = {n.lower(): v for n, v in headers}.get("content-length", "0")
        while len(body) < int(size):
            body += connection.recv(65536)
        self.note(port=name, method=method, path=path, headers=headers,
                  body=body.decode("utf-8", "replace"))
        if method == "CONNECT":
            self.tunnel(connection, path)
        else:
            self.answer(connection, path)

    def answer(self, connection, path):
        """/redirect/STATUS/PORT, /status/STATUS, /big/BYTES, /file/NAME (of
        DIR), /type/NAME/TYPE/SUBTYPE/PARAMETERS (the same file, as of that type;
        untyped: of none), or a fault; each also as an issuer that is asked for
        metadata."""
        path = path.split("?")[0].split("/.well-known/")[0]
        parts = path.split("/")
        if parts[1] == "redirect":
            target = f"http://127.0.0.1:{self.ports['trap']}/stolen"
            connection.sendall(whole(b"", int(parts[2]), Location=target))
        elif parts[1] == "status":
            connection.sendall(whole(b"", int(parts[2])))
        elif parts[1] == "big":
            # Three bytes a character, so that no part of it ends by chance.
            connection.sendall(whole("€".encode() * int(parts[2])))
        elif parts[1] == "file":
            with open(f"{self.directory}/{parts[2]}", "rb") as file:
                connection.sendall(whole(file.read()))
        elif parts[1] == "type":
            with open(f"{self.directory}/{parts[2]}", "rb") as file:
                kind = "/".join(parts[3:5]) + "".join(parts[5:])
                connection.sendall(whole(
                    file.read(), kind=kind if kind != "untyped" else None))
        elif path in FAULTS:
            FAULTS[path](connection, path)
        else:
            connection.sendall(whole(b"ok"))

    def tunnel(self, connection, target):
        host, port = target.rsplit(":", 1)
        other = socket.create_connection((host, int(port)))
        connection.sendall(head())

        def pump(source, sink):
            while piece := source.recv(65536):
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)

        threading.Thread(target=pump, args=(other, connection),
                         daemon=True).start()
        pump(connection, other)


def openssl(*arguments):
    subprocess.run(("openssl",) + arguments, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_certificate(directory, name, host, days, signed=True):
    at = f"{directory}/{name}"
    with open(f"{at}.ext", "w") as file:
        file.write(f"subjectAltName = DNS:{host}\n")
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
            "-keyout", f"{at}.key", "-out", f"{at}.csr")
    signer = ["-CA", f"{directory}/ca.pem", "-CAkey", f"{directory}/ca.key",
              "-CAcreateserial"] if signed else ["-signkey", f"{at}.key"]
    openssl("x509", "-req", "-in", f"{at}.csr", *signer, "-days", str(days),
            "-extfile", f"{at}.ext", "-out", f"{at}.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{at}.pem", f"{at}.key")
    return context


def open_tls(server, directory):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=test CA",
            "-days", "2", "-keyout", f"{directory}/ca.key", "-out",
            f"{directory}/ca.pem")
    good = make_certificate(directory, "good", "localhost", 2)
    server.open("good", server.serve, good)
    server.open("wrong-host", server.serve,
                make_certificate(directory, "wrong-host", "other.example", 2))
    server.open("expired", server.serve,
                make_certificate(directory, "expired", "localhost", -1))
    server.open("self-signed", server.serve, make_certificate(
        directory, "self-signed", "localhost", 2, signed=False))

    old = make_certificate(directory, "tls11", "localhost", 2)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    server.open("tls11", server.serve, old)

    anonymous = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    anonymous.set_ciphers("aNULL:@SECLEVEL=0")
    anonymous.maximum_version = ssl.TLSVersion.TLSv1_2
    server.open("anonymous", server.serve, anonymous)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dir", required=True)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--elsewhere")
    options = parser.parse_args()

    server = Server(options.dir)
    server.open("trap", server.trap)
    server.open("plain", server.serve)
    if options.tls:
        open_tls(server, options.dir)
    if options.elsewhere:
        hosts = options.elsewhere.replace(",", ",DNS:")
        server.open("elsewhere", server.serve, make_certificate(
            options.dir, "elsewhere", hosts, 2), ("", 443))
    with open(f"{options.dir}/ports.new", "w") as file:
        file.writelines(f"{n} {p}\n" for n, p in server.ports.items())
    os.rename(f"{options.dir}/ports.new", f"{options.dir}/ports")
    sys.stdin.read()


if __name__ == "__main__":
    main()
