"""`truesend adopt`: shows what is held; with a subcommand, looks before anything is changed, compares, decides."""

import logging
from typing import Annotated
from uuid import UUID

import typer

from truesend.cli.adopt import compare as comparison
from truesend.cli.adopt.check import report
from truesend.cli.adopt.held import Choice, Word, carry_out, decide, held, seconds_of, shown, told
from truesend.cli.doctor.finding import State
from truesend.cli.errors import FAILED, WRONG_SETTING, CommandError, settings_in_one_line
from truesend.cli.operator.connection import AsJson
from truesend.cli.terminal import console, show_json
from truesend.settings import load_database_settings

adopt = typer.Typer(
    name="adopt",
    help="Truesend on a CRM's database: look first, compare, decide about what was overdue. Alone it shows what is held.",
    invoke_without_command=True,
)

Organizations = Annotated[
    list[UUID] | None,
    typer.Option("--organization", help="only this organisation's; may be given several times"),
]
OlderThan = Annotated[str | None, typer.Option("--older-than", help="only what was due longer ago than this: 12h, 7d")]
NewerThan = Annotated[str | None, typer.Option("--newer-than", help="only what was due within this: 12h, 7d")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="count, and change nothing")]
Yes = Annotated[bool, typer.Option("--yes", help="don't ask")]


@adopt.callback()
def show(
    context: typer.Context,
    *,
    send: Annotated[bool, typer.Option("--send", help="as release, without a question")] = False,
    expire: Annotated[bool, typer.Option("--expire", help="as expire, without a question")] = False,
    organization: Organizations = None,
) -> None:
    """Show the messages that were overdue at the first migration and are held since; or do what a subcommand says."""
    if context.invoked_subcommand is not None:
        if send or expire or organization:
            raise CommandError("adopt: options go behind the subcommand", WRONG_SETTING)
        return
    if send and expire:
        raise CommandError("adopt: choose --send or --expire, not both", WRONG_SETTING)
    if not (send or expire):
        typer.echo(shown(held(Choice(organization))))
        return
    word = Word.RELEASE if send else Word.EXPIRE
    typer.echo(told(word, carry_out(word, organization)))


@adopt.command()
def release(
    *,
    organization: Organizations = None,
    older_than: OlderThan = None,
    newer_than: NewerThan = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Let what is held be sent, in the order in which it was scheduled."""
    choice = _choice(organization, older_than, newer_than)
    typer.echo(decide(Word.RELEASE, choice, dry_run=dry_run, yes=yes))


@adopt.command()
def expire(
    *,
    organization: Organizations = None,
    older_than: OlderThan = None,
    newer_than: NewerThan = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Let what is held fail as expired."""
    choice = _choice(organization, older_than, newer_than)
    typer.echo(decide(Word.EXPIRE, choice, dry_run=dry_run, yes=yes))


@adopt.command()
def check(*, as_json: AsJson = False) -> None:
    """Look at the CRM's database before anything is changed, and say what would happen. Only reads.

    DATABASE_URL is enough; Kafka and the gateways are looked at where their settings are given. Ends with code 1 if
    something must be changed first.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    findings = report.examine()
    if as_json:
        show_json(report.as_items(findings))
    else:
        report.show(console(), findings)
    if any(finding.state is State.ILL for finding in findings):
        raise typer.Exit(FAILED)


@adopt.command()
def compare(
    *,
    within: Annotated[str, typer.Option("--within", help="how far to look back: 90m, 24h, 7d")] = "24h",
    organization: Organizations = None,
    as_json: AsJson = False,
) -> None:
    """Hold what the CRM's own job says it did against what Truesend saw meanwhile. Only reads.

    For the time in which the verifier runs and the sender does not: DISPATCH_ORGANIZATIONS=none.
    """
    within_s = seconds_of(within, "--within")
    with settings_in_one_line():
        database_url = load_database_settings().database_url.get_secret_value()
    compared = comparison.compare(database_url, within_s=within_s or 0.0, organizations=organization)
    if as_json:
        show_json(comparison.as_json_value(compared))
    else:
        comparison.show(console(), compared)


def _choice(organizations: list[UUID] | None, older_than: str | None, newer_than: str | None) -> Choice:
    return Choice(organizations, seconds_of(older_than, "--older-than"), seconds_of(newer_than, "--newer-than"))
