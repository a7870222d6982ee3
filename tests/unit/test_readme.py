"""What the README and the reference say is what the code does."""

import re
from functools import cache
from pathlib import Path

import pytest

from tools.site.reference.configuration import configuration_page, written_default
from tools.site.reference.readers import readers
from truesend.cli.up.demo import first_messages, later_messages
from truesend.cli.up.seed import MOST_TRICKLED
from truesend.settings import Settings

_README = Path(__file__).parents[2] / "README.md"
_ROW = re.compile(r"^\| `([A-Z_]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)
_NEEDED = {"DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "GATEWAY_URL", "API_KEYS"}
_reference = cache(configuration_page)


def test_the_readme_names_the_settings_that_are_needed_at_first_with_the_defaults_that_they_have() -> None:
    table = {name: default for name, default, _ in _ROW.findall(_README.read_text())}

    assert table.keys() >= _NEEDED
    assert table == {name: written_default(Settings.model_fields[name.lower()]) for name in table}


@pytest.mark.parametrize("page", ["README.md", "docs/quick-start.md"])
def test_the_demo_sends_nothing_to_a_number_whose_messages_a_reader_is_told_to_count(page: str) -> None:
    counted = set(re.findall(r"ledger\?recipient=(\d+)", (_README.parent / page).read_text()))
    messages = (*first_messages(), *later_messages(MOST_TRICKLED))

    assert counted
    assert counted.isdisjoint(message.recipient for message in messages)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_does_and_is_in_the_reference(name: str) -> None:
    described = Settings.model_fields[name].description

    assert described, f"truesend/settings.py: write a docstring on the line after {name}"
    assert described.endswith(".")
    assert f"| `{name.upper()}` |" in _reference()


def test_the_reference_knows_who_reads_a_setting() -> None:
    who = readers()

    assert who["database_url"] == ("api", "verifier", "sender")
    assert who["jwks_url"] == ("api",)
    assert who["alert_debounce_s"] == ("verifier",)
    assert who["lease_s"] == ("sender",)
    assert who["kafka_topic_replication"] == ("topics",)
    assert "sender" in who["dispatch_organizations"]
