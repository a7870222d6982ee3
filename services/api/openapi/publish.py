"""Writes the published documents, or says which of them are stale: ``python -m services.api.openapi.publish [--check]``.

It refuses to take away what is published, unless it is told ``--with-removals``.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from services.api.application import described_routes
from services.api.openapi.compatibility import removed
from truesend.contracts.asyncapi import asyncapi_document

FOLDER = Path("docs/api")


def documents() -> Mapping[str, bytes]:
    """Each document by its file's name; the same bytes for the same code."""
    return {"asyncapi.json": _written(asyncapi_document()), "openapi.json": _written(described_routes().openapi())}


def publish(folder: Path) -> None:
    """Write every document."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in documents().items():
        (folder / name).write_bytes(content)


def stale(folder: Path) -> list[str]:
    """The files that are missing, or say something other than the code does."""
    return [
        name
        for name, content in documents().items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != content
    ]


def taken_away(folder: Path) -> list[str]:
    """What the published files promise and the code does not keep."""
    return [
        promise
        for name, content in documents().items()
        if (folder / name).is_file()
        for promise in removed(orjson.loads((folder / name).read_bytes()), orjson.loads(content))
    ]


def run(arguments: list[str], folder: Path = FOLDER) -> int:
    """The command. Returns its exit code."""
    if arguments == ["--check"]:
        return _check(folder)
    if arguments not in ([], ["--with-removals"]):
        sys.stderr.write("usage: python -m services.api.openapi.publish [--check | --with-removals]\n")
        return 2
    if not arguments and (promises := taken_away(folder)):
        sys.stderr.write(
            f"{folder}: nothing was written. Readers rely on what is published, and this would be gone: "
            f"{'; '.join(promises)}. Put it back, or, if nobody can rely on it yet: make docs ARGS=--with-removals\n"
        )
        return 1
    publish(folder)
    return 0


def _check(folder: Path) -> int:
    names = stale(folder)
    if names:
        sys.stderr.write(f"{folder}: {' and '.join(names)} not as the code has it: run make docs\n")
    return 1 if names else 0


def _written(document: dict[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
