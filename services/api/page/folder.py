"""Where the built page is: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

INDEX = "index.html"
ASSETS = "assets"


def built_page() -> Path | None:
    """The folder with the built page; None where nobody has built it."""
    packaged = Path(__file__).parent / "dist"
    folder = packaged if packaged.is_dir() else Path(__file__).parents[3] / "web" / "page" / "dist"
    return folder if (folder / INDEX).is_file() else None
