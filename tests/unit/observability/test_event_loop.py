"""The event loop's lateness."""

import asyncio
import time

from prometheus_client import REGISTRY

from truesend.observability.event_loop import EVERY_S, LoopWatch

NAME = "truesend_event_loop_lag_seconds"


def total(suffix: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"{NAME}_{suffix}", labels) or 0.0


async def test_what_holds_up_the_loop_is_seen_and_nothing_is_after_the_watch_has_ended() -> None:
    late, on_time = total("count"), total("bucket", le="0.25")
    watch = LoopWatch()
    watch.start()

    time.sleep(EVERY_S + 0.3)  # noqa: ASYNC251 - this is what holds it up
    await asyncio.sleep(0)
    await asyncio.sleep(0.01)

    assert total("count") == late + 1
    assert total("bucket", le="0.25") == on_time
    watch.stop()
    time.sleep(EVERY_S)  # noqa: ASYNC251
    await asyncio.sleep(0.01)
    assert total("count") == late + 1
