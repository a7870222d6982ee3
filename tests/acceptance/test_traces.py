"""One trace, from the request through Kafka to the gateway's answer and back to the live stream, shown by real processes."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import uuid4

import aiohttp
import pytest_asyncio

from tests.acceptance.conftest import API_KEY, GATEWAY_KEY, Town
from tests.harness.collector import Collector, ExportedSpan, running_collector
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


def exporting(town: Town, url: str) -> None:
    """Have the town's services export their traces, with no delay to speak of."""
    town.environment |= {
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_EXPORTER_OTLP_HEADERS": f"x-key={COLLECTOR_KEY}",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
    }


async def test_a_verification_is_one_trace_from_its_request_to_the_event_on_the_live_stream(
    town: Town, collector: Collector
) -> None:
    exporting(town, collector.url)
    session_id = await town.session("wa_a", state="disconnected")
    api = await town.start("api", verify_sweep_s=3600)
    await town.start("verifier", verify_sweep_s=3600)
    theirs = new_traceparent()

    event = await _event_after(api, f"/v1/sessions/{session_id}/verify", theirs, "session.disconnected")
    spans = await _whole(collector, theirs, last="stream session")

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
    exporting(town, collector.url)
    session_id = await town.session("wa_a")
    api = await town.start("api", verify_sweep_s=3600)
    sender = await town.start("sender")
    theirs = new_traceparent()
    body = {"session_id": str(session_id), "recipient": RECIPIENT, "message_content": TEXT}

    event = await _event_after(api, "/v1/messages", theirs, "message.sent", body)
    spans = await _whole(collector, theirs, last="stream message", number=2)

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


async def test_what_the_sampler_leaves_out_is_told_so_and_exported_by_nobody(town: Town, collector: Collector) -> None:
    exporting(town, collector.url)
    session_id = await town.session("wa_a", state="disconnected")
    api = await town.start("api", verify_sweep_s=3600)
    verifier = await town.start("verifier", verify_sweep_s=3600)
    theirs = new_traceparent().removesuffix("01") + "00"

    event = await _event_after(api, f"/v1/sessions/{session_id}/verify", theirs, "session.disconnected")
    await asyncio.gather(*(asyncio.to_thread(service.terminate) for service in (api, verifier)))

    assert trace_id(event["traceparent"]) == trace_id(theirs)
    assert event["traceparent"].endswith("-00")
    assert collector.of(trace_id(theirs) or "") == []


async def test_without_a_collector_messages_are_sent_all_the_same_and_it_is_logged_once(town: Town) -> None:
    nowhere = free_port()
    exporting(town, f"http://127.0.0.1:{nowhere}")
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


async def _whole(collector: Collector, traceparent: str, *, last: str, number: int = 1) -> list[ExportedSpan]:
    """The trace, when its end and everything before it has arrived."""
    wanted = trace_id(traceparent) or ""

    async def probe() -> list[ExportedSpan] | None:
        spans = collector.of(wanted)
        known = {span.span_id for span in spans} | {traceparent.split("-")[2]}
        is_whole = all(span.parent_id in known for span in spans)
        return spans if is_whole and [span.name for span in spans].count(last) >= number else None

    return await until(probe, 15, f"the trace reaches {last} {number} time(s)")


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
