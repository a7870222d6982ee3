"""From red to green: a QR code, a phone, and the messages that were held."""

from playwright.async_api import expect

from tests.browser.conftest import Office
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
