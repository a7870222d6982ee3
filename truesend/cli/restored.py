"""`truesend restored`: what comes between restoring a backup and starting the services again."""

from typing import Annotated

import typer

from truesend.cli.confirmation import confirm
from truesend.cli.errors import CommandError, database_in_one_line, settings_in_one_line
from truesend.cli.one_connection import with_database
from truesend.settings import DatabaseSettings, load_database_settings
from truesend.store.restoring import AtWorkError, Restored, settle_after_restore


def restored(*, yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False) -> None:
    """Make a database that was restored from a backup safe to start on: hold what may have been sent since (DATABASE_URL)."""
    with settings_in_one_line():
        database = load_database_settings()
    confirm(
        "hold every message that is pending and due now? It may have been sent after the backup was taken.", yes=yes
    )
    typer.echo(_told(_settle(database)))


def _settle(database: DatabaseSettings) -> Restored:
    with database_in_one_line("restored"):
        try:
            return with_database(database, settle_after_restore, application="restored")
        except AtWorkError:
            raise CommandError(
                "restored: a verifier or a sender is at work on this database; stop them, and try again five seconds later"
            ) from None


def _told(done: Restored) -> str:
    lines = [f"{done.held} messages were due and may have been sent since the backup: they are held."]
    if done.sending:
        lines.append(f"{done.sending} were being sent when it was taken: a sender looks them up.")
    lines.append("Start the services. What is held waits for your word: truesend adopt")
    return "\n".join(lines)
