"""`truesend doctor`: every check at once, each within a few seconds."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from truesend.cli.doctor.age import check_age
from truesend.cli.doctor.broker import check_broker
from truesend.cli.doctor.database import check_database
from truesend.cli.doctor.finding import Finding, State, ill
from truesend.cli.doctor.gateways import check_gateways
from truesend.cli.doctor.pooler import check_pooler
from truesend.cli.errors import FAILED, settings_in_one_line
from truesend.cli.operator.connection import AsJson
from truesend.cli.terminal import console, show_json, styled
from truesend.gateways.configured import gateway_configs
from truesend.settings import Settings, load_settings

LONGEST_S = 15.0
SIGNS = {
    State.WELL: Text("✓", style="green"),
    State.NOTE: Text("·"),
    State.WARNING: Text("!", style="yellow"),
    State.ILL: Text("✗", style="red"),
}


def doctor(*, as_json: AsJson = False) -> None:
    """Check the database, Kafka, the gateways and their webhooks; say what to do. Ends with code 1 if something is ill."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with settings_in_one_line():
        settings = load_settings()
        findings = asyncio.run(_examine(settings))
    if as_json:
        show_json([{"check": f.check, "state": f.state, "says": f.says, "advice": f.advice} for f in findings])
    else:
        console().print(_told(findings))
    if any(finding.state is State.ILL for finding in findings):
        raise typer.Exit(FAILED)


async def _examine(settings: Settings) -> list[Finding]:
    configs = gateway_configs(settings)
    names = [config.name for config in configs]
    parts = await asyncio.gather(
        within("database", check_database(settings, names)),
        within("pooler", check_pooler(settings)),
        within("database", check_age(settings)),
        within("kafka", check_broker(settings)),
        within("gateways", check_gateways(configs)),
    )
    return [finding for part in parts for finding in part]


async def within(
    check: str, findings: Coroutine[Any, Any, list[Finding]], *, longest_s: float = LONGEST_S
) -> list[Finding]:
    """One that hangs keeps no other from being told."""
    try:
        async with asyncio.timeout(longest_s):
            return await findings
    except TimeoutError:
        return [ill(check, f"no answer within {longest_s:g} s", "Look at its load, and at the network in between.")]


def _told(findings: Sequence[Finding]) -> Table:
    found = Table(box=None, show_header=False, pad_edge=False)
    for finding in findings:
        found.add_row(SIGNS[finding.state], styled(finding.check), styled(finding.says), styled(finding.advice))
    return found
