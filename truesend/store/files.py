"""Where the SQL files are: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path


def database_folder() -> Path:
    """The folder that holds ``migrations`` and ``queries``."""
    packaged = Path(__file__).parent / "db"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "db"
