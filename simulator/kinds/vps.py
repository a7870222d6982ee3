"""A simulated VPS on the frame of the other kinds, for the suite that all adapters pass.

The one that people play with is ``simulator.vps``: it has the demo, and behaviours of its own.
"""

import time
from collections.abc import Mapping
from typing import ClassVar

import orjson
from aiohttp import web

from simulator.frame.kind import Ack, Handler, SimulatedKind, json_fields
from simulator.frame.memory import Message, Session, SessionLostError
from simulator.qr_picture import qr_data_url
from simulator.wire import json_answer


class SimulatedVps(SimulatedKind):
    """Settings in ``extra``: ``accepts`` (true: sends are accepted, and called back)."""

    kind: ClassVar[str] = "vps"
    words = {  # noqa: RUF012 - a ClassVar of the base
        "connected": "connected",
        "disconnected": "disconnected",
        "connecting": "connecting",
        "qr": "qr",
    }

    def routes(self) -> tuple[tuple[str, str, str, Handler], ...]:
        """The VPS's calls."""
        return (
            ("GET", "/status/{session}", "status", self._status),
            ("POST", "/send", "send", self._send),
            ("POST", "/connect", "restart", self._connect),
            ("POST", "/disconnect/{session}", "disconnect", self._disconnect),
            ("GET", "/health", "health", self._health),
        )

    def refuses(self, request: web.Request) -> web.Response | None:
        """401, but for ``/health``."""
        if request.path == "/health" or not self.api_key or request.headers.get("X-API-Key") == self.api_key:
            return None
        return json_answer({"error": "Invalid API key"}, 401)

    def state_hooks(self, session: Session) -> list[bytes]:
        """A status without a name of its own."""
        told = {"status": session.state, "phoneNumber": session.phone_number, "timestamp": _moment()}
        return [orjson.dumps({"sessionId": session.session_id, **told})]

    def ack_hooks(self, session: Session, message: Message, ack: Ack) -> list[bytes]:
        """A callback, a late rejection, or a receipt."""
        about = {"sessionId": session.session_id, "groupJid": message.chat, "messageId": message.message_id}
        match ack:
            case "server":
                told = {"event": "message_sent", "status": "sent", "error": None, "timestamp": int(time.time() * 1000)}
            case "error":
                told = {"event": "message_error", "errorCode": 420, "errorMessage": "Message rejected by WhatsApp"}
            case _:
                told = {"event": ack, "readerPhone": message.chat.split("@")[0], "timestamp": _moment()}
        return [orjson.dumps({**about, **told})]

    @classmethod
    def signed(cls, body: bytes, secret: str) -> Mapping[str, str]:
        """With the secret."""
        return {"Content-Type": "application/json", "X-API-Key": secret}

    async def _status(self, request: web.Request) -> web.Response:
        session = self.memory.sessions.get(request.match_info["session"])
        if session is None:
            return json_answer({"error": "Session not found"}, 404)
        shown = {"sessionId": session.session_id, "status": session.state, "phoneNumber": session.phone_number}
        if session.state == "qr":
            shown |= {"qr": session.qr or qr_data_url(session.session_id), "hasQR": "true"}
        return json_answer(shown)

    async def _send(self, request: web.Request) -> web.Response:
        fields = await json_fields(request) or {}
        name, chat, text = (str(fields.get(key) or "") for key in ("sessionId", "phone", "message"))
        if not (name and chat and (text or fields.get("mediaUrl"))):
            return json_answer({"error": "Missing required fields: sessionId, phone, message"}, 400)
        self.note_post(name, chat, text, fields.get("mediaUrl"))
        session = self.memory.sessions.get(name)
        if session is None:
            return json_answer({"error": "Session not found"}, 404)
        if session.state != "connected":
            return json_answer({"error": f"Session {name} is not connected"}, 503)
        try:
            message = await self.take(session, chat, chat, text)
        except SessionLostError:
            return json_answer({"error": f"Session {name} is not connected"}, 503)
        accepted = {"accepted": True} if self.memory.settings.extra.get("accepts") else {}
        return json_answer({"success": True, **accepted, "messageId": message.message_id})

    async def _connect(self, request: web.Request) -> web.Response:
        name = str((await json_fields(request) or {}).get("sessionId") or "")
        session = self.memory.sessions.get(name)
        is_paired = session is not None and session.is_paired
        self.memory.put(name, state="connected" if is_paired else "qr", is_paired=is_paired)
        return json_answer({"success": True})

    async def _disconnect(self, request: web.Request) -> web.Response:
        name = request.match_info["session"]
        if name not in self.memory.sessions:
            return json_answer({"error": "Session not found"}, 404)
        self.memory.put(name, state="disconnected", phone_number=None, is_paired=False)
        return json_answer({"success": True})

    async def _health(self, _request: web.Request) -> web.Response:
        return json_answer({"status": "ok"})


def _moment() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
