#!/usr/bin/env python3
"""Run a command with mounts of its own: own_mounts.py COMMAND...

As `unshare --mount --propagation private`, but also in a chroot, where / is no
mount point and so cannot be made private: what is mounted would show outside.
The process then leaves the chroot by entering its own mount namespace anew,
makes everything private, and makes the chroot the root of that namespace.
"""
import ctypes
import os
import sys

CLONE_NEWNS = 0x20000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 1 << 18
MNT_DETACH = 2
libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result != 0:
        sys.exit(f"own_mounts.py: {what}: {os.strerror(ctypes.get_errno())}")


def mount(source, target, flags):
    check(libc.mount(source, target, None, flags, None), f"mount {target}")


def main():
    check(libc.unshare(CLONE_NEWNS), "unshare")
    folder = os.getcwd()
    root = os.open("/", os.O_PATH)
    namespace = os.open("/proc/self/ns/mnt", os.O_RDONLY)
    check(libc.setns(namespace, CLONE_NEWNS), "setns")
    mount(b"none", b"/", MS_REC | MS_PRIVATE)
    if not os.path.samestat(os.stat(root), os.stat("/")):
        path = os.readlink(f"/proc/self/fd/{root}")
        mount(path.encode(), path.encode(), MS_BIND | MS_REC)
        os.chdir(path)
        # The old root is put over the new one and taken off: pivot_root(2).
        check(libc.pivot_root(b".", b"."), "pivot_root")
        check(libc.umount2(b".", MNT_DETACH), "umount2")
    os.chdir(folder)
    os.execvp(sys.argv[1], sys.argv[1:])


main()
