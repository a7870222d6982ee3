"""One trace, from the request through Kafka to the gateway's answer and back to the live stream, shown by real processes."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest_asyncio

from simulator.world import ScriptedAnswer
from tests.acceptance.conftest import API_KEY, GATEWAY_KEY, Town
from tests.harness.collector import Collector, ExportedSpan, exporting, running_collector, whole_trace
from tests.harness.services import ServiceProcess
from tests.harness.waiting import until
from truesend.cli.local.ports import free_port
from truesend.observability.tracing import new_traceparent, trace_id

COLLECTOR_KEY = "canary-collector-key-14142"
TEXT = "canary message text 17320"
RECIPIENT = "919833317320"


@pytest_asyncio.fixture
async def collector() -> AsyncIterator[Collector]:
    async with running_collector() as running:
        yield running


async def test_a_verification_is_one_trace_from_its_request_to_the_event_on_the_live_stream(
    town: Town, collector: Collector
) -> None:
    town.environment |= exporting(collector.url, key=COLLECTOR_KEY)
    session_id, api, _verifier = await _session_that_drops(town)
    theirs = new_traceparent()

    event = await _event_after(api, f"/v1/sessions/{session_id}/verify", theirs, "session.disconnected")
    spans = await whole_trace(collector, theirs, stream_session=2, GET=1, write_session=1)

    assert trace_id(event["traceparent"]) == trace_id(theirs)
    until_taken = [
        ("truesend-api", "server", "POST /v1/sessions/{session_id}/verify"),
        ("truesend-api", "producer", "send whatsapp.session.verify.v1"),
        ("truesend-verifier", "consumer", "process whatsapp.session.verify.v1"),
    ]
    assert [
        *until_taken,
        ("truesend-verifier", "producer", "send whatsapp.session.events.v1"),
        ("truesend-api", "consumer", "process whatsapp.session.events.v1"),
        ("truesend-api", "internal", "stream session"),
    ] in _ways(spans, "stream session", theirs)
    assert _ways(spans, "GET", theirs) == [
        [*until_taken, ("truesend-verifier", "internal", "ask for session"), ("truesend-verifier", "client", "GET")]
    ]
    assert _ways(spans, "write session", theirs) == [[*until_taken, ("truesend-verifier", "client", "write session")]]
    asked = next(span for span in spans if span.name == "GET")
    assert asked.attributes["http.response.status_code"] == 200
    assert asked.attributes["truesend.gateway"] == "default"


async def test_a_message_is_one_trace_from_its_request_to_sent(town: Town, collector: Collector) -> None:
    town.environment |= exporting(collector.url, key=COLLECTOR_KEY)
    session_id = await town.session("wa_a")
    api = await town.start("api", verify_sweep_s=3600)
    sender = await town.start("sender")
    theirs = new_traceparent()
    body = {"session_id": str(session_id), "recipient": RECIPIENT, "message_content": TEXT}

    event = await _event_after(api, "/v1/messages", theirs, "message.sent", body)
    spans = await whole_trace(collector, theirs, stream_message=2, POST=1, write_outcome=1)

    assert trace_id(event["traceparent"]) == trace_id(theirs)
    sent = next(span for span in spans if span.name == "POST")
    until_taken = [
        ("truesend-api", "server", "POST /v1/messages"),
        ("truesend-sender", "internal", "dispatch message"),
        ("truesend-sender", "producer", "send whatsapp.message.dispatch.v1"),
        ("truesend-sender", "consumer", "process whatsapp.message.dispatch.v1"),
    ]
    assert _ways(spans, "POST", theirs) == [
        [*until_taken, ("truesend-sender", "internal", "send message"), ("truesend-sender", "client", "POST")]
    ]
    assert _ways(spans, "write outcome", theirs) == [[*until_taken, ("truesend-sender", "client", "write outcome")]]
    assert all(_ways(spans, "stream message", theirs))
    assert sent.attributes["http.response.status_code"] == 200
    _nothing_secret_in(collector.raw)
    assert all(headers["x-key"] == COLLECTOR_KEY for headers in collector.headers)
    assert COLLECTOR_KEY not in api.log_file.read_text() + sender.log_file.read_text()


async def test_a_message_that_the_crm_wrote_begins_a_trace_at_its_dispatch(town: Town, collector: Collector) -> None:
    town.environment |= exporting(collector.url)
    message_id = await town.message(await town.session("wa_a"))
    await town.start("sender")

    async def begins() -> ExportedSpan | None:
        of_it = [span for span in collector.spans if span.attributes.get("truesend.message.id") == str(message_id)]
        return next((span for span in of_it if span.name == "dispatch message"), None)

    begun = await until(begins, 15, "its dispatch arrives")
    assert begun.parent_id == ""
    way = await whole_trace(collector, f"00-{begun.trace_id}-{begun.span_id}-01", POST=1, write_outcome=1)
    assert {"send message", "POST"} <= {span.name for span in way}


async def test_what_a_gateway_says_of_a_failure_is_in_no_span(town: Town, collector: Collector) -> None:
    town.environment |= exporting(collector.url, key=COLLECTOR_KEY)
    words = ScriptedAnswer(status=400, body={"success": False, "error": f"no such number {RECIPIENT}: {TEXT}"})
    session_id = await town.session("wa_a", send_answer=words)
    message_id = await town.message(session_id, recipient=RECIPIENT, text=TEXT)
    await town.start("sender")
    await town.becomes(message_id, "failed")

    async def failed() -> ExportedSpan | None:
        return next((span for span in collector.spans if span.name == "send message"), None)

    span = await until(failed, 20, "its send arrives")
    assert span.has_failed
    assert span.attributes["error.type"] == "permanent"
    _nothing_secret_in(collector.raw)


async def test_what_the_sampler_leaves_out_is_told_so_and_exported_by_nobody(town: Town, collector: Collector) -> None:
    town.environment |= exporting(collector.url, key=COLLECTOR_KEY)
    session_id, api, verifier = await _session_that_drops(town)
    theirs = new_traceparent().removesuffix("01") + "00"

    event = await _event_after(api, f"/v1/sessions/{session_id}/verify", theirs, "session.disconnected")
    await asyncio.gather(*(asyncio.to_thread(service.terminate) for service in (api, verifier)))

    assert trace_id(event["traceparent"]) == trace_id(theirs)
    assert event["traceparent"].endswith("-00")
    assert collector.of(trace_id(theirs) or "") == []


async def test_without_a_collector_messages_are_sent_all_the_same_and_it_is_logged_once(town: Town) -> None:
    nowhere = free_port()
    town.environment |= exporting(f"http://127.0.0.1:{nowhere}")
    session_id = await town.session("wa_a")
    sender = await town.start("sender")
    for n in range(20):
        await town.message(session_id, recipient=f"9198000{n:05}")

    await town.all_are("sent", 20, within_s=20)

    async def told() -> list[str]:
        return [line for line in sender.log_file.read_text().splitlines() if "traces can't be exported" in line]

    await until(told, 15, "it is logged")
    assert await asyncio.to_thread(sender.terminate) == 0
    (line,) = await told()
    assert json.loads(line)["service"] == "sender"
    assert str(nowhere) not in sender.log_file.read_text()


async def _session_that_drops(town: Town) -> tuple[UUID, ServiceProcess, ServiceProcess]:
    """A session that was found connected, and is so no more: nobody but who asks for it will find out."""
    session_id = await town.session("wa_a")
    api = await town.start("api", verify_sweep_s=3600)
    verifier = await town.start("verifier", verify_sweep_s=3600)
    await town.session_is_looked_at(session_id)
    town.gateway.world.drop("wa_a")
    return session_id, api, verifier


async def _event_after(
    api: ServiceProcess, path: str, traceparent: str, wanted: str, body: object = None
) -> dict[str, Any]:
    """Ask with this traceparent, and follow the live stream until an event of this type comes."""
    async with (
        aiohttp.ClientSession(headers={"X-API-Key": API_KEY}) as client,
        client.get(f"{api.url}/v1/events") as stream,
        asyncio.timeout(20),
    ):
        await stream.content.readuntil(b"\n\n")
        headers = {"traceparent": traceparent, "Idempotency-Key": str(uuid4())}
        async with client.post(f"{api.url}{path}", json=body, headers=headers) as answer:
            assert answer.status < 300, await answer.text()
        async for line in stream.content:
            if line.startswith(b"data: "):
                event: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
                if event["type"] == wanted:
                    return event
    raise AssertionError(f"the stream ended before {wanted} came")


def _ways(spans: Sequence[ExportedSpan], name: str, traceparent: str) -> list[list[tuple[str, str, str]]]:
    """From the request to each span of this name: service, kind and name of all on the way."""
    return [_way(spans, span, traceparent) for span in spans if span.name == name]


def _way(spans: Sequence[ExportedSpan], span: ExportedSpan, traceparent: str) -> list[tuple[str, str, str]]:
    by_id = {span.span_id: span for span in spans}
    way = [span]
    while (before := by_id.get(way[0].parent_id)) is not None:
        way.insert(0, before)
    assert way[0].parent_id == traceparent.split("-")[2]
    return [(span.service, span.kind, span.name) for span in way]


def _nothing_secret_in(exported: bytes) -> None:
    for canary in (TEXT, RECIPIENT, API_KEY, GATEWAY_KEY, COLLECTOR_KEY, "wa_a"):
        assert canary.encode() not in exported, canary
