"""`truesend api`, `verifier`, `sender`: one service, in the foreground, until Ctrl-C or SIGTERM."""

from collections.abc import Callable, Mapping

from truesend.cli.errors import address_in_one_line, settings_in_one_line


def api() -> None:
    """Run the HTTP API."""
    with settings_in_one_line(), address_in_one_line("API_HOST, API_PORT"):
        from services.api.main import run

        run()


def verifier() -> None:
    """Run the verifier: it asks gateways what their sessions are."""
    with settings_in_one_line(), address_in_one_line("HEALTH_HOST, HEALTH_PORT"):
        from services.verifier.main import run

        run()


def sender() -> None:
    """Run the sender: due messages leave through their gateways."""
    with settings_in_one_line(), address_in_one_line("HEALTH_HOST, HEALTH_PORT"):
        from services.sender.main import run

        run()


SERVICES: Mapping[str, Callable[[], None]] = {"api": api, "verifier": verifier, "sender": sender}
