"""Sessions, as an operator sees them: what their gateways confirm, and nothing else."""

import re
from typing import Any

from playwright.async_api import expect

from tests.acceptance.conftest import OTHER_API_KEY
from tests.browser.conftest import Office
from tests.browser.operator import PATIENCE_MS, Operator

HEALTHY, LYING, HANGING, FRESH = "919812300001", "919812300002", "919812300003", "919812300004"
VERIFYING = "Verifying…"
GREEN = "Connected"
RED = "Disconnected — Reconnect needed"
GREY = "Can't verify"
NOT_THROUGH = "Connected, but nothing gets through"


async def badge(operator: Operator, phone_number: str, text: str) -> None:
    """Wait until the session's badge says exactly this."""
    exactly = operator.session(phone_number).get_by_text(text, exact=True).first
    await expect(exactly).to_be_visible(timeout=PATIENCE_MS)


async def test_a_session_that_only_said_so_turns_red_when_the_page_is_opened_and_says_why(office: Office) -> None:
    town = office.town
    slow: dict[str, Any] = {"latency_ms": 5_000}  # so that a busy machine, too, sees it being verified
    await town.session("wa_healthy", phone_number=HEALTHY, **slow)
    await town.session("wa_lying", phone_number=LYING, state="disconnected", error="Logged out from the phone", **slow)
    await town.start("verifier", verify_sweep_s=600, status_timeout_s=15)

    async with office.operator() as operator:
        await badge(operator, LYING, VERIFYING)
        await badge(operator, LYING, RED)
        await operator.sees(operator.session(LYING), "Logged out from the phone")
        await badge(operator, HEALTHY, GREEN)
        await operator.sees(operator.session(HEALTHY), re.compile(r"verified \d+ s ago"))


async def test_a_gateway_that_hangs_is_grey_for_its_sessions_only_while_others_are_green(office: Office) -> None:
    town = office.town
    await town.session("wa_hanging", phone_number=HANGING, hang_status_s=30)
    await town.session("wa_healthy", phone_number=HEALTHY)
    await town.start("verifier", verify_sweep_s=600, status_timeout_s=6)

    async with office.operator() as operator:
        await badge(operator, HEALTHY, GREEN)
        await badge(operator, HANGING, VERIFYING)
        await badge(operator, HANGING, GREY)
        await operator.sees(operator.session(HANGING), "last known: Connected")
        await badge(operator, HEALTHY, GREEN)


async def test_a_re_check_asks_the_gateway_now(office: Office) -> None:
    town = office.town
    await town.session("wa_dead", phone_number=LYING, state="disconnected", error="Connection Closed")
    await town.start("verifier", verify_sweep_s=600, verify_freshness_s=600)

    async with office.operator() as operator:
        await badge(operator, LYING, RED)
        town.gateway.world.revive("wa_dead")

        await operator.click("Re-check", operator.session(LYING))

        await badge(operator, LYING, GREEN)
        await expect(operator.session(LYING)).not_to_contain_text("Connection Closed")


async def test_each_page_load_asks_once_for_all_that_says_connected(office: Office) -> None:
    await office.town.session("wa_a", phone_number=HEALTHY)
    asked: list[str] = []

    async with office.operator(key=None) as operator:
        operator.page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
        await operator.sign_in()
        await expect(operator.session(HEALTHY)).to_be_visible()
        await operator.go("Messages")
        await operator.go("Sessions")
        await operator.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(operator.session(HEALTHY)).to_be_visible()
        assert [url.removeprefix(operator.url) for url in asked] == ["/v1/sessions/verify"]

        await operator.page.reload()
        await expect(operator.session(HEALTHY)).to_be_visible()
        assert [url.removeprefix(operator.url) for url in asked] == ["/v1/sessions/verify"] * 2


async def test_another_organisations_key_sees_nothing_of_it(office: Office) -> None:
    town = office.town
    session_id = await town.session("wa_ours", phone_number=HEALTHY)
    await town.session("wa_theirs", phone_number=FRESH, organization_id=town.other_organization_id)
    await town.message(session_id, recipient="919800000001")

    async with office.operator(key=OTHER_API_KEY) as operator:
        await expect(operator.session(FRESH)).to_be_visible()
        await expect(operator.page.get_by_text(HEALTHY)).to_have_count(0)
        await operator.go("Messages")
        await expect(operator.page.get_by_text("No messages yet.")).to_be_visible()
        await operator.go("Overview")
        await expect(operator.page.get_by_text(HEALTHY)).to_have_count(0)


async def test_a_session_that_was_never_paired_stands_apart_without_alarm(office: Office) -> None:
    town = office.town
    await town.session("wa_a", phone_number=HEALTHY)
    async with town.database() as connection:
        await connection.execute(
            "INSERT INTO whatsapp_sessions (id, organization_id, status, display_name)"
            " VALUES (gen_random_uuid(), $1, 'disconnected', 'Front desk')",
            town.organization_id,
        )

    async with office.operator() as operator:
        item = operator.session("Front desk")
        await operator.sees(item, "Never paired")
        await expect(item).not_to_contain_text("Reconnect needed")
        await operator.click("Details", item)
        await operator.click("Delete", item)
        await operator.page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
        await expect(operator.page.get_by_text("Front desk")).to_have_count(0)


async def test_a_paused_session_says_so_until_it_is_resumed(office: Office) -> None:
    town = office.town
    session_id = await town.session("wa_a", phone_number=HEALTHY)
    waiting = await town.message(session_id, recipient="919800000001")

    async with office.operator() as operator:
        item = operator.session(HEALTHY)
        await operator.click("Details", item)
        await operator.click("Pause sending", item)
        await operator.sees(item, "Messages wait until you resume")
        await town.start("sender")
        assert (await town.row(waiting))["status"] == "pending"

        await operator.click("Resume sending", item)
        await town.becomes(waiting, "sent")


SIX_SENDS = """
    INSERT INTO truesend.message_attempts
        (message_id, number, organization_id, session_id, gateway, recipient, lease_token, started_at, outcome)
    SELECT gen_random_uuid(), 1, $1, $2, 'default', '9198' || n, gen_random_uuid(), now() - interval '1 minute', 'sent'
    FROM generate_series(1, 6) AS n
"""
HEARD_LONG_AGO = """
    INSERT INTO truesend.session_acks (session_id, gateway, organization_id, first_ack_at, last_ack_at)
    VALUES ($2, 'default', $1, now() - interval '1 hour', now() - interval '1 hour')
"""


async def test_a_silent_session_says_that_nothing_gets_through_and_offers_what_to_do(office: Office) -> None:
    town = office.town
    silent = await town.session("wa_silent", phone_number=HEALTHY)
    heard = await town.session("wa_heard", phone_number=FRESH)
    async with town.database() as connection:
        await connection.execute(SIX_SENDS, town.organization_id, silent)
        await connection.execute(HEARD_LONG_AGO, town.organization_id, heard)

    async with office.operator() as operator:
        await town.start("verifier", ack_silence_s=2, verify_sweep_s=600)
        await badge(operator, HEALTHY, NOT_THROUGH)
        for name in ("Re-check", "Reconnect"):
            await expect(operator.session(HEALTHY).get_by_role("button", name=name, exact=True)).to_be_visible()
        await operator.sees(operator.session(HEALTHY), "connected, but nothing gets through: 6 messages")
        await badge(operator, FRESH, GREEN)
