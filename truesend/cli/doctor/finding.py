"""What a check found."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it stands."""

    WELL = "well"
    WARNING = "warning"
    ILL = "ill"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's. ``advice`` says what to do where something is to be done."""

    check: str
    state: State
    says: str
    advice: str = ""


def well(check: str, says: str) -> Finding:
    """All is well."""
    return Finding(check, State.WELL, says)


def warning(check: str, says: str, advice: str) -> Finding:
    """It works, and somebody should look at it."""
    return Finding(check, State.WARNING, says, advice)


def ill(check: str, says: str, advice: str) -> Finding:
    """It does not work."""
    return Finding(check, State.ILL, says, advice)
