"""One trace, from a click on the page through Kafka and the gateway to what the page shows."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Request, expect

from tests.acceptance.conftest import Town
from tests.browser.conftest import Office
from tests.harness.collector import Collector, exporting, running_collector, whole_trace
from truesend.observability.tracing import trace_id

NUMBER = "919812300001"
SLOW = {"verify_sweep_s": 3600, "verify_freshness_s": 0}


@pytest_asyncio.fixture
async def collector() -> AsyncIterator[Collector]:
    async with running_collector() as running:
        yield running


@pytest_asyncio.fixture
async def town(town: Town, collector: Collector) -> Town:
    """Its services export their traces."""
    town.environment |= exporting(collector.url)
    return town


async def test_a_click_is_one_trace_with_what_the_page_then_shows(office: Office, collector: Collector) -> None:
    session_id = await office.town.session("wa_a", phone_number=NUMBER)
    await office.town.start("verifier", **SLOW)
    await office.town.session_is_looked_at(session_id)
    asked: list[str] = []

    async with office.operator(key=None) as operator:
        operator.page.on("request", lambda request: _note(asked, request))
        await operator.sign_in()
        item = operator.session(NUMBER)
        await operator.click("Details", item)
        # the page has asked when it was loaded, and been told
        (loading,) = asked
        await whole_trace(collector, loading, stream_session=2)

        await operator.click("Re-check", item)
        await expect(item.get_by_text("Last asked from here")).to_be_visible()
        traceparent = asked[-1]
        await expect(item.get_by_text(trace_id(traceparent) or "nothing")).to_be_visible()

    assert len(asked) == 2
    spans = await whole_trace(collector, traceparent, stream_session=2, GET=1, write_session=1)
    assert (spans[0].service, spans[0].name) == ("truesend-api", "POST /v1/sessions/{session_id}/verify")
    assert spans[0].parent_id == traceparent.split("-")[2]
    assert {"ask for session", "GET", "write session"} <= {span.name for span in spans}


def _note(asked: list[str], request: Request) -> None:
    if request.url.endswith("/verify"):
        asked.append(request.headers["traceparent"])
