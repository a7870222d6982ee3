"""Becomes another program: under another account, and not outliving the process that asked for it.

Runs as a script of its own (`python -I -S launch.py …`), since doing this between fork and exec is unsafe in a process
that has threads. Standard library only: it starts in a few milliseconds.
"""

import argparse
import ctypes
import os
import signal
import sys

# linux/prctl.h, linux/capability.h, linux/securebits.h
_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS = 28
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_LINUX_CAPABILITY_VERSION_3 = 0x20080522


def main(arguments: list[str]) -> None:
    """Take on what the options say, then exec the command; returns never."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True, help="die with this process, which must be our parent")
    parser.add_argument("--death-signal", type=int, default=signal.SIGKILL)
    parser.add_argument("--user-id", type=int)
    parser.add_argument("--group-id", type=int)
    parser.add_argument("--keep-capability", type=int)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args(arguments)
    if options.user_id is not None:
        _become(options.user_id, options.group_id, options.keep_capability)
    # The kernel forgets the death signal when the account changes: it comes last.
    die_with_parent(options.parent, options.death_signal)
    os.execvp(options.command[0], options.command)  # noqa: S606


def _become(user_id: int, group_id: int, keep_capability: int | None) -> None:
    if keep_capability is not None:
        # The capability must outlast setuid, and count in access(2) too, by which initdb looks for its programs.
        _prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP)
    os.setgroups([])
    os.setgid(group_id)
    os.setuid(user_id)
    if keep_capability is not None:
        _hold_only(keep_capability)
        _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, keep_capability)


def die_with_parent(parent: int, death_signal: int) -> None:
    """Have the kernel send us this signal when our parent ends; end now if it has. Linux only, elsewhere nothing."""
    if sys.platform != "linux":
        return
    _prctl(_PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:
        sys.exit(1)


def _hold_only(capability: int) -> None:
    mask = 1 << capability
    header = (ctypes.c_uint32 * 2)(_LINUX_CAPABILITY_VERSION_3, 0)
    effective_permitted_inheritable = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    _check(ctypes.CDLL(None, use_errno=True).capset(header, effective_permitted_inheritable))


def _prctl(option: int, second: int, third: int = 0) -> None:
    # Linux reads five longs, and refuses PR_CAP_AMBIENT unless those not used are 0.
    longs = [ctypes.c_ulong(value) for value in (second, third, 0, 0)]
    _check(ctypes.CDLL(None, use_errno=True).prctl(option, *longs))


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    main(sys.argv[1:])
