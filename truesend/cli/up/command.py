"""`truesend up`."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from truesend.cli.errors import CommandError, settings_in_one_line


def up(
    *,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="where the API listens; 0 takes a free port")] = 8000,
    data_dir: Annotated[Path, typer.Option(help="what is kept between runs: the database, keys, logs")] = Path(
        ".truesend"
    ),
    demo: Annotated[
        bool, typer.Option(help="--no-demo: no simulated gateway, no data; GATEWAY_URL, API_KEYS … come from you")
    ] = True,
) -> None:
    """Run everything on this machine, with nothing to install: Postgres, a broker, the services, and a demo gateway."""
    if not find_spec("psutil"):
        raise CommandError(
            "up: here the services alone are installed, as in the image; pip install truesend brings the rest"
        )
    with settings_in_one_line():
        from truesend.cli.local.errors import LocalStackError
        from truesend.cli.up.run import run_demo, run_on_own_gateway

        try:
            (run_demo if demo else run_on_own_gateway)(data_dir, port)
        except LocalStackError as error:
            raise CommandError(str(error)) from None
