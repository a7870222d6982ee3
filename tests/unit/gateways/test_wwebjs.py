"""What only wwebjs-api does: successes without a message, failures of what was sent, webhooks that bring its own key."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import orjson
import pytest

from truesend.gateways.answers import Said, Unanswered
from truesend.gateways.dialect import Request
from truesend.gateways.http_answers import Answer, NoAnswer, NoAnswerKind
from truesend.gateways.http_gateway import HttpGateway
from truesend.gateways.kinds.wwebjs import Wwebjs
from truesend.gateways.media import Media
from truesend.gateways.protocol import (
    GatewayConfig,
    NumberCheck,
    NumberVerdict,
    Observation,
    ObservedState,
    OutcomeKind,
    OutgoingMessage,
    ParsedWebhook,
    RefusedWebhook,
    WebhookEvent,
    WebhookKind,
    WebhookRefusal,
)

KEY: Final = "gateway-key-0123456789"
SECRET: Final = "hook-secret-0123456789"
CONFIG: Final = GatewayConfig("default", "wwebjs", "http://127.0.0.1:9", KEY)
NOW: Final = datetime(2026, 11, 24, 10, tzinfo=UTC)
MESSAGE: Final = OutgoingMessage(UUID(int=7), "s1", "919800000001", "Dear Asha, see you at 18:30.")
CONNECTED: Final = {"success": True, "state": "CONNECTED", "message": "session_connected"}
NOT_FOUND: Final = {"success": False, "state": None, "message": "session_not_found"}
STATELESS: Final = {"success": False, "state": None, "message": "session_not_connected"}


class Conversation:
    """Answers what each path is answered with: a body with 200, a status with a body, or nothing."""

    def __init__(self, answers: Mapping[str, object]) -> None:
        self._answers = answers
        self.asked: list[Request] = []

    async def ask(self, request: Request) -> Said:
        self.asked.append(request)
        answer = self._answers[request.path]
        if answer is None:
            raise Unanswered(NoAnswer(NoAnswerKind.READ_TIMEOUT, "no answer in time"))
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return Said(Answer(status, {"Content-Type": "application/json"}, orjson.dumps(body)))

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.asked]


async def _no_fetch(_url: str) -> Media:
    raise AssertionError("media are the gateway's to fetch")


@pytest.mark.parametrize("answer", [{"success": True}, {"success": True, "message": None}])
async def test_a_success_without_a_message_is_a_doubt_and_says_why(answer: object) -> None:
    talk = Conversation({"/client/sendMessage/s1": answer})

    outcome = await Wwebjs(CONFIG).send(MESSAGE, talk.ask, _no_fetch)

    assert (outcome.kind, outcome.gateway_message_id) == (OutcomeKind.UNCONFIRMED, None)
    assert "not which one" in outcome.gateway_words


@pytest.mark.parametrize(
    "words",
    [
        "Evaluation failed: TypeError: Cannot read properties of undefined (reading 'serialize')\n    at getMessageModel",
        "Protocol error (Runtime.callFunctionOn): Session closed. Most likely the page has been closed.",
        "Execution context was destroyed, most likely because of a navigation.",
        "Runtime.callFunctionOn timed out. Increase the 'protocolTimeout' setting in launch/connect calls",
        "r",
    ],
)
async def test_an_error_of_the_page_that_may_have_sent_is_never_sent_again(words: str) -> None:
    talk = Conversation({"/client/sendMessage/s1": (500, {"success": False, "error": words})})

    outcome = await Wwebjs(CONFIG).send(MESSAGE, talk.ask, _no_fetch)

    assert outcome.kind is OutcomeKind.UNCONFIRMED


@pytest.mark.parametrize("words", ["session closed", "Runtime.callFunctionOn timed out", "Target closed", "odd"])
async def test_whatever_the_check_before_a_send_says_nothing_was_sent(words: str) -> None:
    talk = Conversation({"/client/sendMessage/s1": (404, {"success": False, "error": words})})

    outcome = await Wwebjs(CONFIG).send(MESSAGE, talk.ask, _no_fetch)

    assert outcome.kind is OutcomeKind.SESSION_DOWN


@pytest.mark.parametrize(("media_type", "is_document"), [("image", False), ("video", False), ("document", True)])
async def test_media_go_by_their_url_with_the_text_below(media_type: str, is_document: bool) -> None:
    talk = Conversation({"/client/sendMessage/s1": {"success": True, "message": {"id": {"id": "3EB0AB"}}}})
    message = replace(MESSAGE, media_url="https://files.example/plan.pdf", media_type=media_type)

    outcome = await Wwebjs(CONFIG).send(message, talk.ask, _no_fetch)

    assert (outcome.kind, outcome.gateway_message_id) == (OutcomeKind.ACCEPTED, "3EB0AB")
    assert talk.asked[0].body == {
        "chatId": "919800000001@c.us",
        "contentType": "MessageMediaFromURL",
        "content": "https://files.example/plan.pdf",
        "options": {"caption": MESSAGE.text, "sendMediaAsDocument": is_document},
    }


@pytest.mark.parametrize("answer", [None, (404, NOT_FOUND), (500, {"success": False}), {"success": True}])
async def test_a_number_that_is_not_told_leaves_a_session_connected(answer: object) -> None:
    talk = Conversation({"/session/status/s1": CONNECTED, "/client/getClassInfo/s1": answer})

    assert await Wwebjs(CONFIG).status("s1", talk.ask) == Observation(ObservedState.CONNECTED)


async def test_a_hidden_account_is_no_number() -> None:
    info = {"success": True, "sessionInfo": {"wid": {"server": "lid", "user": "77777777777"}}}
    talk = Conversation({"/session/status/s1": CONNECTED, "/client/getClassInfo/s1": info})

    assert (await Wwebjs(CONFIG).status("s1", talk.ask)).phone_number is None


async def test_a_page_without_a_state_wants_its_qr_code_scanned_where_it_shows_one() -> None:
    shows = Conversation({"/session/status/s1": STATELESS, "/session/qr/s1": {"success": True, "qr": "2@code"}})
    none_yet = {"success": False, "message": "qr code not ready or already scanned"}
    starts = Conversation({"/session/status/s1": STATELESS, "/session/qr/s1": none_yet})

    assert await Wwebjs(CONFIG).qr("s1", shows.ask, NOW) == Observation(ObservedState.QR_WANTED, qr="2@code")
    assert (await Wwebjs(CONFIG).qr("s1", starts.ask, NOW)).state is ObservedState.CONNECTING
    assert shows.paths == ["/session/status/s1", "/session/qr/s1"]


async def test_a_pairing_code_is_asked_for_only_while_one_is_wanted() -> None:
    talk = Conversation({"/session/status/s1": CONNECTED, "/client/getClassInfo/s1": None})

    seen = await Wwebjs(CONFIG).pairing_code("s1", "919812345678", talk.ask, NOW)

    assert (seen.state, seen.pairing_code) == (ObservedState.CONNECTED, None)
    assert "/session/requestPairingCode/s1" not in talk.paths


async def test_a_session_that_does_not_run_is_started() -> None:
    started = {"success": True, "message": "Session initiated successfully"}
    talk = Conversation({"/session/restart/s1": NOT_FOUND, "/session/start/s1": started})

    assert (await Wwebjs(CONFIG).restart("s1", talk.ask)).ok
    assert talk.paths == ["/session/restart/s1", "/session/start/s1"]


async def test_a_start_with_whatsapp_out_of_reach_says_so() -> None:
    failed = (422, {"success": False, "error": "net::ERR_NAME_NOT_RESOLVED at https://web.whatsapp.com/"})
    talk = Conversation({"/session/restart/s1": NOT_FOUND, "/session/start/s1": failed})

    result = await Wwebjs(CONFIG).restart("s1", talk.ask)

    assert not result.ok
    assert "ERR_NAME_NOT_RESOLVED" in result.detail


async def test_logging_out_a_session_that_does_not_run_is_no_success() -> None:
    result = await Wwebjs(CONFIG).disconnect("s1", Conversation({"/session/terminate/s1": NOT_FOUND}).ask)

    assert not result.ok
    assert "session_not_found" in result.detail


@pytest.mark.parametrize(
    ("answer", "check"),
    [
        ({"success": True, "result": None}, NumberCheck(NumberVerdict.UNKNOWN)),
        ({"success": True}, NumberCheck(NumberVerdict.CANNOT_TELL)),
        ({"success": False, "result": None}, NumberCheck(NumberVerdict.CANNOT_TELL)),
        ((404, {"success": False, "error": "session_not_connected"}), NumberCheck(NumberVerdict.CANNOT_TELL)),
        (
            {"success": True, "result": {"server": "c.us", "user": "551188888888"}},
            NumberCheck(NumberVerdict.KNOWN, "551188888888"),
        ),
        ({"success": True, "result": {"server": "lid", "user": "7777"}}, NumberCheck(NumberVerdict.KNOWN)),
    ],
)
async def test_a_number_is_unknown_only_where_the_gateway_says_null(answer: object, check: NumberCheck) -> None:
    talk = Conversation({"/client/getNumberId/s1": answer})

    assert await Wwebjs(CONFIG).check_number("s1", "5511988888888", talk.ask) == check


def _parsed(fields: object, key: str = KEY, *, secret: str = "") -> ParsedWebhook | RefusedWebhook:
    config = replace(CONFIG, webhook_secret=secret)
    return HttpGateway(config, Wwebjs(config)).parse_webhook({"x-api-key": key}, orjson.dumps(fields))


def _event(data_type: str, data: object) -> WebhookEvent | None:
    parsed = _parsed({"dataType": data_type, "data": data, "sessionId": "s1"})
    assert isinstance(parsed, ParsedWebhook)
    assert parsed.event_name == data_type
    return parsed.events[0] if parsed.events else None


def test_a_webhook_may_bring_the_gateway_s_own_key_or_the_secret_of_ours() -> None:
    ready = {"dataType": "ready", "sessionId": "s1"}

    assert isinstance(_parsed(ready), ParsedWebhook)
    assert isinstance(_parsed(ready, secret=SECRET), ParsedWebhook)
    assert isinstance(_parsed(ready, SECRET, secret=SECRET), ParsedWebhook)
    assert _parsed(ready, "another", secret=SECRET) == RefusedWebhook(WebhookRefusal.WRONG_SECRET)
    assert _parsed(ready, "", secret=SECRET) == RefusedWebhook(WebhookRefusal.NO_SECRET)


def test_a_gateway_without_a_key_proves_nothing() -> None:
    open_to_all = replace(CONFIG, api_key="")
    gateway = HttpGateway(open_to_all, Wwebjs(open_to_all))

    assert gateway.parse_webhook({"x-api-key": ""}, b"{}") == RefusedWebhook(WebhookRefusal.NO_SECRET)


@pytest.mark.parametrize(
    ("ack", "kind"),
    [
        (-1, WebhookKind.REJECTED),
        (1, WebhookKind.SENT),
        (2, WebhookKind.DELIVERED),
        (3, WebhookKind.READ),
        (4, WebhookKind.READ),
    ],
)
def test_acks_count_from_minus_one(ack: int, kind: WebhookKind) -> None:
    id_ = {"fromMe": True, "remote": "1@g.us", "id": "3EB0AB", "_serialized": "true_1@g.us_3EB0AB_919@c.us"}

    event = _event("message_ack", {"message": {"id": id_, "to": "1@g.us", "timestamp": 1741249702}, "ack": ack})

    assert event is not None
    assert (event.kind, event.gateway_message_id, event.recipient) == (kind, "3EB0AB", "1@g.us")
    assert event.occurred_at is None  # the message's time is not the ack's


@pytest.mark.parametrize("ack", [0, 5, True, "1", None])
def test_pending_and_what_is_no_ack_tell_nothing(ack: object) -> None:
    assert _event("message_ack", {"message": {"id": {"fromMe": True, "id": "3EB0AB"}}, "ack": ack}) is None


def test_the_ack_of_a_message_to_us_is_nobody_s() -> None:
    assert _event("message_ack", {"message": {"id": {"fromMe": False, "id": "3EB0AB"}}, "ack": 3}) is None
    assert _event("message_ack", {"message": {"id": {"id": "3EB0AB"}, "fromMe": False}, "ack": 3}) is None


def test_an_id_that_the_page_spells_otherwise_is_still_the_message_s() -> None:
    id_ = {
        "fromMe": True,
        "remote": {"server": "lid", "_serialized": "77@lid"},
        "id": "3EB0AB",
        "$1": "true_77@lid_3EB0AB",
    }

    event = _event("message_ack", {"message": {"id": id_}, "ack": 1})

    assert event is not None
    assert (event.gateway_message_id, event.recipient) == ("3EB0AB", "77@lid")


@pytest.mark.parametrize(
    ("data_type", "data", "seen"),
    [
        ("ready", None, Observation(ObservedState.CONNECTED)),
        ("qr", {"qr": "2@code"}, Observation(ObservedState.QR_WANTED, qr="2@code")),
        ("change_state", {"state": "TIMEOUT"}, Observation(ObservedState.CONNECTING)),
        ("change_state", {"state": "CONFLICT"}, Observation(ObservedState.DISCONNECTED)),
        ("disconnected", {"reason": "LOGOUT"}, Observation(ObservedState.DISCONNECTED, "LOGOUT")),
        ("status", {"msg": "auth failure"}, Observation(ObservedState.DISCONNECTED, "auth failure")),
    ],
)
def test_a_session_s_webhooks_tell_its_state(data_type: str, data: object, seen: Observation) -> None:
    event = _event(data_type, data)

    assert event is not None
    assert (event.kind, event.observation) == (WebhookKind.STATUS, seen)


@pytest.mark.parametrize("data_type", ["authenticated", "loading_screen", "message_create", "message"])
def test_webhooks_that_prove_nothing_tell_nothing(data_type: str) -> None:
    parsed = _parsed({"dataType": data_type, "data": {"message": {"ack": 1}}, "sessionId": "s1"})

    assert parsed == ParsedWebhook("s1", "unknown")


def test_options_that_nobody_knows_stop_the_start() -> None:
    with pytest.raises(ValueError, match="engine"):
        Wwebjs(replace(CONFIG, options={"engine": "GOWS"}))


def test_a_webhook_address_can_be_registered_only_with_builds_that_take_one() -> None:
    newer = Wwebjs(replace(CONFIG, options={"sets_webhooks": True}))

    assert newer.capabilities.webhook_registration
    assert not Wwebjs(CONFIG).capabilities.webhook_registration
