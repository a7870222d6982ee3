"""Whom a bench may write to: what it sends is sent, and nobody gets a message that they don't wait for."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from truesend.cli.errors import WRONG_SETTING, CommandError
from truesend.cli.up.demo import SESSIONS as DEMO_SESSIONS

MADE_UP: Final = 1_000
_FIRST_MADE_UP: Final = 919_800_100_000
_DEMO: Final = frozenset(session.id for session in DEMO_SESSIONS)


def recipients_for(sessions: Collection[UUID], named: Sequence[str], *, reaches_nobody: bool) -> tuple[str, ...]:
    """The numbers to write to in turn: those ``named``, or made-up ones where no gateway can reach them.

    That is so for the demo's sessions, which exist at the simulated gateway only, and where the operator says so. Raises
    CommandError elsewhere.
    """
    if named:
        return tuple(dict.fromkeys(named))
    if reaches_nobody or is_demo(sessions):
        return tuple(str(_FIRST_MADE_UP + number) for number in range(MADE_UP))
    raise CommandError(
        "bench: these sessions may be at a real gateway, and what is sent is sent: say --recipient with a number of your own,"
        " or --yes-really-send where the gateway is a stand-in that reaches nobody",
        WRONG_SETTING,
    )


def is_demo(sessions: Collection[UUID]) -> bool:
    """Whether all of them are the demo's."""
    return bool(sessions) and _DEMO.issuperset(sessions)
