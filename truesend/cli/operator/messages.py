"""`truesend messages …`: what is to be sent, what became of it, and what an operator does about it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from truesend.cli.confirmation import confirm
from truesend.cli.errors import FAILED, WRONG_SETTING, CommandError
from truesend.cli.operator.actions import act, progress_bar
from truesend.cli.operator.bulk_retry import Tally, filter_values, read_filter, retry_all
from truesend.cli.operator.client import ApiClient, Json
from truesend.cli.operator.connection import DEFAULT_URL, AsJson, Key, Organization, Reason, Url, connect
from truesend.cli.operator.message_rows import (
    ATTEMPTS,
    COLUMNS,
    TIMELINE,
    MessageStatus,
    attempt_cells,
    cells,
    fields,
    timeline_cells,
)
from truesend.cli.terminal import console, heading, show_fields, show_json, show_json_items, show_rows

messages = typer.Typer(name="messages", help="Messages: list, show, retry, cancel, check.", no_args_is_help=True)
MessageIds = Annotated[list[UUID], typer.Argument(help="messages' ids", show_default=False)]
TIME_FORMATS = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z", "%Y-%m-%d"]
Time = Annotated[datetime | None, typer.Option(formats=TIME_FORMATS, help="days are of UTC", show_default=False)]


@messages.command("list")
def list_messages(
    *,
    status: Annotated[MessageStatus | None, typer.Option(help="only these", show_default=False)] = None,
    session: Annotated[UUID | None, typer.Option(help="only this session's", show_default=False)] = None,
    recipient: Annotated[str | None, typer.Option(help="only to this number or group", show_default=False)] = None,
    created_from: Time = None,
    created_to: Time = None,
    scheduled_from: Time = None,
    scheduled_to: Time = None,
    limit: Annotated[int, typer.Option(min=1, help="at most so many")] = 50,
    everything: Annotated[bool, typer.Option("--all", help="however many there are")] = False,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
    organization: Organization = None,
) -> None:
    """Show messages, the latest first."""
    with connect(url, key, organization) as api:
        items = api.pages(
            "/v1/messages",
            limit=None if everything else limit,
            status=status.value if status else None,
            session_id=str(session) if session else None,
            recipient=recipient,
            created_from=_written(created_from),
            created_to=_written(created_to),
            scheduled_from=_written(scheduled_from),
            scheduled_to=_written(scheduled_to),
        )
        if as_json:
            show_json_items(items, {"next_cursor": None})
        else:
            show_rows(COLUMNS, (cells(item) for item in items))


def _written(moment: datetime | None) -> str | None:
    """As the API wants a time; one without a zone is of UTC."""
    if moment is None:
        return None
    return moment.isoformat() if moment.tzinfo else f"{moment.isoformat()}Z"


@messages.command()
def show(
    message_id: Annotated[UUID, typer.Argument(help="a message's id", show_default=False)],
    *,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
    organization: Organization = None,
) -> None:
    """Show one message: what it is, every attempt to send it, and its whole story."""
    with connect(url, key, organization) as api:
        message = _with_whole_story(api, api.get(f"/v1/messages/{message_id}"))
    if as_json:
        show_json(message)
        return
    show_fields(fields(message))
    if message["attempts"]:
        heading("Attempts")
        show_rows(ATTEMPTS, (attempt_cells(attempt) for attempt in message["attempts"]))
    heading("History")
    show_rows(TIMELINE, (timeline_cells(item) for item in message["history"]))


def _with_whole_story(api: ApiClient, message: Json) -> Json:
    cursor = message.pop("history_next_cursor", None)
    while cursor is not None:
        page = api.get(f"/v1/messages/{message['id']}/history", limit=200, cursor=cursor)
        message["history"] += page["items"]
        cursor = page["next_cursor"]
    return message


@messages.command()
def retry(
    message_ids: Annotated[list[UUID] | None, typer.Argument(help="messages' ids", show_default=False)] = None,
    *,
    wanted: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="NAME=VALUE",
            autocompletion=filter_values,
            help="all that match instead, as in --filter status=failed --filter session=…; may be given several times",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="with --filter: count, and change nothing")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="with --filter: do not ask")] = False,
    session: Annotated[UUID | None, typer.Option(help="send through this session", show_default=False)] = None,
    force: Annotated[bool, typer.Option("--force", help="unconfirmed ones, too: they may arrive twice")] = False,
    reason: Reason = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
    organization: Organization = None,
) -> None:
    """Try failed and cancelled messages again: those named, or all that a filter matches, counted first."""
    if bool(message_ids) == bool(wanted) or (dry_run and not wanted):
        raise CommandError("messages retry: name messages, or say --filter (with or without --dry-run)", WRONG_SETTING)
    chosen = read_filter(wanted or [])
    with connect(url, key, organization) as api:
        if message_ids:
            body: Json = {"session_id": str(session) if session else None, "force": force, "reason": reason}
            act(api, "messages", "retry", message_ids, body, as_json=as_json)
            return
        tally = retry_all(api, chosen, session_id=session, force=force, reason=reason, dry_run=True)
        if not dry_run and tally.free:
            confirm(f"Retry {tally.free} message(s)?{_and_refused(tally)}", yes=yes)
            with progress_bar("retry", tally.matched) as bar:
                tally = retry_all(
                    api, chosen, session_id=session, force=force, reason=reason, dry_run=False, moved=bar.advance
                )
    _show_tally(tally, dry_run=dry_run, as_json=as_json)


def _show_tally(tally: Tally, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        show_json(tally.as_json(dry_run=dry_run))
    elif dry_run:
        console().print(f"{tally.matched} matched, {tally.free} would be retried.{_and_refused(tally)}", markup=False)
    else:
        console().print(f"{tally.matched} matched, {tally.retried} retried.{_and_refused(tally)}", markup=False)
    if tally.refused and not dry_run:
        raise typer.Exit(FAILED)


def _and_refused(tally: Tally) -> str:
    return f" {tally.refused} not: {tally.reasons()}." if tally.refused else ""


@messages.command()
def cancel(
    message_ids: MessageIds,
    *,
    reason: Reason = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
    organization: Organization = None,
) -> None:
    """Cancel messages that still wait."""
    with connect(url, key, organization) as api:
        act(api, "messages", "cancel", message_ids, {"reason": reason}, as_json=as_json)


@messages.command()
def check(
    message_ids: MessageIds,
    *,
    reason: Reason = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
    organization: Organization = None,
) -> None:
    """Have the gateway asked now what became of accepted or unconfirmed messages."""
    with connect(url, key, organization) as api:
        act(api, "messages", "check", message_ids, {"reason": reason}, as_json=as_json)
