"""Re-checks of sessions by the thousand take turns."""

import asyncio

from starlette.types import Message, Receive, Scope, Send

from services.api.verify_gate import VerifyGate

VERIFY = "/v1/sessions/a0000000-0000-4000-8000-000000000001/verify"


class Application:
    """Works on each request until it is let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go = asyncio.Event()

    async def __call__(self, scope: Scope, _receive: Receive, _send: Send) -> None:
        self.begun.append(scope["path"])
        await self.go.wait()


async def _receive() -> Message:
    return {"type": "http.request"}


async def _send(_message: Message) -> None:
    return None


async def test_so_many_are_worked_on_at_once_and_every_one_in_the_end_while_nothing_else_waits() -> None:
    application = Application()
    gate = VerifyGate(application, at_once=3)
    paths = [VERIFY] * 10 + ["/v1/sessions/verify", "/v1/sessions", "/v1/events"]

    async with asyncio.TaskGroup() as tasks:
        for path in paths:
            tasks.create_task(gate({"type": "http", "path": path}, _receive, _send))
        for _ in paths:
            await asyncio.sleep(0)
        at_first = list(application.begun)
        application.go.set()

    assert sorted(at_first) == sorted([VERIFY] * 3 + ["/v1/sessions", "/v1/events"])
    assert sorted(application.begun) == sorted(paths)
