"""Every fault: how it begins, and how it is undone."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from tests.chaos.findings import topic_partitions
from tests.chaos.gateways import ChaosGateway
from tests.chaos.processes import PROCESSES, WORKERS
from tests.chaos.proxy import Direction, Link
from tests.chaos.schedule import Kind
from tests.chaos.servers import OwnServers
from tests.chaos.world import World
from truesend.contracts.topics import GATEWAY_EVENTS, MESSAGE_DISPATCH

GATEWAYS: Final = ("main", "ids", "bare")
SENDERS: Final = ("sender-1", "sender-2")
CLOCKS: Final = ("api-2", "verifier-2", "sender-2")
JUMP_S: Final = 300
_STATEMENT_BYTES: Final = 200
_PUBLISH_BYTES: Final = 400
_JOIN_BYTES: Final = 120
_COPIES: Final = 40

Perform = Callable[[World, str, float], Awaitable[None]]


class Skipped(Exception):  # noqa: N818 - no error: what this machine, or this moment, does not allow
    """A fault that could not be done, and why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault, and what does it: ``perform`` ends when the fault is undone, also where it is cancelled."""

    kind: Kind
    perform: Perform


# --- processes ---


async def kill(world: World, process: str, _length_s: float) -> None:
    """At a random moment."""
    world.crew.kill(process)


async def terminate(world: World, process: str, _length_s: float) -> None:
    """In good order."""
    world.crew.terminate(process)


async def freeze(world: World, process: str, length_s: float) -> None:
    """As a machine that swaps, or a virtual one that is moved."""
    world.crew.freeze(process)
    try:
        await asyncio.sleep(length_s)
    finally:
        world.crew.thaw(process)


async def kill_in_post(world: World, sender: str, length_s: float) -> None:
    """The request passes, the sender does not live to hear the answer."""
    hit = await _when(world.links_to_gateways(sender), "up", lambda: world.crew.kill(sender), length_s)
    world.aimed["kill in a POST"] += hit


async def kill_at_answer(world: World, sender: str, length_s: float) -> None:
    """Between the POST and the write."""
    hit = await _when(world.links_to_gateways(sender), "down", lambda: world.crew.kill(sender), length_s)
    world.aimed["kill between POST and write"] += hit


async def kill_at_write(world: World, sender: str, length_s: float) -> None:
    """Between the write and its commit: the statement is on its way, its writer is gone."""
    answered = await _when(world.links_to_gateways(sender), "down", _nothing, length_s)
    links = [world.postgres_links[sender]]
    hit = await _when(links, "up", lambda: world.crew.kill(sender), length_s, at_least_bytes=_STATEMENT_BYTES)
    world.aimed["kill between write and commit"] += answered and hit


async def cut_at_write(world: World, sender: str, length_s: float) -> None:
    """The statement may have been committed: the connection is lost before its answer comes."""
    link = world.postgres_links[sender]
    answered = await _when(world.links_to_gateways(sender), "down", _nothing, length_s)
    try:
        hit = await _when([link], "down", link.cut, length_s)
    finally:
        await link.mend()
    world.aimed["lose the answer to a write"] += answered and hit


async def kill_at_publish(world: World, worker: str, length_s: float) -> None:
    """In the relay, or with commands on their way."""
    links = [_kafka_link(world, worker)]
    hit = await _when(links, "up", lambda: world.crew.kill(worker), length_s, at_least_bytes=_PUBLISH_BYTES)
    world.aimed["kill while publishing"] += hit


async def kill_in_rebalance(world: World, service: str, length_s: float) -> None:
    """One is killed; when it comes back and joins, so is the other."""
    first, second = f"{service}-1", f"{service}-2"
    link = _kafka_link(world, first)
    world.crew.kill(first)
    hit = await _when([link], "up", lambda: world.crew.kill(second), length_s, at_least_bytes=_JOIN_BYTES)
    world.aimed["kill in a rebalance"] += hit


def _nothing() -> None:
    """Seeing the bytes is enough."""


async def _when(
    links: Iterable[Link], direction: Direction, act: Callable[[], None], within_s: float, *, at_least_bytes: int = 1
) -> bool:
    """Act at the next bytes that pass one of the links; or, if none do in time, at any moment. Says which it was."""
    seen = asyncio.Event()

    def strike() -> None:
        if not seen.is_set():
            seen.set()
            act()

    forgets = [link.once(direction, strike, at_least_bytes=at_least_bytes) for link in links]
    try:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(seen.wait(), within_s)
    finally:
        for forget in forgets:
            forget()
    was_seen = seen.is_set()
    strike()
    return was_seen


# --- clocks ---


async def clock_ahead(world: World, process: str, length_s: float) -> None:
    """Forward, and back again."""
    await _jump(world, process, JUMP_S, length_s)


async def clock_behind(world: World, process: str, length_s: float) -> None:
    """Back, and forward again."""
    await _jump(world, process, -JUMP_S, length_s)


async def _jump(world: World, process: str, ahead_s: int, length_s: float) -> None:
    clock = world.crew.clock(process)
    if clock is None:
        raise Skipped("this machine has no libfaketime (Debian package faketime)")
    clock.set(ahead_s)
    try:
        await asyncio.sleep(length_s)
    finally:
        clock.set(0)


# --- servers ---


def _own(world: World) -> OwnServers:
    if world.servers.own is None:
        raise Skipped("the servers are not this run's own")
    return world.servers.own


async def _away(end: Callable[[], Awaitable[None]], start: Callable[[], Awaitable[None]], length_s: float) -> None:
    try:
        await end()
        await asyncio.sleep(length_s)
    finally:
        await start()


async def kafka_killed(world: World, _target: str, length_s: float) -> None:
    """Crashed, and started again."""
    own = _own(world)
    await _away(own.kill_kafka, own.start_kafka, length_s)


async def kafka_stopped(world: World, _target: str, length_s: float) -> None:
    """Stopped in good order, and started again."""
    own = _own(world)
    await _away(own.stop_kafka, own.start_kafka, length_s)


async def postgres_killed(world: World, _target: str, length_s: float) -> None:
    """Crashed, and recovered."""
    own = _own(world)
    await _away(own.kill_postgres, own.start_postgres, length_s)


async def postgres_stopped(world: World, _target: str, length_s: float) -> None:
    """Stopped at once, and started again."""
    own = _own(world)
    await _away(own.stop_postgres, own.start_postgres, length_s)


async def disk_full(world: World, _target: str, length_s: float) -> None:
    """No room for the database; a server that gave up is started again afterwards."""
    own = _own(world)
    if own.disk is None:
        raise Skipped("no file system of its own may be mounted here (needs root)")
    own.disk.fill()
    try:
        await asyncio.sleep(length_s)
    finally:
        own.disk.empty()
        await own.start_postgres()


# --- links ---


async def _cut(link: Link, length_s: float) -> None:
    link.cut()
    try:
        await asyncio.sleep(length_s)
    finally:
        await link.mend()


async def _freeze(link: Link, length_s: float) -> None:
    link.freeze()
    try:
        await asyncio.sleep(length_s)
    finally:
        link.thaw()


async def cut_postgres(world: World, process: str, length_s: float) -> None:
    """One process and Postgres."""
    await _cut(world.postgres_links[process], length_s)


async def freeze_postgres(world: World, process: str, length_s: float) -> None:
    """One process and Postgres."""
    await _freeze(world.postgres_links[process], length_s)


def _kafka_link(world: World, process: str) -> Link:
    link = world.servers.kafka_links.get(process)
    if link is None:
        raise Skipped("Kafka is reached directly")
    return link


async def cut_kafka(world: World, process: str, length_s: float) -> None:
    """One process and Kafka."""
    await _cut(_kafka_link(world, process), length_s)


async def freeze_kafka(world: World, process: str, length_s: float) -> None:
    """One process and Kafka."""
    await _freeze(_kafka_link(world, process), length_s)


def _gateway_link(world: World, target: str) -> Link:
    process, _, gateway = target.partition(">")
    return world.gateway_links[process, gateway]


async def cut_gateway(world: World, target: str, length_s: float) -> None:
    """One worker and one gateway."""
    await _cut(_gateway_link(world, target), length_s)


async def freeze_gateway(world: World, target: str, length_s: float) -> None:
    """One worker and one gateway."""
    await _freeze(_gateway_link(world, target), length_s)


async def cut_front(world: World, _target: str, length_s: float) -> None:
    """Gateways and callers, and the API."""
    await _cut(world.front, length_s)


async def freeze_front(world: World, _target: str, length_s: float) -> None:
    """Gateways and callers, and the API."""
    await _freeze(world.front, length_s)


# --- gateways ---


async def _misbehave(world: World, name: str, length_s: float, begin: Callable[[ChaosGateway], None]) -> None:
    gateway = world.gateways[name]
    begin(gateway)
    try:
        await asyncio.sleep(length_s)
    finally:
        gateway.heal()


async def unavailable(world: World, name: str, length_s: float) -> None:
    """503 for every send."""
    await _misbehave(world, name, length_s, lambda gateway: gateway.answer(503, "Service Unavailable"))


async def throttled(world: World, name: str, length_s: float) -> None:
    """429 for every send."""
    await _misbehave(world, name, length_s, lambda gateway: gateway.answer(429, "Too many requests"))


async def hangs_after_delivery(world: World, name: str, length_s: float) -> None:
    """It delivers, and does not say so in time."""
    await _misbehave(world, name, length_s, lambda gateway: gateway.hang("after_delivery"))


async def hangs_before_delivery(world: World, name: str, length_s: float) -> None:
    """It delivers when nobody waits any more."""
    await _misbehave(world, name, length_s, lambda gateway: gateway.hang("before_delivery"))


async def resets_after_delivery(world: World, name: str, length_s: float) -> None:
    """It delivers, and the connection is lost."""
    await _misbehave(world, name, length_s, lambda gateway: gateway.reset("after_delivery"))


async def resets_before_delivery(world: World, name: str, length_s: float) -> None:
    """The connection is lost, and nothing is delivered."""
    await _misbehave(world, name, length_s, lambda gateway: gateway.reset("before_delivery"))


async def tells_thrice(world: World, name: str, length_s: float) -> None:
    """Every webhook comes three times."""
    await _misbehave(world, name, length_s, lambda gateway: gateway.repeat(3))


async def forgets(world: World, name: str, length_s: float) -> None:
    """It restarts, and remembers nothing; for a while nobody listens there."""
    links = [link for (_, gateway), link in world.gateway_links.items() if gateway == name]
    world.gateways[name].restart()
    for link in links:
        link.cut()
    try:
        await asyncio.sleep(length_s)
    finally:
        for link in links:
            await link.mend()


async def drops_sessions(world: World, name: str, length_s: float) -> None:
    """Half of its sessions lose WhatsApp."""
    await _misbehave(world, name, length_s, lambda gateway: gateway.drop_sessions())


# --- records ---


async def repeats_records(world: World, topic_name: str, _length_s: float) -> None:
    """Old records come again, in another order."""
    topic = f"{world.servers.topic_prefix}{topic_name}"
    try:
        async with asyncio.timeout(10):
            await copy_records(world.servers.bootstrap_servers, topic)
    except (KafkaError, OSError, TimeoutError) as error:
        raise Skipped(f"Kafka was away ({type(error).__name__})") from error


async def copy_records(bootstrap_servers: str, topic: str) -> None:
    """Publish copies of the newest records, shuffled. Raises KafkaError where Kafka is away."""
    partitions = await topic_partitions(bootstrap_servers, topic)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest")
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers)
    try:
        await consumer.start()
        await producer.start()
        records = await _newest(consumer, partitions)
        Random(len(records)).shuffle(records)
        for record in records:
            await producer.send_and_wait(topic, record.value, key=record.key, headers=list(record.headers))
    finally:
        await producer.stop()
        await consumer.stop()


async def _newest(consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> list[Any]:
    consumer.assign(partitions)
    ends = await consumer.end_offsets(partitions)
    records: list[Any] = []
    for partition in partitions:
        wanted = min(_COPIES // len(partitions), ends[partition])
        if wanted:
            consumer.seek(partition, ends[partition] - wanted)
            found = await consumer.getmany(partition, timeout_ms=1_000, max_records=wanted)
            records += found.get(partition, [])
    return records


_WORKER_GATEWAYS: Final = tuple(f"{worker}>{gateway}" for worker in WORKERS for gateway in GATEWAYS)
_TOPICS: Final = (MESSAGE_DISPATCH.name, GATEWAY_EVENTS.name)

FAULTS: Final = {
    fault.kind.name: fault
    for fault in (
        Fault(Kind("kill", "process", PROCESSES, settles_s=3, weight=4), kill),
        Fault(Kind("terminate", "process", PROCESSES, settles_s=6, weight=3), terminate),
        Fault(Kind("freeze", "process", PROCESSES, 1, 9, weight=2), freeze),
        Fault(Kind("kill in a POST", "process", SENDERS, 1, 5, weight=2), kill_in_post),
        Fault(Kind("kill between POST and write", "process", SENDERS, 1, 5, weight=2), kill_at_answer),
        Fault(Kind("kill between write and commit", "process", SENDERS, 1, 5, weight=2), kill_at_write),
        Fault(Kind("lose the answer to a write", "Postgres link", SENDERS, 1, 3, weight=2), cut_at_write),
        Fault(Kind("kill while publishing", "process", WORKERS, 1, 5, weight=2), kill_at_publish),
        Fault(Kind("kill in a rebalance", "process", ("sender", "verifier"), 8, 15, weight=2), kill_in_rebalance),
        Fault(Kind("clock ahead", "clock", CLOCKS, 3, 12), clock_ahead),
        Fault(Kind("clock behind", "clock", CLOCKS, 3, 12), clock_behind),
        Fault(Kind("Kafka killed", "Kafka", ("Kafka",), 0, 4, settles_s=12), kafka_killed),
        Fault(Kind("Kafka stopped", "Kafka", ("Kafka",), 0, 4, settles_s=12), kafka_stopped),
        Fault(Kind("Postgres killed", "Postgres", ("Postgres",), 0, 4, settles_s=6), postgres_killed),
        Fault(Kind("Postgres stopped", "Postgres", ("Postgres",), 0, 4, settles_s=6), postgres_stopped),
        Fault(Kind("disk full", "Postgres", ("Postgres",), 1, 4, settles_s=6), disk_full),
        Fault(Kind("cut from Postgres", "Postgres link", PROCESSES, 0, 4, weight=2), cut_postgres),
        Fault(Kind("frozen from Postgres", "Postgres link", PROCESSES, 1, 8), freeze_postgres),
        Fault(Kind("cut from Kafka", "Kafka link", PROCESSES, 0, 8, weight=2), cut_kafka),
        Fault(Kind("frozen from Kafka", "Kafka link", PROCESSES, 1, 12), freeze_kafka),
        Fault(Kind("cut from a gateway", "gateway link", _WORKER_GATEWAYS, 0, 4, weight=2), cut_gateway),
        Fault(Kind("frozen from a gateway", "gateway link", _WORKER_GATEWAYS, 1, 8), freeze_gateway),
        Fault(Kind("cut from the API", "front", ("front",), 0, 4), cut_front),
        Fault(Kind("frozen from the API", "front", ("front",), 1, 5), freeze_front),
        Fault(Kind("503", "gateway", GATEWAYS, 1, 6), unavailable),
        Fault(Kind("429", "gateway", GATEWAYS, 1, 6), throttled),
        Fault(Kind("hangs after delivery", "gateway", GATEWAYS, 0.5, 3), hangs_after_delivery),
        Fault(Kind("hangs before delivery", "gateway", GATEWAYS, 0.5, 3), hangs_before_delivery),
        Fault(Kind("resets after delivery", "gateway", GATEWAYS, 0.5, 2), resets_after_delivery),
        Fault(Kind("resets before delivery", "gateway", GATEWAYS, 0.5, 2), resets_before_delivery),
        Fault(Kind("tells thrice", "gateway", GATEWAYS, 2, 8), tells_thrice),
        Fault(Kind("restarts and forgets", "gateway", GATEWAYS, 0.2, 3), forgets),
        Fault(Kind("sessions drop", "gateway", GATEWAYS, 2, 8), drops_sessions),
        Fault(Kind("records repeated", "records", _TOPICS, weight=2), repeats_records),
    )
}
KINDS: Final = tuple(fault.kind for fault in FAULTS.values())
