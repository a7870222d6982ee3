"""A simulated GOWA v9: devices named by a header, answers with a code of its own, receipts signed in the manner of GitHub."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Final
from uuid import uuid4

import orjson
from aiohttp import web

from simulator.frame.kind import Ack, Handler, SimulatedKind, json_fields
from simulator.frame.memory import Message, Session, SessionLostError
from simulator.qr_picture import qr_data_url
from simulator.wire import json_answer

_FLAGS: Final[Mapping[str, tuple[bool, bool]]] = {
    "logged_in": (True, True),
    "connected": (True, False),
    "lost": (False, True),
    "disconnected": (False, False),
}
_RECEIPTS: Final[Mapping[Ack, str]] = {
    "delivered": "means the message was delivered to the device (but the user might not have noticed).",
    "read": "the user opened the chat and saw the message.",
}


class SimulatedGowa(SimulatedKind):
    """States are the words of its list, and ``lost``: the socket is gone, the login remembered, and the list says logged_in.

    Settings in ``extra``: ``out_of_reach`` (WhatsApp is; logins fail).
    """

    kind: ClassVar[str] = "gowa"
    words = {  # noqa: RUF012 - a ClassVar of the base
        "connected": "logged_in",
        "disconnected": "disconnected",
        "connecting": "connected",
        "qr": "disconnected",
    }

    def routes(self) -> tuple[tuple[str, str, str, Handler], ...]:
        """GOWA's calls."""
        return (
            ("GET", "/devices", "list", self._list),
            ("POST", "/devices", "connect", self._create),
            ("GET", "/devices/{device_id}/webhook", "webhook", self._webhook),
            ("PATCH", "/devices/{device_id}/webhook", "register", self._set_webhook),
            ("GET", "/app/status", "status", self._status),
            ("GET", "/app/reconnect", "restart", self._reconnect),
            ("GET", "/app/logout", "disconnect", self._logout),
            ("GET", "/app/login", "qr", self._login),
            ("GET", "/app/login-with-code", "pairing_code", self._login_with_code),
            ("GET", "/statics/qrcode/{name}", "picture", self._picture),
            ("GET", "/user/check", "check_number", self._check),
            ("POST", "/send/message", "send", self._send_text),
            ("POST", "/send/image", "send", self._send_image),
            ("POST", "/send/video", "send", self._send_video),
            ("POST", "/send/file", "send", self._send_file),
        )

    def refuses(self, request: web.Request) -> web.Response | None:
        """401 as text: the door in front of GOWA says it. Pictures are outside of it."""
        if not self.api_key or request.path.startswith("/statics/") or _basic(request) == self.api_key:
            return None
        headers = {"WWW-Authenticate": 'Basic realm="Restricted", charset="UTF-8"'}
        return web.Response(text="Unauthorized", status=401, headers=headers)

    def state_hooks(self, session: Session) -> list[bytes]:
        """GOWA has none."""
        return []

    def ack_hooks(self, session: Session, message: Message, ack: Ack) -> list[bytes]:
        """``message.ack`` of the receipts: the server's own ack is the answer to the send, and an error too."""
        if ack not in _RECEIPTS:
            return []
        is_group = message.chat.endswith("@g.us")
        payload = {
            "ids": [message.message_id],
            "chat_id": message.chat,
            "from": "919800000077@s.whatsapp.net" if is_group else message.chat,
            "receipt_type": ack,
            "receipt_type_description": _RECEIPTS[ack],
        }
        hook = {
            "event": "message.ack",
            "device_id": _jid(session),
            "session_id": session.session_id,
            "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "payload": payload,
        }
        return [orjson.dumps(hook)]

    @classmethod
    def signed(cls, body: bytes, secret: str) -> Mapping[str, str]:
        """With the HMAC-SHA256 of the body; without a secret GOWA takes the word ``secret``."""
        digest = hmac.new((secret or "secret").encode(), body, "sha256").hexdigest()
        return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}

    # --- devices ---

    async def _list(self, _request: web.Request) -> web.Response:
        devices = [self._device(each) for each in self.memory.sessions.values()]
        return _success("List devices", devices or None)

    def _device(self, session: Session) -> dict[str, object]:
        device: dict[str, object] = {
            "id": session.session_id,
            "state": "logged_in" if session.state == "lost" else session.state,
            "created_at": "2026-11-24T10:00:00.123456789Z",
        }
        return {**device, "jid": _jid(session)} if session.is_paired else device

    async def _create(self, request: web.Request) -> web.Response:
        fields = await json_fields(request)
        if fields is None:
            return _failure(400, "BAD_REQUEST", "Invalid request body")
        session = self.memory.put(
            str(fields.get("device_id") or uuid4()),
            state="disconnected",
            phone_number=None,
            is_paired=False,
            webhook_url=fields.get("webhook_url") or None,
            webhook_secret=fields.get("webhook_secret") or "",
        )
        shown = {name: value for name, value in fields.items() if name.startswith("webhook_")}
        return _success("Device added", {**self._device(session), **shown})

    async def _webhook(self, request: web.Request) -> web.Response:
        session = self.memory.sessions.get(request.match_info["device_id"])
        return _unknown_device(request.match_info["device_id"]) if session is None else _shown_webhook(session)

    async def _set_webhook(self, request: web.Request) -> web.Response:
        session, fields = self.memory.sessions.get(request.match_info["device_id"]), await json_fields(request)
        if fields is None or not isinstance(fields.get("webhook_url"), str):
            return _failure(400, "BAD_REQUEST", "webhook_url is required")
        if session is None:
            return _unknown_device(request.match_info["device_id"])
        url, secret = fields["webhook_url"] or None, str(fields.get("webhook_secret") or "")
        self.memory.put(session.session_id, webhook_url=url, webhook_secret=secret)
        return _shown_webhook(session)

    # --- what is said of one device, which a header names ---

    async def _status(self, request: web.Request) -> web.Response:
        session = self._named(request)
        if isinstance(session, web.Response):
            return session
        session.reads += 1
        connected, logged_in = _flags(session)
        results = {
            "is_connected": connected,
            "is_logged_in": logged_in,
            "device_id": session.session_id,
            "jid": _jid(session) if session.is_paired else "",
        }
        return _success("Connection status retrieved", results)

    async def _reconnect(self, request: web.Request) -> web.Response:
        session = self._named(request)
        if isinstance(session, web.Response):
            return session
        if not session.is_paired:
            words = f"device {session.session_id} is not logged in (session deleted)"
            return _failure(500, "INTERNAL_SERVER_ERROR", words)
        if self._is_out_of_reach:
            self.memory.put(session.session_id, state="disconnected")
            return _failure(500, "INTERNAL_SERVER_ERROR", "failed to dial whatsapp web websocket: no such host")
        self.memory.put(session.session_id, state="logged_in")
        return _success("Reconnect success", None)

    async def _logout(self, request: web.Request) -> web.Response:
        session = self._named(request)
        if isinstance(session, web.Response):
            return session
        self.memory.put(session.session_id, state="disconnected", is_paired=False, phone_number=None)
        return _success("Success logout", None)

    async def _login(self, request: web.Request) -> web.Response:
        session = self._named(request)
        if isinstance(session, web.Response):
            return session
        if (refused := self._refused_login(session)) is not None:
            return refused
        self.memory.put(session.session_id, state="connected")
        name = f"scan-qr-{uuid4()}.png"
        self._pictures[name] = session.qr or qr_data_url(session.session_id)
        results = {"qr_link": f"http://{request.host}/statics/qrcode/{name}", "qr_duration": 30}
        return _success("Login success", results)

    async def _login_with_code(self, request: web.Request) -> web.Response:
        session = self._named(request)
        if isinstance(session, web.Response):
            return session
        if not request.query.get("phone", "").isdigit():
            return _failure(400, "VALIDATION_ERROR", "phone_number: cannot be blank.")
        if (refused := self._refused_login(session)) is not None:
            return refused
        self.memory.put(session.session_id, state="connected")
        return _success("Login with code success", {"pair_code": "ABCD-EFGH"})

    def _refused_login(self, session: Session) -> web.Response | None:
        if _flags(session)[1]:
            return _failure(400, "ALREADY_LOGGED_IN", "You already logged in :)")
        if session.is_paired:
            words = "Your session have been saved, please wait to connect 2 second and refresh again"
            return _failure(500, "SESSION_SAVED_ERROR", words)
        return _failure(401, "AUTHENTICATION_ERROR", "Reconnect error") if self._is_out_of_reach else None

    async def _picture(self, request: web.Request) -> web.Response:
        found = self._pictures.get(request.match_info["name"])
        if found is None:
            return web.Response(text="Not Found", status=404)
        data = base64.b64decode(found.removeprefix("data:image/png;base64,"))
        return web.Response(body=data, content_type="image/png")

    async def _check(self, request: web.Request) -> web.Response:
        session = self._named(request)
        if isinstance(session, web.Response):
            return session
        if (refused := _must_be_logged_in(session)) is not None:
            return refused
        known = _digits(request.query.get("phone", "")) not in self.memory.settings.not_on_whatsapp
        return _success("Success check user", {"is_on_whatsapp": known})

    # --- sending ---

    async def _send_text(self, request: web.Request) -> web.Response:
        return await self._send(request, "message", None)

    async def _send_image(self, request: web.Request) -> web.Response:
        return await self._send(request, "caption", "image_url")

    async def _send_video(self, request: web.Request) -> web.Response:
        return await self._send(request, "caption", "video_url")

    async def _send_file(self, request: web.Request) -> web.Response:
        return await self._send(request, "caption", "file_url")

    async def _send(self, request: web.Request, text_field: str, media_field: str | None) -> web.Response:
        fields = await json_fields(request) or {}
        phone, text = str(fields.get("phone") or ""), str(fields.get(text_field) or "")
        media = fields.get(media_field) if media_field is not None else None
        self.note_post(_device_id(request), phone, text, media)
        session = self._named(request)
        if isinstance(session, web.Response):
            return session
        if not fields:
            return _failure(500, "INTERNAL_SERVER_ERROR", "Unprocessable Entity")
        missing = {"phone": phone, **({"message": text} if media_field is None else {media_field: media})}
        for name, value in missing.items():
            if not value:
                return _failure(400, "VALIDATION_ERROR", f"{name}: cannot be blank.")
        if (refused := _must_be_logged_in(session)) is not None:
            return refused
        if _digits(phone) in self.memory.settings.not_on_whatsapp:
            return _failure(400, "INVALID_JID", f"Phone {phone} is not on whatsapp")
        chat = phone if "@" in phone else f"{phone}@s.whatsapp.net"
        try:
            message = await self.take(session, phone, chat, text)
        except SessionLostError:
            words = "websocket disconnected before message send returned response"
            return _failure(500, "INTERNAL_SERVER_ERROR", words)
        status = f"Message sent to {phone} (server timestamp: 2026-11-24 10:00:00 +0000 UTC)"
        return _success(status, {"message_id": message.message_id, "status": status})

    def _named(self, request: web.Request) -> Session | web.Response:
        device_id = _device_id(request)
        if not device_id:
            words = "device_id is required via X-Device-Id header or device_id query"
            return _failure(400, "DEVICE_ID_REQUIRED", words)
        return self.memory.sessions.get(device_id) or _unknown_device(device_id)

    @property
    def _is_out_of_reach(self) -> bool:
        return bool(self.memory.settings.extra.get("out_of_reach"))

    @property
    def _pictures(self) -> dict[str, str]:
        pictures: dict[str, str] = self.memory.settings.extra.setdefault("pictures", {})
        return pictures


def _basic(request: web.Request) -> str | None:
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    try:
        return base64.b64decode(credentials, validate=True).decode() if scheme.lower() == "basic" else None
    except (binascii.Error, UnicodeDecodeError):
        return None


def _device_id(request: web.Request) -> str:
    return request.headers.get("X-Device-Id", "").strip() or request.query.get("device_id", "").strip()


def _flags(session: Session) -> tuple[bool, bool]:
    """Socket up, logged in; of a device without a pairing GOWA says neither, whatever its socket does."""
    return _FLAGS[session.state] if session.is_paired else (False, False)


def _must_be_logged_in(session: Session) -> web.Response | None:
    connected, logged_in = _flags(session)
    if not session.is_paired:
        return _failure(500, "INVALID_WA_CLI", "your WhatsApp CLI is invalid or empty")
    if not connected:
        words = "you are not connect to services server, please reconnect"
        return _failure(401, "AUTHENTICATION_ERROR", words)
    return None if logged_in else _failure(401, "AUTHENTICATION_ERROR", "you are not logged in")


def _jid(session: Session) -> str:
    return f"{session.phone_number}@s.whatsapp.net" if session.phone_number else ""


def _digits(phone: str) -> str:
    return phone.partition("@")[0].lstrip("+")


def _unknown_device(device_id: str) -> web.Response:
    words = "device not found; create a device first from /api/devices or provide a valid X-Device-Id"
    return _answer(404, "DEVICE_NOT_FOUND", words, {"device_id": device_id})


def _shown_webhook(session: Session) -> web.Response:
    """With the secret in it: GOWA shows it to whoever has its key."""
    results = {
        "device_id": session.session_id,
        "webhook_url": session.webhook_url or "",
        "webhook_secret": session.webhook_secret,
        "webhook_events": "message.ack",
        "webhook_insecure_skip_verify": False,
        "webhook_ignore_groups": None,
    }
    return _success("Device webhook updated", results)


def _success(message: str, results: Any) -> web.Response:
    return _answer(200, "SUCCESS", message, results)


def _failure(status: int, code: str, message: str) -> web.Response:
    return _answer(status, code, message, None)


def _answer(status: int, code: str, message: str, results: Any) -> web.Response:
    return json_answer({"code": code, "message": message, "results": results}, status)
