"""The server and who we are on it: whether the migrations may run, and through what they would come."""

from collections.abc import Mapping, Sequence

import asyncpg

from truesend.cli.doctor.finding import Finding, ill, note, warning, well
from truesend.store.migrations import OLDEST_POSTGRES


def server_findings(server: asyncpg.Record) -> list[Finding]:
    """The version, and what the role may do in the database."""
    return [_version(server["version"]), *_role(server)]


def table_findings(tables: Sequence[asyncpg.Record], sizes: Mapping[str, int]) -> list[Finding]:
    """Whether the two tables are there, ours to alter, and tables."""
    if not tables:
        return [
            note("tables", "neither of the two is here", "truesend migrate makes both: this is a database of its own.")
        ]
    findings = [finding for table in tables for finding in _table(table, sizes[table["name"]])]
    if len(tables) == 1:
        missing = ({"whatsapp_sessions", "scheduled_whatsapp_messages"} - {table["name"] for table in tables}).pop()
        findings.append(
            warning(
                "tables",
                f"{missing} is not on the search path",
                "If the CRM has it in another schema, set search_path for this role first; else it is made.",
            )
        )
    return findings


def _version(number: int) -> Finding:
    major = number // 10_000
    if major < OLDEST_POSTGRES:
        return ill("postgres", f"version {major}", f"Truesend needs Postgres {OLDEST_POSTGRES} or later.")
    return well("postgres", f"version {major}")


def _role(server: asyncpg.Record) -> list[Finding]:
    role = server["role"]
    can = [
        name
        for name, has in (
            ("superuser", server["is_superuser"]),
            ("BYPASSRLS", server["bypasses_row_security"]),
            ("CREATEROLE", server["creates_roles"]),
        )
        if has
    ]
    findings = [well("role", f"{role}{': ' if can else ''}{', '.join(can)}")]
    if not (server["owns_schema"] or (server["creates_schemas"] and not server["has_schema"])):
        why = "does not own the schema truesend" if server["has_schema"] else "may make no schema in this database"
        findings.append(
            ill(
                "schema",
                f"{role} {why}",
                "Migrate as the role that may, or have an empty schema truesend made that it owns.",
            )
        )
    if not (server["is_superuser"] or server["creates_roles"]):
        findings.append(
            note(
                "service roles",
                f"{role} may not make roles",
                "db/roles.sql wants CREATEROLE; without it the services run as one role.",
            )
        )
    return findings


def _table(table: asyncpg.Record, size: int) -> list[Finding]:
    name = f"{table['schema']}.{table['name']}"
    if table["kind"] not in {"r", "p"}:
        return [
            ill(name, "is no table", "Truesend adds columns to it: give it the table itself, first on the search path.")
        ]
    findings = [well(name, f"{_rows(table['estimated_rows'])}, {_size(size)}")]
    if not table["is_ours"]:
        findings.append(ill(name, f"belongs to {table['owner']}", f"Migrate as {table['owner']}, or a member of it."))
    elif not table["creates_in_schema"]:
        findings.append(
            ill(
                name,
                f"no right to build an index in {table['schema']}",
                f"GRANT CREATE ON SCHEMA {table['schema']} to this role.",
            )
        )
    if table["kind"] == "p":
        findings.append(
            ill(name, "is partitioned", "Its indexes can't be built without blocking writers: ask us before you go on.")
        )
    return findings


def _size(size: int) -> str:
    return f"{size / 2**20:,.1f} MiB"


def _rows(estimate: int) -> str:
    return "never analysed" if estimate < 0 else f"about {estimate:,} rows"
