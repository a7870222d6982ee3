"""A simulated wwebjs-api: its check of the page before every call, HTTP 200 for what it denies, webhooks with its own key."""

import re
import time
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import orjson
from aiohttp import web

from simulator.frame.kind import Ack, Handler, SimulatedKind, json_fields
from simulator.frame.memory import Message, Session, SessionLostError
from simulator.wire import json_answer

_ACKS: Final[Mapping[Ack, int]] = {"error": -1, "server": 1, "delivered": 2, "read": 3}
_UNPAIRED: Final = frozenset({"UNPAIRED", "UNPAIRED_IDLE"})
# whatsapp-web.js goes on in these; it tells of any other as the session's end
_ACCEPTED: Final = frozenset({"CONNECTED", "OPENING", "PAIRING", "TIMEOUT", "UNLAUNCHED"})
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")


class SimulatedWwebjs(SimulatedKind):
    """Settings in ``extra``: ``sets_webhooks`` (it has ``/session/setWebhook``), ``bare_ids`` (ids lack ``_serialized``, as
    with pages that rename it), ``nameless`` (a send is answered without its message), ``stateless_qr`` (no state before
    pairing).

    A session's ``extra``: ``stopped`` (the process does not run it), ``page`` (what the check says of a page that is gone).
    """

    kind: ClassVar[str] = "wwebjs"
    words = {  # noqa: RUF012 - a ClassVar of the base
        "connected": "CONNECTED",
        "disconnected": "CONFLICT",
        "connecting": "OPENING",
        "qr": "UNPAIRED",
    }

    def routes(self) -> tuple[tuple[str, str, str, Handler], ...]:
        """wwebjs-api's calls."""
        routes: tuple[tuple[str, str, str, Handler], ...] = (
            ("GET", "/session/status/{session}", "status", self._status),
            ("GET", "/session/qr/{session}", "qr", self._qr),
            ("POST", "/session/requestPairingCode/{session}", "pairing_code", self._request_code),
            ("GET", "/session/start/{session}", "connect", self._start),
            ("GET", "/session/stop/{session}", "stop", self._stop),
            ("GET", "/session/restart/{session}", "restart", self._restart),
            ("GET", "/session/terminate/{session}", "disconnect", self._terminate),
            ("PUT", "/session/setWebhook/{session}", "register", self._set_webhook),
            ("GET", "/client/getState/{session}", "state", self._state),
            ("GET", "/client/getClassInfo/{session}", "class_info", self._checked(self._class_info)),
            ("POST", "/client/getNumberId/{session}", "check_number", self._checked(self._number_id)),
            ("POST", "/client/sendMessage/{session}", "send", self._noted(self._checked(self._send))),
        )
        named = tuple((method, path, call, _named(handler)) for method, path, call, handler in routes)
        return (("GET", "/session/getSessions", "list", self._list), *named)

    def refuses(self, request: web.Request) -> web.Response | None:
        """403, not 401."""
        if not self.api_key or request.headers.get("x-api-key") == self.api_key:
            return None
        return _failed(403, "Invalid API key")

    def state_hooks(self, session: Session) -> list[bytes]:
        """``ready``, ``qr``, ``change_state`` or ``disconnected``."""
        if session.extra.get("stopped"):
            return [_hook(session, "disconnected", {"reason": "LOGOUT"})]
        if session.state == "CONNECTED":
            return [_hook(session, "ready", None)]
        if session.state in _UNPAIRED:
            return [_hook(session, "qr", {"qr": _code(session)})]
        if session.state in _ACCEPTED:
            return [_hook(session, "change_state", {"state": session.state})]
        return [_hook(session, "disconnected", {"reason": session.state})]

    def ack_hooks(self, session: Session, message: Message, ack: Ack) -> list[bytes]:
        """``message_ack``."""
        number = _ACKS[ack]
        return [_hook(session, "message_ack", {"message": self._model(session, message, number), "ack": number})]

    @classmethod
    def signed(cls, _body: bytes, secret: str) -> Mapping[str, str]:
        """Not signed: the key itself."""
        return {"Content-Type": "application/json", "x-api-key": secret}

    def _checked(self, handler: Handler) -> Handler:
        """The check that every call of a client passes first."""

        async def checked(request: web.Request) -> web.Response:
            found = self._validation(self._find(request))
            return await handler(request) if found["success"] else _failed(404, found["message"])

        return checked

    def _noted(self, handler: Handler) -> Handler:
        """A send is noted whatever the check says; broken JSON gets no further than the body's parser."""

        async def noted(request: web.Request) -> web.Response:
            fields = await json_fields(request)
            if fields is None:
                return _broken_json()
            media_url = fields.get("content") if fields.get("contentType") == "MessageMediaFromURL" else None
            self.note_post(request.match_info["session"], str(fields.get("chatId")), _text(fields), media_url)
            return await handler(request)

        return noted

    def _validation(self, session: Session | None) -> dict[str, Any]:
        if session is None:
            return {"success": False, "state": None, "message": "session_not_found"}
        if page := session.extra.get("page"):
            return {"success": False, "state": None, "message": page}
        if session.state == "CONNECTED":
            return {"success": True, "state": "CONNECTED", "message": "session_connected"}
        is_stateless = session.state in _UNPAIRED and self._extra("stateless_qr")
        return {
            "success": False,
            "state": None if is_stateless else session.state,
            "message": "session_not_connected",
        }

    async def _list(self, _request: web.Request) -> web.Response:
        names = [session.session_id for session in self.memory.sessions.values() if not session.extra.get("stopped")]
        return json_answer({"success": True, "result": names})

    async def _status(self, request: web.Request) -> web.Response:
        session = self._find(request)
        if session is not None:
            session.reads += 1
        return json_answer(self._validation(session))

    async def _state(self, request: web.Request) -> web.Response:
        session = self._find(request)
        if session is None:
            return _failed(500, "Cannot read properties of undefined (reading 'getState')")
        return json_answer({"success": True, "state": session.state})

    async def _class_info(self, request: web.Request) -> web.Response:
        session = self._running(request)
        wid = _wid(session.phone_number or "")
        info = {"pushname": "wwebjs", "wid": wid, "me": wid, "platform": "android"}
        return json_answer({"success": True, "sessionInfo": info})

    async def _qr(self, request: web.Request) -> web.Response:
        session = self._find(request)
        if session is None:
            return json_answer({"success": False, "message": "session_not_found"})
        if session.state not in _UNPAIRED:
            return json_answer({"success": False, "message": "qr code not ready or already scanned"})
        return json_answer({"success": True, "qr": _code(session)})

    async def _request_code(self, request: web.Request) -> web.Response:
        session = self._find(request)
        if session is None:
            return json_answer({"success": False, "message": "session_not_found"})
        if session.state not in _UNPAIRED:
            return _failed(500, "Evaluation failed: t")
        return json_answer({"success": True, "result": "ABCD1234"})

    async def _start(self, request: web.Request) -> web.Response:
        session = self._find(request)
        if session is not None:
            return _failed(422, f"Session already exists for: {session.session_id}")
        self._open(request.match_info["session"])
        return json_answer({"success": True, "message": "Session initiated successfully"})

    async def _stop(self, request: web.Request) -> web.Response:
        session = self._find(request)
        if session is not None:
            session.extra["stopped"] = True
        return json_answer({"success": True, "message": "Session stopped successfully"})

    async def _restart(self, request: web.Request) -> web.Response:
        session = self._find(request)
        if session is None:
            return json_answer(self._validation(None))
        self._open(session.session_id)
        return json_answer({"success": True, "message": "Restarted successfully"})

    def _open(self, session_id: str) -> None:
        """A new page: connected where the pairing is kept, else with a QR code."""
        session = self.memory.sessions.get(session_id)
        if session is None:
            self.memory.put(session_id, state="UNPAIRED", phone_number=None, is_paired=False)
        else:
            self.memory.put(session_id, state="CONNECTED" if session.is_paired else "UNPAIRED", extra={})

    async def _terminate(self, request: web.Request) -> web.Response:
        session = self._find(request)
        if session is None:
            return json_answer(self._validation(None))
        gone = {"state": "CONFLICT", "phone_number": None, "is_paired": False, "extra": {"stopped": True}}
        self.memory.put(session.session_id, **gone)
        return json_answer({"success": True, "message": "Logged out successfully"})

    async def _set_webhook(self, request: web.Request) -> web.Response:
        if not self._extra("sets_webhooks"):
            return _no_route(request)
        session, fields = self._find(request), await json_fields(request)
        if not fields or "webhookUrl" not in fields:
            return _failed(400, "webhookUrl is required (send null or empty string to clear)")
        if session is None:
            return _failed(404, "session_not_found")
        url = fields["webhookUrl"] or None
        self.memory.put(session.session_id, webhook_url=url, webhook_secret=self.api_key)
        return json_answer({"success": True, "message": "Webhook URL updated successfully", "webhookUrl": url})

    async def _number_id(self, request: web.Request) -> web.Response:
        number = str((await json_fields(request) or {}).get("number") or "")
        known = number not in self.memory.settings.not_on_whatsapp
        return json_answer({"success": True, "result": _wid(number) if known else None})

    async def _send(self, request: web.Request) -> web.Response:
        session, fields = self._running(request), await json_fields(request) or {}
        chat, content_type = str(fields.get("chatId")), fields.get("contentType")
        if content_type not in {"string", "MessageMediaFromURL"}:
            return _failed(400, "invalid contentType")
        if "@" not in chat:
            return _failed(500, "Evaluation failed: Error: wid error: invalid wid")
        if chat.partition("@")[0] in self.memory.settings.not_on_whatsapp:
            return _failed(500, "No LID for user")
        try:
            message = await self.take(session, chat, chat, _text(fields))
        except SessionLostError:
            return _failed(500, "Protocol error (Runtime.callFunctionOn): Target closed")
        if self._extra("nameless"):
            return json_answer({"success": True})
        return json_answer({"success": True, "message": self._model(session, message, 0)})

    def _find(self, request: web.Request) -> Session | None:
        session = self.memory.sessions.get(request.match_info["session"])
        return None if session is None or session.extra.get("stopped") else session

    def _running(self, request: web.Request) -> Session:
        return self.memory.sessions[request.match_info["session"]]

    def _model(self, session: Session, message: Message, ack: int) -> dict[str, object]:
        """A message as whatsapp-web.js describes it."""
        participant = f"_{session.phone_number}@c.us" if message.chat.endswith("@g.us") else ""
        id_ = {"fromMe": True, "remote": message.chat, "id": message.message_id}
        if not self._extra("bare_ids"):
            id_["_serialized"] = f"true_{message.chat}_{message.message_id}{participant}"
        return {
            "_data": {"id": id_, "type": "chat", "body": message.text},
            "id": id_,
            "ack": ack,
            "hasMedia": False,
            "body": message.text,
            "type": "chat",
            "timestamp": int(time.time()),
            "from": f"{session.phone_number}@c.us",
            "to": message.chat,
            "deviceType": "web",
            "fromMe": True,
        }

    def _extra(self, name: str) -> bool:
        return bool(self.memory.settings.extra.get(name))


def _named(handler: Handler) -> Handler:
    """Only letters, digits, ``_`` and ``-`` name a session."""

    async def named(request: web.Request) -> web.Response:
        if not _NAME.fullmatch(request.match_info["session"]):
            return _failed(422, "Session should be alphanumerical or -")
        return await handler(request)

    return named


def _hook(session: Session, data_type: str, data: object) -> bytes:
    fields = {"dataType": data_type, "sessionId": session.session_id}
    return orjson.dumps(fields if data is None else {**fields, "data": data})


def _code(session: Session) -> str:
    return session.qr or f"2@{session.session_id}-simulated"


def _text(fields: Mapping[str, Any]) -> str:
    if fields.get("contentType") == "string":
        return str(fields.get("content") or "")
    options = fields.get("options")
    return str(options.get("caption") or "") if isinstance(options, dict) else ""


def _wid(number: str) -> dict[str, str]:
    return {"server": "c.us", "user": number, "_serialized": f"{number}@c.us"}


def _failed(status: int, error: str) -> web.Response:
    return json_answer({"success": False, "error": error}, status)


def _broken_json() -> web.Response:
    page = "<!DOCTYPE html><pre>SyntaxError: Unexpected end of JSON input<br> at parse (body-parser/json.js:92)</pre>"
    return web.Response(text=page, status=400, content_type="text/html")


def _no_route(request: web.Request) -> web.Response:
    page = f"<!DOCTYPE html><pre>Cannot {request.method} {request.path}</pre>"
    return web.Response(text=page, status=404, content_type="text/html")
