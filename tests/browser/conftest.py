"""The page in a real browser, on real services."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.acceptance.conftest import Town, town
from tests.browser.operator import Operator, operator_at
from tests.harness.chromium import CHROMIUM_OPTIONS, required_chromium
from tests.harness.services import ServiceProcess

__all__ = ["town"]

WEBHOOK_SECRET = "canary-webhook-secret-14142"


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """A Chromium of this test's own."""
    program = required_chromium()
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_OPTIONS))
        yield chromium
        await chromium.close()


@dataclass
class Office:
    """A town with an API, and whoever looks at its page."""

    town: Town
    api: ServiceProcess
    operator: Callable[..., AbstractAsyncContextManager[Operator]]


@pytest_asyncio.fixture
async def office(town: Town, browser: Browser) -> AsyncIterator[Office]:
    """An API that serves the page. Whoever looked at it must have seen nothing go wrong in their browser."""
    api = await town.start("api", webhook_secret=WEBHOOK_SECRET)
    seen: list[Operator] = []

    @asynccontextmanager
    async def operator(**options: Any) -> AsyncIterator[Operator]:
        async with operator_at(browser, api.url, **options) as somebody:
            seen.append(somebody)
            yield somebody

    yield Office(town, api, operator)
    faults = [fault for somebody in seen for fault in somebody.faults]
    assert not faults, faults
