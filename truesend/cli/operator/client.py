"""The API as the commands see it: one call, one answer, and for whatever goes wrong one line and an exit code."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import Any
from uuid import UUID

import httpx

from truesend.cli.errors import CANNOT_REACH, FAILED, NOT_FOUND, WRONG_SETTING, CommandError

CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 30.0
SILENCE_TIMEOUT_S = 45.0  # the live stream says something every 15 s
PAGE_ROWS = 200
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

Json = dict[str, Any]


class Refused(CommandError):  # noqa: N818 - an answer, not a fault
    """The API answered that it will not. ``state`` is what the thing is now, where the answer says so."""

    def __init__(self, message: str, status: int, state: str | None = None) -> None:
        super().__init__(message, _exit_code(status))
        self.status = status
        self.state = state


class ApiClient:
    """Calls the API. ``key`` goes out as a bearer's, to this address only: redirects are not followed."""

    def __init__(self, url: str, *, key: str | None, organization: UUID | None) -> None:
        """Raises CommandError for an address or a key that can't be used; neither is shown."""
        self._place = _place(url)
        headers = {"Accept": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {_fit_for_a_header(key)}"
        if organization is not None:
            headers["X-Organization-Id"] = str(organization)
        self._http = httpx.Client(
            base_url=url.rstrip("/"),
            headers=headers,
            timeout=httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            trust_env=httpx.URL(url).host not in LOOPBACK,
        )

    def __enter__(self) -> "ApiClient":
        return self

    def __exit__(self, *_exception: object) -> None:
        self._http.close()

    def get(self, path: str, **parameters: object) -> Json:
        """Ask. Parameters that are None are left out."""
        return self._call("GET", path, params=_given(parameters))

    def post(self, path: str, body: Mapping[str, object] | None = None, *, idempotency_key: str | None = None) -> Json:
        """Have something done, once; with a key it may be asked for again."""
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        return self._call("POST", path, json=_given(body or {}), headers=headers)

    def pages(self, path: str, *, limit: int | None, **parameters: object) -> Iterator[Json]:
        """Every item of a list, page after page as they are wanted, ``limit`` at most; None for all."""
        left, cursor = limit, None
        while left is None or left > 0:
            rows = PAGE_ROWS if left is None else min(left, PAGE_ROWS)
            page = self.get(path, limit=rows, cursor=cursor, **parameters)
            yield from page["items"]
            left = None if left is None else left - len(page["items"])
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def stream(self, path: str, *, last_event_id: str | None) -> AbstractContextManager[httpx.Response]:
        """The live stream, as a context that gives its answer, not yet checked."""
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last_event_id} if last_event_id else {})
        timeout = httpx.Timeout(SILENCE_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        return self._http.stream("GET", path, headers=headers, timeout=timeout)

    def require_success(self, answer: httpx.Response) -> None:
        """Raises Refused with the answer's own sentence."""
        if not answer.is_success:
            raise _refusal(answer, self._place)

    def unreachable(self, error: httpx.HTTPError) -> CommandError:
        """What to say when no answer came."""
        if isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout):
            said = f"the API at {self._place} does not answer; what was asked may be done all the same"
        else:
            said = f"the API at {self._place} cannot be reached ({type(error).__name__}); TRUESEND_URL says where it is"
        return CommandError(said, CANNOT_REACH)

    def _call(self, method: str, path: str, **content: Any) -> Json:
        try:
            answer = self._http.request(method, path, **content)
        except httpx.HTTPError as error:
            raise self.unreachable(error) from None
        self.require_success(answer)
        return _json_of(answer, self._place)


def _place(url: str) -> str:
    """Where it is, without what must not be shown. Raises CommandError."""
    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        parts = httpx.URL()
    if parts.scheme not in {"http", "https"} or not parts.host:
        raise CommandError("TRUESEND_URL: write http://host:port or https://host", WRONG_SETTING)
    if parts.userinfo:
        raise CommandError(
            "TRUESEND_URL: leave out the user and password; the key goes into TRUESEND_API_KEY", WRONG_SETTING
        )
    return f"{parts.scheme}://{parts.netloc.decode()}"


def _fit_for_a_header(key: str) -> str:
    stripped = key.strip()
    if not (stripped.isascii() and stripped.isprintable()):
        raise CommandError("TRUESEND_API_KEY: holds characters that a header can't carry", WRONG_SETTING)
    return stripped


def _given(values: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _json_of(answer: httpx.Response, place: str) -> Json:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise CommandError(f"what answers at {place} is not Truesend's API", FAILED)
    return body


def _refusal(answer: httpx.Response, place: str) -> Refused:
    try:
        answer.read()
        body = answer.json()
    except (ValueError, httpx.HTTPError):
        body = None
    told = body if isinstance(body, dict) else {}
    detail = told.get("detail")
    sentence = detail if isinstance(detail, str) else f"{place} answers HTTP {answer.status_code}"
    current = told.get("current")
    state = current.get("state") or current.get("status") if isinstance(current, dict) else None
    return Refused(sentence, answer.status_code, state if isinstance(state, str) else None)


def _exit_code(status: int) -> int:
    match status:
        case HTTPStatus.NOT_FOUND | HTTPStatus.GONE:
            return NOT_FOUND
        case HTTPStatus.BAD_REQUEST | HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN | HTTPStatus.UNPROCESSABLE_ENTITY:
            return WRONG_SETTING
        case HTTPStatus.BAD_GATEWAY | HTTPStatus.SERVICE_UNAVAILABLE | HTTPStatus.GATEWAY_TIMEOUT:
            return CANNOT_REACH
        case _:
            return FAILED
