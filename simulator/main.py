"""Run the simulator in the foreground."""

import asyncio
import contextlib
import signal
from collections.abc import Callable

from simulator.demo import install_demo
from simulator.server import Simulator
from simulator.world import World


def _nothing(_url: str) -> None:
    """Nobody wants to know."""


async def serve(
    host: str = "127.0.0.1",
    port: int = 8090,
    *,
    api_key: str = "",
    demo: bool = True,
    webhook_url: str | None = None,
    webhook_secret: str = "",
    started: Callable[[str], None] = _nothing,
) -> None:
    """Serve until SIGINT or SIGTERM. ``started`` is told the URL. Raises OSError where the port is taken."""
    world = World()
    world.change_settings(webhook_url=webhook_url, webhook_secret=webhook_secret)
    if demo:
        install_demo(world)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows has no such handlers
            loop.add_signal_handler(number, stop.set)
    async with Simulator.running(api_key=api_key, host=host, port=port, world=world) as simulator:
        started(simulator.url)
        await stop.wait()


def run(
    host: str = "127.0.0.1",
    port: int = 8090,
    *,
    api_key: str = "",
    demo: bool = True,
    webhook_url: str | None = None,
    webhook_secret: str = "",
    started: Callable[[str], None] = _nothing,
) -> None:
    """``serve``, on the fastest loop there is."""
    work = serve(
        host,
        port,
        api_key=api_key,
        demo=demo,
        webhook_url=webhook_url,
        webhook_secret=webhook_secret,
        started=started,
    )
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(work)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
