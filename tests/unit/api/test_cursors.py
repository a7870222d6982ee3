"""Cursors: what was put in comes out, and nonsense is refused."""

import base64
from datetime import UTC, datetime
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.cursors import cursor_of, history_cursor, message_cursor, session_cursor
from services.api.problems import Problem


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1900, 1, 1)), st.uuids())  # noqa: DTZ001 - the zone follows
def test_a_cursor_keeps_a_time_to_the_microsecond_and_an_id(moment: datetime, identifier: UUID) -> None:
    assert message_cursor(cursor_of(moment, identifier)) == (moment, identifier)


def test_each_lists_cursor_is_its_own() -> None:
    identifier = uuid4()

    assert session_cursor(cursor_of(identifier)) == identifier
    assert history_cursor(cursor_of(7)) == 7
    for of_another_list in (cursor_of(7), cursor_of(datetime.now(UTC), identifier)):
        with pytest.raises(Problem):
            session_cursor(of_another_list)


@given(st.text(max_size=60))
def test_nonsense_is_refused_and_never_an_error_of_ours(text: str) -> None:
    for read in (session_cursor, message_cursor, history_cursor):
        with pytest.raises(Problem) as refusal:
            read(text)
        assert refusal.value.status == 422


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_time_that_no_database_can_compare_is_refused(moment: str) -> None:
    forged = base64.urlsafe_b64encode(orjson.dumps([moment, str(uuid4())])).decode()

    with pytest.raises(Problem) as refusal:
        message_cursor(forged)
    assert refusal.value.status == 422
