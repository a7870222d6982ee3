"""The wire format of the VPS: status, connect, disconnect, send, message-status, health, and the API key."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import orjson
from aiohttp import web

from simulator.process import GatewayGoneError
from simulator.sending import Refused, Sending, Sent
from simulator.wire import json_answer, reset, scripted_answer
from simulator.world import SimulatedSession, World

Handler = Callable[[web.Request], Awaitable[web.Response]]

_ACCEPTED: Final = orjson.dumps({"success": True, "accepted": True})
_WANTED: Final = "Missing required fields: sessionId, phone, message"


class VpsRoutes:
    """The gateway's calls, for one world. An empty ``api_key`` lets everybody in."""

    def __init__(self, world: World, sending: Sending, api_key: str) -> None:
        """Nothing listens yet: ``add_to`` does that."""
        self._world = world
        self._sending = sending
        self._key = api_key

    def add_to(self, application: web.Application) -> None:
        """Route the gateway's calls."""
        application.router.add_post("/send", self._guarded(self._send))
        application.router.add_post("/message-status", self._guarded(self._message_status))
        application.router.add_post("/connect", self._guarded(self._connect))
        application.router.add_post("/disconnect/{session_id}", self._guarded(self._disconnect))
        application.router.add_get("/status/{session_id}", self._guarded(self._status))
        application.router.add_get("/health", self._health)

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.Response:
            if self._world.is_down:
                return reset(request)
            if self._key and not self._knows(request.headers):
                return json_answer({"error": "Invalid API key"}, 401)
            try:
                return await handler(request)
            except GatewayGoneError:
                return reset(request)

        return guarded

    def _knows(self, headers: Mapping[str, str]) -> bool:
        match self._world.settings.auth_style:
            case "x-api-key":
                given = headers.get("X-API-Key", "")
            case "apikey":
                given = headers.get("apikey", "")
            case "authorization":
                given = headers.get("Authorization", "")
            case "bearer":
                given = headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), self._key.encode())

    async def _send(self, request: web.Request) -> web.Response:
        fields = await _json_fields(request)
        session_id, recipient, text = fields.get("sessionId"), fields.get("phone"), fields.get("message")
        if not (isinstance(session_id, str) and isinstance(recipient, str) and isinstance(text, str)):
            return json_answer({"error": _WANTED}, 400)
        if not (session_id and recipient and (text or fields.get("mediaUrl"))):
            return json_answer({"error": _WANTED}, 400)
        media_url, media_type = fields.get("mediaUrl"), fields.get("mediaType")
        self._world.ledger.note_post(session_id, recipient, text, _text(media_url), _text(media_type))
        reply = await self._sending.send(session_id, recipient, text)
        match reply:
            case Sent(None):
                return web.Response(body=_ACCEPTED, content_type="application/json")
            case Sent(message_id):
                return json_answer({"success": True, "messageId": message_id})
            case Refused(status, error):
                return json_answer({"error": error}, status)
            case scripted:
                return scripted_answer(request, scripted)

    async def _message_status(self, request: web.Request) -> web.Response:
        fields = await _json_fields(request)
        session_id, chat = str(fields.get("sessionId", "")), str(fields.get("groupJid", ""))
        session = self._world.find(session_id)
        if session is None:
            return json_answer({"error": "Session not found"}, 404)
        if session.lookup == "off":
            return web.Response(status=404, text="Cannot POST /message-status", content_type="text/html")
        found = None if session.lookup == "forgets" else self._world.remembered(session_id, chat)
        if found is None:
            return json_answer({"success": True, "found": False}, headers=self._date())
        answer = {"messageId": found.message_id, "status": found.status, "timestamp": found.at_ms}
        return json_answer({"success": True, "found": True, **answer}, headers=self._date())

    async def _status(self, request: web.Request) -> web.Response:
        session_id = request.match_info["session_id"]
        session = self._world.find(session_id)
        if session is None:
            return self._unknown(session_id)
        session.reads += 1
        if self._world.settings.latency_ms or session.latency_ms:
            await self._world.hold((session.latency_ms or self._world.settings.latency_ms) / 1000)
        if session.hang_status_s:
            await self._world.hold(session.hang_status_s)
        if session.status_answer is not None:
            return scripted_answer(request, session.status_answer)
        return json_answer(self._state_of(session))

    def _state_of(self, session: SimulatedSession) -> dict[str, object]:
        state: object = "connected" if session.lie else session.state
        if session.flap:
            state = session.flap[(session.reads - 1) % len(session.flap)]
        if session.raw_status is not None:
            state = session.raw_status
        answer: dict[str, object] = {
            "sessionId": session.session_id,
            "status": state,
            "phoneNumber": session.phone_number,
        }
        if session.qr is not None:
            answer[self._world.settings.qr_field] = session.qr
            answer["hasQR"] = True
        if session.error is not None:
            answer["error"] = session.error
        return answer

    def _unknown(self, session_id: str) -> web.Response:
        if self._world.settings.unknown_session == "200":
            return json_answer({"sessionId": session_id, "status": "disconnected", "phoneNumber": None})
        return json_answer({"error": "Session not found"}, 404)

    async def _connect(self, request: web.Request) -> web.Response:
        session_id = (await _json_fields(request)).get("sessionId")
        if not isinstance(session_id, str) or not session_id:
            return json_answer({"error": "Missing required fields: sessionId"}, 400)
        session = self._world.connect(session_id)
        return json_answer({"success": True, "sessionId": session_id, "status": session.state})

    async def _disconnect(self, request: web.Request) -> web.Response:
        session_id = request.match_info["session_id"]
        if session_id not in self._world.sessions:
            return json_answer({"error": "Session not found"}, 404)
        self._world.log_out(session_id)
        return json_answer({"success": True})

    async def _health(self, request: web.Request) -> web.Response:
        return reset(request) if self._world.is_down else json_answer({"status": "ok"})

    def _date(self) -> dict[str, str]:
        """The gateway's own idea of the time, in the header where clients look for it."""
        return {"Date": self._world.now().strftime("%a, %d %b %Y %H:%M:%S GMT")}


async def _json_fields(request: web.Request) -> Mapping[str, object]:
    try:
        fields = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
