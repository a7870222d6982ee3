"""What runs and what waits ends by a signal, wherever it strikes."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from truesend.cli.up.ending import Ending, EndWanted

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
every_signal = pytest.mark.parametrize("number", SIGNALS)


@pytest.fixture(autouse=True)
def handlers_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it is ignored
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def strike(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


@every_signal
def test_what_runs_is_cancelled_and_cleans_up(number: signal.Signals) -> None:
    ending = Ending()
    told = []

    async def for_ever() -> None:
        asyncio.get_running_loop().call_soon(strike, number)
        try:
            await asyncio.Event().wait()
        finally:
            told.append("cleaned up")

    with pytest.raises(EndWanted), ending.heard():
        ending.run(for_ever())

    assert told == ["cleaned up"]


@every_signal
def test_what_was_to_run_after_it_is_not_begun_and_who_asks_is_told(number: signal.Signals) -> None:
    ending = Ending()
    told = []

    async def tell() -> None:
        told.append("begun")

    with ending.heard():
        ending.check()
        strike(number)
        with pytest.raises(EndWanted):
            ending.check()
        with pytest.raises(EndWanted):
            ending.run(tell())

    assert told == []


def test_what_cancels_itself_ends_nothing_else() -> None:
    ending = Ending()

    async def cancelled() -> None:
        raise asyncio.CancelledError

    with ending.heard(), pytest.raises(asyncio.CancelledError):
        ending.run(cancelled())
    ending.check()


@every_signal
def test_a_second_one_does_not_disturb_the_clearing_up(number: signal.Signals) -> None:
    ending = Ending()
    with ending.heard():
        strike(number)

    strike(number)  # would end pytest

    with pytest.raises(EndWanted):
        ending.check()


def test_under_nohup_a_closed_terminal_ends_nothing() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    ending = Ending()

    with ending.heard():
        strike(signal.SIGHUP)
        ending.check()
