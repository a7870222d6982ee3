"""Every command of `truesend`, as Typer reads it from the command line."""

from importlib.metadata import version
from typing import Annotated

import typer

from truesend.cli import prepare, services
from truesend.cli.adopt.command import adopt
from truesend.cli.bench.command import bench
from truesend.cli.capacity.command import capacity
from truesend.cli.dead_letters.command import dlq
from truesend.cli.demo import demo
from truesend.cli.doctor.command import doctor
from truesend.cli.gateways.command import gateways
from truesend.cli.operator.messages import messages
from truesend.cli.operator.sessions import sessions
from truesend.cli.privacy.command import privacy
from truesend.cli.restored import restored
from truesend.cli.simulator import simulator
from truesend.cli.up.command import up

# Pretty tracebacks show the values of variables, and with them keys and passwords; plain ones an error's words, which may
# quote a row or a setting.
app = typer.Typer(
    name="truesend",
    help="Keeps a CRM honest about WhatsApp.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"truesend {version('truesend')}")
        raise typer.Exit


@app.callback()
def truesend(
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_tell_version, help="say which version this is")
    ] = False,
) -> None:
    """Keeps a CRM honest about WhatsApp."""


app.command()(up)
app.command()(prepare.migrate)
app.command()(prepare.topics)
app.command()(services.api)
app.command()(services.verifier)
app.command()(services.sender)
app.command()(simulator)
app.command()(demo)
app.add_typer(adopt)
app.command()(restored)
app.add_typer(sessions)
app.add_typer(messages)
app.add_typer(dlq)
app.add_typer(gateways)
app.add_typer(privacy)
app.command()(bench)
app.command()(capacity)
app.command()(doctor)
