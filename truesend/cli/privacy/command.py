"""`truesend privacy`: export and erase. Works on the database, as the role that migrated it."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import asyncpg
import typer

from services.api.recipients import normalized_recipient
from truesend.cli.confirmation import confirm
from truesend.cli.errors import (
    FAILED,
    WRONG_SETTING,
    CommandError,
    database_in_one_line,
    settings_in_one_line,
)
from truesend.cli.one_connection import with_database
from truesend.cli.operator.connection import AsJson
from truesend.cli.terminal import say, show_fields, show_json
from truesend.settings import load_database_settings
from truesend.store.crm_dead_letters import DeadLetterTableError, forget_the_erased
from truesend.store.privacy import Person, erase, find, kept_about

LOCK_TIMEOUT_MS = 5_000

privacy = typer.Typer(name="privacy", help="What is kept about one recipient.", no_args_is_help=True)
Number = Annotated[
    str, typer.Option("--number", help="a phone number with its country code, in any usual spelling, or a group's id")
]
Whose = Annotated[UUID, typer.Option("--organization", help="whose recipient it is")]
T = TypeVar("T")


@privacy.command("export")
def export_person(number: Number, organization: Whose) -> None:
    """Print all that is kept about a recipient as one JSON document."""
    person = _person(number, organization)

    async def kept(db: asyncpg.Connection) -> dict[str, Any]:
        return {**await kept_about(db, person, await find(db, person))}

    found = _with_database(kept)
    show_json(
        {
            "organization_id": person.organization_id,
            "number": person.number,
            "exported_at": datetime.now(UTC),
            **found,
        }
    )
    if not any(found.values()):
        say("Nothing is kept about this recipient.")


@privacy.command("erase")
def erase_person(
    number: Number,
    organization: Whose,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="count, and change nothing")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="don't ask")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase what names a recipient and what was said to them, for good. What waits to be sent is cancelled.

    Ends with code 1 if messages are on their way: they are left, until it is known what became of them.
    """
    person = _person(number, organization)
    counts = _with_database(lambda db: _counted(db, person))
    if dry_run:
        return _show(counts, as_json=as_json)
    confirm(
        f"Erase {counts['messages']} message(s) and every trace of the recipient for good, cancelling"
        f" {counts['cancelled']} that wait to be sent?",
        yes=yes,
    )
    done = _with_database(lambda db: _erased(db, person))
    _show(done, as_json=as_json)
    if done["left"]:
        raise CommandError(
            f"privacy: {done['left']} message(s) are on their way, and were left: when it is known what became of them, do"
            " this again",
            FAILED,
        )
    return None


async def _counted(db: asyncpg.Connection, person: Person) -> dict[str, int]:
    found = await find(db, person)
    return {"messages": len(found.messages), "cancelled": found.waiting, "left": len(found.under_way)}


async def _erased(db: asyncpg.Connection, person: Person) -> dict[str, int]:
    erased = await erase(db, person, await find(db, person))
    if table := load_database_settings().dead_letter_table:
        await forget_the_erased(db, table)
    return asdict(erased)


def _show(counts: dict[str, int], *, as_json: bool) -> None:
    if as_json:
        show_json(counts)
    else:
        show_fields((name, str(number)) for name, number in counts.items())


def _person(number: str, organization: UUID) -> Person:
    try:
        return Person(organization, normalized_recipient(number))
    except ValueError as error:
        raise CommandError(f"--number: {error}", WRONG_SETTING) from None


def _with_database(work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    """Run ``work`` on a connection of its own. Raises CommandError where the database can't be asked."""
    with settings_in_one_line():
        database = load_database_settings()
    with database_in_one_line("privacy"):
        try:
            return with_database(database, work, application="privacy", settings={"lock_timeout": str(LOCK_TIMEOUT_MS)})
        except DeadLetterTableError as error:
            raise CommandError(
                f"privacy: DEAD_LETTER_TABLE refuses to have words taken out of its entries ({error})"
            ) from None
        except asyncpg.LockNotAvailableError:
            raise CommandError("privacy: somebody else holds these messages; try again") from None
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.RaiseError):
            raise CommandError("privacy: a rule of the CRM's own database refuses this change") from None
