"""`truesend dlq`: list, show, replay, drop. Works on Kafka and the database, with the services' settings."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, TypeVar

import typer
from aiokafka.errors import KafkaError

from truesend.broker.factory import kafka_client_options, knock
from truesend.broker.refusals import KafkaRefusedError
from truesend.cli.confirmation import confirm
from truesend.cli.dead_letters.letters import Letter, Letters, Place, place_of
from truesend.cli.errors import (
    CANNOT_REACH,
    NOT_FOUND,
    WRONG_SETTING,
    CommandError,
    database_in_one_line,
    settings_in_one_line,
)
from truesend.cli.operator.connection import AsJson
from truesend.cli.terminal import Column, heading, lines_of, say, show_fields, show_json, show_rows
from truesend.settings import load_database_settings, load_kafka_settings
from truesend.store.pool import connect

COLUMNS = {
    "id": Column("ID", whole=True),
    "buried_at": Column("WHEN"),
    "type": Column("WHAT"),
    "key": Column("KEY"),
    "reason": Column("WHY"),
}

dlq = typer.Typer(name="dlq", help="Dead letters: records that could not be handled.", no_args_is_help=True)
Places = Annotated[list[str] | None, typer.Argument(help="<topic>.dlq:<partition>:<offset>, as dlq list shows it")]
Everything = Annotated[bool, typer.Option("--all", help="every dead letter")]
Yes = Annotated[bool, typer.Option("--yes", help="don't ask")]
T = TypeVar("T")


@dlq.command("list")
def list_letters(
    *, limit: Annotated[int, typer.Option("--limit", min=1, help="how many at most")] = 100, as_json: AsJson = False
) -> None:
    """List the dead letters, the earliest first."""
    letters = _with_letters(lambda found: found.of(found.topics()))
    rows = [letter.summary() for letter in letters[:limit]]
    if as_json:
        return show_json({"items": rows, "total": len(letters)})
    show_rows(list(COLUMNS.values()), ([row[name] for name in COLUMNS] for row in rows))
    say(f"{len(letters)} dead letter(s)" + (f", {limit} shown" if len(letters) > limit else ""))
    return None


@dlq.command()
def show(place: Annotated[str, typer.Argument(help="as dlq list shows it")], *, as_json: AsJson = False) -> None:
    """Show one dead letter whole."""
    wanted = _places([place])
    (letter,) = _with_letters(lambda found: _named(found, wanted))
    body = _as_json((letter.record.value or b"").decode(errors="replace"))
    whole = letter.summary() | {"headers": dict(letter.headers), "body": body}
    if as_json:
        return show_json(whole)
    show_fields((name, whole[name]) for name in ("id", "buried_at", "key", "reason", "handler"))
    heading("Headers")
    show_fields(letter.headers.items())
    heading("Body")
    for line in lines_of(body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)):
        typer.echo(line)
    return None


@dlq.command()
def replay(places: Places = None, *, everything: Everything = False, yes: Yes = False, as_json: AsJson = False) -> None:
    """Put dead letters back on the topics that they came from."""
    _deal("replay", places, everything=everything, yes=yes, as_json=as_json, deal=Letters.replay)


@dlq.command()
def drop(places: Places = None, *, everything: Everything = False, yes: Yes = False, as_json: AsJson = False) -> None:
    """Forget dead letters."""
    _deal("drop", places, everything=everything, yes=yes, as_json=as_json, deal=Letters.drop)


def _deal(
    verb: str,
    places: Sequence[str] | None,
    *,
    everything: bool,
    yes: bool,
    as_json: bool,
    deal: Callable[[Letters, Sequence[Letter]], Awaitable[None]],
) -> None:
    if bool(places) == everything:
        raise CommandError(f"dlq {verb}: name dead letters, or say --all", WRONG_SETTING)
    wanted = _places(places or [])
    letters = _with_letters(lambda found: found.of(found.topics()) if everything else _named(found, wanted))
    if everything and letters:
        confirm(f"{verb} {len(letters)} dead letters?", yes=yes)
    if letters:
        _with_letters(lambda found: deal(found, letters))
    if as_json:
        show_json([str(letter.place) for letter in letters])
    else:
        typer.echo(f"{verb}: {len(letters)} dead letter(s)")


def _places(texts: Sequence[str]) -> list[Place]:
    try:
        return [place_of(text) for text in texts]
    except ValueError as error:
        raise CommandError(str(error), WRONG_SETTING) from None


async def _named(letters: Letters, wanted: Sequence[Place]) -> list[Letter]:
    known = set(letters.topics())
    topics = sorted({place.topic for place in wanted} & known)
    found = {letter.place: letter for letter in await letters.of(topics)}
    missing = [place for place in wanted if place not in found]
    if missing:
        raise CommandError(f"there is no dead letter {missing[0]}", NOT_FOUND)
    return [found[place] for place in wanted]


def _with_letters(work: Callable[[Letters], Awaitable[T]]) -> T:
    """Run ``work`` on an open connection to both. Raises CommandError where either can't be reached."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with settings_in_one_line():
        kafka = load_kafka_settings()
        database = load_database_settings()

    async def run() -> T:
        with settings_in_one_line():
            client_options = kafka_client_options(kafka)
        await knock(client_options)
        connection = await connect(database, application="dlq", timeout_s=5)
        try:
            return await work(Letters(client_options, kafka.truesend_topic_prefix, connection))
        finally:
            await connection.close(timeout=5)

    with database_in_one_line("dlq"):
        try:
            return asyncio.run(run())
        except KafkaRefusedError as error:
            raise CommandError(f"dlq: {error}", WRONG_SETTING) from None
        except (KafkaError, TimeoutError) as error:
            raise CommandError(f"dlq: Kafka can't be asked ({type(error).__name__})", CANNOT_REACH) from None


def _as_json(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body
