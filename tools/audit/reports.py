"""What pip-audit and npm say, as findings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


class NotAuditedError(Exception):
    """Nobody told whether the packages are well: the opposite of well. The message says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A known vulnerability of a package that we lock, under every name that it goes by."""

    package: str
    version: str
    ids: frozenset[str]
    what: str

    def __str__(self) -> str:
        return f"{self.package} {self.version}: {', '.join(sorted(self.ids))}, {self.what}"


def pip_findings(report: Mapping[str, Any]) -> frozenset[Finding]:
    """Read the JSON of ``pip-audit -f json``.

    Raises NotAuditedError if a package was skipped: pip-audit calls that a success, and an index that mirrors packages but
    no advisories has it skip all.
    """
    packages = report["dependencies"]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if skipped or not packages:
        raise NotAuditedError(
            f"{len(skipped)} of {len(packages)} packages are unknown there, {', '.join(skipped[:3])} …"
        )
    return frozenset(
        Finding(
            package["name"],
            package["version"],
            frozenset([one["id"], *one["aliases"]]),
            f"mended in {', '.join(one['fix_versions']) or 'no version'}",
        )
        for package in packages
        for one in package["vulns"]
    )


def npm_findings(report: Mapping[str, Any]) -> frozenset[Finding]:
    """Read the JSON of ``npm audit --json``; raises NotAuditedError if it is no report, but an error."""
    if "vulnerabilities" not in report:
        raise NotAuditedError(str(report.get("message") or report.get("error") or "npm gave no report"))
    return frozenset(
        Finding(
            one["name"], one["range"], frozenset([one["url"].rpartition("/")[2]]), f"{one['severity']}: {one['title']}"
        )
        for one in _advisories(report)
    )


def _advisories(report: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    # A name in `via` points at the package, listed by itself, that the advisory is about.
    for package in report["vulnerabilities"].values():
        yield from (via for via in package["via"] if not isinstance(via, str))
