"""Episodes of alerts: one each, none for a flap, and one word when it is over."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.verifier.alerts.delivery import LONGEST_PAUSE_S, pause_s
from services.verifier.alerts.episodes import Kind, Raised, Resolved, Situation, episodes

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SESSION = UUID(int=1)
DEBOUNCE_S = 15


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_drop_is_raised_when_the_debounce_is_over_and_not_before() -> None:
    early = Situation(SESSION, at(14.9), {}, down_since=at(0))
    late = Situation(SESSION, at(15), {}, down_since=at(0))

    assert episodes(early, debounce_s=DEBOUNCE_S) == []
    assert episodes(late, debounce_s=DEBOUNCE_S) == [Raised(Kind.SESSION_DOWN, SESSION, at(0))]


def test_a_session_that_nobody_misses_raises_nothing_and_ends_what_was_raised() -> None:
    alert_id = uuid4()
    unmissed = Situation(SESSION, at(60), {}, down_since=at(0), is_missed=False)
    raised = Situation(SESSION, at(60), {Kind.SESSION_DOWN: alert_id}, down_since=at(0), is_missed=False)

    assert episodes(unmissed, debounce_s=DEBOUNCE_S) == []
    assert episodes(raised, debounce_s=DEBOUNCE_S) == [Resolved(Kind.SESSION_DOWN, SESSION, alert_id)]


def test_silence_and_waiting_have_waited_enough() -> None:
    situation = Situation(SESSION, at(0), {}, silent_since=at(0), waiting_since=at(0), waiting_is_known=True)

    kinds = [change.kind for change in episodes(situation, debounce_s=DEBOUNCE_S)]

    assert kinds == [Kind.SESSION_SILENT, Kind.MESSAGES_WAITING]


def test_waiting_that_nobody_has_looked_at_is_not_over() -> None:
    alert_id = uuid4()
    unknown = Situation(SESSION, at(0), {Kind.MESSAGES_WAITING: alert_id})
    known = Situation(SESSION, at(0), {Kind.MESSAGES_WAITING: alert_id}, waiting_is_known=True)

    assert episodes(unknown, debounce_s=DEBOUNCE_S) == []
    assert episodes(known, debounce_s=DEBOUNCE_S) == [Resolved(Kind.MESSAGES_WAITING, SESSION, alert_id)]


@given(st.lists(st.tuples(st.booleans(), st.floats(0.1, 60)), max_size=30), st.floats(0, 30))
def test_every_drop_that_outlasts_the_debounce_is_told_once_and_ended_once(
    spells: list[tuple[bool, float]], debounce_s: float
) -> None:
    """Looked at without a pause: at the end of every spell of being up or down, just before it changes."""
    now_s, down_since = 0.0, None
    opened: dict[Kind, UUID] = {}
    told: list[str] = []
    outlasting = 0
    for is_down, lasts_s in spells:
        was_open = bool(opened)
        if is_down and down_since is None:
            down_since = at(now_s)
        elif not is_down:
            down_since = None
        now_s += lasts_s
        situation = Situation(SESSION, at(now_s), opened, down_since=down_since)
        for change in episodes(situation, debounce_s=debounce_s):
            told.append(type(change).__name__)
            opened = {Kind.SESSION_DOWN: uuid4()} if isinstance(change, Raised) else {}
        outlasting += bool(opened) and not was_open
        assert episodes(Situation(SESSION, at(now_s), opened, down_since=down_since), debounce_s=debounce_s) == []
        assert bool(opened) == (down_since is not None and at(now_s) - down_since >= timedelta(seconds=debounce_s))

    assert told.count("Raised") == outlasting
    assert told == (["Raised", "Resolved"] * outlasting)[: len(told)]


def test_pauses_grow_to_a_quarter_of_an_hour() -> None:
    pauses = [pause_s(attempts, 0.5) for attempts in range(1, 40)]

    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE_S
    assert 0.7 < pause_s(1, 0.0) < pause_s(1, 1.0) < 1.3
