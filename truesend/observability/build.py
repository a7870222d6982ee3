"""Which Truesend runs here."""

from importlib.metadata import PackageNotFoundError, version

from prometheus_client import Info

BUILD = Info("truesend_build", "The version that runs.")


def tell_version() -> None:
    """Set it, once the process knows that it is a service."""
    try:
        BUILD.info({"version": version("truesend")})
    except PackageNotFoundError:
        BUILD.info({"version": "unknown"})
