"""The account that a server runs under when we are root and the server refuses to be."""

import os
import pwd
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from truesend.cli.local.errors import LocalStackError

_CANDIDATES = ("postgres", "nobody")
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2
_CAP_SETPCAP = 8


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged system account."""

    name: str
    user_id: int
    group_id: int


def account_for(data: Path) -> Account | None:
    """Return whom to run a server on the folder `data` as: its owner, else `postgres`, else `nobody`.

    None when we are not root and stay who we are. Raises LocalStackError when the machine has none of them.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat().st_uid) != 0:
        return _account(pwd.getpwuid(owner))
    for name in _CANDIDATES:
        try:
            return _account(pwd.getpwnam(name))
        except KeyError:
            continue
    raise LocalStackError(
        f"Postgres refuses to run as root, and this machine has no account {' or '.join(_CANDIDATES)}: "
        "run truesend as an ordinary user."
    )


def can_reach(account: Account, path: Path) -> bool:
    """Say whether every folder above `path` lets `account` through."""
    return all(_lets_through(folder.stat(), account) for folder in path.resolve().parents)


def passage_capability() -> int:
    """Return the weakest Linux capability we hold that lets a process through folders which are closed to its account.

    A checkout or a data folder below /root is closed to everybody else. Raises LocalStackError when we hold none.
    """
    held = _held_capabilities()
    for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
        if _holds(held, capability) and _holds(held, _CAP_SETPCAP):
            return capability
    raise LocalStackError(
        "Postgres refuses to run as root, and other accounts can't reach its folder from here: "
        "run truesend as an ordinary user, or choose a --data-dir that others can reach, such as one below /var/lib."
    )


def _holds(held: int, capability: int) -> bool:
    return bool(held >> capability & 1)


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(name=entry.pw_name, user_id=entry.pw_uid, group_id=entry.pw_gid)


def _lets_through(folder: os.stat_result, account: Account) -> bool:
    if folder.st_uid == account.user_id:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid == account.group_id:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)


def _held_capabilities() -> int:
    if sys.platform != "linux":
        return 0
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapPrm:"):
            return int(line.split()[1], 16)
    return 0
