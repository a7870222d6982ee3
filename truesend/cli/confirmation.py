"""Asking before something is done to many things, or for good."""

import typer

from truesend.cli.errors import WRONG_SETTING, CommandError
from truesend.cli.terminal import is_interactive, plain


def confirm(question: str, *, yes: bool) -> None:
    """Return only if the answer is yes. Raises CommandError where nobody is there to ask and ``--yes`` was not said."""
    if yes:
        return
    if not is_interactive():
        raise CommandError(f"{question} Nobody is here to answer: say --yes", WRONG_SETTING)
    typer.confirm(plain(question), abort=True, err=True)
