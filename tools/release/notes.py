"""A release's notes, cut from the changelog."""

import re

_HEADING = re.compile(r"^## \[(?P<name>[^\]]+)\](?: - (?P<date>\d{4}-\d\d-\d\d))?$", re.MULTILINE)


class NotReleasableError(Exception):
    """The message says what has to be done first."""


def notes(tag: str, version: str, changelog: str) -> str:
    """The entry of the version. Raises NotReleasableError where the tag is of another one, or the changelog not ready."""
    if tag != f"v{version}":
        raise NotReleasableError(f"the tag is {tag or 'missing'}, pyproject.toml says {version}: tag v{version}")
    entries = _entries(changelog)
    if entries.get("Unreleased", "").strip():
        raise NotReleasableError(f"CHANGELOG.md has changes under Unreleased: move them to {version}")
    if not entries.get(version, "").strip():
        raise NotReleasableError(f"CHANGELOG.md has no entry [{version}] with its date")
    return entries[version].strip()


def _entries(changelog: str) -> dict[str, str]:
    """Text by version; a release without a date is none."""
    headings = list(_HEADING.finditer(changelog))
    ends = [*(heading.start() for heading in headings[1:]), len(changelog)]
    return {
        heading["name"]: changelog[heading.end() : end]
        for heading, end in zip(headings, ends, strict=True)
        if heading["date"] or heading["name"] == "Unreleased"
    }
