"""What a check found."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it stands."""

    WELL = "well"
    NOTE = "note"
    WARNING = "warning"
    ILL = "ill"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's. ``advice`` says what to do where something is to be done; ``sql`` is ready to be run."""

    check: str
    state: State
    says: str
    advice: str = ""
    sql: str = ""


def well(check: str, says: str) -> Finding:
    """All is well."""
    return Finding(check, State.WELL, says)


def note(check: str, says: str, advice: str = "", *, sql: str = "") -> Finding:
    """Nothing is wrong, and it is good to know."""
    return Finding(check, State.NOTE, says, advice, sql)


def warning(check: str, says: str, advice: str, *, sql: str = "") -> Finding:
    """It works, and somebody should look at it."""
    return Finding(check, State.WARNING, says, advice, sql)


def ill(check: str, says: str, advice: str, *, sql: str = "") -> Finding:
    """It does not work."""
    return Finding(check, State.ILL, says, advice, sql)
