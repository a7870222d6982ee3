"""What a process logs of errors: where they happened, never their words."""

import os
import subprocess
import sys

import orjson

WORDS = "canary words of somebody's message"
SECRET = "canary-secret-31415"
SET_UP = f"""
import asyncio, gc, logging, threading, structlog
from truesend.observability.logging import configure_logging
configure_logging(service="test", level="debug", secrets=["{SECRET}"])
WORDS = "{WORDS}"
"""
LOST_IN_A_TASK = """
async def lose():
    async def fail():
        raise ValueError(WORDS)
    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()
asyncio.run(lose())
"""
LOGGED_BY_A_LIBRARY = """
try:
    raise ExceptionGroup(WORDS, [KeyError(WORDS)]) from RuntimeError(WORDS)
except ExceptionGroup:
    logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
"""
RAISED_BY_A_DATABASE = """
import asyncpg
error = asyncpg.CheckViolationError.new({"C": "23514", "M": "violates check", "D": f"Failing row contains ({WORDS})."})
assert WORDS in str(error)
try:
    raise error
except asyncpg.PostgresError:
    structlog.get_logger().exception("a pass failed")
"""
IN_A_FINALISER = """
fails = type("Fails", (), {"__del__": lambda self: int(WORDS)})()
del fails
gc.collect()
"""
IN_A_THREAD = """
thread = threading.Thread(target=int, args=(WORDS,))
thread.start()
thread.join()
"""


def logged_by(code: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", SET_UP + code], capture_output=True, text=True, env=dict(os.environ), check=False
    )
    assert ended.stdout == ""
    return ended.stderr


def test_errors_are_logged_with_their_types_and_places_and_without_their_words() -> None:
    log = logged_by(
        LOST_IN_A_TASK
        + LOGGED_BY_A_LIBRARY
        + RAISED_BY_A_DATABASE
        + IN_A_FINALISER
        + IN_A_THREAD
        + "raise LookupError(WORDS)"
    )

    lines = [orjson.loads(line) for line in log.splitlines()]
    outermost = [line["exception"][0] for line in lines]
    kinds = [error["exc_type"] for error in outermost]
    assert kinds == ["ValueError", "ExceptionGroup", "CheckViolationError", "ValueError", "ValueError", "LookupError"]
    assert all(error["frames"] for error in outermost)
    assert "KeyError" in log
    assert "canary" not in log


def test_a_known_secret_is_hidden_in_whatever_is_logged() -> None:
    log = logged_by(f"structlog.get_logger().debug('x {SECRET} y', z={{'deep': ['{SECRET}']}})")

    line = orjson.loads(log)
    assert line["event"] == "x [hidden] y"
    assert line["z"] == {"deep": ["[hidden]"]}
