"""Who may read and write the two tables: row security, and the roles of a page's public key."""

from collections.abc import Sequence

import asyncpg

from truesend.cli.doctor.finding import Finding, ill, note, warning, well


def row_security_findings(tables: Sequence[asyncpg.Record]) -> list[Finding]:
    """Whether row security is on, and whether it binds us."""
    findings = []
    for table in tables:
        check = f"row security of {table['name']}"
        if table["binds_us"]:
            findings.append(
                ill(
                    check,
                    "binds this role: it would see no more than its policies let it",
                    "Connect as the owner, or as a role with BYPASSRLS.",
                )
            )
        elif not table["is_secured"]:
            findings.append(
                warning(
                    check,
                    "off: the API's own role would see every organisation",
                    "Switch it on with db/roles.sql: SET truesend.enable_row_security = on.",
                )
            )
        else:
            findings.append(well(check, "on, and does not bind this role"))
    return findings


def grant_findings(grants: Sequence[asyncpg.Record]) -> list[Finding]:
    """Pages that write by themselves."""
    advice = "It goes on, under their policies. A status that a page writes is corrected at the next verification."
    return [note("pages", f"{row['role']} may write to {' and '.join(row['tables'])}", advice) for row in grants]


def dead_letter_findings(tables: Sequence[asyncpg.Record], configured: str | None) -> list[Finding]:
    """The CRM's own table of what failed for good."""
    if configured is not None or not tables:
        return []
    names = ", ".join(row["name"] for row in tables)
    advice = f"DEAD_LETTER_TABLE={tables[0]['name']} has what fails for good written there, too, for its page."
    return [note("dead letters", f"{names} has the look of a table of dead letters", advice)]
