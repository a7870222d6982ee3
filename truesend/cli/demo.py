"""`truesend demo`: what `truesend up` shows, in a database of one's own."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from truesend.cli.errors import CommandError, database_in_one_line, settings_in_one_line

if TYPE_CHECKING:
    from truesend.settings import DatabaseSettings


def demo(
    *,
    trickle: Annotated[bool, typer.Option(help="afterwards a message every few seconds, for ten minutes")] = True,
) -> None:
    """Write the demo's sessions and messages into a database that nobody else uses (DATABASE_URL)."""
    with settings_in_one_line():
        from truesend.settings import load_database_settings

        database = load_database_settings()
        with database_in_one_line("demo"):
            asyncio.run(_write(database, trickling=trickle))


async def _write(database: "DatabaseSettings", *, trickling: bool) -> None:
    from truesend.cli.up import demo as rows
    from truesend.cli.up.seed import holds_others, seed
    from truesend.cli.up.seed import trickle as add_more

    url, mode = database.database_url.get_secret_value(), database.database_pool_mode
    if await holds_others(url, rows.ORGANIZATIONS, mode=mode):
        raise CommandError("demo: this database has sessions that are not the demo's; nothing was written")
    await seed(url, rows.SESSIONS, rows.first_messages(), mode=mode)
    for organization in rows.ORGANIZATIONS:
        typer.echo(f"{organization.name}, {organization.id}: its sessions and messages are there")
    if trickling:
        await add_more(url, mode=mode)
