"""`truesend sessions …`: what sessions are, having them verified, and what an operator does to them."""

from typing import Annotated
from uuid import UUID

import typer

from truesend.cli.confirmation import confirm
from truesend.cli.errors import FAILED
from truesend.cli.operator.actions import act
from truesend.cli.operator.client import ApiClient
from truesend.cli.operator.connection import DEFAULT_URL, AsJson, Key, Organization, Reason, Url, connect
from truesend.cli.operator.session_rows import COLUMNS, SessionStatus, cells, fields
from truesend.cli.operator.verification import ask, ask_and_wait
from truesend.cli.operator.watch import watch_as_json, watch_as_lines, watch_on_screen
from truesend.cli.terminal import console, plain, say, show_fields, show_json, show_json_items, show_rows

sessions = typer.Typer(name="sessions", help="Sessions: list, verify, watch, pause, reconnect.", no_args_is_help=True)
SessionId = Annotated[UUID, typer.Argument(help="a session's id", show_default=False)]
SessionIds = Annotated[list[UUID], typer.Argument(help="sessions' ids", show_default=False)]


@sessions.command("list")
def list_sessions(
    status: Annotated[SessionStatus | None, typer.Option(help="only those that say so", show_default=False)] = None,
    *,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
    organization: Organization = None,
) -> None:
    """Show every session with the badge that it deserves."""
    with connect(url, key, organization) as api:
        rows = (row for row in api.pages("/v1/sessions", limit=None) if status is None or row["status"] == status)
        if as_json:
            show_json_items(rows, {"next_cursor": None})
        else:
            show_rows(COLUMNS, (cells(row) for row in rows))


@sessions.command()
def show(
    session_id: SessionId,
    *,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
    organization: Organization = None,
) -> None:
    """Show one session."""
    with connect(url, key, organization) as api:
        session = api.get(f"/v1/sessions/{session_id}")
        show_json(session) if as_json else show_fields(fields(session))


@sessions.command()
def verify(
    session_ids: Annotated[
        list[UUID] | None,
        typer.Argument(help="sessions' ids; without any: all that say connected or connecting", show_default=False),
    ] = None,
    *,
    wait: Annotated[bool, typer.Option("--wait", help="until each was verified")] = False,
    timeout: Annotated[float, typer.Option(min=0.1, max=86_400, help="seconds that --wait waits")] = 60.0,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
    organization: Organization = None,
) -> None:
    """Have gateways asked how their sessions are. With --wait, ends with 1 if some were not verified in time."""
    with connect(url, key, organization) as api:
        if not wait:
            answer = ask(api, session_ids or [])
            if as_json:
                show_json(answer)
            else:
                console().print(f"{len(answer['verifying'])} being verified, {len(answer['fresh'])} verified just now.")
            return
        answer, late = ask_and_wait(api, session_ids or [], within_s=timeout)
        _show_verified(api, answer["verifying"] + answer["fresh"], late, as_json=as_json)
    if late:
        raise typer.Exit(FAILED)


def _show_verified(api: ApiClient, session_ids: list[str], late: list[str], *, as_json: bool) -> None:
    rows = (api.get(f"/v1/sessions/{session_id}") for session_id in session_ids)
    if as_json:
        show_json_items(rows, {"not_verified": late})
        return
    show_rows(COLUMNS, (cells(row) for row in rows))
    for session_id in late:
        say(f"truesend: {plain(session_id)} was not verified in time; is the verifier running? (truesend doctor)")


@sessions.command()
def watch(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="one line of JSON per event")] = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
    organization: Organization = None,
) -> None:
    """Show what sessions are while it changes, until Ctrl-C."""
    with connect(url, key, organization) as api:
        try:
            if as_json:
                watch_as_json(api)
            elif console().is_terminal:
                watch_on_screen(api)
            else:
                watch_as_lines(api)
        except KeyboardInterrupt:
            return


@sessions.command()
def pause(
    session_ids: SessionIds,
    *,
    reason: Reason = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
    organization: Organization = None,
) -> None:
    """Let nothing more of these sessions' messages start."""
    with connect(url, key, organization) as api:
        act(api, "sessions", "pause", session_ids, {"reason": reason}, as_json=as_json)


@sessions.command()
def resume(
    session_ids: SessionIds,
    *,
    reason: Reason = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
    organization: Organization = None,
) -> None:
    """Let paused sessions' messages go again."""
    with connect(url, key, organization) as api:
        act(api, "sessions", "resume", session_ids, {"reason": reason}, as_json=as_json)


@sessions.command()
def reconnect(
    session_ids: SessionIds,
    *,
    reason: Reason = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
    organization: Organization = None,
) -> None:
    """Have the gateway connect these sessions again."""
    with connect(url, key, organization) as api:
        act(api, "sessions", "reconnect", session_ids, {"reason": reason}, as_json=as_json)


@sessions.command()
def disconnect(
    session_ids: SessionIds,
    *,
    reason: Reason = None,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
    organization: Organization = None,
) -> None:
    """Have the gateway log these sessions out. They have to be paired anew afterwards."""
    confirm(f"Log {len(session_ids)} session(s) out? Each has to be paired anew afterwards.", yes=yes)
    with connect(url, key, organization) as api:
        act(api, "sessions", "disconnect", session_ids, {"reason": reason}, as_json=as_json)
