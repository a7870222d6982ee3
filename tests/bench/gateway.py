"""The leanest VPS that can be had: answers at once, or after a while, and never looks at what it was sent.

Run as ``python -m tests.bench.gateway PORT [STATUS_LATENCY_MS]``.

A simulator that keeps a ledger would be measured together with what is measured.
"""

import asyncio
import sys
from typing import cast

import uvloop

SENT = b'{"success":true,"messageId":"3EB0C767D097B7C7C030"}'
CONNECTED = b'{"sessionId":"%s","status":"connected","phoneNumber":null}'
_END_OF_HEADERS = b"\r\n\r\n"


class LeanGateway(asyncio.Protocol):
    """One connection with keep-alive; requests on it come one after another."""

    def __init__(self, status_latency_s: float) -> None:
        self._status_latency_s = status_latency_s
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._received += data
        while (end := self._received.find(_END_OF_HEADERS)) >= 0:
            head = self._received[:end]
            size = end + len(_END_OF_HEADERS) + _content_length(head)
            if len(self._received) < size:
                return
            self._received = self._received[size:]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        if not head.startswith(b"GET /status/"):
            self._write(SENT)
            return
        session_id = head.split(b" ", 2)[1].rsplit(b"/", 1)[1]
        asyncio.get_running_loop().call_later(self._status_latency_s, self._write, CONNECTED % session_id)

    def _write(self, body: bytes) -> None:
        if not self._transport.is_closing():
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            self._transport.write(head % len(body) + body)


def _content_length(head: bytes) -> int:
    lowered = head.lower()
    start = lowered.find(b"\r\ncontent-length:")
    return 0 if start < 0 else int(lowered[start + 17 :].split(b"\r\n", 1)[0])


async def _serve(port: int, status_latency_s: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: LeanGateway(status_latency_s), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), float(sys.argv[2]) / 1000 if len(sys.argv) > 2 else 0.0))
