"""`truesend capacity`: what so many sessions and messages need, worked out; nothing is asked and nothing is sent."""

import math
from dataclasses import asdict, replace
from typing import Annotated, Any

import typer

from truesend.capacity.costs import MEASURED
from truesend.capacity.plan import Demand, Plan, Resource, plan
from truesend.capacity.simulation.day import Day
from truesend.capacity.simulation.play import Played, play
from truesend.capacity.simulation.town import town_of
from truesend.cli.operator.connection import AsJson
from truesend.cli.terminal import Column, heading, say, show_fields, show_json, show_rows

_USUAL = Demand()
_RESOURCES = (
    Column("WHAT", whole=True),
    Column("NEEDED", whole=True),
    Column("BUSY", whole=True),
    Column("LASTS FOR", whole=True),
    Column("MORE BY", whole=True),
)
_HOURS = (
    Column("HOUR", whole=True),
    Column("DUE", whole=True),
    Column("P50", whole=True),
    Column("P99", whole=True),
    Column("BETWEEN P99", whole=True),
    Column("MOST", whole=True),
    Column("BUSIEST", whole=True),
)
_MORE_BY = {
    "processes": "more processes",
    "cores": "more cores or nodes",
    "gateways": "more gateways",
    "sessions": "more sessions",
    "none": "a bigger one, or cells",
}
_PER_MESSAGE_S = 8e-6
_WORTH_A_WORD = 1_000_000


def capacity(
    *,
    sessions: Annotated[int, typer.Option(min=1, max=10_000_000)] = _USUAL.sessions,
    messages_per_day: Annotated[int, typer.Option(min=1, max=1_000_000_000)] = _USUAL.messages_per_day,
    peak: Annotated[float, typer.Option(min=1, max=1_000, help="busiest minute ÷ mean of the day")] = _USUAL.peak,
    acks: Annotated[float, typer.Option(min=0, max=100, help="callbacks and receipts per message")] = _USUAL.acks,
    posted: Annotated[
        float, typer.Option(min=0, max=1, help="share that comes by the API, not by SQL")
    ] = _USUAL.posted,
    gateway_latency: Annotated[
        float, typer.Option(min=0.001, max=600, help="seconds that a gateway takes for a message")
    ] = _USUAL.gateway_latency_s,
    sessions_per_gateway: Annotated[int, typer.Option(min=1, max=1_000_000)] = _USUAL.sessions_per_gateway,
    in_flight: Annotated[
        int, typer.Option(min=1, max=10_000, help="GATEWAY_MAX_IN_FLIGHT")
    ] = _USUAL.in_flight_per_gateway,
    sweep: Annotated[float, typer.Option(min=1, max=86_400, help="VERIFY_SWEEP_S")] = _USUAL.sweep_s,
    pages: Annotated[int, typer.Option(min=0, max=10_000_000, help="clients of the live stream")] = _USUAL.pages,
    organizations: Annotated[int, typer.Option(min=1, max=10_000_000)] = _USUAL.organizations,
    messages_kept: Annotated[
        float, typer.Option(min=0, max=36_500, help="days that messages and attempts are kept")
    ] = _USUAL.messages_kept_days,
    facts_kept: Annotated[
        float, typer.Option(min=0, max=36_500, help="days: EVENT_RETENTION_S")
    ] = _USUAL.facts_kept_days,
    postgres_cores: Annotated[int, typer.Option(min=1, max=1_024)] = _USUAL.postgres_cores,
    simulate: Annotated[bool, typer.Option("--simulate", help="play a day, message by message")] = False,
    times: Annotated[
        float, typer.Option(min=0.01, max=100, help="with --simulate: so many times the messages, on the same plan")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="with --simulate: the same day for the same seed")] = 7,
    as_json: AsJson = False,
) -> None:
    """Work out what is needed for so much, by measured costs: processes, cores, connections, disk, and what ends first.

    With --simulate also how long messages wait, hour by hour. docs/capacity.md says what stands behind it.
    """
    demand = Demand(
        sessions=sessions,
        messages_per_day=messages_per_day,
        peak=peak,
        acks=acks,
        posted=posted,
        gateway_latency_s=gateway_latency,
        sessions_per_gateway=sessions_per_gateway,
        in_flight_per_gateway=in_flight,
        sweep_s=sweep,
        pages=pages,
        organizations=organizations,
        messages_kept_days=messages_kept,
        attempts_kept_days=messages_kept,
        facts_kept_days=facts_kept,
        postgres_cores=postgres_cores,
    )
    needed = plan(demand, MEASURED)
    played = _play(demand, needed, times, seed) if simulate else None
    if as_json:
        show_json(_as_json(demand, needed, played))
        return
    _show(needed)
    if played is not None:
        _show_day(played)


def _play(demand: Demand, needed: Plan, times: float, seed: int) -> Played:
    messages = round(demand.messages_per_day * times)
    if messages >= _WORTH_A_WORD:
        say(f"Playing {messages:,} messages; this takes about {math.ceil(messages * _PER_MESSAGE_S / 60)} min.")
    return play(Day(messages, demand.sessions), town_of(demand, needed, MEASURED), seed)


def _as_json(demand: Demand, needed: Plan, played: Played | None) -> dict[str, Any]:
    shares = {each.name: round(each.utilisation, 4) for each in needed.resources}
    return {
        "demand": asdict(demand),
        "plan": asdict(replace(needed, resources=[])) | {"resources": [asdict(each) for each in needed.resources]},
        "busy": shares,
        "first": needed.first.name,
        "wall": needed.wall.name,
        "day": None if played is None else asdict(played),
        "measured_on": MEASURED.measured_on,
    }


def _show(needed: Plan) -> None:
    show_rows(_RESOURCES, (_cells(each) for each in needed.resources))
    print()
    show_fields(
        [
            ("ends first", _told(needed.first)),
            ("first wall", _told(needed.wall)),
            ("one sender gets through", f"{needed.one_sender_per_s:,.0f} messages/s, with nothing else to do"),
            ("partitions of each topic", needed.partitions),
            ("connections to Postgres", needed.connections),
            ("memory of our processes", f"{needed.memory_gb:,.1f} GB"),
            (
                "Postgres' disk",
                f"{needed.postgres_disk_gb:,.0f} GB kept, {needed.postgres_disk_gb_per_day:,.1f} GB written a day,"
                f" {needed.wal_gb_per_day:,.1f} GB of log a day",
            ),
            ("Kafka's disk", f"{needed.kafka_disk_gb:,.0f} GB a copy, before compression"),
            ("costs measured", MEASURED.measured_on),
        ]
    )


def _cells(each: Resource) -> tuple[object, ...]:
    number = each.number if each.grows_by != "none" else f"{each.each:g} cores" if each.each > 1 else "one"
    lasts = f"{each.stretches:,.1f} times this" if each.stretches < 1_000 else "more than 1,000 times this"
    return (each.name, number, f"{100 * each.utilisation:.0f} %", lasts, _MORE_BY[each.grows_by])


def _told(each: Resource) -> str:
    return f"{each.name}, at {each.stretches:,.1f} times this: {_MORE_BY[each.grows_by]}"


def _show_day(played: Played) -> None:
    heading("The day: seconds from due to the wire, and what worked most in the busiest minute")
    show_rows(
        _HOURS,
        (
            (
                each.hour,
                f"{each.due:,}",
                f"{each.p50_s:.2f}",
                f"{each.p99_s:.1f}",
                f"{each.between_p99_s:.2f}",
                f"{each.most_s:.0f}",
                _busiest(each.worked_most),
            )
            for each in played.hours
        ),
    )
    name, share = played.nearest()
    print()
    show_fields(
        [
            ("sent", f"{played.sent:,}, the last {played.ended_after_s / 3600:.2f} h after midnight"),
            ("worked most over an hour", f"{name} {100 * share:.0f} %"),
            ("facts for the relay", f"{1000 * played.relay_p99_s:.0f} ms in the busiest hour (p99)"),
        ]
    )


def _busiest(worked: dict[str, float]) -> str:
    name = max(worked, key=lambda each: worked[each])
    return f"{name} {100 * worked[name]:.0f} %"
