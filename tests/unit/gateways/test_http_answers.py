"""Answers read from bytes, however they are cut into pieces and whatever else comes."""

import gzip
from collections.abc import Sequence
from itertools import pairwise

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from truesend.gateways.http_answers import (
    BODY_LIMIT_BYTES,
    Answer,
    AnswerReader,
    NoAnswer,
    NoAnswerKind,
    uncompressed,
)

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WHOLE = HEAD + b"Content-Length: 16\r\n\r\n" + b'{"success":true}'
CHUNKED = HEAD + b'Transfer-Encoding: chunked\r\n\r\n4\r\n{"su\r\nc\r\nccess":true}\r\n0\r\nX-Trailer: x\r\n\r\n'
HINTED = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + WHOLE
UNTIL_END = HEAD + b'\r\n{"success":true}'


def read(*pieces: bytes, ends: bool = True, limit_bytes: int = BODY_LIMIT_BYTES) -> AnswerReader:
    reader = AnswerReader(limit_bytes)
    for piece in pieces:
        if reader.result is None:
            reader.feed(piece)
    if ends and reader.result is None:
        reader.end(cleanly=True)
    return reader


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(ends)]


@pytest.mark.parametrize(
    "data", [WHOLE, CHUNKED, HINTED, UNTIL_END], ids=["length", "chunks", "hints", "until the end"]
)
@given(places=st.lists(st.integers(0, 400), max_size=30))
def test_an_answer_is_the_same_however_it_is_cut_into_pieces(data: bytes, places: list[int]) -> None:
    result = read(*cut(data, places)).result

    assert isinstance(result, Answer)
    assert (result.status, result.body, result.truncated) == (200, b'{"success":true}', False)
    assert dict(result.headers).get("X-Trailer") is None
    assert result.headers["content-TYPE"] == "application/json"


@given(
    status=st.integers(200, 599).filter(lambda status: status not in {204, 304}),
    headers=st.dictionaries(st.from_regex(r"\AX-[A-Za-z0-9-]{1,20}\Z"), st.from_regex(r"\A[!-~]{0,30}\Z"), max_size=8),
    body=st.binary(max_size=600),
    is_chunked=st.booleans(),
    places=st.lists(st.integers(0, 2_000), max_size=10),
)
def test_what_another_implementation_writes_is_read_as_it_was_meant(
    status: int, headers: dict[str, str], body: bytes, is_chunked: bool, places: list[int]
) -> None:
    server = h11.Connection(h11.SERVER)
    server.receive_data(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    while server.next_event() is not h11.NEED_DATA and server.their_state is not h11.DONE:
        pass
    frame = ("Transfer-Encoding", "chunked") if is_chunked else ("Content-Length", str(len(body)))
    said: list[h11.Event] = [h11.Response(status_code=status, headers=[*headers.items(), frame])]
    said += [h11.Data(data=body), h11.EndOfMessage()]
    written = b"".join(server.send(event) or b"" for event in said)

    reader = read(*cut(written, places), ends=False)

    assert isinstance(reader.result, Answer)
    assert (reader.result.status, reader.result.body, reader.result.truncated) == (status, body, False)
    assert {name: reader.result.headers[name] for name in headers} == headers
    assert reader.keeps_alive


@given(places=st.lists(st.integers(0, 400), max_size=5), end=st.integers(0, len(CHUNKED) - 1))
def test_an_answer_that_is_cut_off_is_never_whole(places: list[int], end: int) -> None:
    for data in (WHOLE, CHUNKED):
        reader = read(*cut(data[: min(end, len(data) - 1)], places))

        assert not reader.keeps_alive
        if isinstance(reader.result, Answer):
            assert (reader.result.status, reader.result.body, reader.result.truncated) == (200, b"", True)
        else:
            assert reader.result is not None
            assert not reader.result.never_reached


def test_a_body_without_a_length_is_whole_only_where_the_other_end_closed_the_connection() -> None:
    reset, closed = read(UNTIL_END, ends=False), read(UNTIL_END, ends=False)
    reset.end(cleanly=False)
    closed.end(cleanly=True)

    assert isinstance(reset.result, Answer)
    assert isinstance(closed.result, Answer)
    assert (reset.result.truncated, closed.result.truncated) == (True, False)


@given(data=st.lists(st.one_of(st.binary(max_size=80), st.sampled_from([WHOLE, CHUNKED, HINTED, HEAD])), max_size=6))
@example(data=[UNTIL_END])
def test_no_bytes_raise_and_none_are_taken_for_an_answer_twice(data: list[bytes]) -> None:
    reader = read(*data)

    assert reader.result is not None
    before = reader.result
    reader.feed(WHOLE)
    reader.end(cleanly=True)
    reader.break_off(NoAnswerKind.READ_TIMEOUT, "late")
    assert reader.result == before


@pytest.mark.parametrize(
    "data",
    [
        WHOLE + WHOLE,
        WHOLE + b"x",
        WHOLE.replace(b"Content-Type: application/json", b"Connection: close"),
        WHOLE.replace(b"HTTP/1.1", b"HTTP/1.0"),
    ],
    ids=["another answer", "more", "says that it closes", "1.0"],
)
def test_an_answer_that_ends_its_connection_or_is_followed_by_something_stands_but_the_connection_is_not_kept(
    data: bytes,
) -> None:
    reader = read(data, ends=False)

    assert isinstance(reader.result, Answer)
    assert (reader.result.body, reader.result.truncated) == (b'{"success":true}', False)
    assert not reader.keeps_alive


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 3_000,
        b"HTTP/1.7 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n",
    ],
    ids=["upgrade", "101", "many headers", "a long one", "interim for ever", "another HTTP", "two lengths", "negative"],
)
def test_what_nobody_would_answer_is_no_answer(data: bytes) -> None:
    assert read(data, ends=False).result == NoAnswer(NoAnswerKind.INVALID_HTTP, "the answer was not HTTP")


def test_chunks_of_one_byte_are_read_but_not_their_endless_extensions() -> None:
    tiny = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n{\r\n" * 20_000 + b"0\r\n\r\n"
    endless = HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 70_000

    read_tiny = read(*cut(tiny, range(0, 130_000, 1_000)))

    assert isinstance(read_tiny.result, Answer)
    assert (read_tiny.result.body, read_tiny.result.truncated) == (b"{" * 20_000, False)
    assert isinstance(read(endless, ends=False).result, NoAnswer)


@pytest.mark.parametrize(("size", "kept", "truncated"), [(10, 10, False), (11, 10, True), (5_000, 10, True)])
def test_of_a_body_no_more_than_the_limit_is_kept(size: int, kept: int, truncated: bool) -> None:
    result = read(HEAD + b"Content-Length: %d\r\n\r\n" % size, b"x" * size, limit_bytes=10).result

    assert isinstance(result, Answer)
    assert (len(result.body), result.truncated) == (kept, truncated)


def test_of_a_long_body_that_is_not_whole_only_the_beginning_is_kept() -> None:
    packed = Answer(200, {"Content-Encoding": "gzip"}, gzip.compress(b"x" * 1_000_000))

    read_packed = uncompressed(packed, 500_000)

    assert (len(read_packed.body), read_packed.truncated) == (BODY_LIMIT_BYTES, True)
    assert uncompressed(packed, 2_000_000) == Answer(200, packed.headers, b"x" * 1_000_000)
