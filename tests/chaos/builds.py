"""Deliberately broken builds: a copy of the product with one promise taken out."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parents[2]
_PARTS: Final = ("truesend", "services", "db")


@dataclass(frozen=True, slots=True)
class Change:
    """The old text has to be in the file exactly once: a flaw that no longer applies is none."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is changed where: a promise that is kept twice has to be taken out twice."""

    name: str
    changes: tuple[Change, ...]


def broken_build(folder: Path, flaw: Flaw) -> dict[str, str]:
    """Copy the product, put the flaw in, and return the environment in which processes run it.

    Raises ValueError where the flaw does not apply.
    """
    for part in _PARTS:
        shutil.copytree(_ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for change in flaw.changes:
        file = folder / change.file
        text = file.read_text()
        if text.count(change.old) != 1:
            raise ValueError(
                f"{flaw.name}: its place in {change.file} was found {text.count(change.old)} times, not once"
            )
        file.write_text(text.replace(change.old, change.new))
    # Without the safe path, the folder that we run in would come first.
    return {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
