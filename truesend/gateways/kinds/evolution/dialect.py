"""Evolution API 2.3: an instance is a session.

Key in ``apikey``: the server's, or an instance's token, which sees and does less. An unknown instance is a 404 before the key
is looked at. What is asked of ``connectionState`` comes from memory, and is what a send will meet. What ``fetchInstances``
lists comes from the database, and may be ``open`` all through an outage: it tells of the number, the end, and the QR only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import ClassVar, Final
from urllib.parse import unquote, urlsplit

from truesend.gateways.answers import Said, Unanswered, UnknownAnswer, objects, text_at
from truesend.gateways.capabilities import Capabilities
from truesend.gateways.chat_ids import phone_digits
from truesend.gateways.dialect import (
    LIST_LIMIT_BYTES,
    QR_LIMIT_BYTES,
    Ask,
    Dialect,
    Fetch,
    Request,
    get,
    post,
    segment,
)
from truesend.gateways.kinds.evolution import webhooks
from truesend.gateways.kinds.evolution.sends import NOT_ON_WHATSAPP, SEND_ROWS, is_unknown_number, says_nothing
from truesend.gateways.kinds.evolution.states import NOT_LOADED, STATES, why_closed
from truesend.gateways.protocol import (
    ControlResult,
    GatewayHealth,
    NumberCheck,
    NumberVerdict,
    Observation,
    ObservedState,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    ParsedWebhook,
    WebhookRefusal,
)
from truesend.gateways.webhook_secrets import shared_secret_refusal

MEDIA_TYPES: Final = frozenset({"image", "video", "document"})
# An instance that has just been told to end is still ``connecting`` for a moment, and is connected by the second request.
TRIES_FOR_A_CODE: Final = 2


@dataclass(frozen=True, slots=True)
class _Seen:
    """An instance in memory, and what the database has of it (nothing where that was not told)."""

    observation: Observation
    record: Mapping[str, object]

    @property
    def is_paired(self) -> bool:
        """Whether it reconnects by itself: the database forgets ``open`` at a QR code and at a logout."""
        return self.record.get("connectionStatus") == "open"


class Evolution(Dialect):
    """One Evolution API server."""

    kind: ClassVar[str] = "evolution"
    states = STATES
    send_rows = SEND_ROWS

    @property
    def capabilities(self) -> Capabilities:
        """What it can do. Its list of instances is no ``bulk_status``: the database is behind what is."""
        return Capabilities(
            acks=True,
            acks_need_id=True,
            receipts=True,
            session_webhooks=True,
            qr=True,
            pairing_code=True,
            webhook_registration=True,
            number_check=True,
            media_by_url=True,
        )

    def key_headers(self) -> Mapping[str, str]:
        """The headers that carry the key."""
        return {"apikey": self.config.api_key} if self.config.api_key else {}

    async def status(self, session_id: str, ask: Ask) -> Observation:
        """The state of an instance, as its memory has it."""
        return (await self._look(session_id, ask)).observation

    async def _look(self, session_id: str, ask: Ask) -> _Seen:
        observation = self._in_memory(await ask(_state_of(session_id)), session_id)
        if observation.state not in {ObservedState.CONNECTED, ObservedState.CONNECTING, ObservedState.DISCONNECTED}:
            return _Seen(observation, {})
        if observation.detail:
            return _Seen(observation, {})
        record = await self._record(session_id, ask)
        return _Seen(_explained(observation, record), record)

    def _in_memory(self, said: Said, session_id: str) -> Observation:
        if not said.is_ok:
            return self.refused_state(said)
        instance = said.at("instance")
        if not isinstance(instance, dict):
            raise UnknownAnswer(said)
        if text_at(instance, "instanceName") not in {None, session_id}:
            return Observation(ObservedState.CANNOT_TELL, "the gateway answered about another instance")
        if "instanceName" in instance and "state" not in instance:
            return Observation(ObservedState.DISCONNECTED, NOT_LOADED)
        return self.named_state(instance.get("state"))

    async def _record(self, session_id: str, ask: Ask) -> Mapping[str, object]:
        """What the database has. The state is known without it: no answer takes nothing away from that."""
        try:
            said = await ask(get("/instance/fetchInstances", {"instanceName": session_id}, limit_bytes=QR_LIMIT_BYTES))
        except Unanswered:
            return {}
        rows = objects(said.json) if said.is_ok else []
        return next((row for row in rows if row.get("name") == session_id), {})

    async def send(self, message: OutgoingMessage, ask: Ask, fetch: Fetch) -> Outcome:
        """Send: media go by their URL, which Evolution fetches."""
        body: dict[str, object] = {"number": message.recipient}
        if message.media_url is None:
            path = "/message/sendText"
            body["text"] = message.text
        else:
            path = "/message/sendMedia"
            body |= _media(message.media_url, message.media_type)
            body["caption"] = message.text
        said = await ask(_of_instance("POST", path, message.gateway_session_id, body, sends=True))
        if says_nothing(said):
            return await self._of_no_words(said, message.gateway_session_id, ask)
        outcome = self.sent_or_refused(said, said.text_at("key", "id"))
        if is_unknown_number(said):
            return replace(outcome, gateway_words=f"{said.words}: {NOT_ON_WHATSAPP}")
        return outcome

    async def _of_no_words(self, said: Said, session_id: str, ask: Ask) -> Outcome:
        """A group that could not be read, so that nothing was sent to it: for want of a connection, or of membership."""
        try:
            state = self._in_memory(await ask(_state_of(session_id)), session_id).state
        except Unanswered:
            state = ObservedState.CANNOT_TELL
        match state:
            case ObservedState.CONNECTED:
                kind = OutcomeKind.TRANSIENT
            case ObservedState.CONNECTING | ObservedState.DISCONNECTED:
                kind = OutcomeKind.SESSION_DOWN
            case _:
                kind = OutcomeKind.UNCONFIRMED
        return Outcome(kind, f"{said.words} (Evolution could not read the group)", said.status)

    async def restart(self, session_id: str, ask: Ask) -> ControlResult:
        """Restart, or connect what is closed, which a restart refuses; an unknown instance is created."""
        said = await ask(_state_of(session_id))
        if said.status == 404 and not said.is_of_no_gateway:
            return await self._create(session_id, ask)
        if not said.is_ok:
            return self.obeyed(said)
        seen = self._in_memory(said, session_id)
        if seen.detail == NOT_LOADED:
            return ControlResult(ok=False, detail=NOT_LOADED)
        if seen.state is not ObservedState.DISCONNECTED:
            restarted = self.obeyed(await ask(_of_instance("POST", "/instance/restart", session_id, {})))
            if restarted.ok or not await self._is_closed(session_id, ask):
                return restarted
        return self.obeyed(await ask(_connect(session_id)))

    async def _is_closed(self, session_id: str, ask: Ask) -> bool:
        """In an outage an instance is closed at one look and connecting at the next."""
        return self._in_memory(await ask(_state_of(session_id)), session_id).state is ObservedState.DISCONNECTED

    async def _create(self, session_id: str, ask: Ask) -> ControlResult:
        body: dict[str, object] = {"instanceName": session_id, "integration": "WHATSAPP-BAILEYS", "qrcode": False}
        if self.config.webhook_url:
            body["webhook"] = self._webhook(self.config.webhook_url, webhooks.EVENTS, base64=False)
        created = self.obeyed(await ask(post("/instance/create", body)))
        return self.obeyed(await ask(_connect(session_id))) if created.ok else created

    async def disconnect(self, session_id: str, ask: Ask) -> ControlResult:
        """Log out: the pairing is gone. One that is closed can't be, and says so."""
        return self.obeyed(await ask(_of_instance("DELETE", "/instance/logout", session_id)))

    async def qr(self, session_id: str, ask: Ask, now: datetime) -> Observation:
        """The state, with the QR code where one is wanted.

        ``connect`` is what gives it. While an instance is connecting, that only reads; a closed one it would connect, and
        beside one that is between two tries of its own it would put a second connection: so a closed one is left alone.
        """
        seen = await self.status(session_id, ask)
        if seen.state is not ObservedState.QR_WANTED:
            return seen
        return self._with_codes(seen, await ask(_connect(session_id)))

    async def pairing_code(self, session_id: str, phone_number: str, ask: Ask, now: datetime) -> Observation:
        """A code. Whether it is to be one or a QR is decided when an instance connects: one that waits for its QR to be
        scanned has nothing to lose, and is connected anew."""
        seen = await self._look(session_id, ask)
        observation = seen.observation
        if observation.state is ObservedState.QR_WANTED:
            waiting = self._with_codes(observation, await ask(_connect(session_id)))
            if waiting.state is not ObservedState.QR_WANTED or waiting.pairing_code is not None:
                return waiting
            await ask(_of_instance("DELETE", "/instance/logout", session_id))
        elif observation.state is not ObservedState.DISCONNECTED or observation.detail == NOT_LOADED or seen.is_paired:
            return observation
        return await self._asked_for_code(session_id, phone_number, ask)

    async def _asked_for_code(self, session_id: str, phone_number: str, ask: Ask) -> Observation:
        wanted = Observation(ObservedState.QR_WANTED, "the gateway has no code yet")
        for _ in range(TRIES_FOR_A_CODE):
            said = await ask(_connect(session_id, phone_number))
            if not self.obeyed(said).ok:
                return Observation(ObservedState.CANNOT_TELL, self.obeyed(said).detail)
            seen = self._with_codes(wanted, said)
            if seen.pairing_code is not None or seen.state is not ObservedState.QR_WANTED:
                break
        return seen

    def _with_codes(self, wanted: Observation, said: Said) -> Observation:
        if not said.is_ok:
            return wanted
        if said.text_at("instance", "state") is not None:  # it has connected since
            return self.named_state(said.at("instance", "state"))
        code = said.text_at("pairingCode")
        return replace(
            wanted,
            qr=said.text_at("base64") or said.text_at("code"),
            pairing_code=code,
            detail="" if code else wanted.detail,
        )

    async def check_number(self, session_id: str, phone_number: str, ask: Ask) -> NumberCheck:
        """Whether a number is on WhatsApp, and how WhatsApp writes it."""
        said = await ask(_of_instance("POST", "/chat/whatsappNumbers", session_id, {"numbers": [phone_number]}))
        match said.at(0, "exists") if said.is_ok else None:
            case True:
                return NumberCheck(NumberVerdict.KNOWN, phone_digits(said.at(0, "jid")))
            case False:
                return NumberCheck(NumberVerdict.UNKNOWN)
            case _:
                return NumberCheck(NumberVerdict.CANNOT_TELL)

    async def register_webhook(self, session_id: str, url: str, ask: Ask) -> ControlResult:
        """An instance has one webhook: ours takes its place, and keeps the events that it had beside those we need."""
        said = await ask(_of_instance("GET", "/webhook/find", session_id))
        if not said.is_ok:
            return self.obeyed(said)
        had = said.at("events") if said.at("enabled") is True else None
        events = [event for event in had if isinstance(event, str)] if isinstance(had, list) else []
        wanted = dict.fromkeys((*events, *webhooks.EVENTS))
        webhook = self._webhook(url, tuple(wanted), base64=said.at("webhookBase64") is True)
        return self.obeyed(await ask(_of_instance("POST", "/webhook/set", session_id, {"webhook": webhook})))

    def _webhook(self, url: str, events: tuple[str, ...], *, base64: bool) -> Mapping[str, object]:
        return {
            "enabled": True,
            "url": url,
            "headers": {"X-API-Key": self.config.webhook_secret},
            "byEvents": False,
            "base64": base64,
            "events": list(events),
        }

    async def health(self, ask: Ask) -> GatewayHealth:
        """Instances and the version. Webhooks are not in the list, and one for all of them can't be seen at all."""
        said = await ask(get("/instance/fetchInstances", limit_bytes=LIST_LIMIT_BYTES))
        if not said.is_ok:
            return self.refused_health(said)
        if not isinstance(said.json, list):
            raise UnknownAnswer(said)
        welcome = await ask(get("/"))
        return GatewayHealth(
            is_reachable=True,
            key_accepted=True,
            version=welcome.text_at("version") if welcome.is_ok else None,
            sessions=len(objects(said.json)),
        )

    def webhook_refusal(self, headers: Mapping[str, str], body: bytes) -> WebhookRefusal | None:
        """By the secret in the header that the webhook was registered with."""
        return shared_secret_refusal(headers, self.config.webhook_secret)

    def read_webhook(self, fields: Mapping[str, object], now: datetime) -> ParsedWebhook:
        """A session's state or its QR, or acks of messages of ours."""
        return webhooks.read(fields, now, self.named_state)


def _of_instance(
    method: str, path: str, session_id: str, body: Mapping[str, object] | None = None, *, sends: bool = False
) -> Request:
    return Request(method, f"{path}/{segment(session_id)}", body, sends=sends)


def _state_of(session_id: str) -> Request:
    return _of_instance("GET", "/instance/connectionState", session_id)


def _connect(session_id: str, phone_number: str | None = None) -> Request:
    query = {"number": phone_number} if phone_number is not None else None
    return get(f"/instance/connect/{segment(session_id)}", query, limit_bytes=QR_LIMIT_BYTES)


def _explained(seen: Observation, record: Mapping[str, object]) -> Observation:
    """What memory says, with what only the database tells."""
    match seen.state:
        case ObservedState.CONNECTED:
            return replace(seen, phone_number=phone_digits(record.get("ownerJid")))
        case ObservedState.CONNECTING if record.get("connectionStatus") == "connecting":
            # the database says so from the first QR code on, and ``open`` of one that is paired
            return replace(seen, state=ObservedState.QR_WANTED)
        case ObservedState.DISCONNECTED if record.get("connectionStatus") == "close":
            return replace(seen, detail=why_closed(record.get("disconnectionReasonCode")))
        case _:
            return seen


def _media(url: str, media_type: str | None) -> Mapping[str, object]:
    """A document needs a name: without one, Evolution takes it from the URL, and fails where that has none."""
    kind = media_type if media_type in MEDIA_TYPES else "document"
    name = _file_name(url)
    if kind == "document":
        name = name or "document"
    return {"mediatype": kind, "media": url, **({"fileName": name} if name else {})}


def _file_name(url: str) -> str:
    try:
        name = PurePosixPath(unquote(urlsplit(url).path)).name
    except ValueError:
        return ""
    return name[:120]
