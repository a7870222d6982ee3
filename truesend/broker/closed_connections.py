"""A connection that Kafka has just closed is a lost one, on uvloop too.

aiokafka expects an OSError from a write to it. uvloop raises RuntimeError, which ends the task that fetches, commits or
publishes, for good and without a sign: the process lives, keeps its partitions, and takes nothing from them any more.
Source: github.com/aio-libs/aiokafka/issues/1038, open as of aiokafka 0.14.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError

_WRITES = ("send", "_send_sasl_token")


def treat_closed_as_lost() -> None:
    """Have every connection of this process raise KafkaConnectionError, as aiokafka means it to. May be called again."""
    for name in _WRITES:
        write = getattr(AIOKafkaConnection, name)
        if not hasattr(write, "__wrapped__"):
            setattr(AIOKafkaConnection, name, _lost_where_closed(write))


def _lost_where_closed(write: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(write)
    def writing(connection: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return write(connection, *arguments, **options)
        except RuntimeError as error:
            connection.close(reason=CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"Connection at {connection.host}:{connection.port} closed: {error}") from error

    return writing
