"""The `truesend` command."""

import sys
import traceback

import typer

from truesend.cli import prepare, services
from truesend.cli.dead_letters.command import dlq
from truesend.cli.doctor.command import doctor
from truesend.cli.errors import FAILED, CommandError
from truesend.cli.gateways.command import gateways
from truesend.cli.operator.messages import messages
from truesend.cli.operator.sessions import sessions
from truesend.cli.privacy.command import privacy
from truesend.cli.up.command import up

# Pretty tracebacks show the values of variables, and with them keys and passwords; plain ones an error's words, which may
# quote a row or a setting.
app = typer.Typer(
    name="truesend",
    help="Keeps a CRM honest about WhatsApp.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(up)
app.command()(prepare.migrate)
app.command()(prepare.topics)
app.command()(services.api)
app.command()(services.verifier)
app.command()(services.sender)
app.command()(services.simulator)
app.command()(prepare.adopt)
app.add_typer(sessions)
app.add_typer(messages)
app.add_typer(dlq)
app.add_typer(gateways)
app.add_typer(privacy)
app.command()(doctor)


def run() -> None:
    """The console script: what a command can't do ends it with one line on standard error and a code of its own.

    What nobody expected is told by its type and its place.
    """
    try:
        app()
    except CommandError as error:
        print(f"truesend: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except Exception as error:
        from truesend.observability.logging import logs_its_end

        if logs_its_end():
            raise
        places = (f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__))
        print(f"truesend: nobody expected this {type(error).__name__}, from", *places, sep="\n  ", file=sys.stderr)
        sys.exit(FAILED)


if __name__ == "__main__":
    run()
