"""Pictures of the page for the documentation, from a running stack: ``make screenshots`` writes docs/images.

The names do not match pytest's pattern, so that a test run takes no pictures.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import expect

from simulator.world import ScriptedAnswer
from tests.browser.conftest import WEBHOOK_SECRET, Office
from tests.browser.operator import PHONE, WIDE, Operator, Theme
from tests.harness.waiting import until

IMAGES = Path("docs/images")
SALES, SUPPORT, SCHOOL, BRANCH, SILENT, NEW = (f"9198123000{n:02}" for n in range(1, 7))
# As it happened, since facts are read in the order in which they were written.
THE_DAY_BEFORE = """
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id, created_at)
    SELECT p.aggregatetype, p.aggregateid, p.type, p.payload, $1, p.at
    FROM (
        SELECT 'session' AS aggregatetype, s.id AS aggregateid, 'session.' || f.status AS type,
               truesend.session_fact(s.id, 'session.' || f.status, NULL, NULL)
               || jsonb_build_object('status', f.status, 'last_error', NULL, 'paired', true, 'last_verified_at', f.at,
                                     'occurred_at', f.at) AS payload, f.at
        FROM unnest($2::uuid[], $3::text[], $4::timestamptz[]) AS f (session_id, status, at)
        JOIN whatsapp_sessions AS s ON s.id = f.session_id
        UNION ALL
        SELECT 'message', gen_random_uuid(), CASE WHEN n % 17 = 0 THEN 'message.failed' ELSE 'message.sent' END, '{}',
               now() - make_interval(mins => 5 * n + (n * n) % 7)
        FROM generate_series(1, 280) AS n
        WHERE n % 12 < 4 + (n / 24) % 7
    ) AS p
    ORDER BY p.at
"""
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


async def a_working_day(office: Office) -> None:
    """Sessions in every state, a day behind them, and messages with every fate."""
    town = office.town
    town.gateway.world.change_settings(
        webhook_url=f"{office.api.url}/v1/webhooks/default", webhook_secret=WEBHOOK_SECRET
    )
    sales = await town.session("wa_sales", phone_number=SALES, receipts=["delivered"])
    support = await town.session("wa_support", phone_number=SUPPORT, state="disconnected", error="Connection Closed")
    school = await town.session("wa_school", phone_number=SCHOOL, hang_status_s=60)
    branch = await town.session("wa_branch", phone_number=BRANCH, state="connecting")
    silent = await town.session("wa_silent", phone_number=SILENT)
    now = datetime.now(UTC)
    names = {sales: "Sales", support: "Support", school: "School", branch: "Branch office", silent: "Reminders"}
    async with town.database() as connection:
        for session_id, name in names.items():
            await connection.execute("UPDATE whatsapp_sessions SET display_name = $2 WHERE id = $1", session_id, name)
        await connection.execute(
            "INSERT INTO whatsapp_sessions (id, organization_id, status, display_name)"
            " VALUES (gen_random_uuid(), $1, 'disconnected', 'Front desk')",
            town.organization_id,
        )
        await connection.execute(
            "UPDATE whatsapp_sessions SET connected_at = now() - interval '9 days', created_at = now() - interval '30 days'"
            " WHERE display_name <> 'Front desk'"
        )
        changes = [
            (session_id, status, now - timedelta(hours=hours))
            for session_id, drops in {
                sales: (9.2, 8.9),
                support: (20, 19.5),
                school: (3, 2.9),
                silent: (12, 11),
            }.items()
            for status, hours in zip(("connected", "disconnected", "connected"), (40, *drops), strict=True)
        ]
        await connection.execute(THE_DAY_BEFORE, town.organization_id, *zip(*changes, strict=True))
        await connection.execute(SIX_SENDS, town.organization_id, silent)
        await connection.execute(HEARD_LONG_AGO, town.organization_id, sales)
    await messages(office, sales, support)
    await town.start("verifier", verify_sweep_s=30, status_timeout_s=3, ack_silence_s=2, alert_debounce_s=1)
    await town.start("sender", send_timeout_s=4, confirm_timeout_s=60)


async def messages(office: Office, sales: UUID, support: UUID) -> None:
    """What is on its way on such a day."""
    town = office.town
    refused = ScriptedAnswer(status=400, body={"error": "The number is not on WhatsApp"})
    town.gateway.world.recipients["919800000007"] = refused
    texts = (
        "Your table for four is ready, come in whenever you like.",
        "Reminder: your appointment is tomorrow at 10:30.",
        "Thank you for your order #4711. It leaves the warehouse today.",
        "The workshop starts in an hour. Here is the link to join.",
        "Namaste! Your invoice for November is attached.",
        "We have received your documents and will call you back.",
    )
    for number in range(24):
        text = texts[number % len(texts)]
        await town.message(sales, recipient=f"9198000000{number:02}", text=text, due_in_s=-40 + number)
    for number in range(12):
        await town.message(support, recipient=f"9198000001{number:02}", text=texts[number % 6], due_in_s=-1500)
    doubtful = await town.session("wa_doubt", phone_number=NEW, reset="after_delivery", lookup="off")
    async with town.database() as connection:
        await connection.execute("UPDATE whatsapp_sessions SET display_name = 'Workshops' WHERE id = $1", doubtful)
    await town.message(doubtful, recipient="919800000201", text=texts[3])
    await town.message(sales, recipient="919800000301", text=texts[1], due_in_s=7200)


async def picture(operator: Operator, name: str) -> None:
    """What is on the screen now."""
    await operator.page.mouse.move(0, 0)
    await operator.page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")


async def settled(office: Office) -> None:
    """Wait until the day's messages are what they will be for a while."""

    async def probe() -> bool:
        counts = await office.town.counts()
        return counts.get("failed", 0) == 1 and counts.get("unconfirmed", 0) == 1 and counts.get("sent", 0) == 23

    await until(probe, 60, "every message has its fate")


LOOKS = pytest.mark.parametrize(
    ("size", "theme", "suffix"), [(WIDE, "light", ""), (WIDE, "dark", "-dark"), (PHONE, "light", "-phone")]
)


@LOOKS
async def picture_of_each_page(office: Office, size: tuple[int, int], theme: Theme, suffix: str) -> None:
    """Sessions, Messages with a drawer, Overview, and the dialog with the QR code."""
    await a_working_day(office)
    await settled(office)
    async with office.operator(key=None, size=size, theme=theme) as operator:
        await picture(operator, f"sign-in{suffix}")
        await operator.sign_in()
        await operator.sees(operator.session(SCHOOL), "Can't verify")
        await operator.sees(operator.session(SILENT), "nothing gets through")
        await expect(operator.page.get_by_text("Verifying…")).to_have_count(0)
        await picture(operator, f"sessions{suffix}")
        await operator.click("Details", operator.session(SUPPORT))
        await operator.sees(operator.session(SUPPORT), "History")
        await operator.session(SUPPORT).scroll_into_view_if_needed()
        await picture(operator, f"session-details{suffix}")
        await operator.click("Reconnect", operator.session(SUPPORT))
        await expect(operator.page.get_by_role("img", name="QR code")).to_be_visible()
        await picture(operator, f"reconnect{suffix}")
        await operator.click("Cancel", operator.page.get_by_role("dialog"))
        await operator.go("Messages")
        await expect(operator.page.get_by_role("row").nth(3)).to_be_visible()
        await picture(operator, f"messages{suffix}")
        await operator.page.get_by_role("combobox", name="Status").click()
        await operator.page.get_by_role("option", name="Failed").click()
        drawer = await operator.open_message("919800000007")
        await operator.sees(drawer, "The number is not on WhatsApp")
        await picture(operator, f"message{suffix}")
        await operator.page.keyboard.press("Escape")
        await operator.go("Overview")
        await expect(operator.page.get_by_role("heading", name="Overview")).to_be_visible()
        await expect(operator.page.locator(".recharts-surface").first).to_be_visible()
        await picture(operator, f"overview{suffix}")
