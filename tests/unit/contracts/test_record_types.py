"""The list of types names what the code writes, all of it and nothing else."""

import re
from pathlib import Path

from truesend.contracts.channels import CHANNELS
from truesend.contracts.record_types import GatewayEventType
from truesend.gateways.protocol import WebhookKind

ROOT = Path(__file__).parents[3]
LIST = ROOT / "truesend" / "contracts"
ALERTS = ROOT / "services" / "verifier" / "alerts"  # they go to a webhook, and have types of their own
GATEWAYS = ROOT / "truesend" / "gateways"  # what gateways call their events is no type of ours
SQL = re.compile(r"'((?:message|session|gateway)\.[a-z_]+)'")
PYTHON = re.compile(r'"((?:message|session|gateway)\.[a-z_]+)"')


def _listed() -> set[str]:
    return {item.value for channel in CHANNELS for item in channel.types}


def _written() -> dict[str, Path]:
    """Every type in the services' code and SQL, and a file that has it."""
    found: dict[str, Path] = {}
    code = [path for folder in ("services", "truesend") for path in (ROOT / folder).rglob("*.py")]
    sql = [path for folder in ("queries", "migrations") for path in (ROOT / "db" / folder).rglob("*.sql")]
    for pattern, paths in ((PYTHON, code), (SQL, sql)):
        for path in paths:
            if path.parent not in {LIST, ALERTS} and GATEWAYS not in path.parents:
                found |= dict.fromkeys(pattern.findall(path.read_text()), path)
    return found


def test_every_type_that_is_written_is_listed() -> None:
    written = _written()

    assert {name: str(written[name]) for name in written.keys() - _listed()} == {}


def test_every_type_that_is_listed_is_written() -> None:
    of_webhooks = {item.value for item in GatewayEventType}

    assert _listed() - of_webhooks - _written().keys() == set()


def test_every_kind_of_webhook_has_its_type() -> None:
    assert {item.value for item in GatewayEventType} == {f"gateway.{kind}" for kind in WebhookKind}


def test_a_type_belongs_to_one_topic() -> None:
    every = [item.value for channel in CHANNELS for item in channel.types]

    assert len(every) == len(set(every))
