"""Whatever a caller names, nothing of another organisation's is answered or changed, nor whether it exists.

The cases come from the API's own description: a new route is covered, or fails the first test with what is to be done.
"""

import re
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest_asyncio
from aiokafka import AIOKafkaConsumer

from services.api.application import described_routes
from simulator.server import Simulator
from tests.harness.databases import Database
from tests.harness.shared import SharedKafka
from tests.integration.api.client import ApiClient, LiveStream
from tests.integration.api.conftest import KEY, OTHER_KEY, StartApi, api_settings
from tests.integration.api.organizations.requests import Caller, Case, Told, cursor_of_the_other
from tests.integration.api.organizations.routes import Kind, Operation, operations
from tests.integration.api.organizations.scenery import CANARY, OURS, Organization, inhabited, rows_of
from tests.integration.api.rows import Rows
from truesend.broker.topics import create_topics
from truesend.contracts.topics import SESSION_VERIFY

GATEWAY_KEY = "the-gateways-key-of-this-test"
OPERATIONS = operations(described_routes().openapi())

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
_TRACE = re.compile(r"\b[0-9a-f]{32}\b")
_OF_EACH_ANSWER = {"date", "content-length"}


def test_every_value_that_a_request_can_carry_is_known_to_name_something_or_nothing() -> None:
    unplaced = [f"{operation}: {place}" for operation in OPERATIONS for place in operation.unplaced]

    assert unplaced == [], (
        "Say in KINDS (routes.py) what these name, so that another organisation's can be tried there."
    )


def test_no_operation_goes_without_a_key_but_those_that_tell_nothing_of_organizations() -> None:
    open_ones = {operation.name for operation in OPERATIONS if not operation.needs_key}

    assert open_ones == {"take_webhook", "healthz", "readyz", "metrics"}


@pytest_asyncio.fixture
async def gateway() -> AsyncIterator[Simulator]:
    """A VPS."""
    async with Simulator.running(api_key=GATEWAY_KEY) as running:
        yield running


@pytest_asyncio.fixture
async def ours(rows: Rows) -> Organization:
    """The organisation that calls."""
    return await inhabited(rows.connection, rows.organization_id, OURS)


@pytest_asyncio.fixture
async def other(rows: Rows) -> Organization:
    """The one that must never be seen."""
    return await inhabited(rows.connection, rows.other_organization_id, CANARY)


@pytest_asyncio.fixture
async def api(
    start_api: StartApi, gateway: Simulator, kafka: SharedKafka, topic_prefix: str, rows: Rows, database: Database
) -> ApiClient:
    """An API with that gateway and a broker, as the owner: what a statement forgets, no row security makes good."""
    given = {"kafka_bootstrap_servers": kafka.bootstrap_servers, "truesend_topic_prefix": topic_prefix}
    await create_topics(api_settings(rows, **given))
    of_gateway = {"gateway_url": gateway.url, "gateway_api_key": GATEWAY_KEY, "status_timeout_s": 5.0}
    api = await start_api(database_url=database.url, **given, **of_gateway)
    await api.until_ready()
    return api


async def test_no_place_of_any_route_reaches_another_organization(
    api: ApiClient,
    gateway: Simulator,
    ours: Organization,
    other: Organization,
    kafka: SharedKafka,
    topic_prefix: str,
) -> None:
    caller, wrong, tried = Caller(ours, gateway), list[str](), 0
    for operation in _with_a_key():
        cursor = await cursor_of_the_other(api, OTHER_KEY, operation, other)
        cases = [case for place in operation.places for case in await caller.cases(operation, place, other, cursor)]
        own = await caller.request(operation)
        before = await rows_of(other)

        wrong += _about_own(await own.send(api, KEY), operation, other)
        for case in cases:
            foreign, nobodys = await case.foreign.send(api, KEY), await case.nobodys.send(api, KEY)
            wrong += _about(case, foreign, nobodys, other)

        after = await rows_of(other)
        wrong += [f"{operation} changed the other's {table}" for table in before if before[table] != after[table]]
        tried += len(cases)

    assert wrong == [], "\n".join(wrong)
    assert tried > len(OPERATIONS)
    assert not await _verified(kafka, topic_prefix) & {str(session_id) for session_id in other.sessions}


async def test_the_stream_tells_no_organization_of_another_from_whatever_event_it_is_resumed(
    api: ApiClient, ours: Organization, other: Organization
) -> None:
    """Odd positions are the other's, even ones ours: replayed up to the first place, live after it."""
    last = await _facts_of_both(ours, other, after=0, up_to=40)
    places = ({"last_event_id": "0"}, {"last_event_id": "7"}, {"last_event_id": "8"}, {"query": "?last_event_id=7"})
    for place in places:
        async with api.stream(**place) as stream:
            await _read_up_to(stream, last)
            last = await _facts_of_both(ours, other, after=last, up_to=last + 4)
            await _read_up_to(stream, last)

        events = [block for block in stream.blocks if block.event]
        assert {event.data["id"] for event in events} == {str(ours.sessions[0])}
        assert {int(event.id or 0) % 2 for event in events} == {0}
        assert CANARY not in str(stream.blocks)


async def _facts_of_both(ours: Organization, other: Organization, *, after: int, up_to: int) -> int:
    async with ours.connection.transaction():
        for position in range(after + 1, up_to, 2):
            await other.fact(position)
            await ours.fact(position + 1)
        await ours.connection.execute("UPDATE truesend.relay_state SET last_position = $1", up_to)
    return up_to


async def _read_up_to(stream: LiveStream, position: int) -> None:
    while (await stream.block()).id != str(position):
        pass


def _with_a_key() -> list[Operation]:
    """Every operation that answers at once to a caller with a key."""
    return [operation for operation in OPERATIONS if operation.needs_key and operation.name != "stream_events"]


def _about_own(told: Told, operation: Operation, other: Organization) -> list[str]:
    """What is wrong with the answer to a request of the caller's own."""
    if not 200 <= told.status < 300:
        return [
            f"{operation} answers {told.status} to its own organization; say in requests.py what it needs: {told.body}"
        ]
    return [f"{operation} told of the other: {leak}" for leak in _leaks(told, other, "")]


def _about(case: Case, foreign: Told, nobodys: Told, other: Organization) -> list[str]:
    """What is wrong with the two answers of a case."""
    wrong = [f"{case} told of the other: {leak}" for leak in _leaks(foreign, other, case.foreign_value)]
    seen, unseen = _shape(case, foreign, case.foreign_value), _shape(case, nobodys, case.nobodys_value)
    if seen != unseen:
        wrong.append(f"{case} tells what exists: {seen}, and for what does not: {unseen}")
    if foreign.status >= 500:
        wrong.append(f"{case} answers {foreign.status}")
    return wrong


def _leaks(told: Told, other: Organization, given: str) -> list[str]:
    """What of the other's is in the answer, beside what the caller has said itself."""
    text = told.text.replace(given, "") if given else told.text
    secrets = {CANARY, *map(str, (other.id, *other.sessions, *other.messages, *other.batches))}
    return sorted(secret for secret in secrets if secret in text)


def _shape(case: Case, told: Told, given: str) -> Any:
    """The answer without what differs between any two. Of a page, whose items depend on where it begins, only its parts."""
    headers = {name.lower(): _plain(value, given) for name, value in told.headers.items()}
    kept = {name: value for name, value in headers.items() if name not in _OF_EACH_ANSWER}
    if case.place.kind is Kind.CURSOR and isinstance(told.body, dict):
        return told.status, kept, sorted(told.body)
    return told.status, kept, _plain(orjson.dumps(told.body).decode(), given)


def _plain(text: str, given: str) -> str:
    return _TRACE.sub("<trace>", _TIME.sub("<time>", _UUID.sub("<uuid>", text.replace(given, "<given>"))))


async def _verified(kafka: SharedKafka, topic_prefix: str) -> set[str]:
    """The sessions that any verifier was asked to look at."""
    topic = f"{topic_prefix}{SESSION_VERIFY.name}"
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka.bootstrap_servers, auto_offset_reset="earliest")
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        seen: set[str] = set()
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                seen |= {orjson.loads(record.value)["session_id"] for record in records}
    finally:
        await consumer.stop()
    assert seen, "the test has asked for none: its routes have changed"
    return seen
