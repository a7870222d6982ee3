"""What only GOWA has: 401 of two meanings, receipts in bulk, logins that end one another, numbers it only thinks unknown."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import orjson
import pytest

from truesend.gateways.http_answers import Answer, NoAnswer, NoAnswerKind
from truesend.gateways.http_gateway import HttpGateway
from truesend.gateways.kinds.gowa import Gowa
from truesend.gateways.protocol import (
    GatewayConfig,
    NumberVerdict,
    ObservedState,
    OutcomeKind,
    OutgoingMessage,
    ParsedWebhook,
    RefusedWebhook,
    WebhookEvent,
    WebhookKind,
    WebhookRefusal,
)

SECRET: Final = "hook-secret-0123456789-0123456789"
NOW: Final = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
MESSAGE: Final = OutgoingMessage(UUID(int=7), "shop", "919800000001", "Dear Asha, see you at six.")
PNG: Final = b"\x89PNG\r\n\x1a\n a picture"

UP: Final = {"is_connected": True, "is_logged_in": True, "device_id": "shop", "jid": "919812345678@s.whatsapp.net"}
DOWN: Final = {**UP, "is_connected": False, "is_logged_in": False}
UNPAIRED: Final = {**DOWN, "jid": ""}
UNKNOWN: Final = (404, {"code": "DEVICE_NOT_FOUND", "message": "device not found", "results": {"device_id": "shop"}})
LOGIN: Final = {"qr_link": "http://10.0.0.5:3000/statics/qrcode/scan-qr-1.png", "qr_duration": 30}


def ok(results: object) -> tuple[int, object]:
    return 200, {"code": "SUCCESS", "message": "ok", "results": results}


def refused(status: int, code: str, message: str) -> tuple[int, object]:
    return status, {"code": code, "message": message, "results": None}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it went out."""

    call: str
    body: Mapping[str, object] | None
    headers: Mapping[str, str]


@dataclass(slots=True)
class Line:
    """Answers by call, each again and again; what was asked, in order; and our clock."""

    answers: dict[str, tuple[int, object] | NoAnswer]
    now: datetime = NOW
    asked: list[Asked] = field(default_factory=list)
    password: str = ""

    @property
    def calls(self) -> list[str]:
        return [each.call for each in self.asked]

    async def request(
        self, method: str, path: str, body: Mapping[str, object] | None = None, **options: object
    ) -> Answer | NoAnswer:
        headers = options["headers"]
        assert isinstance(headers, dict)
        self.asked.append(Asked(f"{method} {path}", body, headers))
        answer = self.answers[f"{method} {path.partition('?')[0]}"]
        if isinstance(answer, NoAnswer):
            return answer
        status, said = answer
        return Answer(status, {}, said if isinstance(said, bytes) else orjson.dumps(said), truncated=False)


def gateway(line: Line, **settings: object) -> HttpGateway:
    values: dict[str, object] = {"api_key": "admin:pass-word-1", "webhook_secret": SECRET, **settings}
    config = GatewayConfig("default", "gowa", "http://gowa.example", **values)  # type: ignore[arg-type]
    return HttpGateway(config, Gowa(config), line, now=lambda: line.now)  # type: ignore[arg-type]


# --- its key, and the device's name ---


def test_the_key_goes_out_as_basic_authentication_and_is_a_secret_in_each_of_its_spellings() -> None:
    dialect = Gowa(GatewayConfig("default", "gowa", "http://gowa.example", "admin:pass:word"))

    assert dialect.key_headers() == {"Authorization": "Basic YWRtaW46cGFzczp3b3Jk"}
    assert set(dialect.secrets()) == {"pass:word", "YWRtaW46cGFzczp3b3Jk"}


@pytest.mark.parametrize(
    ("session_id", "call", "header"),
    [
        ("shop", "GET /app/status", "shop"),
        ("büro 1", "GET /app/status", "büro 1"),
        ("a\r\nX-Other: b", "GET /app/status?device_id=a%0D%0AX-Other%3A+b", None),
    ],
)
async def test_a_device_is_named_by_a_header_unless_no_header_can_hold_it(
    session_id: str, call: str, header: str | None
) -> None:
    line = Line({"GET /app/status": ok(UP)})

    await gateway(line).status(session_id)

    assert line.calls == [call]
    assert line.asked[0].headers.get("X-Device-Id") == header


# --- sending ---


@pytest.mark.parametrize(
    ("media_type", "call", "body"),
    [
        ("image", "POST /send/image", {"caption": MESSAGE.text, "image_url": "http://m.example/a", "compress": False}),
        ("video", "POST /send/video", {"caption": MESSAGE.text, "video_url": "http://m.example/a"}),
        ("document", "POST /send/file", {"caption": MESSAGE.text, "file_url": "http://m.example/a"}),
        ("audio", "POST /send/file", {"caption": MESSAGE.text, "file_url": "http://m.example/a"}),
    ],
)
async def test_media_go_by_their_url_in_the_field_of_their_kind(
    media_type: str, call: str, body: dict[str, object]
) -> None:
    line = Line({call: ok({"message_id": "3EB0AB", "status": "sent"})})
    message = OutgoingMessage(
        MESSAGE.message_id, "shop", MESSAGE.recipient, MESSAGE.text, "http://m.example/a", media_type
    )

    outcome = await gateway(line).send(message)

    assert outcome.kind is OutcomeKind.SENT
    assert line.asked[0].body == {"phone": "919800000001@s.whatsapp.net", **body}


@pytest.mark.parametrize(
    ("status", "means"),
    [
        (ok(UP), OutcomeKind.PERMANENT),
        (ok(DOWN), OutcomeKind.SESSION_DOWN),
        ((502, {}), OutcomeKind.SESSION_DOWN),
        (NoAnswer(NoAnswerKind.READ_TIMEOUT, "no answer"), OutcomeKind.UNCONFIRMED),
    ],
)
async def test_a_number_is_unknown_only_where_the_session_could_have_asked_whatsapp(
    status: tuple[int, object] | NoAnswer, means: OutcomeKind
) -> None:
    said = refused(400, "INVALID_JID", "Phone 919800000001@s.whatsapp.net is not on whatsapp")
    line = Line({"POST /send/message": said, "GET /app/status": status})

    outcome = await gateway(line).send(MESSAGE)

    assert outcome.kind is means
    assert line.calls == ["POST /send/message", "GET /app/status"]


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(UP, NumberVerdict.UNKNOWN), (DOWN, NumberVerdict.CANNOT_TELL)],
)
async def test_a_number_that_is_asked_about_while_the_session_is_down_is_not_called_unknown(
    status: object, verdict: NumberVerdict
) -> None:
    line = Line({"GET /user/check": ok({"is_on_whatsapp": False}), "GET /app/status": ok(status)})

    assert (await gateway(line).check_number("shop", "919800000001")).verdict is verdict
    assert line.calls[0] == "GET /user/check?phone=919800000001"


# --- pairing ---


async def test_while_somebody_looks_there_is_one_login_for_each_life_of_a_code() -> None:
    line = Line(
        {
            "GET /app/status": ok(UNPAIRED),
            "GET /app/login": ok(LOGIN),
            "GET /statics/qrcode/scan-qr-1.png": (200, PNG),
        }
    )
    adapter = gateway(line)
    seen = []
    for seconds in range(0, 60, 2):
        line.now = NOW + timedelta(seconds=seconds)
        seen.append(await adapter.qr("shop"))

    assert {each.state for each in seen} == {ObservedState.QR_WANTED}
    assert all(each.qr is not None and each.qr.startswith("data:image/png;base64,iVBORw0KGgo") for each in seen)
    assert [each.expires_at for each in (seen[0], seen[14], seen[15])] == [
        NOW + timedelta(seconds=30),
        NOW + timedelta(seconds=30),
        NOW + timedelta(seconds=60),
    ]
    assert line.calls.count("GET /app/login") == 2


async def test_a_login_that_fails_is_not_repeated_at_every_look() -> None:
    line = Line(
        {
            "GET /app/status": ok(UNPAIRED),
            "GET /app/login": refused(401, "AUTHENTICATION_ERROR", "Reconnect error"),
        }
    )
    adapter = gateway(line)
    seen = []
    for seconds in range(0, 20, 2):
        line.now = NOW + timedelta(seconds=seconds)
        seen.append(await adapter.qr("shop"))

    assert {(each.state, each.detail) for each in seen} == {(ObservedState.DISCONNECTED, "Reconnect error")}
    assert line.calls.count("GET /app/login") == 2


@pytest.mark.parametrize("status", [ok(DOWN), ok(UP), UNKNOWN, (502, {}), ok({**UNPAIRED, "is_connected": True})])
async def test_looking_never_logs_in_a_device_that_is_paired_busy_or_unknown(status: tuple[int, object]) -> None:
    line = Line({"GET /app/status": status})

    await gateway(line).qr("shop")
    await gateway(line).pairing_code("shop", "919812345678")

    assert set(line.calls) == {"GET /app/status"}


async def test_while_a_pairing_code_is_typed_no_qr_login_ends_it() -> None:
    line = Line({"GET /app/status": ok(UNPAIRED), "GET /app/login-with-code": ok({"pair_code": "ABCD-EFGH"})})
    adapter = gateway(line)

    given = await adapter.pairing_code("shop", "919812345678")
    line.now = NOW + timedelta(seconds=100)
    looked = await adapter.qr("shop")

    assert (given.state, given.pairing_code) == (ObservedState.QR_WANTED, "ABCD-EFGH")
    assert looked == given
    assert given.expires_at == NOW + timedelta(seconds=120)
    assert "GET /app/login-with-code?phone=919812345678" in line.calls


@pytest.mark.parametrize(
    ("url", "link", "asked"),
    [
        ("http://gowa.example", "https://inside:3000/statics/q.png", "GET /statics/q.png"),
        ("http://gowa.example/wa", "http://inside/wa/statics/q.png", "GET /statics/q.png"),
        ("http://gowa.example/wa", "http://inside/statics/q.png", "GET /statics/q.png"),
        ("http://gowa.example", "http://inside/a b/ä.png", "GET /a%20b/%C3%A4.png"),
    ],
)
async def test_a_picture_is_fetched_from_the_gateway_s_address_whatever_host_its_link_names(
    url: str, link: str, asked: str
) -> None:
    path = asked.removeprefix("GET ")
    line = Line({"GET /app/status": ok(UNPAIRED), "GET /app/login": ok({"qr_link": link}), f"GET {path}": (200, PNG)})

    config = GatewayConfig("default", "gowa", url, "admin:pass-word-1")
    seen = await HttpGateway(config, Gowa(config), line, now=lambda: NOW).qr("shop")  # type: ignore[arg-type]

    assert line.calls[-1] == asked
    assert seen.qr is not None


@pytest.mark.parametrize("picture", [(404, {"message": "Not Found"}), (200, b"<html>a proxy</html>")])
async def test_what_is_no_picture_is_no_code(picture: tuple[int, object]) -> None:
    line = Line(
        {"GET /app/status": ok(UNPAIRED), "GET /app/login": ok(LOGIN), "GET /statics/qrcode/scan-qr-1.png": picture}
    )

    assert (await gateway(line).qr("shop")).qr is None


# --- what an operator asks for ---


async def test_a_restart_of_an_unknown_device_creates_it_with_our_webhook() -> None:
    line = Line({"GET /app/reconnect": UNKNOWN, "POST /devices": ok({"id": "shop", "webhook_secret": SECRET})})

    result = await gateway(line, callback_base_url="https://us.example").restart("shop")

    assert result.ok
    assert line.asked[-1].body == {
        "device_id": "shop",
        "webhook_url": "https://us.example/v1/webhooks/default",
        "webhook_secret": SECRET,
        "webhook_events": "message.ack",
    }


async def test_a_device_without_a_pairing_has_nothing_to_connect_and_waits_for_its_code() -> None:
    said = refused(500, "INTERNAL_SERVER_ERROR", "device shop is not logged in (session deleted)")

    assert (await gateway(Line({"GET /app/reconnect": said})).restart("shop")).ok


async def test_a_webhook_address_that_somebody_else_set_is_not_taken_away() -> None:
    line = Line({"GET /devices/a%2Fb/webhook": ok({"webhook_url": "https://crm.example", "webhook_secret": "theirs"})})

    result = await gateway(line).register_webhook("a/b", "https://us.example/hook")

    assert not result.ok
    assert "theirs" not in result.detail
    assert line.calls == ["GET /devices/a%2Fb/webhook"]


async def test_a_build_that_does_not_show_its_webhook_can_still_be_given_one() -> None:
    line = Line(
        {
            "GET /devices/shop/webhook": (405, b"Method Not Allowed"),
            "PATCH /devices/shop/webhook": ok({"webhook_secret": SECRET}),
        }
    )

    assert (await gateway(line).register_webhook("shop", "https://us.example/hook")).ok


async def test_a_refusal_that_shows_the_secret_is_kept_without_it() -> None:
    said = refused(500, "INTERNAL_SERVER_ERROR", f"can't store {SECRET} for pass-word-1")
    line = Line({"GET /devices/shop/webhook": ok({}), "PATCH /devices/shop/webhook": said})

    result = await gateway(line).register_webhook("shop", "https://us.example/hook")

    assert not result.ok
    assert SECRET not in result.detail
    assert "pass-word-1" not in result.detail


async def test_a_gateway_without_devices_is_well() -> None:
    health = await gateway(Line({"GET /devices": ok(None)})).health()

    assert (health.is_reachable, health.key_accepted, health.sessions) == (True, True, 0)


# --- webhooks ---


def receipt(kind: str, **changes: object) -> dict[str, object]:
    payload = {
        "ids": ["3EB0AA", "3EB0BB"],
        "chat_id": "919800000001@s.whatsapp.net",
        "from": "919800000001@s.whatsapp.net",
        "receipt_type": kind,
        **changes,
    }
    return {
        "event": "message.ack",
        "device_id": "919812345678@s.whatsapp.net",
        "session_id": "shop",
        "timestamp": "2026-11-24T09:59:58Z",
        "payload": payload,
    }


def told(fields: Mapping[str, object]) -> tuple[WebhookEvent, ...]:
    body = orjson.dumps(fields)
    headers = {"x-hub-signature-256": "sha256=" + hmac.new(SECRET.encode(), body, "sha256").hexdigest()}
    parsed = gateway(Line({})).parse_webhook(headers, body)
    assert isinstance(parsed, ParsedWebhook)
    return parsed.events


def test_one_webhook_tells_of_every_message_that_it_names() -> None:
    events = told(receipt("delivered"))

    assert [event.gateway_message_id for event in events] == ["3EB0AA", "3EB0BB"]
    assert {event.kind for event in events} == {WebhookKind.DELIVERED}
    assert {event.gateway_session_id for event in events} == {"shop"}
    assert {event.occurred_at for event in events} == {datetime(2026, 11, 24, 9, 59, 58, tzinfo=UTC)}
    assert {(event.recipient, event.reader) for event in events} == {("919800000001@s.whatsapp.net", None)}


def test_a_receipt_in_a_group_names_its_reader() -> None:
    (event,) = told(receipt("read", ids=["3EB0AA"], chat_id="120363041234567890@g.us"))

    assert (event.kind, event.recipient, event.reader) == (
        WebhookKind.READ,
        "120363041234567890@g.us",
        "919800000001@s.whatsapp.net",
    )


def test_a_chat_that_hides_the_number_is_named_by_the_number_that_gowa_found() -> None:
    (event,) = told(receipt("played", ids=["3EB0AA"], chat_id="251556368777322@lid"))

    assert (event.kind, event.recipient) == (WebhookKind.READ, "919800000001@s.whatsapp.net")


@pytest.mark.parametrize(("kind", "person"), [("retry", "919800000001"), ("sender", "919812345678")])
def test_a_receipt_that_is_no_delivery_still_proves_that_the_server_took_the_message(kind: str, person: str) -> None:
    (event,) = told(receipt(kind, ids=["3EB0AA"], **{"from": f"{person}@s.whatsapp.net"}))

    assert (event.kind, event.recipient) == (WebhookKind.SENT, "919800000001@s.whatsapp.net")


@pytest.mark.parametrize(
    "fields",
    [
        receipt("read-self"),
        receipt("played-self"),
        receipt("inactive"),
        receipt("server-error"),
        receipt("read", **{"from": "919812345678@s.whatsapp.net"}),
        receipt("played", **{"from": "919812345678:12@s.whatsapp.net"}),
        receipt("delivered", ids=[]),
        receipt("delivered", ids="3EB0AA"),
        receipt("delivered", ids=[7, None, ""]),
        {**receipt("delivered"), "event": "message"},
    ],
)
def test_what_is_no_receipt_of_a_message_of_ours_tells_nothing(fields: Mapping[str, object]) -> None:
    assert told(fields) == ()


def test_a_build_that_names_no_session_names_its_device() -> None:
    fields = receipt("delivered", ids=["3EB0AA"])
    del fields["session_id"]

    (event,) = told(fields)

    assert event.gateway_session_id == "919812345678@s.whatsapp.net"


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        ("sha256=" + hmac.new(b"secret", b"{}", "sha256").hexdigest(), WebhookRefusal.WRONG_SECRET),
        ("sha256=", WebhookRefusal.NO_SECRET),
        ("", WebhookRefusal.NO_SECRET),
        ("sha1=" + hmac.new(SECRET.encode(), b"{}", "sha1").hexdigest(), WebhookRefusal.WRONG_SECRET),
        ("sha256=ä\udcff", WebhookRefusal.WRONG_SECRET),
    ],
)
def test_a_webhook_that_is_signed_with_gowa_s_own_default_or_not_at_all_is_refused(
    signature: str, reason: WebhookRefusal
) -> None:
    parsed = gateway(Line({})).parse_webhook({"x-hub-signature-256": signature}, b"{}")

    assert parsed == RefusedWebhook(reason)
