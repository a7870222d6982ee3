"""A simulated WAHA: its sessions, its 5 s wait for a session that is not working, its errors, its signed webhooks."""

import base64
import hmac
import time
from collections.abc import Mapping
from typing import Any, ClassVar, Final
from uuid import uuid4

import orjson
from aiohttp import web

from simulator.frame.kind import Ack, Handler, SimulatedKind, json_fields
from simulator.frame.memory import Message, Session, SessionLostError
from simulator.qr_picture import qr_data_url
from simulator.wire import json_answer

_ACKS: Final[Mapping[Ack, tuple[int, str]]] = {
    "error": (-1, "ERROR"),
    "server": (1, "SERVER"),
    "delivered": (2, "DEVICE"),
    "read": (3, "READ"),
}


class SimulatedWaha(SimulatedKind):
    """Settings in ``extra``: ``engine`` (WEBJS, NOWEB, GOWS), ``wait_s`` for a session that is not working (5), ``version``,
    ``takes_ids`` (the caller's ``id`` becomes the message's), ``hmac`` (false: webhooks carry the secret in a header)."""

    kind: ClassVar[str] = "waha"
    words = {  # noqa: RUF012 - a ClassVar of the base
        "connected": "WORKING",
        "disconnected": "STOPPED",
        "connecting": "STARTING",
        "qr": "SCAN_QR_CODE",
    }

    def routes(self) -> tuple[tuple[str, str, str, Handler], ...]:
        """WAHA's calls."""
        session = "/api/sessions/{session}"
        sends = ("sendText", "sendImage", "sendVideo", "sendFile")
        return (
            ("GET", "/api/sessions", "list", self._list),
            ("POST", "/api/sessions", "create", self._create),
            ("GET", session, "status", self._status),
            ("PUT", session, "register", self._update),
            ("POST", session + "/restart", "restart", self._restart),
            ("POST", session + "/logout", "disconnect", self._logout),
            *(("POST", f"/api/{send}", "send", self._send) for send in sends),
            ("GET", "/api/{session}/auth/qr", "qr", self._qr),
            ("POST", "/api/{session}/auth/request-code", "pairing_code", self._request_code),
            ("GET", "/api/contacts/check-exists", "check_number", self._check_exists),
            ("GET", "/api/version", "version", self._version),
        )

    def refuses(self, request: web.Request) -> web.Response | None:
        """401 in the shape of Nest."""
        if not self.api_key or request.headers.get("X-Api-Key") == self.api_key:
            return None
        return json_answer({"message": "Unauthorized", "statusCode": 401}, 401)

    def state_hooks(self, session: Session) -> list[bytes]:
        """``session.status``."""
        now = int(time.time() * 1000)
        statuses = [{"status": session.state, "timestamp": now}]
        payload = {"name": session.session_id, "status": session.state, "statuses": statuses, "data": None}
        return [self._hook("session.status", session, payload)]

    def ack_hooks(self, session: Session, message: Message, ack: Ack) -> list[bytes]:
        """``message.ack``."""
        number, name = _ACKS[ack]
        payload = {
            "id": self._serialized(message),
            "from": message.chat,
            "to": self._jid(session),
            "participant": None,
            "fromMe": True,
            "ack": number,
            "ackName": name,
        }
        return [self._hook("message.ack", session, payload)]

    @classmethod
    def signed(cls, body: bytes, secret: str) -> Mapping[str, str]:
        """With the HMAC-SHA512 of the body."""
        return {
            "Content-Type": "application/json",
            "X-Webhook-Request-Id": uuid4().hex,
            "X-Webhook-Timestamp": str(int(time.time() * 1000)),
            "X-Webhook-Hmac": hmac.new(secret.encode(), body, "sha512").hexdigest(),
            "X-Webhook-Hmac-Algorithm": "sha512",
        }

    def hook_headers(self, body: bytes, secret: str) -> Mapping[str, str]:
        """Versions without HMAC send the custom header that the session's webhook was given."""
        if self._extra("hmac", otherwise=True):
            return self.signed(body, secret)
        return {"Content-Type": "application/json", "X-API-Key": secret}

    def _hook(self, event: str, session: Session, payload: Mapping[str, object]) -> bytes:
        return orjson.dumps(
            {
                "id": f"evt_{uuid4().hex}",
                "timestamp": int(time.time() * 1000),
                "event": event,
                "session": session.session_id,
                "me": {"id": self._jid(session), "pushName": "WAHA"} if session.phone_number else None,
                "payload": payload,
                "engine": self._engine,
                "environment": {"version": self._extra("version", "2026.7.1"), "tier": "CORE"},
            }
        )

    async def _list(self, request: web.Request) -> web.Response:
        shows_all = request.query.get("all") == "true"
        shown = [each for each in self.memory.sessions.values() if shows_all or each.state != "STOPPED"]
        return json_answer([self._dto(session) for session in shown])

    async def _status(self, request: web.Request) -> web.Response:
        session = self._find(request)
        if session is None:
            return _not_found("Session not found")
        session.reads += 1
        return json_answer(self._dto(session))

    async def _create(self, request: web.Request) -> web.Response:
        fields = await json_fields(request) or {}
        name = str(fields.get("name") or "")
        session = self.memory.put(name, state="SCAN_QR_CODE", phone_number=None, is_paired=False)
        self._configure(session, fields.get("config"))
        return json_answer(self._dto(session), 201)

    async def _update(self, request: web.Request) -> web.Response:
        session, fields = self._find(request), await json_fields(request) or {}
        if session is None:
            return _not_found("Session not found")
        self._configure(session, fields.get("config"))
        return json_answer(self._dto(session))

    async def _restart(self, request: web.Request) -> web.Response:
        session = self._find(request)
        if session is None:
            return _not_found("Session not found")
        self.memory.put(session.session_id, state="WORKING" if session.is_paired else "SCAN_QR_CODE")
        return json_answer(self._dto(session), 201)

    async def _logout(self, request: web.Request) -> web.Response:
        session = self._find(request)
        if session is None:
            return _not_found("Session not found")
        self.memory.put(session.session_id, state="STOPPED", phone_number=None, is_paired=False)
        return json_answer(self._dto(session), 201)

    async def _send(self, request: web.Request) -> web.Response:
        fields = await json_fields(request)
        if fields is None:
            return json_answer({"statusCode": 400, "message": "Unexpected token", "error": "Bad Request"}, 400)
        name, chat = str(fields.get("session") or "default"), str(fields.get("chatId") or "")
        text = str(fields.get("text", fields.get("caption", "")) or "")
        file = fields.get("file")
        self.note_post(name, chat, text, file.get("url") if isinstance(file, dict) else None)
        session = self.memory.sessions.get(name)
        if session is None:
            return _not_found(
                f"We didn't find a session with name '{name}'.\nPlease start it first by using POST request"
            )
        if session.state != "WORKING":
            await self.memory.hold(float(self._extra("wait_s", 5.0)))
        if session.state != "WORKING":
            return self._not_as_expected(session, "WORKING")
        given_id = fields.get("id") if self._extra("takes_ids", otherwise=True) and self._engine != "WEBJS" else None
        try:
            message = await self.take(session, chat, chat, text, given_id=given_id)
        except SessionLostError:
            return self._engine_error(request, fields, "Connection Closed")
        return json_answer(self._sent(session, message), 201)

    async def _qr(self, request: web.Request) -> web.Response:
        session = self._find(request)
        if session is None:
            return _not_found("Session not found")
        if session.state != "SCAN_QR_CODE":
            return self._not_as_expected(session, "SCAN_QR_CODE")
        picture = (session.qr or qr_data_url(session.session_id)).removeprefix("data:image/png;base64,")
        if "application/json" in request.headers.get("Accept", ""):
            return json_answer({"mimetype": "image/png", "data": picture})
        return web.Response(body=base64.b64decode(picture), content_type="image/png")

    async def _request_code(self, request: web.Request) -> web.Response:
        session = self._find(request)
        if session is None:
            return _not_found("Session not found")
        if session.state == "STARTING":
            await self.memory.hold(3_600)
        if session.state != "SCAN_QR_CODE":
            return self._not_as_expected(session, "SCAN_QR_CODE")
        return json_answer({"code": "ABCD-ABCD"}, 201)

    async def _check_exists(self, request: web.Request) -> web.Response:
        phone, session = request.query.get("phone", ""), self.memory.sessions.get(request.query.get("session", ""))
        if session is None:
            return _not_found("Session not found")
        if session.state != "WORKING":
            await self.memory.hold(float(self._extra("wait_s", 5.0)))
            return self._not_as_expected(session, "WORKING")
        if phone in self.memory.settings.not_on_whatsapp:
            return json_answer({"numberExists": False})
        return json_answer({"numberExists": True, "chatId": f"{phone}@c.us"})

    async def _version(self, _request: web.Request) -> web.Response:
        return json_answer({"version": self._extra("version", "2026.7.1"), "engine": self._engine, "tier": "CORE"})

    def _find(self, request: web.Request) -> Session | None:
        return self.memory.sessions.get(request.match_info["session"])

    def _configure(self, session: Session, config: object) -> None:
        """A webhook per session, with its own secret; what else is configured is kept as it came."""
        if not isinstance(config, dict):
            return
        session.extra["config"] = config
        for hook in config.get("webhooks") or []:
            secret = (hook.get("hmac") or {}).get("key") or ""
            self.memory.put(session.session_id, webhook_url=hook["url"], webhook_secret=secret)

    def _dto(self, session: Session) -> dict[str, object]:
        me = {
            "id": self._jid(session),
            "pushName": "WAHA",
            "lid": "1@lid",
            "jid": f"{session.phone_number}:12@s.whatsapp.net",
        }
        return {
            "name": session.session_id,
            "status": session.state,
            "config": session.extra.get("config", {}),
            "me": me if session.state == "WORKING" and session.phone_number else None,
            "engine": {"engine": self._engine},
            "assignedWorker": "waha",
            "timestamps": {"activity": int(time.time() * 1000)},
        }

    def _sent(self, session: Session, message: Message) -> dict[str, object]:
        return {
            "id": self._serialized(message),
            "timestamp": int(time.time()),
            "from": self._jid(session),
            "fromMe": True,
            "to": message.chat,
            "body": message.text,
            "ack": 1 if self._engine == "GOWS" else 0,
            "ackName": "SERVER" if self._engine == "GOWS" else "PENDING",
            "source": "api",
            "_data": {},
        }

    def _serialized(self, message: Message) -> str:
        participant = "_919812345678@c.us" if message.chat.endswith("@g.us") else ""
        return f"true_{message.chat}_{message.message_id}{participant}"

    def _not_as_expected(self, session: Session, expected: str) -> web.Response:
        error = "Session status is not as expected. Try again later or restart the session"
        body = {"error": error, "session": session.session_id, "status": session.state, "expected": [expected]}
        return json_answer(body, 422)

    def _engine_error(self, request: web.Request, fields: Mapping[str, Any], words: str) -> web.Response:
        """Any exception of the engine: the answer echoes the request, message and all."""
        body = {
            "statusCode": 500,
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
            "exception": {"name": "Error", "message": words, "stack": f"Error: {words}\n    at send (session.ts:1)"},
            "request": {"path": request.path, "method": request.method, "body": fields, "query": {}},
            "version": {"version": self._extra("version", "2026.7.1"), "engine": self._engine, "tier": "CORE"},
        }
        return json_answer(body, 500)

    def _jid(self, session: Session) -> str:
        return f"{session.phone_number}@c.us"

    @property
    def _engine(self) -> str:
        return str(self._extra("engine", "NOWEB"))

    def _extra(self, name: str, otherwise: Any) -> Any:
        return self.memory.settings.extra.get(name, otherwise)


def _not_found(message: str) -> web.Response:
    return json_answer({"message": message, "error": "Not Found", "statusCode": 404}, 404)
