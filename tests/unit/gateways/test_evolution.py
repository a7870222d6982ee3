"""What only Evolution API does: answers recorded of 2.3.6, and the traps in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import orjson
import pytest

from truesend.gateways.http_answers import Answer, NoAnswer, NoAnswerKind
from truesend.gateways.http_gateway import HttpGateway
from truesend.gateways.kinds.evolution import Evolution
from truesend.gateways.protocol import (
    GatewayConfig,
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

GROUP: Final = "120363041234567890@g.us"
MESSAGE: Final = OutgoingMessage(UUID(int=1), "s1", "919800000001", "Dear Asha, it starts at 18:30.")
SECRET: Final = "hook-secret-0123456789"
HOOKED: Final = {"x-api-key": SECRET}

STATE: Final = "GET /instance/connectionState/s1"
RECORD: Final = "GET /instance/fetchInstances?instanceName=s1"
CONNECT: Final = "GET /instance/connect/s1"
RESTART: Final = "POST /instance/restart/s1"
LOGOUT: Final = "DELETE /instance/logout/s1"
SILENCE: Final = NoAnswer(NoAnswerKind.READ_TIMEOUT, "no answer within 8 s")


@dataclass(slots=True)
class Recorded:
    """A conversation: what is answered to each request in turn, and what was asked."""

    answers: list[Answer | NoAnswer]
    asked: list[str] = field(default_factory=list)
    bodies: list[object] = field(default_factory=list)
    password = ""

    async def request(self, method: str, path: str, body: object, **_options: object) -> Answer | NoAnswer:
        self.asked.append(f"{method} {path}")
        self.bodies.append(body)
        return self.answers.pop(0)


def _answer(body: object, status: int = 200) -> Answer:
    return Answer(status, {}, orjson.dumps(body))


def _error(status: int, message: object, error: str = "Bad Request") -> Answer:
    return _answer({"status": status, "error": error, "response": {"message": message}}, status)


def _state(state: str | None) -> Answer:
    return _answer({"instance": {"instanceName": "s1", **({"state": state} if state else {})}})


def _record(status: str, **more: object) -> Answer:
    return _answer([{"name": "s1", "connectionStatus": status, "token": "B6D711FC-DE4D", **more}])


def _gateway(*answers: Answer | NoAnswer, callback_base_url: str = "") -> tuple[HttpGateway, Recorded]:
    talk = Recorded(list(answers))
    config = GatewayConfig(
        "default",
        "evolution",
        "http://gateway.example",
        "global-key-1",
        webhook_secret=SECRET,
        callback_base_url=callback_base_url,
    )
    return HttpGateway(config, Evolution(config), talk), talk  # type: ignore[arg-type]


async def test_an_outage_is_seen_though_the_database_says_open() -> None:
    for state, seen in (("close", ObservedState.DISCONNECTED), ("connecting", ObservedState.CONNECTING)):
        gateway, _ = _gateway(_state(state), _record("open", ownerJid="919812345678@s.whatsapp.net"))

        assert await gateway.status("s1") == Observation(seen)


async def test_an_instance_that_is_not_in_memory_is_down() -> None:
    gateway, talk = _gateway(_state(None))

    seen = await gateway.status("s1")

    assert seen.state is ObservedState.DISCONNECTED
    assert "has not loaded it" in seen.detail
    assert talk.asked == [STATE]


async def test_the_end_of_a_session_is_explained_by_the_database() -> None:
    gateway, _ = _gateway(_state("close"), _record("close", disconnectionReasonCode=401))

    assert await gateway.status("s1") == Observation(
        ObservedState.DISCONNECTED, "disconnected with code 401: logged out"
    )


async def test_an_old_end_explains_no_new_one() -> None:
    gateway, _ = _gateway(_state("close"), _record("open", disconnectionReasonCode=401))

    assert await gateway.status("s1") == Observation(ObservedState.DISCONNECTED)


@pytest.mark.parametrize(
    "record", [SILENCE, _error(401, "Unauthorized"), _answer({"odd": 1}), _answer([{"name": "another"}])]
)
async def test_a_state_is_known_without_the_database(record: Answer | NoAnswer) -> None:
    gateway, _ = _gateway(_state("open"), record)

    assert await gateway.status("s1") == Observation(ObservedState.CONNECTED)


async def test_a_qr_code_is_asked_for_only_where_asking_connects_nothing() -> None:
    for state, record in (("close", "close"), ("close", "open"), ("connecting", "open"), ("open", "open")):
        gateway, talk = _gateway(_state(state), _record(record))

        assert (await gateway.qr("s1")).qr is None
        assert talk.asked == [STATE, RECORD]


async def test_connecting_without_a_qr_code_to_give_is_no_error() -> None:
    gateway, _ = _gateway(_state("connecting"), _record("connecting"), _answer({"count": 0}))

    assert await gateway.qr("s1") == Observation(ObservedState.QR_WANTED)


async def test_a_session_that_connects_while_its_qr_code_is_asked_for_is_connected() -> None:
    gateway, _ = _gateway(_state("connecting"), _record("connecting"), _state("open"))

    assert await gateway.qr("s1") == Observation(ObservedState.CONNECTED)


async def test_a_closed_session_is_connected_since_a_restart_refuses_it() -> None:
    gateway, talk = _gateway(_state("close"), _answer({"count": 0}))

    assert (await gateway.restart("s1")).ok
    assert talk.asked == [STATE, CONNECT]


async def test_a_restart_that_failed_behind_a_200_has_failed() -> None:
    swallowed = _answer({"error": True, "message": "[object Object]"})
    gateway, talk = _gateway(_state("open"), swallowed, _state("open"))

    result = await gateway.restart("s1")

    assert not result.ok
    assert "[object Object]" in result.detail
    assert talk.asked == [STATE, RESTART, STATE]


async def test_a_session_that_closed_before_its_restart_is_connected() -> None:
    swallowed = _answer({"error": True, "message": "[object Object]"})
    gateway, talk = _gateway(_state("connecting"), swallowed, _state("close"), _answer({"count": 0}))

    assert (await gateway.restart("s1")).ok
    assert talk.asked == [STATE, RESTART, STATE, CONNECT]


async def test_an_unknown_session_is_created_with_our_webhook_and_connected() -> None:
    unknown = _error(404, ['The "s1" instance does not exist'], "Not Found")
    created = _answer({"instance": {"instanceName": "s1"}, "hash": "B6D711FC"}, 201)
    gateway, talk = _gateway(unknown, created, _answer({"count": 0}), callback_base_url="https://us.example")

    assert (await gateway.restart("s1")).ok
    assert talk.asked == [STATE, "POST /instance/create", CONNECT]
    body = talk.bodies[1]
    assert isinstance(body, Mapping)
    assert (body["instanceName"], body["qrcode"]) == ("s1", False)
    assert body["webhook"]["url"] == "https://us.example/v1/webhooks/default"
    assert body["webhook"]["headers"] == {"X-API-Key": SECRET}


async def test_logging_out_what_is_closed_is_refused_in_the_gateways_words() -> None:
    gateway, _ = _gateway(_error(400, ['The "s1" instance is not connected']))

    result = await gateway.disconnect("s1")

    assert not result.ok
    assert "is not connected" in result.detail


async def test_a_pairing_code_is_asked_for_anew_where_a_qr_code_was() -> None:
    ended = _answer({"status": "SUCCESS", "error": False, "response": {"message": "Instance logged out"}})
    as_before = _answer({"pairingCode": None, "code": "2@x", "base64": "data:x", "count": 1})
    coded = _answer({"pairingCode": "WZYEH1YY", "code": "2@y", "base64": "data:y", "count": 2})
    gateway, talk = _gateway(_state("connecting"), _record("connecting"), as_before, ended, as_before, coded)

    seen = await gateway.pairing_code("s1", "919812345678")

    assert (seen.state, seen.pairing_code) == (ObservedState.QR_WANTED, "WZYEH1YY")
    with_number = f"{CONNECT}?number=919812345678"
    assert talk.asked == [STATE, RECORD, CONNECT, LOGOUT, with_number, with_number]


@pytest.mark.parametrize("state", ["open", "connecting", "close"])
async def test_a_pairing_code_costs_no_session_its_pairing(state: str) -> None:
    gateway, talk = _gateway(_state(state), _record("open"))

    assert (await gateway.pairing_code("s1", "919812345678")).pairing_code is None
    assert talk.asked == [STATE, RECORD]


async def test_a_number_that_is_not_on_whatsapp_is_said_in_words() -> None:
    unknown = [{"jid": "919800000001@s.whatsapp.net", "exists": False, "number": "919800000001"}]
    gateway, _ = _gateway(_error(400, unknown))

    outcome = await gateway.send(MESSAGE)

    assert (outcome.kind, outcome.gateway_words) == (
        OutcomeKind.PERMANENT,
        "Bad Request: the number is not on WhatsApp",
    )


@pytest.mark.parametrize(
    ("then", "means"),
    [
        (_state("connecting"), OutcomeKind.SESSION_DOWN),
        (_state("close"), OutcomeKind.SESSION_DOWN),
        (_state(None), OutcomeKind.SESSION_DOWN),
        (_state("open"), OutcomeKind.TRANSIENT),
        (_error(500, "odd"), OutcomeKind.UNCONFIRMED),
        (SILENCE, OutcomeKind.UNCONFIRMED),
    ],
)
async def test_a_refusal_that_says_nothing_is_what_the_state_says(then: Answer | NoAnswer, means: OutcomeKind) -> None:
    gateway, talk = _gateway(_error(400, ["[object Object]"]), then)

    outcome = await gateway.send(OutgoingMessage(UUID(int=1), "s1", GROUP, "Dear all"))

    assert (outcome.kind, outcome.http_status) == (means, 400)
    assert talk.asked == ["POST /message/sendText/s1", STATE]


async def test_a_message_that_only_the_gateways_database_refused_may_have_left() -> None:
    words = "PrismaClientKnownRequestError: Invalid `prisma.message.create()` invocation: Unique constraint failed"
    gateway, _ = _gateway(_error(400, [words]))

    assert (await gateway.send(MESSAGE)).kind is OutcomeKind.UNCONFIRMED


@pytest.mark.parametrize(
    ("url", "media_type", "sent"),
    [
        ("https://x.example/a/plan%20b.pdf?x=1", "document", {"mediatype": "document", "fileName": "plan b.pdf"}),
        ("https://x.example/", None, {"mediatype": "document", "fileName": "document"}),
        ("https://x.example/", "image", {"mediatype": "image"}),
        ("https://x.example/a.mp4", "video", {"mediatype": "video", "fileName": "a.mp4"}),
        ("https://x.example/a.odd", "sculpture", {"mediatype": "document", "fileName": "a.odd"}),
    ],
)
async def test_media_have_the_names_that_evolution_needs(url: str, media_type: str | None, sent: object) -> None:
    gateway, talk = _gateway(_answer({"key": {"id": "3EB0AB"}}, 201))

    await gateway.send(OutgoingMessage(UUID(int=1), "s1", "919800000001", "Look", url, media_type))

    assert talk.bodies == [{"number": "919800000001", "media": url, "caption": "Look", **sent}]  # type: ignore[dict-item]


async def test_our_webhook_keeps_the_events_that_the_instance_had() -> None:
    had = {"enabled": True, "url": "https://crm.example", "events": ["MESSAGES_UPSERT"], "webhookBase64": True}
    gateway, talk = _gateway(_answer(had), _answer({}, 201))

    assert (await gateway.register_webhook("s1", "https://us.example")).ok
    body = talk.bodies[1]
    assert isinstance(body, Mapping)
    assert body["webhook"] == {
        "enabled": True,
        "url": "https://us.example",
        "headers": {"X-API-Key": SECRET},
        "byEvents": False,
        "base64": True,
        "events": ["MESSAGES_UPSERT", "CONNECTION_UPDATE", "STATUS_INSTANCE", "QRCODE_UPDATED", "MESSAGES_UPDATE"],
    }


@pytest.mark.parametrize("had", [None, {"enabled": False, "events": ["CALL"]}, {"enabled": True, "events": "odd"}])
async def test_our_webhook_alone_is_set_where_there_was_none(had: object) -> None:
    gateway, talk = _gateway(_answer(had), _answer({}, 201))

    await gateway.register_webhook("s1", "https://us.example")

    body = talk.bodies[1]
    assert isinstance(body, Mapping)
    assert len(body["webhook"]["events"]) == 4


def _parsed(event: str, data: object, **more: object) -> tuple[WebhookEvent, ...]:
    gateway, _ = _gateway()
    fields = {"event": event, "instance": "s1", "data": data, "apikey": "B6D711FC-DE4D", **more}
    parsed = gateway.parse_webhook(HOOKED, orjson.dumps(fields))
    assert isinstance(parsed, ParsedWebhook)
    assert parsed.event_name == event
    return parsed.events


def _update(status: str, **more: object) -> Mapping[str, object]:
    return {"keyId": "3EB0AB", "remoteJid": "9198@s.whatsapp.net", "fromMe": True, "status": status, **more}


@pytest.mark.parametrize("status", ["PENDING", "DELETED", "odd", "", 0, None, ["READ"]])
def test_a_status_that_proves_nothing_tells_nothing(status: object) -> None:
    assert _parsed("messages.update", {**_update("READ"), "status": status}) == ()


def test_the_ack_of_what_others_wrote_is_nobodys() -> None:
    assert _parsed("messages.update", _update("READ", fromMe=False)) == ()


def test_a_played_message_was_read() -> None:
    (event,) = _parsed("messages.update", _update("PLAYED"))

    assert (event.kind, event.gateway_message_id) == (WebhookKind.READ, "3EB0AB")


def test_a_receipt_names_its_reader_in_a_group_only() -> None:
    (of_two,) = _parsed("messages.update", _update("READ", participant="9198@s.whatsapp.net"))
    (of_group,) = _parsed("messages.update", _update("READ", remoteJid=GROUP, participant="9198@s.whatsapp.net"))
    (of_nobody,) = _parsed("messages.update", _update("READ", remoteJid=GROUP, participant=GROUP))

    assert (of_two.reader, of_group.reader, of_nobody.reader) == (None, "9198@s.whatsapp.net", None)


def test_acks_may_come_as_a_list() -> None:
    events = _parsed("messages.update", [_update("SERVER_ACK"), "odd", _update("DELIVERY_ACK")])

    assert [event.kind for event in events] == [WebhookKind.SENT, WebhookKind.DELIVERED]


def test_an_ack_has_no_time_since_the_servers_local_time_is_called_utc() -> None:
    (ack,) = _parsed("messages.update", _update("READ"), date_time="2026-11-24T10:00:00.000Z")
    (told,) = _parsed("connection.update", {"state": "open"}, date_time="2025-11-24T10:00:00.000Z")

    assert ack.occurred_at is None
    assert told.occurred_at is not None  # it orders what is said of the session


def test_a_session_that_ended_says_why() -> None:
    (closed,) = _parsed("connection.update", {"state": "close", "statusReason": 403})
    (ended,) = _parsed("status.instance", {"status": "closed", "disconnectionReasonCode": 401})
    (refused,) = _parsed("connection.update", {"state": "refused", "statusReason": 428})
    (deleted,) = _parsed("connection.update", {"state": "close", "statusReason": 200})

    told = [event.observation for event in (closed, ended, refused, deleted)]
    assert [seen.state for seen in told if seen] == [ObservedState.DISCONNECTED] * 4
    assert [seen.detail for seen in told if seen] == [
        "disconnected with code 403: forbidden: the account is locked, or its phone is gone",
        "disconnected with code 401: logged out",
        "disconnected with code 428: the connection was closed",
        "",
    ]


def test_an_open_session_tells_its_number_and_hides_its_key() -> None:
    (event,) = _parsed("connection.update", {"state": "open", "wuid": "919812345678:3@s.whatsapp.net"})

    assert event.observation == Observation(ObservedState.CONNECTED, phone_number="919812345678")
    assert "B6D711FC" not in repr(event)


def test_a_qr_code_comes_by_itself_and_its_end_does_not() -> None:
    (event,) = _parsed("qrcode.updated", {"qrcode": {"code": "2@x", "base64": "data:image/png;base64,AA"}})

    assert event.observation == Observation(ObservedState.QR_WANTED, qr="data:image/png;base64,AA")
    assert _parsed("qrcode.updated", {"message": "QR code limit reached, please login again", "statusCode": 500}) == ()


def test_the_global_webhook_which_brings_no_secret_is_refused() -> None:
    gateway, _ = _gateway()

    refused = gateway.parse_webhook({"content-type": "application/json"}, b'{"apikey":"global-key-1"}')

    assert refused == RefusedWebhook(WebhookRefusal.NO_SECRET)
