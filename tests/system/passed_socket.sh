#!/bin/bash
# A connection that a program of one user opens and one of another user speaks
# on: it is the opener's for as long as it lives, on both sockets, whatever
# becomes of the opener.
# time limit: 30 s
. tests/harness/private_host.sh

host_start
authboxd_start
enrol alice
enrol bob
cat >$HOST/passed.py <<'PYTHON'
"""passed.py OPENER SPEAKER pam|api [gone] USER: what authboxd answers about USER
on a connection of OPENER, who may be gone by then, when SPEAKER asks."""
import json
import os
import pwd
import socket
import struct
import sys


def become(name):
    entry = pwd.getpwnam(name)
    os.setgroups([])
    os.setresgid(*[entry.pw_gid] * 3)
    os.setresuid(*[entry.pw_uid] * 3)


def frame(kind, *fields):
    body = b"".join(struct.pack(">BH", tag, len(value)) + value
                    for tag, value in fields)
    return struct.pack(">IBBH", len(body), kind, 1, 0) + body


def ask_pam(peer, user):
    peer.sendall(frame(1, (1, b"\1"), (2, b"totp"), (3, b"sshd"),
                       (4, user.encode()), (10, b"\0\0\0\0"), (11, b"\1")))
    head = peer.recv(8, socket.MSG_WAITALL)
    if len(head) < 8:
        return "closed"
    return "asked" if head[4] == 2 else "done"


def ask_api(peer, user):
    peer.sendall(json.dumps({"method": "io.authbox.TwoFactor.Reset",
                             "parameters": {"user": user}}).encode() + b"\0")
    reply = json.loads(peer.recv(65536).rstrip(b"\0"))
    return reply.get("error", "done").split(".")[-1]


opener, speaker, which, *gone, user = sys.argv[1:]
ours, theirs = socket.socketpair()
child = os.fork()
if child == 0:
    theirs.close()
    become(opener)
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(f"/run/authbox/{which}.sock")
    socket.send_fds(ours, [b"x"], [peer.fileno()])
    if not gone:
        ours.recv(1)  # stays until the end
    os._exit(0)
_, fds, _, _ = socket.recv_fds(theirs, 1, 1)
if gone:
    os.waitpid(child, 0)
become(speaker)
with socket.socket(fileno=fds[0]) as peer:
    peer.settimeout(30)
    print((ask_pam if which == "pam" else ask_api)(peer, user))
PYTHON
passed() {
	timeout 40 python3 $HOST/passed.py "$@"
}

test_root_speaks_with_no_more_than_the_openers_rights() {
	is "$(passed alice root api bob)" Forbidden
	is "$(passed alice root api alice)" Forbidden # root's alone
	is "$(passed alice root api gone bob)" Forbidden
	has "$(authboxctl 2fa status bob)" 'enrolled'
}
test_another_user_gets_none_of_his_own() {
	is "$(passed alice bob pam bob)" 'done'
	is "$(passed bob alice pam gone alice)" 'done'
	is "$(passed alice bob pam alice)" asked
}
test_whom_root_gives_a_connection_to_speaks_as_root() {
	# Which root should not do; but nothing else decides than who opened it.
	is "$(passed root alice pam bob)" asked
	is "$(passed root alice api bob)" 'done'
}
run_tests
