"""`truesend migrate`, `topics` and `adopt`: what comes before the services' first start. Each may run twice."""

import asyncio
import logging
from typing import Annotated
from uuid import UUID

import typer

from truesend.cli.errors import WRONG_SETTING, CommandError, settings_in_one_line


def migrate() -> None:
    """Bring the database up to date (DATABASE_URL)."""
    with settings_in_one_line():
        from truesend.settings import load_database_settings
        from truesend.store.migrations import MigrationError
        from truesend.store.migrations import migrate as apply

        database_url = load_database_settings().database_url.get_secret_value()
    try:
        apply(database_url, say=typer.echo)
    except MigrationError as error:
        raise CommandError(f"migrate: {error}") from None
    typer.echo("The database is up to date.")


def topics() -> None:
    """Create the Kafka topics that are missing (KAFKA_BOOTSTRAP_SERVERS, KAFKA_…)."""
    with settings_in_one_line():
        from aiokafka.errors import KafkaError

        from truesend.broker.topics import create_topics
        from truesend.settings import load_kafka_settings

        settings = load_kafka_settings()
    # The library says what it tries, line after line; our one line says what came of it.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        with settings_in_one_line():
            created = asyncio.run(create_topics(settings))
    except (KafkaError, OSError) as error:
        raise CommandError(f"topics: {error}") from None
    typer.echo("\n".join(f"Created {name}" for name in created) or "All topics are there.")


def adopt(
    *,
    send: Annotated[bool, typer.Option("--send", help="let what is held be sent")] = False,
    expire: Annotated[bool, typer.Option("--expire", help="let what is held fail as expired")] = False,
    organization: Annotated[
        list[UUID] | None, typer.Option(help="only this organisation's; may be given several times")
    ] = None,
) -> None:
    """Show the messages that were overdue at the first migration and are held since; send or expire them."""
    if send and expire:
        raise CommandError("adopt: choose --send or --expire, not both", WRONG_SETTING)
    from truesend.cli.held_messages import Word, carry_out

    word = Word.SEND if send else Word.EXPIRE if expire else Word.NONE
    typer.echo(carry_out(word, organization))
