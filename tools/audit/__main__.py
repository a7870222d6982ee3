"""Ends with 0 only if someone who knows said that every package is well."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tools.audit.accepted import judge, load
from tools.audit.reports import Finding, NotAuditedError
from tools.audit.services import page_advisories, python_advisories

VULNERABLE: Final = 1
NOT_AUDITED: Final = 3
_LOCKS: Final = Path("requirements")
_ACCEPTED: Final = _LOCKS / "known-vulnerabilities.toml"


def main(pip_audit: Path) -> int:
    """Ask for both halves, whatever becomes of the first, and say what is known."""
    findings: set[Finding] = set()
    unanswered = False
    halves: tuple[tuple[str, Callable[[], frozenset[Finding]]], ...] = (
        ("Python packages", lambda: python_advisories(pip_audit, sorted(_LOCKS.glob("*.lock")))),
        ("packages of the page", lambda: page_advisories(Path("web"))),
    )
    for name, ask in halves:
        try:
            found = ask()
        except NotAuditedError as error:
            unanswered = True
            print(f"NOT AUDITED, {name}: no advisory service answered. {error}")
        else:
            findings |= found
            print(f"Audited, {name}: {len(found)} known vulnerabilities")
    verdict = judge(findings, load(_ACCEPTED), datetime.now(UTC).date())
    if unanswered:
        print("So this is no verdict: run it where the advisories can be reached.", *map(str, verdict.open), sep="\n")
        return NOT_AUDITED
    print(*verdict.lines(), sep="\n")
    return VULNERABLE if any(verdict.lines()) else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
