"""Tokens for Kafka: kept while they are good, never waited for without end, and refused without a word of what they hold."""

import asyncio
import threading
from itertools import count

import pytest

from truesend.broker.oauth import NoTokenError, TokenProvider

NOW_S = 1_000_000.0


class Clock:
    def __init__(self) -> None:
        self.now_s = NOW_S

    def __call__(self) -> float:
        return self.now_s


async def test_a_token_is_kept_until_a_minute_before_its_end() -> None:
    numbers, clock = count(), Clock()
    provider = TokenProvider(lambda: (f"token-{next(numbers)}", (clock.now_s + 900) * 1000), clock=clock)
    assert await asyncio.gather(*(provider.token() for _ in range(5))) == ["token-0"] * 5
    clock.now_s += 839
    assert await provider.token() == "token-0"
    clock.now_s += 2
    assert await provider.token() == "token-1"


async def test_a_token_whose_end_nobody_knows_is_for_one_connection() -> None:
    numbers = count()
    provider = TokenProvider(lambda: f"token-{next(numbers)}")
    assert [await provider.token() for _ in range(2)] == ["token-0", "token-1"]


async def test_the_function_runs_beside_the_event_loop() -> None:
    assert await TokenProvider(lambda: threading.current_thread().name).token() == "kafka token"


async def test_a_function_that_hangs_is_given_up() -> None:
    never = threading.Event()
    with pytest.raises(NoTokenError):
        await TokenProvider(never.wait, timeout_s=0.05).token()
    never.set()


@pytest.mark.parametrize(
    "raised", [ValueError("canary"), StopIteration("canary"), SystemExit("canary"), asyncio.CancelledError("canary")]
)
async def test_whatever_the_function_raises_is_told_by_its_type_and_ends_nothing_of_ours(raised: BaseException) -> None:
    def fails() -> str:
        raise raised

    with pytest.raises(NoTokenError) as caught:
        await TokenProvider(fails).token()
    assert f"raised {type(raised).__name__}" in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("ask", [lambda: None, lambda: "", lambda: ("canary", "soon"), lambda: b"canary"])
async def test_what_is_no_token_is_refused_without_being_shown(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(NoTokenError) as caught:
        await TokenProvider(ask).token()
    assert "KAFKA_OAUTH_TOKEN_PROVIDER" in str(caught.value)
    assert "canary" not in str(caught.value)
