"""Becomes a command that cannot outlive its parent, if asked under another account.

Run as a script of its own, and before the command: what it does to itself (a user namespace,
other ids) a process with threads cannot do to its children.

    tether.py PARENT_PID SIGNAL same|namespace|drop UID GID COMMAND...

Only the standard library and no package of ours: it starts in milliseconds, and root may run it
from a place that the account cannot read.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
EXIT_CODE_OF_ORPHAN = 1
EXIT_CODE_NOT_FOUND = 127  # the shell's


def enter_namespace(uid: int, gid: int) -> None:
    """Root looks like an ordinary user, who still owns root's files. OSError where forbidden."""
    outer_uid, outer_gid = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "no user namespace")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {outer_gid} 1")


def drop_to(uid: int, gid: int) -> None:
    """Root becomes this user for good."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def die_with(parent: int, signal_number: int) -> None:
    """Have the kernel send the signal when the parent is gone (Linux; elsewhere a no-op)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:  # it died before the line above
        sys.exit(EXIT_CODE_OF_ORPHAN)


def main(arguments: list[str]) -> None:
    """Never returns: ends as the command, or with one line about why not."""
    parent, signal_number, account, uid, gid, *command = arguments
    try:
        if account == "namespace":
            enter_namespace(int(uid), int(gid))
        elif account == "drop":
            drop_to(int(uid), int(gid))
        # Last, since the kernel forgets the wish when the ids change.
        die_with(int(parent), int(signal_number))
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        sys.exit(EXIT_CODE_NOT_FOUND)


if __name__ == "__main__":
    main(sys.argv[1:])
