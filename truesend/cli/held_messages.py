"""What `truesend adopt` does: show what is held since the day of adoption, or carry out the operator's word on it."""

import asyncio
from collections.abc import Collection
from enum import Enum
from uuid import UUID

import asyncpg

from truesend.cli.errors import CommandError, settings_in_one_line
from truesend.settings import load_database_settings
from truesend.store.adoption import HeldMessages, count_held, expire_held, release_held


class Word(Enum):
    """What the operator said about the held messages."""

    NONE = "none"
    SEND = "send"
    EXPIRE = "expire"


def carry_out(word: Word, organizations: Collection[UUID] | None) -> str:
    """Do what was said, for these organisations or for all, and return what to tell the operator.

    Raises CommandError when the database can't be asked.
    """
    with settings_in_one_line():
        database_url = load_database_settings().database_url.get_secret_value()
    try:
        return asyncio.run(_carry_out(database_url, word, organizations))
    except asyncpg.UndefinedTableError:
        raise CommandError("adopt: the database is not migrated; run truesend migrate") from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise CommandError(f"adopt: the database can't be asked ({type(error).__name__})") from None


async def _carry_out(database_url: str, word: Word, organizations: Collection[UUID] | None) -> str:
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        match word:
            case Word.SEND:
                return f"{await release_held(connection, organizations)} messages may be sent now."
            case Word.EXPIRE:
                return f"{await expire_held(connection, organizations)} messages failed as expired."
            case Word.NONE:
                return _shown(await count_held(connection), organizations)
    finally:
        await connection.close(timeout=5)


def _shown(held: Collection[HeldMessages], organizations: Collection[UUID] | None) -> str:
    lines = [_line(each) for each in held if organizations is None or each.organization_id in organizations]
    if not lines:
        return "Nothing is held."
    return "\n".join([*lines, "They wait for your word: truesend adopt --send, or truesend adopt --expire."])


def _line(held: HeldMessages) -> str:
    return (
        f"organisation {held.organization_id}: {held.messages} messages, "
        f"scheduled from {held.oldest:%Y-%m-%d %H:%M} to {held.newest:%Y-%m-%d %H:%M} UTC"
    )
