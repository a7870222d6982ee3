"""`truesend gateways`: check, webhooks, kinds. Works with the services' settings; the API need not run."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from truesend.cli.confirmation import confirm
from truesend.cli.errors import (
    FAILED,
    NOT_FOUND,
    WRONG_SETTING,
    CommandError,
    database_in_one_line,
    settings_in_one_line,
)
from truesend.cli.gateways.advice import advice
from truesend.cli.gateways.check import Checked, check_gateways
from truesend.cli.gateways.webhooks import Registered, register, sessions_of
from truesend.cli.operator.connection import AsJson
from truesend.cli.terminal import Column, say, show_json, show_rows
from truesend.gateways.capabilities import names, shown
from truesend.gateways.configured import gateway_configs
from truesend.gateways.protocol import GatewayConfig
from truesend.gateways.registry import build_gateways, capabilities_of_kinds
from truesend.settings import load_database_settings, load_gateway_settings

gateways = typer.Typer(name="gateways", help="Gateways: are they there, and do they post to us?", no_args_is_help=True)
Names = Annotated[list[str] | None, typer.Argument(help="only these")]
Yes = Annotated[bool, typer.Option("--yes", help="don't ask")]

CHECKED = ("GATEWAY", "KIND", "REACHABLE", "KEY", "VERSION", "SESSIONS", "WEBHOOK", "DETAIL")


@gateways.command()
def check(only: Names = None, *, as_json: AsJson = False) -> None:
    """Try each gateway: reachable, key accepted, version, sessions, webhook. Ends with code 1 if one is ill."""
    with settings_in_one_line():
        checked = asyncio.run(check_gateways(_configs(only)))
    if as_json:
        show_json({"items": [each.fields() for each in checked]})
    else:
        show_rows([Column(title) for title in CHECKED], [_row(each) for each in checked])
        for each in checked:
            if each.is_ill:
                say(f"{each.config.name}: {advice(each.health)}")
    if any(each.is_ill for each in checked):
        raise typer.Exit(FAILED)


@gateways.command()
def webhooks(
    only: Names = None,
    *,
    registers: Annotated[bool, typer.Option("--register", help="set our address and secret at the gateways")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Show where gateways are to post their webhooks; with --register, tell them, session by session."""
    with settings_in_one_line():
        configs = _configs(only)
        if not registers:
            _show_addresses(configs, as_json=as_json)
            return
        results = _register(configs, yes=yes)
    if as_json:
        show_json({"items": [_fields(each) for each in results]})
    else:
        show_rows(
            [Column("GATEWAY"), Column("SESSION"), Column("REGISTERED"), Column("DETAIL")],
            [(each.gateway, each.session, each.result.ok, each.result.detail) for each in results],
        )
    if not all(each.result.ok for each in results):
        raise typer.Exit(FAILED)


@gateways.command()
def kinds(*, as_json: AsJson = False) -> None:
    """List the kinds of gateways, and what each can do."""
    known = capabilities_of_kinds()
    if as_json:
        show_json({kind: shown(each) for kind, each in known.items()})
        return
    columns = [Column("CAN"), *(Column(kind) for kind in known)]
    show_rows(columns, [(name, *(shown(each)[name] for each in known.values())) for name in names()])


def _configs(only: Sequence[str] | None) -> list[GatewayConfig]:
    configs = gateway_configs(load_gateway_settings())
    unknown = set(only or ()) - {config.name for config in configs}
    if unknown:
        known = ", ".join(config.name for config in configs)
        raise CommandError(f"there is no gateway {min(unknown)!r}; there are: {known}", NOT_FOUND)
    return [config for config in configs if not only or config.name in only]


def _row(checked: Checked) -> tuple[object, ...]:
    health, config = checked.health, checked.config
    key = {True: "accepted", False: "refused", None: "unknown"}[health.key_accepted]
    sessions = "" if health.sessions is None else health.sessions
    return (
        config.name,
        config.kind,
        health.is_reachable,
        key,
        health.version,
        sessions,
        checked.webhook,
        health.detail,
    )


def _show_addresses(configs: Sequence[GatewayConfig], *, as_json: bool) -> None:
    addresses = [(config.name, config.webhook_url, bool(config.webhook_secret)) for config in configs]
    if as_json:
        show_json({"items": [{"gateway": name, "url": url or None, "secret": known} for name, url, known in addresses]})
        return
    show_rows([Column("GATEWAY"), Column("POSTS TO"), Column("SECRET SET")], addresses)
    say("truesend gateways webhooks --register tells those that can be told")


def _register(configs: Sequence[GatewayConfig], *, yes: bool) -> list[Registered]:
    for config in configs:
        if not config.webhook_url:
            raise CommandError(
                f"gateway {config.name!r}: its way to us is unknown; set GATEWAY_CALLBACK_BASE_URL, or callback_base_url",
                WRONG_SETTING,
            )
        if not config.webhook_secret:
            raise CommandError(f"gateway {config.name!r}: it has no webhook secret; set WEBHOOK_SECRET", WRONG_SETTING)
    built = build_gateways(configs)
    able = [name for name, gateway in built.items() if gateway.capabilities.webhook_registration]
    for name in built.keys() - set(able):
        say(f"{name}: can't be told by a call; have it post to {built[name].config.webhook_url}")
    sessions = _sessions(able)
    if sessions:
        confirm(f"register {len(sessions)} session(s)? Some gateways restart a session for it.", yes=yes)
    return asyncio.run(register(built, sessions))


def _sessions(able: Sequence[str]) -> list[tuple[str, str]]:
    if not able:
        return []
    database = load_database_settings()
    with database_in_one_line("gateways"):
        return asyncio.run(sessions_of(database, able))


def _fields(registered: Registered) -> dict[str, object]:
    result = registered.result
    return {
        "gateway": registered.gateway,
        "session": registered.session,
        "registered": result.ok,
        "detail": result.detail,
    }
