"""`truesend simulator`: the demo gateway, in the foreground, until Ctrl-C or SIGTERM."""

from typing import Annotated

import typer

from truesend.cli.errors import address_in_one_line


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
