"""What holds on every page: for every eye and hand, at every width, and whatever gateways say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Office
from tests.browser.operator import PHONE, WIDE, Operator, Theme

NUMBER = "919812300001"
PLACES = ("Sessions", "Messages", "Overview")
AXE = Path("web/node_modules/axe-core/axe.min.js")
HOSTILE = (
    "<img src=x onerror=\"document.title='broken in'\">\u202etxet derorrim\u202c<script>document.title='broken in'</script>"
    + ("no spaces at all " * 3 + "x" * 10_000)
)


@asynccontextmanager
async def a_busy_office(office: Office, **options: Any) -> AsyncIterator[Operator]:
    """Sessions and messages in every state that a page shows."""
    town = office.town
    session_id = await town.session("wa_a", phone_number=NUMBER)
    await town.session("wa_b", phone_number="919812300002")
    async with town.database() as connection:
        await connection.execute(
            "UPDATE whatsapp_sessions SET status = 'disconnected', last_error = $1, last_error_at = now(),"
            " last_verified_at = now(), display_name = $2 WHERE phone_number = $3",
            HOSTILE,
            "<b>Sales</b>",
            "919812300002",
        )
        await connection.execute(
            "INSERT INTO whatsapp_sessions (id, organization_id, status) VALUES (gen_random_uuid(), $1, 'disconnected')",
            town.organization_id,
        )
        for number, status in enumerate(("pending", "sending", "sent", "failed", "cancelled")):
            message_id = await town.message(session_id, recipient=f"91980000000{number}", text=f"{status} {HOSTILE}")
            await connection.execute(
                "UPDATE scheduled_whatsapp_messages SET status = $2, vps_error = CASE WHEN $2 = 'failed' THEN $3 END,"
                " unconfirmed_at = CASE WHEN $2 = 'sending' THEN now() END,"
                " attempt_started_at = CASE WHEN $2 = 'sending' THEN now() END,"
                " sent_at = CASE WHEN $2 = 'sent' THEN now() END WHERE id = $1",
                message_id,
                status,
                HOSTILE,
            )
    async with office.operator(**options) as operator:
        await expect(operator.session(NUMBER)).to_be_visible()
        yield operator


@cache
def axe_source() -> str:
    """The accessibility checker, which `make install` brings with the page's own tools."""
    return AXE.read_text()


async def violations(page: Page) -> list[str]:
    """What axe calls serious or critical."""
    await page.evaluate(axe_source())
    found: dict[str, Any] = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_no_page_has_a_serious_fault_for_those_who_do_not_see_or_point(office: Office, theme: Theme) -> None:
    async with a_busy_office(office, theme=theme, is_calm=True) as operator:
        for place in PLACES:
            await operator.go(place)
            await expect(operator.page.get_by_role("heading", name=place)).to_be_visible()
            assert await violations(operator.page) == [], place
        await operator.go("Messages")
        await operator.open_message("919800000003")
        assert await violations(operator.page) == []


async def test_words_of_a_gateway_are_text_whatever_they_hold_and_break_no_layout(office: Office) -> None:
    async with a_busy_office(office) as operator:
        await operator.sees(operator.session("919812300002"), "<img src=x onerror")
        for place in PLACES:
            await operator.go(place)
            await expect(operator.page.get_by_role("heading", name=place)).to_be_visible()
            assert await overflow(operator.page) <= 0, place
        await operator.go("Messages")
        drawer = await operator.open_message("919800000003")
        await operator.sees(drawer, "<img src=x onerror")
        assert await overflow(operator.page) <= 0
        assert await operator.page.locator("img[src='x']").count() == 0
        assert await operator.page.title() != "broken in"


async def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    width: int = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return width


@pytest.mark.parametrize("size", [PHONE, WIDE])
async def test_every_page_fits_its_window_and_its_navigation_is_at_hand(office: Office, size: tuple[int, int]) -> None:
    async with a_busy_office(office, size=size) as operator:
        for place in PLACES:
            await operator.go(place)
            await expect(operator.page.get_by_role("heading", name=place)).to_be_visible()
            assert await overflow(operator.page) <= 0, place


async def test_a_session_is_re_checked_by_keyboard_alone(office: Office) -> None:
    async with a_busy_office(office) as operator:
        wanted = operator.session(NUMBER).get_by_role("button", name="Re-check", exact=True)
        for _ in range(60):
            await operator.page.keyboard.press("Tab")
            if await wanted.evaluate("button => button === document.activeElement"):
                break
        async with operator.page.expect_response(lambda answer: answer.url.endswith("/verify")) as asked:
            await operator.page.keyboard.press("Enter")
        assert (await asked.value).status == 202


async def test_a_second_language_says_the_same_and_stays_after_a_reload(office: Office) -> None:
    async with a_busy_office(office) as operator:
        await operator.set_up("हिन्दी")
        await expect(operator.page.get_by_role("link", name="सत्र")).to_be_visible()
        await operator.page.reload()
        await expect(operator.page.get_by_role("link", name="सत्र")).to_be_visible()
        assert await operator.page.evaluate("document.documentElement.lang") == "hi"


async def test_times_are_the_viewers_and_exact_on_hover(office: Office) -> None:
    async with a_busy_office(office, path="/messages") as operator:
        time = operator.page.locator("time").first
        title, exact = await time.get_attribute("title"), await time.get_attribute("datetime")
        assert title is not None
        assert exact is not None
        local = datetime.fromisoformat(exact).astimezone().timestamp() + 5.5 * 3600  # the viewer is in India
        assert f"{datetime.fromtimestamp(local, tz=datetime.fromisoformat(exact).tzinfo):%H:%M}" in title
