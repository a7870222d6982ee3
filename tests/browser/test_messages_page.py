"""Messages, as an operator sees them: what became of each, why, and what can be done."""

import re
from uuid import UUID

from playwright.async_api import expect

from simulator.world import ScriptedAnswer
from tests.browser.conftest import Office
from tests.harness.waiting import until

NUMBER, OTHER_NUMBER = "919812300001", "919812300002"
RECIPIENT = "919800000001"


async def test_a_message_that_met_a_dead_session_waits_with_the_gateways_words_and_leaves_after_the_reconnect(
    office: Office,
) -> None:
    town = office.town
    session_id = await town.session("wa_a", phone_number=NUMBER, lie=True)
    message_id = await town.message(session_id, recipient=RECIPIENT)
    await town.start("sender")

    async with office.operator(path="/messages") as operator:
        await operator.sees(operator.message(RECIPIENT), "Waiting")
        drawer = await operator.open_message(RECIPIENT)
        await operator.sees(drawer, "Session wa_a is not connected")
        await operator.page.keyboard.press("Escape")
        await expect(drawer).to_have_count(0)

        town.gateway.world.change("wa_a", lie=False)
        await town.start("verifier", verify_sweep_s=1)

        await operator.sees(operator.message(RECIPIENT), "Sent")
    assert (await town.row(message_id))["retry_count"] == 0


async def test_an_unconfirmed_message_is_checked_and_becomes_sent(office: Office) -> None:
    town = office.town
    session_id = await town.session("wa_a", phone_number=NUMBER, reset="after_delivery", lookup="off")
    message_id = await town.message(session_id, recipient=RECIPIENT)
    await town.start("sender")

    async with office.operator(path="/messages") as operator:
        await operator.sees(operator.message(RECIPIENT), "Unconfirmed — checking")
        town.gateway.world.change("wa_a", lookup="on")

        drawer = await operator.open_message(RECIPIENT)
        await operator.click("Check now", drawer)

        await operator.sees(drawer, "Sent")
    await town.becomes(message_id, "sent")
    assert town.gateway.ledger.post_count == 1


async def failed_messages(office: Office, count: int) -> list[UUID]:
    """Messages that their gateway refused for good."""
    town = office.town
    refusal = ScriptedAnswer(status=400, body={"error": "The number is not on WhatsApp"})
    session_id = await town.session("wa_a", phone_number=NUMBER, send_answer=refusal)
    ids = [await town.message(session_id, recipient=f"9198000{n:05}") for n in range(count)]
    await town.start("sender")
    await town.all_are("failed", count, within_s=30)
    town.gateway.world.change("wa_a", send_answer=None)
    return ids


async def test_a_failed_message_says_why_and_is_retried_through_another_session(office: Office) -> None:
    town = office.town
    (message_id,) = await failed_messages(office, 1)
    other = await town.session("wa_b", phone_number=OTHER_NUMBER)

    async with office.operator(path="/messages") as operator:
        row = operator.message("919800000000")
        await operator.sees(row, "Failed")
        await operator.sees(row, "The number is not on WhatsApp")
        drawer = await operator.open_message("919800000000")
        await drawer.get_by_role("combobox", name="Retry through").click()
        await operator.page.get_by_role("option", name=re.compile(OTHER_NUMBER)).click()
        await operator.click("Retry", drawer)

        await operator.sees(drawer, "Sent")
    assert (await town.becomes(message_id, "sent"))["session_id"] == other


async def test_many_are_retried_after_they_were_counted(office: Office) -> None:
    town = office.town
    await failed_messages(office, 12)

    async with office.operator(path="/messages?status=failed") as operator:
        await operator.click("Retry all matching…")
        panel = operator.page.get_by_role("region", name="Retry all that match these filters")
        await operator.sees(panel, "12 messages can be retried.")
        await operator.click("Retry 12 messages", panel)
        await operator.sees(panel, "12 messages are back in the queue.")
        await town.all_are("sent", 12, within_s=30)


async def test_a_waiting_message_is_cancelled_and_a_doubtful_one_is_marked_delivered_by_hand(office: Office) -> None:
    town = office.town
    session_id = await town.session("wa_a", phone_number=NUMBER, reset="after_delivery", lookup="off")
    doubtful = await town.message(session_id, recipient=RECIPIENT)
    waiting = await town.message(session_id, recipient="919800000002", due_in_s=3600)
    await town.start("sender")

    async with office.operator(path="/messages") as operator:
        drawer = await operator.open_message("919800000002")
        await operator.click("Cancel", drawer)
        await town.becomes(waiting, "cancelled")
        await operator.sees(drawer, "Cancelled")
        await operator.page.keyboard.press("Escape")

        await operator.sees(operator.message(RECIPIENT), "Unconfirmed")
        drawer = await operator.open_message(RECIPIENT)
        await operator.click("Mark delivered", drawer)
        row = await town.becomes(doubtful, "sent")
        assert row["delivered_at"] is not None
        await operator.sees(drawer, re.compile("API key"))


async def test_filters_are_in_the_address_and_outlive_a_reload(office: Office) -> None:
    town = office.town
    session_id = await town.session("wa_a", phone_number=NUMBER)
    await town.message(session_id, recipient=RECIPIENT, text="Your table is ready")
    await town.message(session_id, recipient="919800000002", text="Namaste")

    async with office.operator(path="/messages") as operator:
        await expect(operator.message("919800000002")).to_be_visible()
        await operator.page.get_by_label("Search").fill("table")
        await expect(operator.page.get_by_text("Namaste")).to_have_count(0)
        await expect(operator.page).to_have_url(re.compile(r"q=table"))

        await operator.page.reload()
        await expect(operator.message(RECIPIENT)).to_be_visible()
        await expect(operator.page.get_by_text("Namaste")).to_have_count(0)


async def test_what_comes_while_somebody_reads_moves_nothing_until_they_want_it(office: Office) -> None:
    town = office.town
    session_id = await town.session("wa_a", phone_number=NUMBER)
    await town.message(session_id, recipient=RECIPIENT, due_in_s=3600)
    await town.start("verifier", verify_sweep_s=600)  # it relays the facts, too

    async with office.operator(path="/messages") as operator:
        await expect(operator.message(RECIPIENT)).to_be_visible()
        place = await operator.message(RECIPIENT).bounding_box()
        await town.post(
            office.api,
            "/v1/messages",
            {"session_id": str(session_id), "recipient": "919800000002", "message_content": "Hello"},
        )
        newer = operator.page.get_by_role("button", name=re.compile("1 newer"))
        await expect(newer).to_be_visible()
        assert await operator.message(RECIPIENT).bounding_box() == place

        await newer.click()
        await expect(operator.message("919800000002")).to_be_visible()


async def test_a_hundred_thousand_messages_scroll_with_a_few_dozen_rows_in_the_page(office: Office) -> None:
    town = office.town
    session_id = await town.session("wa_a", phone_number=NUMBER)
    async with town.database() as connection:
        await connection.execute(
            "INSERT INTO scheduled_whatsapp_messages"
            " (id, organization_id, session_id, recipient, message_type, message_content, scheduled_for, status, created_at)"
            " SELECT gen_random_uuid(), $1, $2, '9198' || lpad(n::text, 8, '0'), 'custom', 'Message ' || n, now(), 'sent',"
            " now() - make_interval(secs => n) FROM generate_series(1, 100000) AS n",
            town.organization_id,
            session_id,
        )

    async with office.operator(path="/messages") as operator:
        await expect(operator.message("919800000001")).to_be_visible()

        async def is_far() -> bool:
            await operator.page.get_by_role("row").last.scroll_into_view_if_needed()
            return await operator.page.get_by_text("Message 500", exact=True).count() > 0

        await until(is_far, 60, "the five hundredth message is reached")
        assert await operator.page.get_by_role("row").count() < 150
