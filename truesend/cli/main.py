"""The `truesend` command."""

import sys
import traceback
from collections.abc import Callable, Sequence

from truesend.cli.errors import FAILED, CommandError
from truesend.cli.services import SERVICES


def run() -> None:
    """The console script: what a command can't do ends it with one line on standard error and a code of its own.

    What nobody expected is told by its type and its place.
    """
    try:
        _command(sys.argv[1:])()
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


def _command(arguments: Sequence[str]) -> Callable[[], object]:
    """A service by its name alone starts without all other commands, which would stay in its memory as long as it runs."""
    if len(arguments) == 1 and arguments[0] in SERVICES:
        return SERVICES[arguments[0]]
    from truesend.cli.commands import app

    return app


if __name__ == "__main__":
    run()
