"""Doing one thing to several sessions or messages, each by itself."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from truesend.cli.errors import CANNOT_REACH
from truesend.cli.operator.client import ApiClient, Json, Refused
from truesend.cli.terminal import Column, messages_console, show_json, show_rows

COLUMNS = (Column("ID", whole=True), Column("DONE"), Column("STATUS"), Column("WHY NOT"))


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it for one. ``status`` is what it is now, as far as the answer says; ``error`` why it was refused."""

    id: UUID
    status: str | None = None
    error: str | None = None
    exit_code: int = 0


class Bar:
    """A progress bar to be moved on."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def advance(self, steps: int = 1) -> None:
        """So many more are dealt with."""
        self._progress.advance(self._task, steps)


@contextmanager
def progress_bar(title: str, total: int) -> Iterator[Bar]:
    """A bar on standard error, where somebody looks and there is more than one to do."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    out = messages_console()
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal or total < 2) as progress:
        yield Bar(progress, progress.add_task(title, total=total))


def act(
    api: ApiClient, things: str, action: str, ids: Sequence[UUID], body: Mapping[str, object], *, as_json: bool
) -> None:
    """POST the action for each, show what came of it, and exit with the first refusal's code if there was one.

    An API that can't be reached ends it at once: what is left was not tried.
    """
    wanted = list(dict.fromkeys(ids))
    results: list[Done] = []
    try:
        with progress_bar(action, len(wanted)) as bar:
            for each in wanted:
                results.append(_one(api, f"/v1/{things}/{each}/{action}", each, body))
                bar.advance()
    finally:
        _show(results, as_json=as_json)
    if refused := [result.exit_code for result in results if result.error is not None]:
        raise typer.Exit(refused[0])


def _one(api: ApiClient, path: str, thing_id: UUID, body: Mapping[str, object]) -> Done:
    try:
        return Done(thing_id, _status_in(api.post(path, body)))
    except Refused as error:
        if error.exit_code == CANNOT_REACH:
            raise
        return Done(thing_id, error.state, str(error), error.exit_code)


def _status_in(answer: Json) -> str | None:
    status = answer.get("status", answer.get("held_reason"))
    return status if isinstance(status, str) else None


def _show(results: Sequence[Done], *, as_json: bool) -> None:
    if as_json:
        items = [
            {"id": str(each.id), "ok": each.error is None, "status": each.status, "error": each.error}
            for each in results
        ]
        show_json({"results": items})
    elif results:
        show_rows(COLUMNS, ((each.id, each.error is None, each.status, each.error) for each in results))
