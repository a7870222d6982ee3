"""From red to green: a QR code, a phone, and the messages that were held."""

import re

from playwright.async_api import Browser, Locator, expect

from simulator.frame.server import SimulatedGateway
from simulator.kinds.waha import SimulatedWaha
from tests.browser.conftest import Office
from tests.browser.operator import PATIENCE_MS, operator_at
from tests.browser.test_sessions_page import GREEN, RED, badge
from tests.harness.waiting import until

NUMBER = "919812300001"


async def test_a_dead_session_is_reconnected_by_its_qr_code_and_its_held_messages_leave(office: Office) -> None:
    town = office.town
    session_id = await town.session("wa_a", phone_number=NUMBER, state="disconnected", error="Logged out")
    held = [await town.message(session_id, recipient=f"91980000000{n}") for n in range(3)]
    await town.start("verifier", verify_sweep_s=1)
    await town.start("sender")

    async with office.operator() as operator:
        await badge(operator, NUMBER, RED)
        await operator.sees(operator.page.get_by_role("main"), "3 messages wait")

        await operator.click("Reconnect", operator.session(NUMBER))
        dialog = operator.page.get_by_role("dialog")
        code = dialog.get_by_role("img", name="QR code")
        await expect(code).to_be_visible()
        assert await code.evaluate("picture => picture.naturalWidth || picture.clientWidth") > 100
        town.gateway.world.scan("wa_a", NUMBER)

        await expect(dialog).to_have_count(0)
        await badge(operator, NUMBER, GREEN)
        await operator.sees(operator.page.get_by_role("main"), "Everything that was held has left.")
        for message_id in held:
            assert (await town.row(message_id))["retry_count"] == 0
        await town.all_are("sent", 3, within_s=10)


async def test_a_code_that_the_gateway_renews_is_renewed_on_the_page_and_closing_it_asks_no_more(
    office: Office,
) -> None:
    town = office.town
    await town.session("wa_a", phone_number=NUMBER, state="disconnected")

    async with office.operator() as operator:
        await operator.click("Reconnect", operator.session(NUMBER))
        dialog = operator.page.get_by_role("dialog")
        code = dialog.get_by_role("img", name="QR code")
        await expect(code).to_be_visible()
        first = await code.get_attribute("src")
        town.gateway.world.connect("wa_a")
        await expect(code).not_to_have_attribute("src", first or "")

        await operator.click("Cancel", dialog)
        await expect(dialog).to_have_count(0)

        async def is_left_alone() -> bool:
            reads = town.gateway.world.sessions["wa_a"].reads
            await operator.page.wait_for_timeout(3_000)  # longer than the API's pause between two looks
            return town.gateway.world.sessions["wa_a"].reads == reads

        await until(is_left_alone, 15, "nobody looks for a code any more")


async def test_how_long_a_code_still_holds_is_counted_down_and_a_new_code_begins_anew(office: Office) -> None:
    town = office.town
    await town.session("wa_a", phone_number=NUMBER, state="disconnected")

    async with office.operator() as operator:
        await operator.click("Reconnect", operator.session(NUMBER))
        dialog = operator.page.get_by_role("dialog")
        left = dialog.get_by_text(re.compile(r"A new code comes in \d+ s\."))
        assert 55 < await seconds_of(left) <= 60
        await expect(left).to_have_text(re.compile(r"in 5[0-5] s"), timeout=PATIENCE_MS)

        code = dialog.get_by_role("img", name="QR code")
        shown = await code.get_attribute("src")
        town.gateway.world.connect("wa_a")
        await expect(code).not_to_have_attribute("src", shown or "")

        assert 55 < await seconds_of(left) <= 60
        await expect(dialog.get_by_role("button", name="Link with phone number instead")).to_have_count(0)


async def test_a_session_is_paired_by_a_code_that_is_typed_into_the_phone(office: Office, browser: Browser) -> None:
    town = office.town
    async with SimulatedGateway.running(SimulatedWaha) as waha:
        api = await town.start("api", gateway_kind="waha", gateway_url=waha.url, gateway_api_key="")
        await town.session("wa_a", phone_number=NUMBER, state="disconnected")
        waha.memory.put("wa_a", state="SCAN_QR_CODE", is_paired=False)

        async with operator_at(browser, api.url) as operator:
            await operator.click("Reconnect", operator.session(NUMBER))
            dialog = operator.page.get_by_role("dialog")
            await operator.click("Link with phone number instead", dialog)
            number = dialog.get_by_label("Phone number", exact=True)
            await number.fill("12")
            await operator.click("Get a code", dialog)
            await operator.sees(dialog, "This is no phone number with a country code")
            await number.fill(f"+{NUMBER}")
            await operator.click("Get a code", dialog)
            await operator.sees(dialog, "ABCD-ABCD")
            await expect(number).to_have_count(0)
            waha.memory.put("wa_a", state="WORKING", is_paired=True)

            await expect(dialog).to_have_count(0)
            assert not operator.faults


async def seconds_of(left: Locator) -> int:
    """How many seconds the countdown says."""
    await expect(left).to_be_visible()
    return int(re.sub(r"\D", "", await left.inner_text()))


async def test_a_new_session_is_named_and_paired(office: Office) -> None:
    town = office.town
    await town.start("verifier", verify_sweep_s=1)

    async with office.operator() as operator:
        await operator.click("Add a session")
        await operator.page.get_by_label("Name", exact=True).fill("Front desk")
        await operator.click("Show QR code")
        await expect(operator.page.get_by_role("dialog").get_by_role("img", name="QR code")).to_be_visible()
        (name,) = town.gateway.world.sessions
        town.gateway.world.scan(name, NUMBER)

        await badge(operator, NUMBER, GREEN)
        await operator.sees(operator.session(NUMBER), "Front desk")


async def test_a_gateway_that_refuses_to_reconnect_is_quoted(office: Office) -> None:
    town = office.town
    await town.session("wa_a", phone_number=NUMBER, state="disconnected")

    async with office.operator() as operator:
        await expect(operator.session(NUMBER)).to_be_visible()
        town.gateway.world.restart(down_s=60)
        await operator.click("Reconnect", operator.session(NUMBER))
        await operator.sees(operator.page.get_by_role("dialog"), "It did not connect.")
