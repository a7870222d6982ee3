"""The live stream over a real socket: order, gaps, resuming, slow clients, and the end."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import psutil
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from services.api.live.stream import StreamLimits
from tests.harness.shared import SharedKafka
from tests.harness.waiting import until
from tests.integration.api.client import ApiClient, LiveStream, StreamEvent
from tests.integration.api.conftest import KEY, OTHER_KEY, StartApi
from tests.integration.api.rows import Rows, fact_body
from truesend.contracts.topics import MESSAGE_EVENTS, SESSION_EVENTS
from truesend.observability.tracing import new_traceparent


class Relay:
    """Publishes facts as the relay does, in whatever order the test wants."""

    def __init__(self, producer: AIOKafkaProducer, prefix: str) -> None:
        self._producer = producer
        self._prefix = prefix

    async def publish(self, *bodies: dict[str, Any], kind: str = "session", traceparent: str | None = None) -> None:
        topic = SESSION_EVENTS if kind == "session" else MESSAGE_EVENTS
        headers = [] if traceparent is None else [("traceparent", traceparent.encode())]
        for body in bodies:
            await self._producer.send_and_wait(
                f"{self._prefix}{topic.name}", orjson.dumps(body), key=body["id"].encode(), headers=headers
            )


@pytest_asyncio.fixture
async def relay(kafka: SharedKafka, topic_prefix: str) -> AsyncIterator[Relay]:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers, linger_ms=0)
    await producer.start()
    yield Relay(producer, topic_prefix)
    await producer.stop()


@pytest_asyncio.fixture
async def live_api(api_with_kafka: ApiClient, relay: Relay, rows: Rows) -> ApiClient:
    """An API whose consumer has proved that it reads from the end of the topics on."""
    body = fact_body(None, kind="session", aggregate_id=uuid4(), organization_id=rows.organization_id, status="ready")
    async with api_with_kafka.stream() as stream:
        seen = asyncio.create_task(stream.event())

        async def arrived() -> bool:
            await relay.publish(body)
            return seen.done()

        await until(arrived, 30, "the API reads its topics")
        await seen
    return api_with_kafka


def ids(events: Sequence[StreamEvent]) -> list[str | None]:
    return [event.id for event in events if event.data["status"] != "ready"]


async def next_facts(stream: LiveStream, count: int) -> list[StreamEvent]:
    """The next events that are no left-over of the proof that the consumer reads."""
    found: list[StreamEvent] = []
    while len(found) < count:
        event = await stream.event()
        if event.data is None or event.data.get("status") != "ready":
            found.append(event)
    return found


async def test_a_fact_reaches_its_organization_and_nobody_else(live_api: ApiClient, relay: Relay, rows: Rows) -> None:
    mine = await rows.fact(1, kind="message", status="sent")
    theirs = await rows.fact(2, organization_id=rows.other_organization_id)

    async with (
        live_api.stream(last_event_id="0") as my_stream,
        live_api.stream(last_event_id="0", key=OTHER_KEY) as their_stream,
    ):
        await relay.publish(mine, kind="message")
        await relay.publish(theirs)
        (my_event,), (their_event,) = await next_facts(my_stream, 1), await next_facts(their_stream, 1)

    assert (my_event.event, my_event.id) == ("message", "1")
    assert my_event.data == mine
    assert (their_event.event, their_event.id, their_event.data) == ("session", "2", theirs)


async def test_facts_leave_in_the_order_of_their_positions_whatever_order_kafka_has(
    live_api: ApiClient, relay: Relay, rows: Rows
) -> None:
    async with live_api.stream() as stream:
        bodies = [await rows.fact(position) for position in range(1, 21)]
        await relay.publish(*reversed(bodies))
        await relay.publish(*bodies)
        facts = await next_facts(stream, 20)
        last = await rows.fact(21)
        await relay.publish(last)
        after = await next_facts(stream, 1)

    assert ids(facts + after) == [str(position) for position in range(1, 22)]


async def test_a_fact_that_kafka_lost_is_read_from_the_event_log(live_api: ApiClient, relay: Relay, rows: Rows) -> None:
    async with live_api.stream() as stream:
        bodies = [await rows.fact(position) for position in (1, 2, 3, 4)]
        await relay.publish(bodies[0], bodies[2])
        facts = await next_facts(stream, 4)

    assert ids(facts) == ["1", "2", "3", "4"]
    assert [fact.data for fact in facts] == bodies


async def test_a_position_whose_fact_was_pruned_holds_nothing_up(live_api: ApiClient, relay: Relay, rows: Rows) -> None:
    async with live_api.stream() as stream:
        first, third = await rows.fact(1), await rows.fact(3)
        await relay.publish(third, first)
        facts = await next_facts(stream, 2)

    assert ids(facts) == ["1", "3"]


async def test_notices_pass_at_once_and_have_no_id(live_api: ApiClient, relay: Relay, rows: Rows) -> None:
    notice = fact_body(
        None, kind="session", aggregate_id=uuid4(), organization_id=rows.organization_id, status="verifying"
    )
    async with live_api.stream() as stream:
        await relay.publish(notice)
        (event,) = await next_facts(stream, 1)

    assert (event.event, event.id) == ("session", None)
    assert event.data["type"] == "session.verifying"


async def test_without_kafka_facts_still_arrive_from_the_event_log(api: ApiClient, rows: Rows) -> None:
    async with api.stream() as stream:
        bodies = [await rows.fact(position) for position in (1, 2, 3)]
        facts = await stream.events(3)

    assert [fact.data for fact in facts] == bodies


async def test_an_event_says_its_trace_whether_kafka_brought_it_or_the_event_log_had_it(
    live_api: ApiClient, relay: Relay, rows: Rows
) -> None:
    by_kafka, by_event_log = new_traceparent(), new_traceparent()
    notice = fact_body(
        None, kind="session", aggregate_id=uuid4(), organization_id=rows.organization_id, status="verified"
    )
    async with live_api.stream() as stream:
        await relay.publish(notice, traceparent=by_kafka)
        (told,) = await next_facts(stream, 1)
        await rows.fact(1, traceparent=by_event_log)
        await rows.fact(2)
        looked_up = await next_facts(stream, 2)
    async with live_api.stream(last_event_id="0") as stream:
        replayed = await next_facts(stream, 2)

    assert told.data == notice | {"traceparent": by_kafka}
    assert [event.data.get("traceparent") for event in looked_up] == [by_event_log, None]
    assert [event.data for event in replayed] == [event.data for event in looked_up]


async def test_a_record_that_cannot_be_read_stops_nothing(live_api: ApiClient, relay: Relay, rows: Rows) -> None:
    async with live_api.stream() as stream:
        await relay.publish({"id": "no-uuid", "position": 1})
        body = await rows.fact(1)
        await relay.publish(body)
        facts = await next_facts(stream, 1)

    assert ids(facts) == ["1"]


async def test_a_client_that_comes_back_misses_nothing_and_sees_nothing_twice(
    live_api: ApiClient, relay: Relay, rows: Rows
) -> None:
    seen: list[str | None] = []
    last_event_id = "0"
    total = 400

    async def write() -> None:
        for position in range(1, total + 1):
            body = await rows.fact(position)
            if position % 7:
                await relay.publish(body)

    writing = asyncio.create_task(write())
    while len(seen) < total:
        async with live_api.stream(last_event_id=last_event_id) as stream:
            facts = await next_facts(stream, min(23, total - len(seen)))
        seen += ids(facts)
        last_event_id = str(seen[-1])
    await writing

    assert seen == [str(position) for position in range(1, total + 1)]


async def test_zero_replays_all_that_is_kept_in_pages_and_only_ones_own(api: ApiClient, rows: Rows) -> None:
    await rows.connection.execute(
        "INSERT INTO truesend.event_log"
        " (aggregatetype, aggregateid, type, payload, organization_id, position, section)"
        " SELECT 'session', $3::uuid, 'session.connected', jsonb_build_object('status', 'connected', 'id', $3::uuid),"
        " CASE WHEN n % 2 = 0 THEN $1::uuid ELSE $2::uuid END, n, 0 FROM generate_series(1, 2400) AS n",
        rows.organization_id,
        rows.other_organization_id,
        uuid4(),
    )
    await rows.connection.execute("UPDATE truesend.relay_state SET last_position = 2400")

    async with api.stream(last_event_id="0") as stream:
        facts = await stream.events(1200)
        live = await rows.fact(2401)
        facts += await stream.events(1)

    assert ids(facts) == [str(position) for position in range(2, 2401, 2)] + ["2401"]
    assert facts[-1].data == live


async def test_the_last_id_may_come_in_the_query_too(api: ApiClient, rows: Rows) -> None:
    for position in (1, 2, 3):
        await rows.fact(position)

    async with api.stream(query="?last_event_id=2") as stream:
        facts = await stream.events(1)

    assert ids(facts) == ["3"]


async def test_a_client_whose_past_is_no_longer_kept_is_told(api: ApiClient, rows: Rows) -> None:
    for position in (1, 2, 3, 4):
        await rows.fact(position)
    await rows.connection.execute("DELETE FROM truesend.event_log WHERE position < 4")

    async with api.stream(last_event_id="2") as stream:
        told, fact = await stream.events(2)
    async with api.stream(last_event_id="3") as stream:
        not_told = await stream.event()

    assert (told.event, told.data, fact.id) == ("reset", {"after": 2}, "4")
    assert (not_told.event, not_told.id) == ("session", "4")


async def test_ids_that_were_never_given_are_refused(api: ApiClient, rows: Rows) -> None:
    await rows.fact(5)

    for wrong in ("x", "-1", "1.5", "6", "9" * 19, "9" * 40, "٣"):
        answer = await api.get("/v1/events", headers={"X-API-Key": KEY, "Last-Event-ID": wrong})
        assert (answer.status, answer.body["type"]) == (400, "urn:truesend:problem:bad-last-event-id"), wrong


async def test_a_quiet_stream_is_kept_alive_and_ends_after_its_time(start_api: StartApi) -> None:
    api = await start_api(limits=StreamLimits(keep_alive_s=0.1, life_s=0.6, life_jitter_s=0))

    async with api.stream() as stream:
        assert await stream.until_closed() == []

    assert 2 <= len([block for block in stream.blocks if block.comment == "keep-alive"]) <= 6


async def test_a_stream_ends_with_its_token(start_api: StartApi, rows: Rows) -> None:
    import jwt

    secret = "a secret of more than thirty-two bytes, for HS256"
    api = await start_api(auth_mode="jwt", jwt_secret=secret, jwt_organization_claim="org")
    expires = datetime.now(UTC) + timedelta(seconds=2)
    token = jwt.encode({"org": str(rows.organization_id), "exp": expires}, secret, "HS256")

    answer = await api.get("/v1/events", headers={"Authorization": f"Bearer {token}"})

    assert answer.status == 200
    assert datetime.now(UTC) >= expires - timedelta(seconds=1)


async def test_a_client_that_does_not_read_is_cut_and_resumes_without_a_gap_while_others_go_on(
    start_api: StartApi, rows: Rows
) -> None:
    api = await start_api(limits=StreamLimits(buffer_frames=128, write_timeout_s=1))
    total, size = 3_000, 4_000
    slow = await _open_without_reading(api)
    cut_before = await _metric(api, "truesend_live_clients_cut_total")

    async with api.stream() as fast:
        await _write_large_facts(rows, total, size)
        facts = await fast.events(total)
        assert ids(facts) == [str(position) for position in range(1, total + 1)]

        async def cut() -> bool:
            return await _metric(api, "truesend_live_clients_cut_total") > cut_before

        async def forgotten() -> bool:
            return await _metric(api, "truesend_live_clients") == 1

        async def hung_up() -> bool:
            return slow.getsockname()[1] not in _ports_of_clients()

        await until(cut, 15, "the slow client is cut")
        await until(forgotten, 15, "the slow client is forgotten")
        await until(hung_up, 5, "the slow client is hung up on")

    seen = await asyncio.to_thread(_read_all_ids, slow)
    assert seen == list(range(1, len(seen) + 1))
    assert 0 < len(seen) < total
    assert await _metric(api, "truesend_live_clients_cut_total") == cut_before + 1
    async with api.stream(last_event_id=str(len(seen))) as resumed:
        rest = await resumed.events(total - len(seen))
    assert ids(rest) == [str(position) for position in range(len(seen) + 1, total + 1)]


async def test_clients_that_go_away_are_forgotten(api: ApiClient) -> None:
    async with api.stream(), api.stream():
        assert await _metric(api, "truesend_live_clients") == 2

    async def forgotten() -> bool:
        return await _metric(api, "truesend_live_clients") == 0

    await until(forgotten, 10, "nobody listens any more")


async def test_more_clients_than_the_process_can_bear_are_refused(start_api: StartApi) -> None:
    api = await start_api(limits=StreamLimits(clients=1))

    async with api.stream():
        answer = await api.get("/v1/events")

    assert (answer.status, answer.body["type"]) == (503, "urn:truesend:problem:too-many-clients")


async def test_a_stream_holds_no_connection_to_the_database(start_api: StartApi, rows: Rows) -> None:
    api = await start_api(database_pool_size=2)
    streams = [api.stream() for _ in range(20)]
    for stream in streams:
        await stream.__aenter__()

    answer = await api.get("/v1/sessions")
    in_transaction = await rows.one(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'truesend-api' AND state <> 'idle'"
        " AND datname = current_database()"
    )

    assert (answer.status, in_transaction) == (200, 0)
    for stream in streams:
        await stream.__aexit__(None, None, None)


async def _write_large_facts(rows: Rows, total: int, size: int) -> None:
    identifier: UUID = uuid4()
    for first in range(1, total + 1, 100):
        async with rows.connection.transaction():
            await rows.connection.execute(
                "INSERT INTO truesend.event_log"
                " (aggregatetype, aggregateid, type, payload, organization_id, position, section)"
                " SELECT 'session', $2::uuid, 'session.connected',"
                " jsonb_build_object('id', $2::uuid, 'status', 'connected', 'last_error', repeat('x', $3)), $1::uuid, n, 0"
                " FROM generate_series($4::bigint, $5::bigint) AS n",
                rows.organization_id,
                identifier,
                size,
                first,
                first + 99,
            )
            await rows.connection.execute("UPDATE truesend.relay_state SET last_position = $1", first + 99)


def _ports_of_clients() -> set[int]:
    """Those that this process, which the API runs in, has a connection with."""
    connections = psutil.Process().net_connections("tcp")
    return {each.raddr.port for each in connections if each.status == psutil.CONN_ESTABLISHED}


async def _open_without_reading(api: ApiClient) -> socket.socket:
    host, port = api.url.removeprefix("http://").split(":")
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    await asyncio.to_thread(slow.connect, (host, int(port)))
    head = f"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {KEY}\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n"
    slow.sendall(head.encode())

    async def listens() -> bool:
        return await _metric(api, "truesend_live_clients") == 1

    await until(listens, 10, "the slow client listens")
    return slow


def _read_all_ids(slow: socket.socket) -> list[int]:
    """What is still in the socket's buffers, up to the last whole event."""
    received = b""
    slow.settimeout(10)
    with slow:
        try:
            while chunk := slow.recv(65_536):
                received += chunk
        except ConnectionResetError:
            pass
    events = [event for event in received.split(b"\n\n")[:-1] if b"event: " in event]
    return [int(line[4:]) for event in events for line in event.split(b"\n") if line.startswith(b"id: ")]


async def _metric(api: ApiClient, name: str) -> float:
    lines = (await api.get("/metrics")).body.splitlines()
    return float(next(line.split(" ")[1] for line in lines if line.startswith(f"{name} ")))
