"""Vulnerabilities that we know of and can't mend: which, why, and since when."""

import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from tools.audit.reports import Finding

LOOKED_AT_AGAIN_AFTER: Final = timedelta(days=180)


class Accepted(BaseModel):
    """One that we live with, for a while."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    package: str = Field(min_length=1)
    reason: str = Field(min_length=20)
    since: date


@dataclass(frozen=True, slots=True)
class Verdict:
    """What must be done; nothing where all three are empty."""

    open: Sequence[Finding]
    outdated: Sequence[Accepted]
    needless: Sequence[Accepted]

    def lines(self) -> Iterator[str]:
        """One sentence for each thing to do."""
        yield from map(str, self.open)
        for accepted in self.outdated:
            yield f"{accepted.package}: {accepted.id} was accepted on {accepted.since}; look whether that still holds"
        for accepted in self.needless:
            yield f"{accepted.package}: {accepted.id} is accepted, but not found any more; take it off the list"


def load(file: Path) -> tuple[Accepted, ...]:
    """Read the list; raises pydantic's ValidationError where an entry lacks its reason or its day."""
    entries = tomllib.loads(file.read_text()).get("accepted", [])
    return tuple(Accepted.model_validate(entry) for entry in entries)


def judge(findings: Collection[Finding], accepted: Sequence[Accepted], today: date) -> Verdict:
    """Weigh what was found against what we accepted; acceptance ends by itself after half a year."""
    return Verdict(
        open=sorted(
            (each for each in findings if not any(_covers(one, each) for one in accepted)),
            key=lambda finding: (finding.package, sorted(finding.ids)),
        ),
        outdated=[one for one in accepted if today - one.since > LOOKED_AT_AGAIN_AFTER],
        needless=[one for one in accepted if not any(_covers(one, each) for each in findings)],
    )


def _covers(accepted: Accepted, finding: Finding) -> bool:
    return accepted.package == finding.package and accepted.id in finding.ids
