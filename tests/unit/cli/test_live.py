"""Server-sent events, as the live stream writes them."""

from truesend.cli.operator.live import Event, lines_of, parse


def test_an_event_is_read_with_its_id_and_a_keep_alive_is_none() -> None:
    lines = [": keep-alive", "", "id: 7", "event: session", 'data: {"status": "connected"}', ""]

    assert list(parse(lines)) == [Event("session", {"status": "connected"}, "7")]


def test_where_a_stream_begins_is_told_although_it_is_no_event() -> None:
    assert list(parse(["retry: 2000", "id: 41", ""])) == [Event("", {}, "41")]


def test_an_event_that_was_cut_off_is_not_handed_out() -> None:
    assert list(parse(["id: 8", "event: session", 'data: {"status": "conn'])) == []


def test_what_is_no_json_object_is_left_out_and_what_follows_is_read() -> None:
    lines = ["data: nonsense", "", "data: [1]", "", "event: message", 'data: {"id": "x"}', ""]

    assert list(parse(lines)) == [Event("message", {"id": "x"}, None)]


def test_what_people_write_ends_no_line_and_a_line_may_come_in_pieces() -> None:
    written = 'event: session\ndata: {"display_name": "one\u2028two\u0085three"}\r\n\n'.encode()

    events = list(parse(lines_of(written[place : place + 3] for place in range(0, len(written), 3))))

    assert events == [Event("session", {"display_name": "one\u2028two\u0085three"}, None)]
