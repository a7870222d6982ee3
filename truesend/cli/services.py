"""`truesend api`, `verifier`, `sender`, `simulator`: one service, in the foreground, until Ctrl-C or SIGTERM."""

from typing import Annotated

import typer

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


def simulator(
    host: Annotated[str, typer.Option(envvar="SIMULATOR_HOST")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="SIMULATOR_PORT", min=0, max=65_535, help="0 takes a free one")] = 8090,
    *,
    api_key: Annotated[
        str, typer.Option(envvar="SIMULATOR_API_KEY", help="what callers must send as X-API-Key; empty: nothing")
    ] = "",
    demo: Annotated[bool, typer.Option(help="start with the demo's sessions")] = True,
    webhook_url: Annotated[str | None, typer.Option(envvar="SIMULATOR_WEBHOOK_URL")] = None,
    webhook_secret: Annotated[str, typer.Option(envvar="SIMULATOR_WEBHOOK_SECRET")] = "",
) -> None:
    """Run a gateway that you can play with: drop, revive, hang or make lie its sessions under /_control."""
    with address_in_one_line("SIMULATOR_HOST, SIMULATOR_PORT"):
        from simulator.main import run

        run(
            host,
            port,
            api_key=api_key,
            demo=demo,
            webhook_url=webhook_url,
            webhook_secret=webhook_secret,
            started=lambda url: typer.echo(f"The simulated gateway listens on {url}"),
        )
