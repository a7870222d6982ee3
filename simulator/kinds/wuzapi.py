"""A simulated wuzapi: its users and their tokens, the errors of two builds, and webhooks as JSON or in a form."""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

import orjson
from aiohttp import web

from simulator.frame.kind import Ack, Handler, SimulatedKind, json_fields
from simulator.frame.memory import Message, Session, SessionLostError
from simulator.process import GatewayGoneError
from simulator.qr_picture import qr_data_url
from simulator.wire import json_answer

_LOGGED_IN: Final = "LOGGED IN"
_NOT_LOGGED_IN: Final = "PAIRED, NOT LOGGED IN"
_NOT_PAIRED: Final = "NOT PAIRED"
_NOT_CONNECTED: Final = "NOT CONNECTED"
_NO_SESSION: Final = "NO SESSION"
_CONNECTED: Final = frozenset({_LOGGED_IN, _NOT_LOGGED_IN, _NOT_PAIRED})

_STATE_EVENTS: Final[Mapping[str, Mapping[str, object]]] = {
    _LOGGED_IN: {"type": "Connected", "event": {}},
    _NOT_LOGGED_IN: {"type": "KeepAliveTimeout", "event": {"ErrorCount": 1, "LastSuccess": "2026-11-24T10:00:00Z"}},
    _NOT_PAIRED: {"type": "QR", "event": "code", "qrCodeBase64": "data:image/png;base64,iVBORw0KGgo="},
    _NOT_CONNECTED: {"type": "Disconnected", "event": {}},
    _NO_SESSION: {"type": "LoggedOut", "event": {"OnConnect": False, "Reason": 401}},
}
_RECEIPT_STATES: Final[Mapping[Ack, str]] = {"delivered": "Delivered", "read": "Read"}
_DATA_URLS: Final = {"Image": "data:image", "Video": "data", "Document": "data:application/octet-stream"}
_HMAC_KEY_MIN: Final = 32
_FORM: Final = "application/x-www-form-urlencoded"


class SimulatedWuzapi(SimulatedKind):
    """The build of 2026-02, with webhooks in JSON and their HMAC.

    The API key is the admin's token; where it is a JSON object of tokens by session, these are the users' tokens, and nobody
    knows the admin's. Settings in ``extra``: ``whatsapp_is_away`` (connecting ends as it did without WhatsApp). In a
    session's: ``token``, ``id``, ``name``, ``events`` (what it is subscribed to; all, if it is not set).
    """

    kind: ClassVar[str] = "wuzapi"
    is_2026: ClassVar[bool] = True
    in_a_form: ClassVar[bool] = False
    words = {  # noqa: RUF012 - a ClassVar of the base
        "connected": _LOGGED_IN,
        "disconnected": _NOT_CONNECTED,
        "connecting": _NOT_LOGGED_IN,
        "qr": _NOT_PAIRED,
    }

    def routes(self) -> tuple[tuple[str, str, str, Handler], ...]:
        """wuzapi's calls."""
        newer: tuple[tuple[str, str, str, Handler], ...] = (
            ("POST", "/session/hmac/config", "sign", self._sign),
            ("GET", "/health", "version", self._health),
        )
        return (
            ("GET", "/admin/users", "list", self._list),
            ("POST", "/admin/users", "create", self._create),
            ("GET", "/session/status", "status", self._status),
            ("POST", "/session/connect", "connect", self._connect),
            ("POST", "/session/disconnect", "hang_up", self._hang_up),
            ("POST", "/session/logout", "disconnect", self._logout),
            ("GET", "/session/qr", "qr", self._qr),
            ("POST", "/session/pairphone", "pairing_code", self._pair_phone),
            ("GET", "/webhook", "webhook", self._webhook),
            ("POST", "/webhook", "register", self._register),
            ("POST", "/user/check", "check_number", self._check),
            ("POST", "/chat/send/text", "send", self._send_text),
            ("POST", "/chat/send/image", "send", self._send_image),
            ("POST", "/chat/send/video", "send", self._send_video),
            ("POST", "/chat/send/document", "send", self._send_document),
            *(newer if self.is_2026 else ()),
        )

    def refuses(self, request: web.Request) -> web.Response | None:
        """401, for an admin and for a user alike."""
        if request.path.startswith("/admin/"):
            allowed = self._own_tokens() is None and request.headers.get("Authorization", "") == self.api_key
        else:
            allowed = request.path == "/health" or self._find(request) is not None
        return None if allowed else self._error("Unauthorized", 401)

    def state_hooks(self, session: Session) -> list[bytes]:
        """What whatsmeow tells of the connection; nothing in 2025-05."""
        return self._hooks(session, _STATE_EVENTS[session.state]) if self.is_2026 else []

    def ack_hooks(self, session: Session, message: Message, ack: Ack) -> list[bytes]:
        """``ReadReceipt``; nothing tells of the server's ack, which is the answer's business, or of a refusal."""
        if ack not in _RECEIPT_STATES:
            return []
        chat = message.chat if "@" in message.chat else f"{message.chat}@s.whatsapp.net"
        is_group = chat.endswith("@g.us")
        receipt = {
            "Chat": chat,
            "Sender": "919812345670@s.whatsapp.net" if is_group else chat,
            "IsFromMe": False,
            "IsGroup": is_group,
            "BroadcastListOwner": "",
            "MessageIDs": [message.message_id],
            "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
            "Type": "read" if ack == "read" else "",
        }
        return self._hooks(session, {"type": "ReadReceipt", "event": receipt, "state": _RECEIPT_STATES[ack]})

    @classmethod
    def signed(cls, body: bytes, secret: str) -> Mapping[str, str]:
        """With the HMAC-SHA256 of the body, JSON or form."""
        return {
            "Content-Type": _FORM if cls.in_a_form else "application/json",
            "x-hmac-signature": hmac.new(secret.encode(), body, "sha256").hexdigest(),
        }

    @classmethod
    def wrap_hook(cls, body: bytes, secret: str) -> bytes:
        """In a form, where the gateway does so."""
        return _form(body, userID="1", instanceName="s1") if cls.in_a_form else body

    def _hooks(self, session: Session, event: Mapping[str, object]) -> list[bytes]:
        subscribed = session.extra.get("events")
        if subscribed is not None and not {event["type"], "All"} & set(subscribed):
            return []
        return [self._addressed(session, event)]

    def _addressed(self, session: Session, event: Mapping[str, object]) -> bytes:
        user = {"userID": str(self._id_of(session)), "instanceName": self._name_of(session)}
        return _form(orjson.dumps(event), **user) if self.in_a_form else orjson.dumps({**event, **user})

    async def _list(self, _request: web.Request) -> web.Response:
        users = [self._user(session) for session in self.memory.sessions.values()]
        return self._data(users) if self.is_2026 else json_answer(users)

    async def _create(self, request: web.Request) -> web.Response:
        fields = await json_fields(request)
        if fields is None:
            return self._error("invalid request payload", 400)
        events = [each.strip() for each in str(fields.get("events", "")).split(",")]
        if not self.is_2026 and not set(events) <= {"Message", "ReadReceipt", "Presence", "All"}:
            return self._error(f"Invalid event: {events[0]}", 400)
        if any(fields.get("token") == self._token_of(session) for session in self.memory.sessions.values()):
            return self._error("User with the same token already exists", 409)
        extra = {"token": fields.get("token"), "events": [each for each in events if each]}
        session = self.memory.put(
            str(fields.get("name") or ""),
            state=_NO_SESSION,
            phone_number=None,
            is_paired=False,
            webhook_url=fields.get("webhook") or None,
            webhook_secret=fields.get("hmacKey") or "",
            extra=extra,
        )
        if self.is_2026:
            return self._data(self._user(session), 201)
        return web.Response(body=orjson.dumps({"id": self._id_of(session)}), content_type="text/plain")

    async def _status(self, request: web.Request) -> web.Response:
        session = self._user_of(request)
        session.reads += 1
        flags = session.state in _CONNECTED, session.state == _LOGGED_IN
        if self.is_2026:
            user = self._user(session)
            return self._data({**user, "connected": flags[0], "loggedIn": flags[1], "hmac_configured": False})
        if session.state == _NO_SESSION:
            return self._error("No session", 500)
        return self._data({"Connected": flags[0], "LoggedIn": flags[1]})

    async def _connect(self, request: web.Request) -> web.Response:
        session, fields = self._user_of(request), await json_fields(request)
        if fields is None:
            return self._error("Could not decode Payload", 400)
        if session.state in _CONNECTED:
            return self._error("Already Connected", 500)
        session.extra["events"] = list(fields.get("Subscribe") or [])
        if self.memory.settings.extra.get("whatsapp_is_away"):
            if session.is_paired and not self.is_2026:
                self.memory.restart()  # it panics: every session of the process is gone
                raise GatewayGoneError
            self.memory.put(session.session_id, state=_NO_SESSION)
        else:
            self.memory.put(session.session_id, state=_LOGGED_IN if session.is_paired else _NOT_PAIRED)
        events = ",".join(session.extra["events"])
        return self._data(
            {"details": "Connected!", "events": events, "jid": self._jid(session), "webhook": session.webhook_url or ""}
        )

    async def _hang_up(self, request: web.Request) -> web.Response:
        session = self._user_of(request)
        if session.state == _NO_SESSION:
            return self._error("No session", 500)
        if session.state not in _CONNECTED:
            return self._error("Cannot disconnect because it is not logged in", 500)
        self.memory.put(session.session_id, state=_NO_SESSION)
        return self._data({"Details": "Disconnected"})

    async def _logout(self, request: web.Request) -> web.Response:
        session = self._user_of(request)
        if session.state == _NO_SESSION:
            return self._error("No session", 500)
        if session.state != _LOGGED_IN:
            reason = "logged in" if session.state in _CONNECTED else "connected"
            return self._error(f"Could not disconnect as it was not {reason}", 500)
        self.memory.put(session.session_id, state=_NO_SESSION, phone_number=None, is_paired=False)
        return self._data({"Details": "Logged out"})

    async def _qr(self, request: web.Request) -> web.Response:
        session = self._user_of(request)
        if session.state == _NO_SESSION:
            return self._error("No session", 500)
        if session.state not in _CONNECTED:
            return self._error("Not connected", 500)
        if session.state == _LOGGED_IN:
            return self._error("Already Loggedin", 500)
        return self._data({"QRCode": self._code_of(session)})

    async def _pair_phone(self, request: web.Request) -> web.Response:
        session, fields = self._user_of(request), await json_fields(request) or {}
        if session.state == _NO_SESSION:
            return self._error("No session", 500)
        if not fields.get("Phone"):
            return self._error("Missing Phone in Payload", 400)
        if session.state == _LOGGED_IN:
            return self._error("Already paired", 400)
        return self._data({"LinkingCode": "ABCD-EFGH"})

    async def _webhook(self, request: web.Request) -> web.Response:
        session = self._user_of(request)
        events = session.extra.get("events", ["All"])
        return self._data({"subscribe": events or [""], "webhook": session.webhook_url or ""})

    async def _register(self, request: web.Request) -> web.Response:
        session, fields = self._user_of(request), await json_fields(request)
        if fields is None:
            return self._error("Could not decode Payload", 400)
        named = {name.lower(): value for name, value in fields.items()}  # Go reads names in any case
        if self.is_2026 and named.get("events"):
            session.extra["events"] = list(named["events"])
        self.memory.put(session.session_id, webhook_url=str(named.get("webhookurl") or "") or None)
        return self._data({"webhook": session.webhook_url or ""})

    async def _sign(self, request: web.Request) -> web.Response:
        session, fields = self._user_of(request), await json_fields(request) or {}
        key = str(fields.get("hmac_key") or "")
        if len(key) < _HMAC_KEY_MIN:
            return self._error("HMAC key must be at least 32 characters long", 400)
        self.memory.put(session.session_id, webhook_secret=key)
        return self._data({"Details": "HMAC configuration saved successfully"})

    async def _health(self, _request: web.Request) -> web.Response:
        return json_answer({"status": "ok", "total_users": len(self.memory.sessions), "version": "1.0.6"})

    async def _check(self, request: web.Request) -> web.Response:
        session, fields = self._user_of(request), await json_fields(request) or {}
        if session.state == _NO_SESSION:
            return self._error("No session", 500)
        phones = fields.get("Phone")
        if not isinstance(phones, list) or not phones:
            return self._error("Missing Phone in Payload", 400)
        if session.state != _LOGGED_IN:
            words = "Failed to check if users are on WhatsApp: failed to send usync query: websocket not connected"
            return self._error(words, 500)
        away = self.memory.settings.not_on_whatsapp
        users = [
            {"Query": phone, "IsInWhatsapp": phone not in away, "JID": f"{phone}@s.whatsapp.net", "VerifiedName": ""}
            for phone in phones
        ]
        return self._data({"Users": users})

    async def _send_text(self, request: web.Request) -> web.Response:
        return await self._send(request, "Body")

    async def _send_image(self, request: web.Request) -> web.Response:
        return await self._send(request, "Image")

    async def _send_video(self, request: web.Request) -> web.Response:
        return await self._send(request, "Video")

    async def _send_document(self, request: web.Request) -> web.Response:
        return await self._send(request, "Document")

    async def _send(self, request: web.Request, name: str) -> web.Response:
        """In wuzapi's order: the client, the fields, the websocket."""
        session, fields = self._user_of(request), await json_fields(request)
        sent = {} if fields is None else fields
        phone, content = str(sent.get("Phone") or ""), str(sent.get(name) or "")
        text = content if name == "Body" else str(sent.get("Caption") or "")
        digest = None if name == "Body" else _digest(content)
        self.note_post(session.session_id, phone, text, digest)
        if session.state == _NO_SESSION:
            return self._error("No session", 500)
        wrong = _wrong_field(fields, name, digest)
        if wrong is not None:
            return self._error(wrong, 400)
        if session.state != _LOGGED_IN:
            return self._not_sent(session, phone)
        try:
            message = await self.take(session, phone, phone, text, given_id=sent.get("Id") or None)
        except SessionLostError:
            return self._error("Error sending message: websocket not connected", 500)
        return self._data({"Details": "Sent", "Id": message.message_id, "Timestamp": int(time.time())})

    def _not_sent(self, session: Session, phone: str) -> web.Response:
        if session.state == _NOT_PAIRED:
            why = "the store doesn't contain a device JID"
        elif phone.endswith("@g.us"):
            why = "failed to get group members: websocket not connected"
        else:
            why = "failed to get device list: failed to send usync query: websocket not connected"
        return self._error(f"Error sending message: {why}", 500)

    def _user(self, session: Session) -> dict[str, object]:
        """As the list shows it; the flags in 2025-05 are the database's."""
        user: dict[str, object] = {
            "id": self._id_of(session),
            "name": self._name_of(session),
            "token": self._token_of(session),
            "webhook": session.webhook_url or "",
            "jid": self._jid(session),
            "qrcode": self._code_of(session),
            "connected": session.is_paired,
            "expiration": 0,
            "proxy_url": "",
            "events": ",".join(session.extra.get("events", ["All"])),
        }
        if self.is_2026:
            user |= {"connected": session.state in _CONNECTED, "loggedIn": session.state == _LOGGED_IN}
        return user

    def _jid(self, session: Session) -> str:
        paired = session.phone_number and session.is_paired and session.state != _NOT_PAIRED
        return f"{session.phone_number}:12@s.whatsapp.net" if paired else ""

    def _code_of(self, session: Session) -> str:
        return (session.qr or qr_data_url(session.session_id)) if session.state == _NOT_PAIRED else ""

    def _find(self, request: web.Request) -> Session | None:
        token = request.headers.get("token") or request.query.get("token", "")
        sessions = self.memory.sessions.values()
        return next((each for each in sessions if token and self._token_of(each) == token), None)

    def _user_of(self, request: web.Request) -> Session:
        session = self._find(request)
        if session is None:
            raise GatewayGoneError  # it was deleted while the request was held
        return session

    def _own_tokens(self) -> Mapping[str, str] | None:
        return orjson.loads(self.api_key) if self.api_key.startswith("{") else None

    def _token_of(self, session: Session) -> str:
        own = (self._own_tokens() or {}).get(session.session_id)
        return str(session.extra.get("token") or own or f"token-of-{session.session_id}")

    def _name_of(self, session: Session) -> str:
        return str(session.extra.get("name") or session.session_id)

    def _id_of(self, session: Session) -> int | str:
        if "id" in session.extra:
            return session.extra["id"]  # type: ignore[no-any-return]
        if self.is_2026:
            return hashlib.sha256(session.session_id.encode()).hexdigest()[:32]
        return list(self.memory.sessions).index(session.session_id) + 1

    def _data(self, data: object, status: int = 200) -> web.Response:
        return json_answer({"code": status, "data": data, "success": True}, status)

    def _error(self, words: str, status: int) -> web.Response:
        if self.is_2026:
            words = words[0].lower() + words[1:]
        return json_answer({"code": status, "error": words, "success": False}, status)


class SimulatedWuzapiWithForms(SimulatedWuzapi):
    """The build of 2026-02 as it posts unless it is told otherwise: a form, signed as it is written."""

    in_a_form: ClassVar[bool] = True


class SimulatedWuzapiOf2025(SimulatedWuzapi):
    """The build of 2025-05: webhooks in a form that shows the user's token, signed by nobody."""

    is_2026: ClassVar[bool] = False
    in_a_form: ClassVar[bool] = True

    @classmethod
    def signed(cls, body: bytes, secret: str) -> Mapping[str, str]:
        """Not at all."""
        return {"Content-Type": _FORM}

    @classmethod
    def wrap_hook(cls, body: bytes, secret: str) -> bytes:
        """In a form, with the token in it."""
        return _form(body, token=secret)

    def _addressed(self, session: Session, event: Mapping[str, object]) -> bytes:
        return _form(orjson.dumps(event), token=self._token_of(session))


def _form(data: bytes, **fields: str) -> bytes:
    """As Go encodes a form: sorted by name."""
    named: dict[str, str | bytes] = {"jsonData": data, **fields}
    return urlencode(sorted(named.items())).encode()


def _digest(data_url: str) -> str:
    """How the ledger notes media that came as bytes."""
    try:
        data = base64.b64decode(data_url.partition(";base64,")[2], validate=True)
    except binascii.Error:
        return "unreadable"
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _wrong_field(fields: Mapping[str, Any] | None, name: str, digest: str | None) -> str | None:
    """What wuzapi objects to, first things first. Any text passes as a phone."""
    if fields is None:
        return "Could not decode Payload"
    for needed in ("Phone", name, *(("FileName",) if name == "Document" else ())):
        if not fields.get(needed):
            return f"Missing {needed} in Payload"
    if name != "Body" and not str(fields[name]).startswith(_DATA_URLS[name]):
        return f'{name} data should start with "{_DATA_URLS[name]};base64,"'
    return "Could not decode base64 encoded data from payload" if digest == "unreadable" else None
