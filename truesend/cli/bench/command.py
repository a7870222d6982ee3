"""`truesend bench`: how much an installation takes, measured from outside."""

import signal
from types import FrameType
from typing import Annotated
from uuid import UUID

import typer

from truesend.cli.bench.consent import is_demo, recipients_for
from truesend.cli.bench.figures import Figures, Percentiles, figures_of
from truesend.cli.bench.pace import Pace
from truesend.cli.bench.run import Bench, Wish
from truesend.cli.confirmation import confirm
from truesend.cli.errors import FAILED, NOT_FOUND, WRONG_SETTING, CommandError
from truesend.cli.operator.client import ApiClient
from truesend.cli.operator.connection import DEFAULT_URL, AsJson, Key, Organization, Url, connect
from truesend.cli.terminal import Column, console, heading, plain, show_fields, show_json, show_rows

MOST_MESSAGES = 100_000
MOST_VERIFICATIONS = 100_000
_TIMELINE = (Column("SECONDS", whole=True), Column("SENT/S", whole=True))
_COUNTS = (Column("NUMBER", whole=True), Column("WHY"))


def bench(
    *,
    sessions: Annotated[
        list[UUID] | None,
        typer.Option("--session", help="send through these; all that are connected without any", show_default=False),
    ] = None,
    messages: Annotated[int, typer.Option(min=0, max=MOST_MESSAGES, help="how many to send")] = 100,
    rate: Annotated[
        float | None, typer.Option(min=0.01, help="per second; without, as fast as they leave", show_default=False)
    ] = None,
    most_open: Annotated[
        int, typer.Option("--open", min=1, max=10_000, help="never more than these posted and not yet sent")
    ] = 2_000,
    verifications: Annotated[
        int, typer.Option("--verify", min=0, max=MOST_VERIFICATIONS, help="sessions to verify first, one after another")
    ] = 0,
    recipients: Annotated[
        list[str] | None,
        typer.Option("--recipient", help="a number of your own that gets the messages", show_default=False),
    ] = None,
    yes_really_send: Annotated[
        bool, typer.Option("--yes-really-send", help="do not ask; without --recipient: the gateway reaches nobody")
    ] = False,
    patience: Annotated[float, typer.Option(min=1, max=3_600, help="end when nothing moved for these seconds")] = 60.0,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column", metavar="NAME=VALUE", help="what the CRM's table demands, as group_id=…", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    key: Key = None,
    organization: Organization = None,
) -> None:
    """Send messages and verify sessions, and tell how fast that went. What waits at the end, or at Ctrl-C, is cancelled.

    It ends with 1 unless every message was sent and every session verified.
    """
    with connect(url, key, organization) as api:
        chosen = _chosen(api, sessions or [])
        wanted = recipients_for(chosen, recipients or [], reaches_nobody=yes_really_send) if messages else ()
        if messages and not is_demo(chosen):
            _ask(messages, len(chosen), recipients or [], yes=yes_really_send)
        pace = Pace(messages, rate, most_open)
        signal.signal(signal.SIGTERM, _as_ctrl_c)
        wish = Wish(chosen, wanted, pace, verifications, patience, dict(map(_column, columns or [])))
        found = figures_of(Bench(api, wish).play())
    show_json(found.as_json()) if as_json else _show(found)
    if not found.all_went_well:
        raise typer.Exit(FAILED)


def _chosen(api: ApiClient, named: list[UUID]) -> list[UUID]:
    rows = api.pages("/v1/sessions", limit=None)
    if not named:
        found = [UUID(row["id"]) for row in rows if row["status"] == "connected"]
        if not found:
            raise CommandError("bench: no session is connected; --session names some all the same", NOT_FOUND)
        return found
    known = {UUID(row["id"]) for row in rows}
    if unknown := [each for each in named if each not in known]:
        raise CommandError(f"bench: there is no session {unknown[0]}", NOT_FOUND)
    return list(dict.fromkeys(named))


def _ask(messages: int, sessions: int, recipients: list[str], *, yes: bool) -> None:
    to = f"to {', '.join(recipients)}" if recipients else "to made-up numbers"
    confirm(f"Send {messages} WhatsApp message(s) {to}, through {sessions} session(s)?", yes=yes)


def _column(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise CommandError("bench: --column wants NAME=VALUE", WRONG_SETTING)
    return name, value


def _as_ctrl_c(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _show(found: Figures) -> None:
    show_fields(
        [
            ("accepted", f"{found.accepted}, {found.accepted_per_s:g}/s while posting" if found.accepted else None),
            ("became", ", ".join(f"{number} {status}" for status, number in found.by_status.items())),
            ("sent", f"{found.sent_per_s:g}/s from the first due time to the last end" if found.timeline else None),
            ("due to sent", _told(found.due_to_sent)),
            ("verified", _told(found.verified)),
            ("not verified", found.not_verified or None),
            ("cancelled", found.cancelled or None),
            ("beyond recall", found.beyond_recall or None),
            ("ended early", found.stopped),
        ]
    )
    if len(found.timeline) > 1:
        heading("Sent")
        show_rows(_TIMELINE, ((f"{each.from_s:g}-{each.to_s:g}", f"{each.sent_per_s:g}") for each in found.timeline))
    for title, counts in (("Refused", found.refused), ("Went wrong", found.troubles), ("Left", found.left)):
        if counts:
            heading(title)
            show_rows(_COUNTS, ((number, plain(why)) for why, number in counts.items()))
    if found.beyond_recall:
        console().print(
            "\nWhat is beyond recall is at its gateway, or in doubt: truesend messages list --status sending"
        )


def _told(found: Percentiles | None) -> str | None:
    if found is None:
        return None
    at = f"p50 {found.p50_ms:g} ms, p95 {found.p95_ms:g} ms, p99 {found.p99_ms:g} ms, most {found.most_ms:g} ms"
    return f"{at}, of {found.count}"
