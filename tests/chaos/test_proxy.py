"""A link carries bytes, and does to them what it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.chaos.proxy import Link
from truesend.cli.local.ports import LOOPBACK

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def _echo() -> AsyncIterator[Link]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    server = await asyncio.start_server(echo, LOOPBACK, 0)
    link = Link("echo", lambda: [(LOOPBACK, server.sockets[0].getsockname()[1])])
    await link.open()
    try:
        yield link
    finally:
        await link.close()
        server.close()


@asynccontextmanager
async def _client(link: Link) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection(LOOPBACK, link.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def _said_back(streams: Streams, line: bytes) -> bytes:
    streams[1].write(line)
    return await asyncio.wait_for(streams[0].readline(), 5)


async def test_bytes_pass_both_ways() -> None:
    async with _echo() as link, _client(link) as client:
        assert await _said_back(client, b"hello\n") == b"hello\n"


async def test_a_cut_resets_connections_and_refuses_new_ones_until_it_is_mended_on_the_same_port() -> None:
    async with _echo() as link:
        port = link.port
        async with _client(link) as client:
            await _said_back(client, b"hello\n")
            link.cut()
            with pytest.raises(ConnectionError):
                await _said_back(client, b"anybody?\n")
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(LOOPBACK, port)

        await link.mend()

        assert link.port == port
        async with _client(link) as client:
            assert await _said_back(client, b"again\n") == b"again\n"


async def test_a_frozen_link_holds_bytes_and_loses_none() -> None:
    async with _echo() as link, _client(link) as client:
        await _said_back(client, b"hello\n")
        link.freeze()
        client[1].write(b"held\n")
        answer = asyncio.create_task(client[0].readline())
        done, _ = await asyncio.wait([answer], timeout=0.2)
        assert not done

        link.thaw()

        assert await asyncio.wait_for(answer, 5) == b"held\n"


async def test_what_watches_a_link_acts_once_before_the_bytes_pass_and_only_on_enough_of_them() -> None:
    seen: list[str] = []
    async with _echo() as link, _client(link) as client:
        link.once("up", lambda: seen.append("large"), at_least_bytes=100)
        link.once("down", lambda: seen.append("down"))
        forget = link.once("up", lambda: seen.append("forgotten"))
        forget()
        await _said_back(client, b"small\n")
        assert seen == ["down"]

        await _said_back(client, b"x" * 200 + b"\n")
        await _said_back(client, b"x" * 200 + b"\n")

    assert seen == ["down", "large"]
