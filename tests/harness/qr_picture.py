#!/usr/bin/env python3
"""Draw the half blocks of a terminal as a picture: qr_picture.py <TEXT >PBM.

Takes the longest run of lines that hold nothing but half blocks, full blocks
and blanks (what a login program puts before the first one is cut off), so that
zbarimg can read what a person's screen showed. Light is drawn white.
"""
import re
import sys

# (upper half light, lower half light)
BLOCKS = {" ": (0, 0), "\u2580": (1, 0), "\u2584": (0, 1), "\u2588": (1, 1)}
SCALE = 6


def runs(text):
    run = []
    for line in text.replace("\r", "").split("\n") + [""]:
        found = re.search("[ \u2580\u2584\u2588]{20,}$", line.rstrip("\n"))
        if found:
            run.append(found.group())
        else:
            yield run
            run = []


def main():
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    rows = max(runs(text), key=len)
    width = max(map(len, rows), default=0)
    if width == 0:
        sys.exit("no half blocks were shown")
    bits = []
    for row in rows:
        halves = [BLOCKS[character] for character in row.ljust(width)]
        for half in (0, 1):
            line = "".join(str(1 - h[half]) * SCALE for h in halves)
            bits += [line] * SCALE
    print(f"P1\n{width * SCALE} {len(bits)}")
    print("\n".join(bits))


main()
