"""Answers as they go over a socket: JSON, scripted ones, and connections that are reset."""

import base64
import os
import socket
import struct
from collections.abc import Mapping
from typing import Final

import orjson
from aiohttp import web

from simulator.world import ScriptedAnswer

_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


def json_answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """A JSON answer."""
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json", headers=headers)


def scripted_answer(request: web.Request, scripted: ScriptedAnswer) -> web.Response:
    """What the script says: raw bytes, a text, or JSON."""
    if scripted.raw_base64 is not None:
        return _raw(request, base64.b64decode(scripted.raw_base64))
    if scripted.text is not None:
        headers = {"Content-Type": "text/html; charset=utf-8", **scripted.headers}
        return web.Response(text=scripted.text, status=scripted.status, headers=headers)
    return json_answer(scripted.body, scripted.status, scripted.headers)


def reset(request: web.Request) -> web.Response:
    """Reset the connection, as a process that dies does. The response returned goes nowhere."""
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        with socket.socket(fileno=os.dup(connection.fileno())) as handle:
            handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()
    return web.Response(status=500)


def _raw(request: web.Request, data: bytes) -> web.Response:
    if request.transport is not None:
        request.transport.write(data)
        request.transport.close()
    return web.Response(status=500)
