"""Every order of everything that can happen, explored: no promise breaks, nothing is stuck, and a broken rule is noticed."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.model import relaying, sending, sending_state
from tests.model.exploration import STUCK, Model, Step, explore
from tests.model.worlds import SENDING, SMALL

pytestmark = pytest.mark.timeout(600)
ROOT = Path(__file__).parents[2]
WITHOUT_EVIDENCE = SENDING["crashes, an operator, the CRM"]
ONE_CHAT = SENDING["two messages of one chat"]
TWO_CHATS = SENDING["two messages of two chats"]
ONE_FACT = relaying.Relaying(keys=(0,))
CAUGHT_SENDING = {
    sending_state.Defect.NO_START_FENCE: (WITHOUT_EVIDENCE, "no second delivery that no operator asked for"),
    sending_state.Defect.NO_TOKEN_CHECK: (WITHOUT_EVIDENCE, "nothing waits to be sent that was sent, or may yet be"),
    sending_state.Defect.REAPER_RESETS_STARTED: (
        WITHOUT_EVIDENCE,
        "nothing waits to be sent that was sent, or may yet be",
    ),
    sending_state.Defect.SENT_ON_ACCEPTED: (WITHOUT_EVIDENCE, "no false Sent"),
    sending_state.Defect.TIMEOUT_IS_RETRIED: (
        WITHOUT_EVIDENCE,
        "nothing waits to be sent that was sent, or may yet be",
    ),
    sending_state.Defect.RETRY_WITHOUT_FORCE: (WITHOUT_EVIDENCE, "no second delivery that no operator asked for"),
    sending_state.Defect.CANCEL_FORGETS: (WITHOUT_EVIDENCE, "no false Failed"),
    sending_state.Defect.ANY_FINDING_PROVES: (ONE_CHAT, "no false Sent"),
    sending_state.Defect.TWO_AT_ONCE: (TWO_CHATS, "a session has one message at its gateway"),
    sending_state.Defect.CHAT_IS_NOT_HELD: (ONE_CHAT, "a chat has one message in flight"),
    sending_state.Defect.NOBODY_REAPS: (WITHOUT_EVIDENCE, STUCK),
    sending_state.Defect.ACCEPTS_WAIT_FOR_EVER: (WITHOUT_EVIDENCE, STUCK),
    sending_state.Defect.FIRST_ABSENCE_PROVES: (
        WITHOUT_EVIDENCE,
        "nothing waits to be sent that was sent, or may yet be",
    ),
}
CAUGHT_RELAYING = {
    relaying.Defect.ADVANCE_FIRST: "what the mark says is published is on Kafka",
    relaying.Defect.ADVANCE_TO_LAST: "what the mark says is published is on Kafka",
    relaying.Defect.POSITION_AT_INSERT: "positions have no gaps",
    relaying.Defect.NO_ROW_LOCK: "a key's positions are in the order of its facts",
    relaying.Defect.NOBODY_TAKES_OVER: STUCK,
    relaying.Defect.PUBLISHED_BACKWARDS: "a key's facts first come to Kafka in their order",
}


@pytest.mark.parametrize("name", SMALL)
def test_no_order_of_anything_breaks_a_promise_or_leaves_something_stuck(name: str) -> None:
    found = explore(SMALL[name])

    assert found.counterexample is None, f"\n{found.counterexample}"
    assert found.states > 1000, "the model has become too small to say anything"


def test_everything_that_the_models_know_of_happens_somewhere() -> None:
    worlds = [WITHOUT_EVIDENCE, SENDING["what gateways tell, and the CRM"], SENDING["absence proves"]]
    of_sending = frozenset[str]().union(*(explore(world).actions for world in worlds))
    assert of_sending == sending.STANDS_FOR.keys() - sending.ONLY_WITH_A_DEFECT | sending.THE_WORLD
    assert explore(ONE_FACT).actions == relaying.STANDS_FOR.keys()


@pytest.mark.parametrize("defect", sending_state.Defect)
def test_a_sender_without_one_of_its_rules_breaks_a_promise(defect: sending_state.Defect) -> None:
    world, promise = CAUGHT_SENDING[defect]

    counterexample = explore(replace(world, defects=frozenset({defect}))).counterexample

    assert counterexample is not None
    assert counterexample.promise == promise


@pytest.mark.parametrize("defect", relaying.Defect)
def test_a_relay_without_one_of_its_rules_breaks_a_promise(defect: relaying.Defect) -> None:
    world = ONE_FACT if CAUGHT_RELAYING[defect] == STUCK else relaying.Relaying()

    counterexample = explore(replace(world, defects=frozenset({defect}))).counterexample

    assert counterexample is not None
    assert counterexample.promise == CAUGHT_RELAYING[defect]


@pytest.mark.parametrize("file", sorted({f for of in (sending, relaying) for fs in of.STANDS_FOR.values() for f in fs}))
def test_each_action_stands_for_code_that_is_there(file: str) -> None:
    assert (ROOT / file).is_file()


def test_the_statements_that_change_a_message_or_the_relay_all_have_an_action() -> None:
    named = {file for of in (sending, relaying) for files in of.STANDS_FOR.values() for file in files}
    folders = (ROOT / "db/queries/sender", ROOT / "db/queries/relay")
    changing = {
        str(file.relative_to(ROOT))
        for folder in folders
        for file in folder.glob("*.sql")
        if any(
            table in file.read_text() for table in ("UPDATE scheduled_whatsapp_messages", "UPDATE truesend.relay_state")
        )
    }
    assert changing - named == LEFT_OUT


# what the model leaves out, and docs/architecture/model.md says so
LEFT_OUT = {
    "db/queries/sender/keep_in_doubt.sql",  # changes words only
    "db/queries/sender/note_late_ids.sql",  # ids: the model knows which attempt is meant
    "db/queries/sender/prune_texts.sql",  # what was said: the model knows no texts
    "db/queries/sender/reap_orphans.sql",  # what another program left in sending
}


@dataclass(frozen=True)
class Countdown(Model[int]):
    """From ``start`` down to 0; at ``trap`` it goes no further."""

    start: int = 5
    trap: int = -1
    forbidden: int = -1

    def initial(self) -> int:
        return self.start

    def steps(self, state: int) -> Iterator[Step[int]]:
        if state not in {0, self.trap}:
            yield Step("down", state - 1, ours=True)
        yield Step("jump", max(state - 2, 0), ours=False)

    def broken_promise(self, state: int) -> str | None:
        return "never there" if state == self.forbidden else None

    def is_settled(self, state: int) -> bool:
        return state == 0


@pytest.mark.parametrize(
    ("model", "promise", "actions"),
    [
        (Countdown(), None, None),
        (Countdown(forbidden=2), "never there", ["down", "jump"]),
        (Countdown(trap=3), STUCK, []),
        (Countdown(start=3, trap=3), STUCK, []),
    ],
)
def test_a_counterexample_is_the_shortest_way_to_what_must_not_be(
    model: Model[Any], promise: str | None, actions: Iterable[Hashable] | None
) -> None:
    counterexample = explore(model).counterexample

    assert (counterexample and counterexample.promise) == promise
    assert (counterexample and list(counterexample.actions)) == actions
