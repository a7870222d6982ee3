"""What happens shows while it happens, in every browser, and a cut stream misses nothing."""

from playwright.async_api import expect

from tests.browser.conftest import Office
from tests.browser.operator import PATIENCE_MS
from tests.browser.test_sessions_page import GREEN, RED, badge

NUMBER = "919812300001"


async def test_two_browsers_see_the_same_change(office: Office) -> None:
    town = office.town
    session_id = await town.session("wa_a", phone_number=NUMBER)
    await town.start("verifier", verify_sweep_s=600)

    async with office.operator() as one, office.operator() as other:
        await badge(one, NUMBER, GREEN)
        await badge(other, NUMBER, GREEN)
        town.gateway.world.drop("wa_a", "Connection Closed")

        await one.click("Re-check", one.session(NUMBER))

        await badge(one, NUMBER, RED)
        await badge(other, NUMBER, RED)
        await other.sees(other.session(NUMBER), "Connection Closed")
    await town.session_becomes(session_id, "disconnected")


async def test_a_stream_that_was_cut_is_resumed_without_a_missed_change(office: Office) -> None:
    town = office.town
    await town.session("wa_a", phone_number=NUMBER)
    await town.start("verifier", verify_sweep_s=0.5, verify_freshness_s=0.2)

    async with office.operator() as operator:
        await badge(operator, NUMBER, GREEN)
        await expect(operator.page.get_by_text("live", exact=True)).to_be_visible()
        office.api.kill()
        await expect(operator.page.get_by_text("reconnecting…")).to_be_visible(timeout=PATIENCE_MS)
        town.gateway.world.drop("wa_a", "Connection Closed")

        office.api.launch()

        await expect(operator.page.get_by_text("live", exact=True)).to_be_visible(timeout=60_000)
        await badge(operator, NUMBER, RED)
        await operator.sees(operator.session(NUMBER), "Connection Closed")
