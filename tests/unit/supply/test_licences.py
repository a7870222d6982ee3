"""`make sbom` lets no licence through that nobody looked at."""

import re
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest

from tools.sbom.licences import PERMISSIVE, READ_BY_A_PERSON, licensed

LOCK = Path(__file__).parents[3] / "requirements" / "runtime.lock"


@pytest.mark.parametrize(
    "licences",
    [
        [{"license": {"id": "MIT"}}],
        [{"expression": "(MIT OR CC0-1.0)"}],
        [{"expression": "MIT AND ISC AND BSD-3-Clause"}],
        [{"license": {"id": "BSD-3-Clause"}}, {"license": {"name": "License :: OSI Approved :: BSD License"}}],
    ],
)
def test_permissive_licences_are_allowed(licences: list[Any]) -> None:
    assert _allowed("some", licences)


@pytest.mark.parametrize(
    "licences",
    [
        [],
        [{"license": {"id": "AGPL-3.0-only"}}],
        [{"license": {"name": "as it pleases me"}}],
        [{"expression": "MIT AND (LGPL-3.0-only OR Apache-2.0)"}],
        [{"license": {"id": "MIT"}}, {"license": {"id": "GPL-2.0-only"}}],
        [{"license": {"id": "MPL-2.0"}}],
    ],
)
def test_copyleft_and_what_nobody_knows_are_not(licences: list[Any]) -> None:
    assert not _allowed("some", licences)


def test_a_package_that_asks_for_its_own_files_only_is_allowed_by_name() -> None:
    assert _allowed("certifi", [{"license": {"id": "MPL-2.0"}}])


def test_every_package_that_runs_names_its_licence_or_was_read_by_a_person() -> None:
    locked = set(re.findall(r"^([a-z0-9-]+)==", LOCK.read_text(), re.MULTILINE))
    installed = {re.sub(r"[-_.]+", "-", each.name).lower(): each.metadata for each in distributions()}
    shipped = {name: installed[name] for name in locked & installed.keys()}

    assert len(shipped) > 50
    nameless = {
        name
        for name, says in shipped.items()
        if "License-Expression" not in says
        and not any(each.startswith("License ::") for each in says.get_all("Classifier", []))
        and not PERMISSIVE.intersection(says.get_all("License", []))
    }
    assert nameless == set(READ_BY_A_PERSON)


def _allowed(package: str, licences: list[Any]) -> bool:
    bom = {"components": [{"name": package, "version": "1.0", "licenses": licences}]}
    return all(each.is_allowed() for each in licensed(bom))
