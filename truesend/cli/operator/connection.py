"""The options that every command to the API has."""

from typing import Annotated
from uuid import UUID

import typer

from truesend.cli.operator.client import ApiClient

DEFAULT_URL = "http://127.0.0.1:8000"
_PANEL = "The API"

Url = Annotated[str, typer.Option("--url", envvar="TRUESEND_URL", help="where the API is", rich_help_panel=_PANEL)]
Key = Annotated[
    str | None,
    typer.Option(
        "--key",
        envvar="TRUESEND_API_KEY",
        help="your API key or token; better in the environment, since everybody on this machine can read a command line",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
Organization = Annotated[
    UUID | None,
    typer.Option(
        "--organization",
        envvar="TRUESEND_ORGANIZATION",
        help="for AUTH_MODE=none, and for tokens that do not say it",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="for scripts")]
Reason = Annotated[str | None, typer.Option("--reason", help="why; it is kept in the history")]


def connect(url: str, key: str | None, organization: UUID | None) -> ApiClient:
    """The API that the options name."""
    return ApiClient(url, key=key, organization=organization)
