"""A person before the page: what they see and what they click, by words and roles."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.acceptance.conftest import API_KEY

WIDE, PHONE = (1280, 900), (390, 844)
PATIENCE_MS = 45_000
expect.set_options(timeout=PATIENCE_MS)  # by itself it gives up after 5 s
# what was refused, by us or by a gateway, is told on the page; the browser's own line about it is no fault
_REFUSED = re.compile(r"Failed to load resource: (the server responded with a status of (4\d\d|502)|net::ERR_)")

Theme = Literal["light", "dark"]


@dataclass
class Operator:
    """One signed-in tab. ``faults`` are what the browser itself complained about: errors, and what the page's own
    Content-Security-Policy stopped."""

    page: Page
    url: str
    faults: list[str] = field(default_factory=list)

    @property
    def context(self) -> BrowserContext:
        """The tab's browser profile."""
        return self.page.context

    async def open(self, path: str = "/") -> None:
        """Go to a place of the page."""
        await self.page.goto(f"{self.url}{path}")

    async def sign_in(self, key: str = API_KEY) -> None:
        """Paste a key into the form."""
        await self.page.get_by_label("API key", exact=True).fill(key)
        await self.page.get_by_role("button", name="Sign in", exact=True).click()
        await expect(self.page.get_by_role("navigation").first).to_be_visible(timeout=PATIENCE_MS)

    async def go(self, place: str) -> None:
        """Follow a link of the navigation."""
        await self.page.get_by_role("navigation").get_by_role("link", name=place, exact=True).first.click()

    def session(self, phone_number: str) -> Locator:
        """The session with this number."""
        return self.page.get_by_role("listitem").or_(self.page.get_by_role("row")).filter(has_text=phone_number).first

    def message(self, recipient: str) -> Locator:
        """The message to this recipient."""
        return self.page.get_by_role("row").filter(has_text=recipient).first

    async def open_message(self, recipient: str) -> Locator:
        """Open its drawer."""
        await self.message(recipient).get_by_role("button", name=re.compile("Open message")).click()
        drawer = self.page.get_by_role("dialog")
        await expect(drawer).to_be_visible(timeout=PATIENCE_MS)
        return drawer

    async def set_up(self, choice: str) -> None:
        """Choose something in the settings."""
        await self.click("Settings")
        await self.page.get_by_role("dialog", name="Settings").get_by_text(choice, exact=True).click()

    async def sees(self, where: Locator, text: str | re.Pattern[str], *, within_ms: int = PATIENCE_MS) -> None:
        """Wait until it says so."""
        await expect(where).to_contain_text(text, timeout=within_ms)

    async def click(self, name: str, within: Locator | Page | None = None) -> None:
        """Press a button."""
        await (within or self.page).get_by_role("button", name=name, exact=True).first.click()


@asynccontextmanager
async def operator_at(
    browser: Browser,
    url: str,
    *,
    key: str | None = API_KEY,
    path: str = "/",
    size: tuple[int, int] = WIDE,
    theme: Theme = "light",
    is_calm: bool = False,
) -> AsyncIterator[Operator]:
    """Somebody who opened the page at ``path`` in a fresh profile; without ``key`` they are asked for one. ``is_calm``: they
    have told their system to move nothing."""
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=theme,
        locale="en-GB",
        timezone_id="Asia/Kolkata",
        reduced_motion="reduce" if is_calm else "no-preference",
    )
    context.set_default_timeout(PATIENCE_MS)
    operator = Operator(await context.new_page(), url)
    operator.page.on("console", lambda message: _note(operator, message))
    operator.page.on("pageerror", lambda error: operator.faults.append(str(error)))
    try:
        await operator.open(path)
        if key is not None:
            await operator.sign_in(key)
        yield operator
    finally:
        await context.close()


def _note(operator: Operator, message: ConsoleMessage) -> None:
    if message.type in {"error", "warning"} and not _REFUSED.search(message.text):
        operator.faults.append(message.text)
