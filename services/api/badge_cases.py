"""Sessions and the badge of each, as a table that the page's own port of the rule is held to:
``python -m services.api.badge_cases [--check]`` writes it, or says that it is stale.
"""

import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import orjson

from services.api.badge import badge

Columns = dict[str, str | None]

FILE = Path("web/packages/react/test/badge-cases.json")

_EARLIER, _NOON, _LATER = "2026-03-01T11:59:55Z", "2026-03-01T12:00:00Z", "2026-03-01T12:00:05Z"
_STATUSES = ("connected", "disconnected", "connecting", "qr_pending", "a word of tomorrow")
_PAIRED: tuple[Columns, ...] = (
    {"connected_at": _EARLIER, "phone_number": "4915112345678"},
    {"connected_at": None, "phone_number": None},
    {"connected_at": None, "phone_number": "4915112345678"},
    {"connected_at": _EARLIER, "phone_number": None},
)
_KNOWN: tuple[Columns, ...] = (
    {"last_error": None, "last_error_at": None, "last_verified_at": None},
    {"last_error": None, "last_error_at": None, "last_verified_at": _NOON},
    {"last_error": "timed out", "last_error_at": _LATER, "last_verified_at": None},
    {"last_error": "timed out", "last_error_at": _LATER, "last_verified_at": _NOON},
    {"last_error": "logged out", "last_error_at": _EARLIER, "last_verified_at": _NOON},
    {"last_error": "logged out", "last_error_at": _NOON, "last_verified_at": _NOON},
    {"last_error": "logged out", "last_error_at": None, "last_verified_at": _NOON},
)
_APART: tuple[Columns, ...] = (
    {"silent_since": None, "superseded_by": None},
    {"silent_since": _EARLIER, "superseded_by": None},
    {"silent_since": None, "superseded_by": "5f0c2a4e-7d3b-4c1a-9e8f-1a2b3c4d5e6f"},
)


def cases() -> Iterator[dict[str, Any]]:
    """Every combination of what the rule looks at."""
    for status, paired, known, apart in product(_STATUSES, _PAIRED, _KNOWN, _APART):
        session = {"status": status, **paired, **known, **apart}
        yield {"session": session, "badge": badge(session)}


def written() -> bytes:
    """The table: a case per line."""
    return b"[\n" + b",\n".join(orjson.dumps(case) for case in cases()) + b"\n]\n"


def run(arguments: list[str], file: Path = FILE) -> int:
    """The command. Returns its exit code."""
    if arguments != ["--check"]:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(written())
        return 0
    if file.is_file() and file.read_bytes() == written():
        return 0
    sys.stderr.write(f"{file}: not as the code has it: run make docs\n")
    return 1


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
