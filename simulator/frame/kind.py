"""What the module of a simulated kind writes: its routes, its words for states, its webhooks; and what it is given for it."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, ClassVar, Literal

import orjson
from aiohttp import web

from simulator.frame.memory import Memory, Message, Session, SessionLostError
from simulator.posting import Hook, Postman
from simulator.process import GatewayGoneError
from simulator.wire import reset, scripted_answer
from simulator.world import ScriptedAnswer

Handler = Callable[[web.Request], Awaitable[web.Response]]
Ack = Literal["server", "error", "delivered", "read"]


class SimulatedKind(ABC):
    """One simulated gateway. ``words`` are its names for connected, disconnected, connecting and qr."""

    kind: ClassVar[str]
    words: ClassVar[Mapping[Literal["connected", "disconnected", "connecting", "qr"], str]]

    def __init__(self, memory: Memory, postman: Postman, api_key: str) -> None:
        """Nothing listens yet: ``add_to`` does that. An empty ``api_key`` lets everybody in."""
        self.memory = memory
        self.postman = postman
        self.api_key = api_key
        self._later: set[asyncio.Task[None]] = set()
        memory.changed = self._state_changed

    @abstractmethod
    def routes(self) -> tuple[tuple[str, str, str, Handler], ...]:
        """(method, path, call, handler). Calls are what scripts and hangs are named by: ``status``, ``send``, ``list``…"""

    @abstractmethod
    def refuses(self, request: web.Request) -> web.Response | None:
        """The answer to a request without the right key; None where it is right."""

    @abstractmethod
    def state_hooks(self, session: Session) -> list[bytes]:
        """The webhook bodies that tell of a session's new state; none where the gateway tells of none."""

    @abstractmethod
    def ack_hooks(self, session: Session, message: Message, ack: Ack) -> list[bytes]:
        """The webhook bodies that tell of an ack; none where the gateway tells of none."""

    @classmethod
    @abstractmethod
    def signed(cls, body: bytes, secret: str) -> Mapping[str, str]:
        """The headers of a webhook: its content type, and whatever proves that it is the gateway's."""

    @classmethod
    def wrap_hook(cls, body: bytes, _secret: str) -> bytes:
        """A JSON body as it goes out: another form, or with the secret in it, where the gateway does so."""
        return body

    def hook_headers(self, body: bytes, secret: str) -> Mapping[str, str]:
        """As ``signed``, by this gateway's settings."""
        return self.signed(body, secret)

    def add_to(self, application: web.Application) -> None:
        """Route the gateway's calls."""
        for method, path, call, handler in self.routes():
            application.router.add_route(method, path, self._guarded(call, handler))

    def word(self, name: Literal["connected", "disconnected", "connecting", "qr"]) -> str:
        """The gateway's word for a state."""
        return self.words[name]

    async def take(
        self, session: Session, recipient: str, chat: str, text: str, *, given_id: str | None = None
    ) -> Message:
        """Send a message of a session that is connected, as the session's behaviour says.

        Raises GatewayGoneError where the connection is to be reset, SessionLostError where the session went down with it.
        """
        if session.reset == "before_delivery":
            raise GatewayGoneError
        if session.hang_send_s and session.hang_send == "before_delivery":
            await self.memory.hold(session.hang_send_s)
        if session.lost_in_send:
            self.memory.put(session.session_id, state=self.word("disconnected"))
            raise SessionLostError
        message_id = self.memory.deliver(session, recipient, text, given_id)
        message = Message(message_id, session.session_id, recipient, chat, text)
        if session.ack == "before_answer":
            self._tell(session, message, "server")
            await self.postman.settled()
        self._keep(self._aftermath(session, message))
        if session.reset == "after_delivery":
            raise GatewayGoneError
        if session.hang_send_s and session.hang_send == "after_delivery":
            await self.memory.hold(session.hang_send_s)
        return message

    def note_post(self, session_id: str, recipient: str, text: str, media_url: str | None = None) -> None:
        """Note that a request to send arrived, whatever comes of it."""
        self.memory.ledger.note_post(session_id, recipient, text, media_url)

    async def close(self) -> None:
        """Abandon acks that were not told yet."""
        for task in list(self._later):
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)

    async def settled(self) -> None:
        """Wait until every ack is told and every webhook is posted."""
        while self._later:
            await asyncio.gather(*self._later)
        await self.postman.settled()

    def tell(self, session: Session, bodies: list[bytes], *, repeats: int = 1) -> None:
        """Post webhooks to the gateway's address, and to the session's own."""
        settings = self.memory.settings
        addresses = [(settings.webhook_url, settings.webhook_secret), (session.webhook_url, session.webhook_secret)]
        for body in bodies:
            for url, secret in addresses:
                if url:
                    hook = Hook(url, body, self.hook_headers(body, secret))
                    self.postman.post(hook, repeats=repeats * settings.webhook_repeats)

    def _guarded(self, call: str, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.Response:
            memory = self.memory
            if memory.is_down:
                return reset(request)
            if (refused := self.refuses(request)) is not None:
                return refused
            memory.calls.append(call)
            try:
                wait_s = memory.hangs.get(call, memory.settings.latency_ms / 1000)
                if wait_s:
                    await memory.hold(wait_s)
                scripted = memory.scripts.get(call)
                return await handler(request) if scripted is None else _scripted(request, scripted)
            except GatewayGoneError:
                return reset(request)

        return guarded

    def _state_changed(self, session: Session) -> None:
        self.tell(session, self.state_hooks(session))

    async def _aftermath(self, session: Session, message: Message) -> None:
        """What WhatsApp says after a message left."""
        if session.ack in {"on", "error"}:
            await self.memory.hold(session.ack_delay_ms / 1000)
            self._tell(session, message, "server" if session.ack == "on" else "error")
        for receipt in session.receipts if session.ack != "error" else []:
            await self.memory.hold(session.receipt_delay_ms / 1000)
            self._tell(session, message, receipt)

    def _tell(self, session: Session, message: Message, ack: Ack) -> None:
        self.tell(session, self.ack_hooks(session, message, ack), repeats=session.ack_repeats)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._later.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._later.discard(task)
        if not task.cancelled() and task.exception() is not None and not isinstance(task.exception(), GatewayGoneError):
            raise RuntimeError("an ack failed in the simulator") from task.exception()


def _scripted(request: web.Request, scripted: ScriptedAnswer) -> web.Response:
    return scripted_answer(request, scripted)


async def json_fields(request: web.Request) -> Mapping[str, Any] | None:
    """The body, where it is a JSON object; None where it is not."""
    body = await request.read()
    try:
        fields = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        return None
    return fields if isinstance(fields, dict) else None
