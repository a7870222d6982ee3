"""The leanest VPS that can be had: answers at once, or after a while, and never looks at what it was sent.

Run as ``python -m tests.bench.gateway PORT[,PORT…] [STATUS_LATENCY_MS [SEND_LATENCY_MS]]``; each port is a gateway.
Asked as a WAHA is, it answers as one, and lists whatever sessions it has been asked for.

A simulator that keeps a ledger would be measured together with what is measured.
"""

import asyncio
import sys
from typing import cast

import uvloop

SENT = b'{"success":true,"messageId":"3EB0C767D097B7C7C030"}'
CONNECTED = b'{"sessionId":"%s","status":"connected","phoneNumber":null}'
WORKING = b'{"name":"%s","status":"WORKING","me":null}'
_END_OF_HEADERS = b"\r\n\r\n"
_STATUS = b"GET /status/"
_WAHA_LIST = b"GET /api/sessions?"
_WAHA_STATUS = b"GET /api/sessions/"

_known_to_waha: dict[bytes, bytes] = {}


class LeanGateway(asyncio.Protocol):
    """One connection with keep-alive; requests on it come one after another."""

    def __init__(self, status_latency_s: float = 0.0, send_latency_s: float = 0.0) -> None:
        self._status_latency_s = status_latency_s
        self._send_latency_s = send_latency_s
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._received += data
        while (end := self._received.find(_END_OF_HEADERS)) >= 0:
            head, start = self._received[:end], end + len(_END_OF_HEADERS)
            size = start + _content_length(head)
            if len(self._received) < size:
                return
            body = self._received[start:size]
            self._received = self._received[size:]
            if head.startswith(_STATUS):
                self.asked(_session_id(head))
            elif head.startswith(_WAHA_STATUS):
                self.asked_as_waha(_session_id(head))
            elif head.startswith(_WAHA_LIST):
                self._answer_late(b"[%s]" % b",".join(_known_to_waha.values()))
            else:
                self.sent(body)

    def asked(self, session_id: bytes) -> None:
        """A session's status is wanted."""
        self._answer_late(CONNECTED % session_id)

    def asked_as_waha(self, session_id: bytes) -> None:
        """A session's status is wanted as a WAHA tells it."""
        self._answer_late(_known_to_waha.setdefault(session_id, WORKING % session_id))

    def sent(self, body: bytes) -> None:
        """A message is to be sent."""
        if self._send_latency_s:
            asyncio.get_running_loop().call_later(self._send_latency_s, self.answer, SENT)
        else:
            self.answer(SENT)

    def _answer_late(self, body: bytes) -> None:
        asyncio.get_running_loop().call_later(self._status_latency_s, self.answer, body)

    def answer(self, body: bytes) -> None:
        """Answer, unless the caller has gone."""
        if not self._transport.is_closing():
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            self._transport.write(head % len(body) + body)


def _session_id(head: bytes) -> bytes:
    return head.split(b" ", 2)[1].rsplit(b"/", 1)[1]


def _content_length(head: bytes) -> int:
    lowered = head.lower()
    start = lowered.find(b"\r\ncontent-length:")
    return 0 if start < 0 else int(lowered[start + 17 :].split(b"\r\n", 1)[0])


async def _serve(ports: list[int], status_latency_s: float, send_latency_s: float) -> None:
    loop = asyncio.get_running_loop()
    for port in ports:
        await loop.create_server(lambda: LeanGateway(status_latency_s, send_latency_s), "127.0.0.1", port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    status_ms, send_ms = (*map(float, sys.argv[2:]), 0.0, 0.0)[:2]
    uvloop.run(_serve([int(port) for port in sys.argv[1].split(",")], status_ms / 1000, send_ms / 1000))
