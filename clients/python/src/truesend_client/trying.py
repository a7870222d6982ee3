"""When to try again, and after how long: never where what was asked may be done twice."""

from http import HTTPStatus
from typing import Any, Final

import httpx

from truesend_client.call import Call
from truesend_client.problems import TruesendError, UnreachableError, error_of

PAUSES_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
LONGEST_S: Final = 30.0
_NOT_NOW: Final = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
_NEVER_LEFT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def unreachable(error: httpx.HTTPError) -> UnreachableError:
    """What it means that no answer came."""
    if isinstance(error, _NEVER_LEFT):
        return UnreachableError(f"the API cannot be reached ({type(error).__name__})", may_be_done=False)
    return UnreachableError(
        f"the API did not answer ({type(error).__name__}); what was asked may be done", may_be_done=True
    )


def error_for(outcome: httpx.Response | UnreachableError) -> TruesendError:
    """What to raise in the end."""
    if isinstance(outcome, UnreachableError):
        return outcome
    return error_of(outcome.status_code, outcome.content, outcome.headers.get("Retry-After"))


def may_try_again(call: Call[Any], outcome: httpx.Response | UnreachableError) -> bool:
    """Say whether another try can do no harm and may help."""
    if isinstance(outcome, UnreachableError):
        return call.repeatable or not outcome.may_be_done
    return call.repeatable and outcome.status_code in _NOT_NOW


def pause_s(failures: int, outcome: httpx.Response | UnreachableError | None = None) -> float:
    """How long to wait after so many failures in a row: as the answer says, else longer each time."""
    if isinstance(outcome, httpx.Response) and (after := outcome.headers.get("Retry-After", "")).isdigit():
        return min(float(after), LONGEST_S)
    return PAUSES_S[min(failures, len(PAUSES_S)) - 1]
