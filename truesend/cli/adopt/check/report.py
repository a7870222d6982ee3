"""The findings for people, and for scripts."""

import asyncio
import os
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from truesend.cli.adopt.check.examination import examine_database
from truesend.cli.adopt.check.outside import examine_gateways, examine_kafka
from truesend.cli.doctor.command import SIGNS, within
from truesend.cli.doctor.finding import Finding, State
from truesend.cli.errors import settings_in_one_line
from truesend.cli.terminal import plain
from truesend.settings import load_database_settings, load_gateway_settings, load_kafka_settings

WORDS: Final = {State.WELL: "ok", State.NOTE: "note", State.WARNING: "warn", State.ILL: "stop"}


def examine() -> list[Finding]:
    """Look at what the environment names: the database at least. Raises CommandError for a setting that is wrong."""
    with settings_in_one_line():
        database = load_database_settings()
        kafka = load_kafka_settings() if os.environ.get("KAFKA_BOOTSTRAP_SERVERS") else None
        # the way that the migrations will take, where there is one
        database_url = database.session_url or database.database_url.get_secret_value()
        has_gateways = os.environ.get("GATEWAY_URL") or os.environ.get("GATEWAYS_FILE")
        gateways = load_gateway_settings() if has_gateways else None

        async def everything() -> list[Finding]:
            parts = await asyncio.gather(
                within(
                    "database",
                    examine_database(database_url, dead_letter_table=database.dead_letter_table),
                    longest_s=120.0,
                ),
                within("kafka", examine_kafka(kafka)),
                within("gateways", examine_gateways(gateways)),
            )
            return [finding for part in parts for finding in part]

        return asyncio.run(everything())


def as_items(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """For scripts."""
    return [
        {"check": each.check, "state": WORDS[each.state], "says": each.says, "advice": each.advice, "sql": each.sql}
        for each in findings
    ]


def show(console: Console, findings: Sequence[Finding]) -> None:
    """For people: what was found, the statements that are ready to be run, and what it comes to. Nothing is shortened."""
    for finding in findings:
        says = f" {plain(finding.check)}: {plain(finding.says)}"
        console.print(Text.assemble(SIGNS[finding.state], says))
        if finding.advice:
            console.print(Text(f"    {plain(finding.advice)}", style="dim"))
    for finding in findings:
        if finding.sql:
            console.print(Text(f"\n-- {plain(finding.check)}: {plain(finding.says)}", style="bold"))
            console.print(Text("\n".join(_indented(line) for line in finding.sql.splitlines())))
    counts = {word: sum(each.state is state for each in findings) for state, word in WORDS.items()}
    says = "It must not go on like this." if counts["stop"] else "Nothing stands in the way."
    console.print(Text(f"\n{says} {', '.join(f'{count} {word}' for word, count in counts.items())}"))


def _indented(line: str) -> str:
    """Harmless, as ``plain``, and where it stood: names in it are the CRM's."""
    return " " * (len(line) - len(line.lstrip(" "))) + plain(line)
