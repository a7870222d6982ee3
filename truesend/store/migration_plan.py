"""What each migration does to a CRM's own tables, read from the migrations themselves: never said from memory."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from truesend.store.files import database_folder

CRM_TABLES = ("whatsapp_sessions", "scheduled_whatsapp_messages")
_TABLE = "|".join(CRM_TABLES)
_INDEX = re.compile(
    rf"CREATE (?:UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS (?P<name>\w+)\s+ON (?P<table>{_TABLE})\s+(?P<rest>[^;]+);"
)
_ALTER = re.compile(rf"ALTER TABLE (?P<table>{_TABLE})\s+(?P<changes>[^;]+);")
_COLUMN = re.compile(r"ADD COLUMN IF NOT EXISTS (?P<name>\w+) (?P<type>\w+)")


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A column that a CRM's table gets."""

    table: str
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class NewIndex:
    """An index that a CRM's table gets, built without blocking writers. ``is_partial``: of some rows only."""

    table: str
    name: str
    is_partial: bool


@dataclass(frozen=True, slots=True)
class Migration:
    """What one migration does to the CRM's two tables; ``alters`` are those that it locks for a moment."""

    version: str
    alters: tuple[str, ...]
    columns: tuple[NewColumn, ...]
    indexes: tuple[NewIndex, ...]


def planned_migrations() -> list[Migration]:
    """Every migration that this Truesend has, in their order."""
    folder = database_folder() / "migrations"
    return [
        planned(path.name.partition("_")[0], path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.sql"))
    ]


def planned(version: str, text: str) -> Migration:
    """What a migration's text says that it does on the way up."""
    statements = "\n".join(line for line in text.partition("-- migrate:down")[0].splitlines() if line[:2] != "--")
    altered = list(_ALTER.finditer(statements))
    return Migration(
        version,
        alters=tuple(dict.fromkeys(found["table"] for found in altered)),
        columns=tuple(column for found in altered for column in _columns(found["table"], found["changes"])),
        indexes=tuple(
            NewIndex(found["table"], found["name"], " WHERE " in " ".join(found["rest"].split()))
            for found in _INDEX.finditer(statements)
        ),
    )


def _columns(table: str, changes: str) -> Iterator[NewColumn]:
    return (NewColumn(table, found["name"], found["type"]) for found in _COLUMN.finditer(changes))
