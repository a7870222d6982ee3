"""What is held since the day of adoption: shown, or decided on by the operator's word."""

import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar
from uuid import UUID

import asyncpg

from truesend.cli.confirmation import confirm
from truesend.cli.errors import WRONG_SETTING, CommandError, database_in_one_line, settings_in_one_line
from truesend.cli.one_connection import with_database
from truesend.settings import load_database_settings
from truesend.store.adoption import (
    ANY_TIME,
    HeldMessages,
    ScheduledWithin,
    count_held,
    expire_held,
    moment_ago,
    release_held,
)

T = TypeVar("T")
_AGE = re.compile(r"(\d{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Word(Enum):
    """What the operator said about the held messages."""

    RELEASE = "release"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of the held messages are meant: of which organisations, and scheduled how long ago, in seconds."""

    organizations: Collection[UUID] | None = None
    older_than_s: float | None = None
    newer_than_s: float | None = None


def seconds_of(age: str | None, option: str) -> float | None:
    """An age as people write it (``90m``, ``12h``, ``7d``), in seconds. Raises CommandError that names the option."""
    if age is None:
        return None
    found = _AGE.fullmatch(age.strip())
    if found is None:
        raise CommandError(f"{option}: write a number and s, m, h or d, such as 12h or 7d", WRONG_SETTING)
    return float(int(found[1]) * _SECONDS[found[2]])


def held(choice: Choice) -> list[HeldMessages]:
    """What is held of it, by organisation. Raises CommandError when the database can't be asked."""
    _, meant = _looked_at(choice)
    return meant


def carry_out(word: Word, organizations: Collection[UUID] | None, *, within: ScheduledWithin = ANY_TIME) -> int:
    """Do what was said; returns to how many messages. Raises CommandError when the database can't be asked."""

    async def decide(db: asyncpg.Connection) -> int:
        act = release_held if word is Word.RELEASE else expire_held
        return await act(db, organizations, within=within)

    return _with_database(decide)


def decide(word: Word, choice: Choice, *, dry_run: bool, yes: bool) -> str:
    """Show what is meant, ask, and do it. Returns what to tell the operator."""
    within, meant = _looked_at(choice)
    if not meant:
        return "Nothing is held that this means."
    if dry_run:
        return "\n".join([*(_line(each) for each in meant), "Nothing was changed."])
    messages = sum(each.messages for each in meant)
    says = "Let them be sent" if word is Word.RELEASE else "Let them fail as expired, for good"
    confirm(f"{messages} messages of {len(meant)} organisation(s) are held. {says}?", yes=yes)
    return told(word, carry_out(word, choice.organizations, within=within))


def told(word: Word, messages: int) -> str:
    """What became of them."""
    return (
        f"{messages} messages may be sent now." if word is Word.RELEASE else f"{messages} messages failed as expired."
    )


def shown(found: Sequence[HeldMessages]) -> str:
    """What is held, for people."""
    if not found:
        return "Nothing is held."
    return "\n".join(
        [
            *(_line(each) for each in found),
            "They wait for your word: truesend adopt release, or truesend adopt expire.",
        ]
    )


def _line(held: HeldMessages) -> str:
    return (
        f"organisation {held.organization_id}: {held.messages} messages, "
        f"scheduled from {held.oldest:%Y-%m-%d %H:%M} to {held.newest:%Y-%m-%d %H:%M} UTC"
    )


def _looked_at(choice: Choice) -> tuple[ScheduledWithin, list[HeldMessages]]:
    """What is held of it, and between which moments: the same ones for the whole decision, however long a question stands."""

    async def look(db: asyncpg.Connection) -> tuple[ScheduledWithin, list[HeldMessages]]:
        within = ScheduledWithin(
            after=None if choice.newer_than_s is None else await moment_ago(db, choice.newer_than_s),
            before=None if choice.older_than_s is None else await moment_ago(db, choice.older_than_s),
        )
        return within, await count_held(db, choice.organizations, within=within)

    return _with_database(look)


def _with_database(work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    with settings_in_one_line():
        database = load_database_settings()
    with database_in_one_line("adopt"):
        return with_database(database, work, application="adopt")
