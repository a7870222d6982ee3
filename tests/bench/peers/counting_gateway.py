"""The lean gateway, with a count of what it was asked to send.

Run as ``python -m tests.bench.peers.counting_gateway PORT``. Any session's status is that number.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import aiohttp
import orjson
import uvloop

from tests.bench.gateway import LeanGateway
from tests.bench.lean_gateway import RunningGateway, free_ports, gateway_program, joined


@dataclass
class Tally:
    """What came over all connections together."""

    sent: int = 0


class CountingGateway(LeanGateway):
    """One connection."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self._tally = tally

    def sent(self, body: bytes) -> None:
        """A message is to be sent."""
        self._tally.sent += 1
        super().sent(body)

    def asked(self, session_id: bytes) -> None:
        """The count is wanted."""
        self.answer(b"%d" % self._tally.sent)


@contextmanager
def counting_gateway() -> Iterator[RunningGateway]:
    """Run it until the block ends."""
    ports = free_ports(1)
    with gateway_program("tests.bench.peers.counting_gateway", ports, [joined(ports)]) as pid:
        yield RunningGateway(ports, pid)


async def sent_so_far(gateway: RunningGateway) -> int:
    """How many messages it has been asked to send since its start."""
    async with aiohttp.ClientSession(gateway.url) as client, client.get("/status/any") as answer:
        return int(orjson.loads(await answer.read()))


async def _serve(port: int) -> None:
    tally = Tally()
    await asyncio.get_running_loop().create_server(lambda: CountingGateway(tally), "127.0.0.1", port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
