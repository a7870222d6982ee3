"""`make audit` says that all is well only if somebody who knows said so."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tools.audit.accepted import Accepted, judge, load
from tools.audit.reports import Finding, NotAuditedError, npm_findings, pip_findings

_TODAY = date(2026, 6, 30)
_FOUND = Finding("aiohttp", "3.8.0", frozenset({"PYSEC-2026-1", "GHSA-aaaa-bbbb-cccc"}), "mended in 3.8.1")


def test_a_python_package_with_a_known_vulnerability_is_found_under_all_its_names() -> None:
    vulnerability = {"id": "PYSEC-2026-1", "aliases": ["GHSA-aaaa-bbbb-cccc"], "fix_versions": ["3.8.1"]}
    packages = [
        {"name": "aiohttp", "version": "3.8.0", "vulns": [vulnerability]},
        {"name": "yarl", "version": "1.25.1", "vulns": []},
    ]

    assert pip_findings({"dependencies": packages}) == {_FOUND}


def test_a_python_package_that_the_service_does_not_know_is_not_taken_for_a_well_one() -> None:
    packages = [
        {"name": "aiohttp", "skip_reason": "Dependency not found on PyPI and could not be audited: aiohttp (3.8.0)"},
        {"name": "yarl", "version": "1.25.1", "vulns": []},
    ]

    with pytest.raises(NotAuditedError, match="1 of 2 packages are unknown there, aiohttp"):
        pip_findings({"dependencies": packages})


def test_a_report_on_no_package_at_all_is_no_audit() -> None:
    with pytest.raises(NotAuditedError):
        pip_findings({"dependencies": []})


def test_an_advisory_on_a_package_of_the_page_is_found_once_however_many_depend_on_it() -> None:
    advisory = {
        "name": "d3-color",
        "range": "<3.1.0",
        "severity": "high",
        "title": "slow expression",
        "url": "https://github.com/advisories/GHSA-dddd-eeee-ffff",
    }
    vulnerabilities = {"d3-color": {"via": [advisory]}, "recharts": {"via": ["d3-color"]}}

    assert npm_findings({"auditReportVersion": 2, "vulnerabilities": vulnerabilities}) == {
        Finding("d3-color", "<3.1.0", frozenset({"GHSA-dddd-eeee-ffff"}), "high: slow expression")
    }


@pytest.mark.parametrize("answer", [{"message": "405 Method Not Allowed", "error": {}}, {"error": "offline"}, {}])
def test_an_error_of_npm_is_no_audit(answer: dict[str, Any]) -> None:
    with pytest.raises(NotAuditedError):
        npm_findings(answer)


def test_what_is_found_and_not_accepted_has_to_be_mended() -> None:
    assert list(judge([_FOUND], [], _TODAY).lines()) == [
        "aiohttp 3.8.0: GHSA-aaaa-bbbb-cccc, PYSEC-2026-1, mended in 3.8.1"
    ]


def test_what_was_accepted_under_any_of_its_names_passes() -> None:
    assert not list(judge([_FOUND], [_accepted("GHSA-aaaa-bbbb-cccc")], _TODAY).lines())


def test_accepting_a_vulnerability_of_one_package_lets_no_other_package_pass() -> None:
    assert _FOUND in judge([_FOUND], [_accepted("GHSA-aaaa-bbbb-cccc", package="yarl")], _TODAY).open


def test_an_acceptance_ends_by_itself_after_half_a_year() -> None:
    verdict = judge([_FOUND], [_accepted("PYSEC-2026-1", since=date(2025, 12, 1))], _TODAY)

    assert [one.id for one in verdict.outdated] == ["PYSEC-2026-1"]


def test_an_acceptance_of_what_is_found_no_more_has_to_go() -> None:
    verdict = judge([], [_accepted("PYSEC-2026-1")], _TODAY)

    assert [one.id for one in verdict.needless] == ["PYSEC-2026-1"]


def test_an_acceptance_without_a_reason_or_a_day_is_refused(tmp_path: Path) -> None:
    listed = tmp_path / "known-vulnerabilities.toml"
    listed.write_text('[[accepted]]\nid = "PYSEC-2026-1"\npackage = "aiohttp"\nreason = "later"\n')

    with pytest.raises(ValidationError) as refused:
        load(listed)

    assert {error["loc"][0] for error in refused.value.errors()} == {"reason", "since"}


def test_nothing_is_accepted_before_its_day() -> None:
    accepted = load(Path(__file__).parents[3] / "requirements" / "known-vulnerabilities.toml")

    assert all(one.since <= datetime.now(UTC).date() for one in accepted)


def _accepted(name: str, *, package: str = "aiohttp", since: date = _TODAY) -> Accepted:
    return Accepted(id=name, package=package, reason="Only its client is affected, we are a server.", since=since)
