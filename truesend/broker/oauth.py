"""Tokens in place of a password (SASL OAUTHBEARER), from a function of the operator's: AWS, Azure, Confluent, an OIDC server.

The function takes nothing and returns the token, or the token and when it expires in milliseconds since 1970, as AWS' own
signer does. It is called in a thread of its own, since it asks other servers; a token is used for new connections until
shortly before it expires. Kafka ends a connection whose token has, and the next one has a new token.
"""

import asyncio
import importlib
import inspect
import threading
import time
from collections.abc import Callable

from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaError

from truesend.broker.refused_tokens import treat_refused_as_failed
from truesend.settings import KafkaSettings, SettingsError

ASK_TIMEOUT_S = 10.0
MARGIN_S = 60.0


class NoTokenError(KafkaError):  # type: ignore[misc]
    """The function gave no token. Says why by the error's type alone, since its words may hold a secret."""


class TokenProvider(AbstractTokenProvider):  # type: ignore[misc]
    """Asks ``ask`` for a token, one question at a time, and keeps what it says the end of."""

    def __init__(
        self, ask: Callable[[], object], *, timeout_s: float = ASK_TIMEOUT_S, clock: Callable[[], float] = time.time
    ) -> None:
        self._ask, self._timeout_s, self._clock = ask, timeout_s, clock
        self._asking = asyncio.Lock()
        self._token, self._until_s = "", 0.0

    async def token(self) -> str:
        """Return one that is good for a minute at least, where its end is known. Raises NoTokenError."""
        async with self._asking:
            if self._clock() >= self._until_s - MARGIN_S:
                self._token, self._until_s = await self._new_one()
            return self._token

    async def _new_one(self) -> tuple[str, float]:
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await _in_a_thread(self._ask)
        except TimeoutError as error:
            raise _raised(error) from None
        match answer:
            case str() as token if token:
                return token, 0.0
            case (str() as token, int() | float() as until_ms) if token:
                return token, until_ms / 1000
        raise NoTokenError("KAFKA_OAUTH_TOKEN_PROVIDER: the function returned neither a token, nor a token and its end")


def _raised(error: BaseException) -> NoTokenError:
    return NoTokenError(f"KAFKA_OAUTH_TOKEN_PROVIDER: the function raised {type(error).__name__}")


async def _in_a_thread(ask: Callable[[], object]) -> object:
    """Not one of the loop's own: whoever ends the loop would wait for a function that hangs. Raises NoTokenError for whatever
    the function raises: its SystemExit would end our process, its CancelledError our task."""
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[object] = loop.create_future()

    def settle(answer: object, error: NoTokenError | None) -> None:
        if answered.done():
            return
        if error is None:
            answered.set_result(answer)
        else:
            answered.set_exception(error)

    def work() -> None:
        answer: object = None
        failure: NoTokenError | None = None
        try:
            answer = ask()
        except BaseException as error:
            failure = _raised(error)
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, answer, failure)

    threading.Thread(target=work, name="kafka token", daemon=True).start()
    return await answered


def token_provider(settings: KafkaSettings) -> TokenProvider | None:
    """The provider that the settings name; None without. Raises SettingsError where there is no such function."""
    named = settings.kafka_oauth_token_provider
    if named is None:
        return None
    module, _, function = named.partition(":")
    try:
        ask = getattr(importlib.import_module(module), function, None)
    except Exception as error:
        why = f"no module named {error.name}" if isinstance(error, ModuleNotFoundError) else type(error).__name__
        raise SettingsError(f"KAFKA_OAUTH_TOKEN_PROVIDER: the module can't be imported ({why})") from None
    if not callable(ask) or inspect.iscoroutinefunction(ask):
        raise SettingsError("KAFKA_OAUTH_TOKEN_PROVIDER: the module has no plain function of that name")
    treat_refused_as_failed()
    return TokenProvider(ask)
