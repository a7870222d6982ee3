"""A simulated Evolution API 2.3: what memory and database say of an instance, its 400s and 500s, its unsigned webhooks."""

import time
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import orjson
from aiohttp import web

from simulator.frame.kind import Ack, Handler, SimulatedKind, json_fields
from simulator.frame.memory import Message, Session, SessionLostError
from simulator.qr_picture import qr_data_url
from simulator.wire import json_answer

_ACKS: Final[Mapping[Ack, str]] = {
    "error": "ERROR",
    "server": "SERVER_ACK",
    "delivered": "DELIVERY_ACK",
    "read": "READ",
}
_REASONS: Final[Mapping[int, str]] = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    500: "Internal Server Error",
}
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {"sendText": ("number", "text"), "sendMedia": ("number", "mediatype")}
_NO_ID: Final = "TypeError: Cannot read properties of undefined (reading 'id')"
_MEDIA_TYPES: Final = frozenset({"image", "document", "video", "audio"})


class SimulatedEvolution(SimulatedKind):
    """Settings in ``extra``: ``connect_wait_s`` (2), ``version``, ``exposes_key`` (webhooks hold the instance's token).

    ``qr`` is the simulator's own word for ``connecting`` with a QR code to be scanned, as the database calls it. A session's
    ``extra``: ``loaded`` (false: a row that is not in memory), ``cached`` (its recipients are known numbers),
    ``disconnectionReasonCode``, ``number`` (it waits for a pairing code), ``webhook`` (what is set).
    """

    kind: ClassVar[str] = "evolution"
    words = {  # noqa: RUF012 - a ClassVar of the base
        "connected": "open",
        "disconnected": "close",
        "connecting": "connecting",
        "qr": "qr",
    }

    def routes(self) -> tuple[tuple[str, str, str, Handler], ...]:
        """Evolution's calls."""
        return (
            ("GET", "/", "version", self._welcome),
            ("GET", "/instance/fetchInstances", "list", self._fetch_instances),
            ("POST", "/instance/create", "create", self._create),
            ("GET", "/instance/connectionState/{instance}", "status", self._connection_state),
            ("GET", "/instance/connect/{instance}", "connect", self._connect),
            ("POST", "/instance/restart/{instance}", "restart", self._restart),
            ("DELETE", "/instance/logout/{instance}", "disconnect", self._logout),
            *(("POST", f"/message/{name}/{{instance}}", "send", self._send) for name in _FIELDS),
            ("POST", "/chat/whatsappNumbers/{instance}", "check_number", self._whatsapp_numbers),
            ("GET", "/webhook/find/{instance}", "find_webhook", self._find_webhook),
            ("POST", "/webhook/set/{instance}", "register", self._set_webhook),
        )

    def refuses(self, request: web.Request) -> web.Response | None:
        """An unknown instance first, then the key; the welcome is for everybody."""
        name = request.match_info.get("instance")
        if name is not None and name not in self.memory.sessions:
            return _error(404, [f'The "{name}" instance does not exist'])
        if request.path == "/" or not self.api_key or request.headers.get("apikey") == self.api_key:
            return None
        return _error(401, "Unauthorized")

    def state_hooks(self, session: Session) -> list[bytes]:
        """``connection.update``, or ``qrcode.updated``."""
        if session.state == "qr":
            return [
                self._hook("qrcode.updated", session, {"qrcode": {"instance": session.session_id, **_codes(session)}})
            ]
        reason = session.extra.get("disconnectionReasonCode", 401) if session.state == "close" else 200
        data = {"instance": session.session_id, "state": session.state, "statusReason": reason}
        if session.state == "open":
            data |= {"wuid": _jid(session), "profileName": "Evolution", "profilePictureUrl": None}
        return [self._hook("connection.update", session, data)]

    def ack_hooks(self, session: Session, message: Message, ack: Ack) -> list[bytes]:
        """``messages.update``; the participant is the chat again."""
        data = {
            "messageId": f"db-{message.message_id}",
            "keyId": message.message_id,
            "remoteJid": message.chat,
            "fromMe": True,
            "participant": message.chat,
            "status": _ACKS[ack],
            "instanceId": _instance_id(session),
        }
        return [self._hook("messages.update", session, data)]

    @classmethod
    def signed(cls, body: bytes, secret: str) -> Mapping[str, str]:
        """With the header that the instance's webhook was given; nothing is signed."""
        return {"Content-Type": "application/json", "X-API-Key": secret}

    def _hook(self, event: str, session: Session, data: Mapping[str, object]) -> bytes:
        return orjson.dumps(
            {
                "event": event,
                "instance": session.session_id,
                "data": data,
                "destination": session.webhook_url or self.memory.settings.webhook_url,
                "date_time": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.localtime()),
                "sender": _jid(session),
                "server_url": "http://localhost:8080",
                "apikey": _token(session) if self._extra("exposes_key", otherwise=False) else None,
            }
        )

    async def _welcome(self, _request: web.Request) -> web.Response:
        message, version = "Welcome to the Evolution API, it is working!", self._extra("version", "2.3.6")
        return json_answer({"status": 200, "message": message, "version": version, "clientName": "evolution"})

    async def _connection_state(self, request: web.Request) -> web.Response:
        session = self._find(request)
        session.reads += 1
        return json_answer(_state(session))

    async def _fetch_instances(self, request: web.Request) -> web.Response:
        name = request.query.get("instanceName")
        if name is not None and name not in self.memory.sessions:
            return _error(404, [f'Instance "{name}" not found'])
        sessions = self.memory.sessions.values()
        return json_answer([_row(session) for session in sessions if name in {None, session.session_id}])

    async def _create(self, request: web.Request) -> web.Response:
        fields = await json_fields(request) or {}
        name = str(fields.get("instanceName") or "")
        if name in self.memory.sessions:
            return _error(403, [f'This name "{name}" is already in use.'])
        session = self.memory.put(name, state="close", phone_number=None, is_paired=False)
        self._configure(session, fields.get("webhook"))
        instance = {"instanceName": name, "instanceId": _instance_id(session), "status": "close"}
        return json_answer({"instance": instance, "hash": _token(session), "settings": {}}, 201)

    async def _connect(self, request: web.Request) -> web.Response:
        session = self._find(request)
        if session.state not in {"open", "connecting", "qr", "close"} or not session.extra.get("loaded", True):
            return _swallowed()
        if session.state == "open":
            return json_answer(_state(session))
        if session.state == "close":
            self._start(session, request.query.get("number"))
            await self.memory.hold(float(self._extra("connect_wait_s", 2.0)))
        return json_answer({**_codes(session), "count": 1} if session.state == "qr" else {"count": 0})

    def _start(self, session: Session, number: str | None) -> None:
        session.extra["number"] = number
        self.memory.put(session.session_id, state="open" if session.is_paired else "qr")

    async def _restart(self, request: web.Request) -> web.Response:
        session = self._find(request)
        if session.state not in {"open", "connecting", "qr"} or not session.extra.get("loaded", True):
            return _swallowed()
        self._start(session, None)
        return json_answer(_state(session))

    async def _logout(self, request: web.Request) -> web.Response:
        session = self._find(request)
        if session.state == "close":
            return _error(400, [f'The "{session.session_id}" instance is not connected'])
        session.extra["disconnectionReasonCode"] = 401
        self.memory.put(session.session_id, state="close", phone_number=None, is_paired=False)
        return json_answer({"status": "SUCCESS", "error": False, "response": {"message": "Instance logged out"}})

    async def _send(self, request: web.Request) -> web.Response:
        session, call = self._find(request), request.path.split("/")[2]
        fields = await json_fields(request)
        if fields is None:
            return _error(400, "Unexpected token } in JSON at position 1", error="Internal Server Error")
        text = str(fields.get("text", fields.get("caption", "")) or "")
        media = fields.get("media") if isinstance(fields.get("media"), str) else None
        self.note_post(session.session_id, str(fields.get("number") or ""), text, media)
        wrong = [f'requires property "{name}"' for name in _FIELDS[call] if not isinstance(fields.get(name), str)]
        if wrong:
            return _error(400, [wrong])
        if not session.extra.get("loaded", True):
            method = "textMessage" if call == "sendText" else "mediaMessage"
            return _error(500, f"Cannot read properties of undefined (reading '{method}')")
        if call == "sendText" and not text.strip():
            return _error(400, ["Text is required"])
        if call == "sendMedia" and fields["mediatype"] not in _MEDIA_TYPES:
            return _error(400, [["mediatype is not one of enum values: image,document,video,audio"]])
        if call == "sendMedia" and not media:
            return _error(400, ["Owned media must be a url or base64"])
        return await self._hand_over(session, fields["number"], text)

    async def _hand_over(self, session: Session, number: str, text: str) -> web.Response:
        chat = number if "@" in number else f"{number}@s.whatsapp.net"
        if session.state != "open":
            return _down(session, chat)
        if chat.partition("@")[0] in self.memory.settings.not_on_whatsapp:
            return _error(400, [{"jid": chat, "exists": False, "number": number}])
        try:
            message = await self.take(session, number, chat, text)
        except SessionLostError:
            return _error(400, ["Error: Connection Closed"])
        sent = {
            "key": {"remoteJid": chat, "fromMe": True, "id": message.message_id},
            "pushName": "",
            "status": "PENDING",
            "message": {"conversation": text},
            "contextInfo": None,
            "messageType": "conversation",
            "messageTimestamp": int(time.time()),
            "instanceId": _instance_id(session),
            "source": "web",
        }
        return json_answer(sent, 201)

    async def _whatsapp_numbers(self, request: web.Request) -> web.Response:
        session, fields = self._find(request), await json_fields(request) or {}
        if session.state != "open":
            payload = {"statusCode": 428, "error": "Precondition Required", "message": "Connection Closed"}
            boom = {"data": None, "isBoom": True, "isServer": False, "output": {"statusCode": 428, "payload": payload}}
            return _error(400, [boom])
        unknown = self.memory.settings.not_on_whatsapp
        numbers = [str(each) for each in fields.get("numbers") or []]
        found = [{"exists": each not in unknown, "jid": f"{each}@s.whatsapp.net", "number": each} for each in numbers]
        return json_answer(found)

    async def _find_webhook(self, request: web.Request) -> web.Response:
        return json_answer(self._find(request).extra.get("webhook"))

    async def _set_webhook(self, request: web.Request) -> web.Response:
        session, fields = self._find(request), await json_fields(request) or {}
        webhook = fields.get("webhook")
        if not isinstance(webhook, dict):
            return _error(400, [['requires property "webhook"']])
        if not str(webhook.get("url")).startswith(("http://", "https://")):
            return _error(400, ['Invalid "url" property'])
        self._configure(session, webhook)
        return json_answer(session.extra["webhook"], 201)

    def _configure(self, session: Session, webhook: Any) -> None:
        """The one webhook of an instance. It is posted with the headers that were set."""
        if not isinstance(webhook, dict):
            return
        headers = webhook.get("headers") or {}
        session.extra["webhook"] = {
            "id": f"hook-{session.session_id}",
            "url": webhook["url"],
            "headers": headers,
            "enabled": webhook.get("enabled") is True,
            "events": webhook.get("events") or [],
            "webhookByEvents": webhook.get("byEvents") is True,
            "webhookBase64": webhook.get("base64") is True,
            "instanceId": _instance_id(session),
        }
        secret = next((value for name, value in headers.items() if name.lower() == "x-api-key"), "")
        self.memory.put(session.session_id, webhook_url=webhook["url"], webhook_secret=secret)

    def _find(self, request: web.Request) -> Session:
        return self.memory.sessions[request.match_info["instance"]]

    def _extra(self, name: str, otherwise: Any) -> Any:
        return self.memory.settings.extra.get(name, otherwise)


def _error(status: int, message: object, *, error: str | None = None) -> web.Response:
    body = {"status": status, "error": error or _REASONS[status], "response": {"message": message}}
    return json_answer(body, status)


def _swallowed() -> web.Response:
    """How connect and restart tell of any failure."""
    return json_answer({"error": True, "message": "[object Object]"})


def _down(session: Session, chat: str) -> web.Response:
    """A send without a socket: by where it is missed."""
    if not session.is_paired and session.state == "close":
        return _error(500, "Cannot read properties of undefined (reading 'onWhatsApp')")
    if chat.endswith("@g.us"):
        return _error(400, ["[object Object]"])
    if session.extra.get("cached"):
        words = "Error: Connection Closed" if session.is_paired else _NO_ID
        return _error(400, [words])
    return _error(500, "Connection Closed")


def _state(session: Session) -> dict[str, object]:
    """From memory, where a row that is not loaded has no state."""
    instance = {"instanceName": session.session_id}
    if session.extra.get("loaded", True):
        instance["state"] = "connecting" if session.state == "qr" else session.state
    return {"instance": instance}


def _row(session: Session) -> dict[str, object]:
    """From the database: ``open`` until a logout or a QR code says otherwise."""
    status = "open" if session.is_paired else "close"
    return {
        "id": _instance_id(session),
        "name": session.session_id,
        "connectionStatus": "connecting" if session.state == "qr" else status,
        "ownerJid": _jid(session) if session.phone_number else None,
        "profileName": "Evolution",
        "profilePicUrl": None,
        "integration": "WHATSAPP-BAILEYS",
        "number": None,
        "token": _token(session),
        "clientName": "evolution",
        "disconnectionReasonCode": session.extra.get("disconnectionReasonCode"),
        "disconnectionObject": None,
        "disconnectionAt": None,
        "_count": {"Message": 0, "Contact": 0, "Chat": 0},
    }


def _codes(session: Session) -> dict[str, object]:
    return {
        "pairingCode": "WZYEH1YY" if session.extra.get("number") else None,
        "code": "2@y8eK+bjtEjUWy9/FOM,t0sLWo",
        "base64": session.qr or qr_data_url(session.session_id),
    }


def _jid(session: Session) -> str:
    return f"{session.phone_number}@s.whatsapp.net"


def _instance_id(session: Session) -> str:
    return f"id-{session.session_id}"


def _token(session: Session) -> str:
    return f"instance-token-{session.session_id}"
