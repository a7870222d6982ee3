"""`truesend migrate` and `truesend topics`: what comes before the services' first start. Each may run twice."""

import asyncio
import logging

import typer

from truesend.cli.errors import CANNOT_REACH, WRONG_SETTING, CommandError, settings_in_one_line


def migrate() -> None:
    """Bring the database up to date (DATABASE_URL, or past a pooler DATABASE_DIRECT_URL)."""
    with settings_in_one_line():
        from truesend.settings import load_database_settings
        from truesend.store.migrations import DatabaseAwayError, MigrationError
        from truesend.store.migrations import migrate as apply

        session_url = load_database_settings().session_url
    if session_url is None:
        raise CommandError(
            "DATABASE_DIRECT_URL: is missing; migrations need the database itself, past the pooler", WRONG_SETTING
        )
    try:
        apply(session_url, say=typer.echo)
    except DatabaseAwayError as error:
        raise CommandError(f"migrate: {error}", CANNOT_REACH) from None
    except MigrationError as error:
        raise CommandError(f"migrate: {error}") from None
    typer.echo("The database is up to date.")


def topics() -> None:
    """Create the Kafka topics that are missing (KAFKA_BOOTSTRAP_SERVERS, KAFKA_…)."""
    with settings_in_one_line():
        from aiokafka.errors import KafkaConnectionError, KafkaError

        from truesend.broker.topics import create_topics
        from truesend.settings import load_kafka_settings

        settings = load_kafka_settings()
    # The library says what it tries, line after line; our one line says what came of it.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        with settings_in_one_line():
            created = asyncio.run(create_topics(settings))
    except (KafkaConnectionError, OSError) as error:
        why = f"Kafka can't be reached ({type(error).__name__})"
        raise CommandError(
            f"topics: {why}; is it running, and are KAFKA_BOOTSTRAP_SERVERS and KAFKA_SECURITY_PROTOCOL right?",
            CANNOT_REACH,
        ) from None
    except KafkaError as error:
        raise CommandError(f"topics: {error}") from None
    typer.echo("\n".join(f"Created {name}" for name in created) or "All topics are there.")
