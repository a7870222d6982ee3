"""A library's same words are logged once in a while."""

import logging

from truesend.observability.repeated import AGAIN_AFTER_S, SaidOnce


def _record(name: str, words: str, topic: str) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, __file__, 1, words, (topic,), None)


def test_the_same_words_are_said_again_only_after_a_while() -> None:
    now = 100.0
    said = SaidOnce("aiokafka", clock=lambda: now)
    missing = _record("aiokafka.client", "Topic %s is not there", "a")

    assert [said.filter(missing), said.filter(missing)] == [True, False]
    now += AGAIN_AFTER_S
    assert said.filter(missing)


def test_other_words_and_other_libraries_are_let_through() -> None:
    said = SaidOnce("aiokafka", clock=lambda: 0.0)

    assert said.filter(_record("aiokafka.client", "Topic %s is not there", "a"))
    assert said.filter(_record("aiokafka.client", "Topic %s is not there", "b"))
    assert said.filter(_record("aiokafka.client", "Topic %s may not be read", "a"))
    assert said.filter(_record("truesend", "Topic %s is not there", "a"))
    assert said.filter(_record("truesend", "Topic %s is not there", "a"))
