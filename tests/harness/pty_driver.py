#!/usr/bin/env python3
"""Play a person at a terminal of 80 x 24, or of N columns.

    pty_driver.py [--seconds N] [--columns N] [--raw FILE] [EXPECT ANSWER]...
                  -- COMMAND...

Waits until what the command has shown since the last answer matches EXPECT (a
regular expression; ^ and $ are at line ends), then types ANSWER and Enter, and
so on; after the last pair waits for the end. An ANSWER that begins with "!" is
a shell command, run only then, whose output is typed; its standard input is all
that was shown so far. Everything shown goes to standard
output, and unchanged to FILE. The status is the command's, or 124 when
something expected did not come in N seconds (20).
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time


def arguments(argv):
    seconds, columns, raw, pairs = 20.0, 80, None, []
    while argv and argv[0] != "--":
        if argv[0] == "--seconds":
            seconds = float(argv[1])
        elif argv[0] == "--columns":
            columns = int(argv[1])
        elif argv[0] == "--raw":
            raw = open(argv[1], "wb")
        else:
            pattern = re.compile(argv[0].encode(), re.MULTILINE)
            pairs.append((pattern, argv[1].encode()))
        argv = argv[2:]
    if len(argv) < 2:
        sys.exit(__doc__)
    return seconds, columns, raw, pairs, argv[1:]


class Terminal:
    def __init__(self, command, columns, raw):
        self.raw = raw
        self.shown = bytearray()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # Here, so that the command cannot ask before it is set.
            size = struct.pack("HHHH", 24, columns, 0, 0)
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.environ["TERM"] = "xterm"
            try:
                os.execvp(command[0], command)
            except OSError as error:
                print(f"{command[0]}: {error.strerror}", file=sys.stderr)
                os._exit(127)

    def read(self, deadline):
        """What is shown next; b"" at the end, None after the deadline."""
        left = max(0, deadline - time.monotonic())
        if not select.select([self.fd], [], [], left)[0]:
            return None
        try:
            shown = os.read(self.fd, 65536)
        except OSError:  # Linux says EIO when the last process has gone
            return b""
        sys.stdout.buffer.write(shown.replace(b"\r\n", b"\n"))
        sys.stdout.buffer.flush()
        self.shown += shown
        if self.raw:
            self.raw.write(shown)
            self.raw.flush()
        return shown

    def type(self, text):
        if text.startswith(b"!"):
            said = subprocess.run(["bash", "-c", text[1:]], check=True,
                                  input=bytes(self.shown), capture_output=True)
            text = said.stdout.strip()
        # A program that switches echo off flushes what was typed before.
        time.sleep(0.05)
        os.write(self.fd, text + b"\n")

    def stop(self, why):
        print(f"\n[pty_driver: {why}]", flush=True)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        sys.exit(124)


def main():
    seconds, columns, raw, pairs, command = arguments(sys.argv[1:])
    terminal = Terminal(command, columns, raw)
    unanswered = b""
    deadline = time.monotonic() + seconds
    while True:
        shown = terminal.read(deadline)
        if shown is None:
            waited = pairs[0][0].pattern.decode() if pairs else "the end"
            terminal.stop(f"no {waited} within {seconds} s")
        if not shown:
            break
        unanswered += shown.replace(b"\r\n", b"\n")
        if pairs and pairs[0][0].search(unanswered):
            unanswered = b""
            terminal.type(pairs.pop(0)[1])
            deadline = time.monotonic() + seconds
    status = os.waitstatus_to_exitcode(os.waitpid(terminal.pid, 0)[1])
    if pairs and status == 0:
        print(f"\n[pty_driver: never asked {pairs[0][0].pattern.decode()}]")
        status = 124
    sys.exit(status if status >= 0 else 128 - status)


main()
