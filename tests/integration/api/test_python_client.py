"""`truesend-client` against a real API: what it promises about answers, errors, repeats and the live stream."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from services.api.live.stream import StreamLimits
from tests.integration.api.client import ApiClient
from tests.integration.api.conftest import KEY, StartApi
from tests.integration.api.rows import Rows
from truesend.cli.local.ports import free_port
from truesend_client import (
    AsyncTruesend,
    ConflictError,
    Event,
    Joined,
    MessageEvent,
    NewMessage,
    NotFoundError,
    PaceBody,
    QuietHours,
    Reset,
    RetryFilter,
    SessionEvent,
    Truesend,
    UnauthorizedError,
    UnavailableError,
    UnexpectedAnswerError,
    UnprocessableError,
    UnreachableError,
)

_ROOT = Path(__file__).parents[3]


def a_message(session_id: UUID) -> NewMessage:
    return NewMessage(session_id=session_id, recipient="+91 98000 01234", message_content="Hello")


@pytest_asyncio.fixture
async def truesend(api: ApiClient) -> AsyncIterator[AsyncTruesend]:
    async with AsyncTruesend(api.url, KEY) as client:
        yield client


async def test_a_message_goes_from_creation_to_its_history_by_both_clients(
    api: ApiClient, rows: Rows, truesend: AsyncTruesend
) -> None:
    session_id = await rows.session()

    def by_the_other() -> UUID:
        with Truesend(api.url, lambda: KEY) as client:
            message = client.create_message(
                NewMessage(session_id=session_id, recipient="+91 98000 01234", message_content="Hello")
            )
            assert client.list_messages(status="pending", session_id=session_id).items == (message,)
            assert [session.id for session in client.all_sessions()] == [session_id]
            return message.id

    message_id = await asyncio.to_thread(by_the_other)
    cancelled = await truesend.cancel_message(message_id, reason="changed my mind")
    found = await truesend.get_message(message_id)

    assert (cancelled.status, found.status, found.recipient) == ("cancelled", "cancelled", "919800001234")
    assert [each.type for each in found.history] == ["message.created", "message.cancelled"]
    assert [each.type for each in (await truesend.message_history(message_id, limit=1)).items] == ["message.created"]
    assert [message.id async for message in truesend.all_messages(status=["cancelled"])] == [message_id]


async def test_a_session_is_paused_paced_and_looked_at(rows: Rows, truesend: AsyncTruesend) -> None:
    session_id = await rows.session(last_error="the gateway said no")
    night = QuietHours(from_="22:00", to="07:00", time_zone="Asia/Kolkata")

    assert (await truesend.get_session(session_id)).last_error == "the gateway said no"
    assert (await truesend.pause_session(session_id, reason="holiday")).pause_reason == "holiday"
    assert (await truesend.resume_session(session_id)).paused_at is None
    paced = await truesend.set_pace(session_id, PaceBody(daily_cap=10, quiet_hours=night))
    assert paced == await truesend.get_pace(session_id)
    assert paced.quiet_hours is not None
    assert (paced.daily_cap, paced.quiet_hours.from_) == (10, "22:00")
    assert (await truesend.get_overview(hours=1)).sessions.cannot_verify == 1
    assert not (await truesend.health_of_webhooks("default")).secret_configured
    assert (await truesend.session_history(session_id)).next_cursor is None


async def test_a_batch_says_of_each_message_what_became_of_it_and_a_bulk_retry_can_be_counted_first(
    rows: Rows, truesend: AsyncTruesend
) -> None:
    session_id = await rows.session()
    good = a_message(session_id)
    await rows.message(session_id=session_id, status="failed")

    posted = await truesend.create_batch([good, NewMessage(session_id=uuid4(), recipient="nobody")])
    batch = await truesend.get_batch(posted.batch_id)
    counted = await truesend.retry_messages(RetryFilter(status="failed"), dry_run=True)

    assert posted.results[0].id is not None
    assert posted.results[1].error is not None
    assert posted.results[1].error.errors
    assert (batch.total, batch.accepted, batch.refused) == (2, 1, 1)
    assert (counted.matched, counted.retried, counted.dry_run) == (1, 0, True)


async def test_each_refusal_is_an_exception_of_its_own_with_what_the_api_says(
    api: ApiClient, rows: Rows, truesend: AsyncTruesend
) -> None:
    session_id = await rows.session()
    sent = await rows.message(session_id=session_id, status="sent")
    given = {"session_id": session_id, "recipient": "919800001234", "message_content": "Hello", "no_such_column": 1}
    message = NewMessage.model_validate(given)

    with pytest.raises(NotFoundError, match="no such session"):
        await truesend.get_session(uuid4())
    with pytest.raises(ConflictError) as conflict:
        await truesend.cancel_message(sent)
    assert conflict.value.problem.current is not None
    assert conflict.value.problem.current["status"] == "sent"
    with pytest.raises(UnprocessableError, match="no_such_column") as wrong:
        await truesend.create_message(message)
    assert [each.field for each in wrong.value.problem.errors or ()] == ["no_such_column"]
    async with AsyncTruesend(api.url, "not-a-key") as stranger:
        with pytest.raises(UnauthorizedError, match="API key"):
            await stranger.list_sessions()
    async with AsyncTruesend(f"{api.url}/elsewhere", KEY) as lost:
        with pytest.raises(NotFoundError):
            await lost.list_sessions()


async def test_a_key_that_came_with_another_body_is_refused_and_with_the_same_gives_the_same_message(
    rows: Rows, truesend: AsyncTruesend
) -> None:
    message = a_message(await rows.session())
    first = await truesend.create_message(message, idempotency_key="order-1")

    assert (await truesend.create_message(message, idempotency_key="order-1")).id == first.id
    with pytest.raises(UnprocessableError, match="Idempotency-Key"):
        await truesend.create_message(message.model_copy(update={"message_content": "Bye"}), idempotency_key="order-1")


class LosesAnswers(httpx.AsyncHTTPTransport):
    """Passes requests on, and loses the answers to the first so many."""

    def __init__(self, lost: int) -> None:
        super().__init__()
        self.requests = list[httpx.Request]()
        self._lost = lost

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = await super().handle_async_request(request)
        if len(self.requests) <= self._lost:
            await answer.aread()
            raise httpx.ReadError("lost on the way")
        return answer


async def test_a_message_whose_answer_was_lost_is_asked_for_again_and_made_once(api: ApiClient, rows: Rows) -> None:
    transport = LosesAnswers(2)
    async with AsyncTruesend(api.url, KEY, transport=transport) as client:
        made = await client.create_message(a_message(await rows.session()))

    assert len(transport.requests) == 3
    assert await rows.one("SELECT array_agg(id) FROM scheduled_whatsapp_messages") == [made.id]


async def test_what_may_be_done_twice_is_not_asked_for_again(api: ApiClient, rows: Rows) -> None:
    message = await rows.message(session_id=await rows.session(), status="failed")
    transport = LosesAnswers(1)
    async with AsyncTruesend(api.url, KEY, transport=transport) as client:
        with pytest.raises(UnreachableError) as lost:
            await client.retry_message(message)

    assert lost.value.may_be_done
    assert len(transport.requests) == 1
    assert await rows.one("SELECT status FROM scheduled_whatsapp_messages") == "pending"


async def test_where_nobody_listens_nothing_can_be_done_and_where_somebody_else_does_it_says_so() -> None:
    async with AsyncTruesend(f"http://127.0.0.1:{free_port()}", KEY, tries=2) as nowhere:
        with pytest.raises(UnreachableError, match="cannot be reached") as unreached:
            await nowhere.retry_message(uuid4())
    assert not unreached.value.may_be_done
    page = httpx.MockTransport(lambda _request: httpx.Response(200, html="<p>Welcome</p>"))
    async with AsyncTruesend("http://crm.example", KEY, transport=page) as stranger:
        with pytest.raises(UnexpectedAnswerError, match="something else than SessionList"):
            await stranger.list_sessions()


async def test_without_kafka_a_verification_is_unavailable_after_its_tries(rows: Rows, api: ApiClient) -> None:
    await rows.session()
    async with AsyncTruesend(api.url, KEY, tries=1) as client:
        with pytest.raises(UnavailableError) as away:
            await client.verify_sessions()

    assert away.value.kind == "broker-away"
    assert away.value.retry_after_s is not None


async def test_a_time_without_its_zone_never_leaves(truesend: AsyncTruesend) -> None:
    with pytest.raises(ValueError, match="timezone"):
        NewMessage(session_id=uuid4(), recipient="1", scheduled_for=datetime(2026, 3, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="needs its zone"):
        await truesend.list_messages(created_from=datetime(2026, 3, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    "url", ["crm.example", "ftp://crm.example", "https://key@crm.example", "http://crm.example:port", ""]
)
def test_an_address_that_cannot_be_used_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ValueError, match="url: ") as refused:
        Truesend(url, "secret-key")
    assert not url or url not in str(refused.value)
    assert "secret-key" not in repr(vars(Truesend("http://crm.example", "secret-key")))


async def test_the_stream_begins_with_a_moment_to_read_the_lists_and_then_tells_each_fact(
    api: ApiClient, rows: Rows, truesend: AsyncTruesend
) -> None:
    session_id = await rows.session()
    async with truesend.events() as events:
        assert await anext(aiter(events)) == Joined()
        await rows.fact(1, aggregate_id=session_id)
        told = await _next(events)
        assert isinstance(told, SessionEvent)
        assert (told.fact.id, told.fact.status) == (session_id, "connected")
        message_id = uuid4()
        await rows.fact(2, kind="message", aggregate_id=message_id, status="sent")
        told = await _next(events)
        assert isinstance(told, MessageEvent)
        assert (told.fact.id, events.last_event_id) == (message_id, "2")


async def test_a_stream_that_ends_is_taken_up_where_it_was_by_both_clients(start_api: StartApi, rows: Rows) -> None:
    api = await start_api(limits=StreamLimits(life_s=0.3, life_jitter_s=0.0))
    for position in range(1, 4):
        await rows.fact(position)

    def read(count: int) -> list[int | None]:
        with Truesend(api.url, KEY) as client, client.events("0") as events:
            return [_position(event) for event in itertools.islice(events, count)]

    async def write() -> None:
        for position in range(4, 10):
            await asyncio.sleep(0.1)  # the traffic: several connections come and go meanwhile
            await rows.fact(position)

    async with AsyncTruesend(api.url, KEY) as client, client.events("0") as events:
        writing = asyncio.create_task(write())
        read_by_the_other = asyncio.create_task(asyncio.to_thread(read, 9))
        ours = [_position(await _next(events)) for _ in range(9)]
        await writing

    assert ours == list(range(1, 10))
    assert await asyncio.wait_for(read_by_the_other, 15) == ours


async def test_an_id_that_this_api_never_gave_makes_the_lists_be_read_anew(truesend: AsyncTruesend) -> None:
    async with truesend.events("no-id") as events:
        assert await _next(events) == Reset()
        assert await _next(events) == Joined()


async def test_a_wrong_key_ends_the_stream(api: ApiClient) -> None:
    async with AsyncTruesend(api.url, "not-a-key") as stranger, stranger.events() as events:
        with pytest.raises(UnauthorizedError):
            await _next(events)


@pytest.mark.parametrize("document", ["docs/reference/python-client.md", "clients/python/README.md"])
async def test_the_documents_examples_run(document: str, api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    places = {
        '"http://127.0.0.1:8000", "my API key"': "URL, KEY",
        'UUID("a0000000-0000-4000-8000-000000000001")': "SESSION",
    }
    for block in re.findall(r"```python\n(.+?)```", (_ROOT / document).read_text(), re.DOTALL):
        program = block
        for written, here in places.items():
            program = program.replace(written, here)
        code = compile(program, document, "exec")
        names = {"URL": api.url, "KEY": KEY, "SESSION": session_id}
        running = asyncio.create_task(asyncio.to_thread(exec, code, names))
        position = await rows.one("SELECT last_position FROM truesend.relay_state")
        while not running.done():
            position += 1
            await rows.fact(position, kind="message", status="sent")
            await asyncio.wait([running], timeout=0.2)
        await running


def _position(event: Event) -> int | None:
    assert isinstance(event, SessionEvent)
    return event.fact.position


async def _next(events: Any) -> Event:
    async with asyncio.timeout(15):
        event: Event = await anext(aiter(events))
        return event
