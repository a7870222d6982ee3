"""A token that Kafka refuses is a failure to log in.

Kafka answers it with success and an error document (RFC 7628, section 3.2.2), which aiokafka 0.14 doesn't read: it takes
itself for logged in, and the next answer for one without brokers. So with an expired token a service would seem connected.
"""

from functools import wraps
from typing import Any

from aiokafka.conn import OAuthAuthenticator
from aiokafka.errors import SaslAuthenticationFailed


def treat_refused_as_failed() -> None:
    """Have every login of this process raise SaslAuthenticationFailed where its token is refused. May be called again."""
    step = OAuthAuthenticator.step
    if hasattr(step, "__wrapped__"):
        return

    @wraps(step)
    async def stepping(authenticator: Any, answer: bytes | None) -> Any:
        if answer:
            raise SaslAuthenticationFailed("the token is refused")
        return await step(authenticator, answer)

    OAuthAuthenticator.step = stepping
