"""JSON logs, one event a line, with the ids bound by whoever handles an organisation, a session or a message.

Two walls keep secrets and messages out of it. An exception is logged by its type and its frames, never by its words: those
of Postgres quote whole rows, those of parsers what they could not read. And each finished line is searched for the secrets
of this process, however they came into it.
"""

import logging
import sys
import threading
from collections.abc import Callable, Collection, MutableMapping
from types import TracebackType
from typing import Any

import structlog

from truesend.observability.hidden import hiding
from truesend.observability.repeated import SaidOnce

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

_frames = structlog.tracebacks.ExceptionDictTransformer(show_locals=False, use_rich=False)


def configure_logging(*, service: str, level: str, secrets: Collection[str] = ()) -> None:
    """Send everything, libraries' own records too, to standard error as JSON, without ``secrets``.

    So goes what would end the process, too: Python's own traceback shows the error's words.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.ExceptionRenderer(_without_words),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_first_line_of_asyncio, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
                _last(hiding(secrets)),
            ],
        )
    )
    handler.addFilter(SaidOnce("aiokafka"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(LEVELS[level])
    for noisy in ("aiokafka", "aiosql", "asyncio", "httpx", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(max(LEVELS[level], logging.ERROR))
    # the only one who says that a topic may not be read: FastStream waits, and tries again
    logging.getLogger("aiokafka.consumer.fetcher").setLevel(max(LEVELS[level], logging.WARNING))
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_the_end
    sys.unraisablehook = lambda lost: _log_what_was_lost(lost.exc_value)
    threading.excepthook = lambda lost: _log_what_was_lost(lost.exc_value)
    structlog.contextvars.bind_contextvars(service=service)


def logs_its_end() -> bool:
    """Whether an error that ends this process is logged."""
    return sys.excepthook is _log_the_end


def _without_words(exc_info: structlog.typing.ExcInfo) -> list[dict[str, Any]]:
    """The exception, what caused it and what it groups: types and frames."""
    return _wordless(_frames(exc_info))


def _wordless(stacks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "exc_type": stack["exc_type"],
            "is_cause": stack["is_cause"],
            "frames": stack["frames"],
            "exceptions": [_wordless(each) for each in stack["exceptions"]],
        }
        for stack in stacks
    ]


def _first_line_of_asyncio(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The lines after it show the task, and with it the words of the error that it ended with."""
    if event["_record"].name == "asyncio":
        event["event"] = str(event["event"]).split("\n", 1)[0]
    return event


def _last(hide: Callable[[str], str]) -> structlog.typing.Processor:
    def hidden(_logger: object, _method: str, line: Any) -> str:
        return hide(line)

    return hidden


def _log_the_end(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger(__name__).critical("ended by an error that nobody expected", exc_info=(kind, error, traceback))


def _log_what_was_lost(error: BaseException | None) -> None:
    structlog.get_logger(__name__).error("an error that nobody waited for", exc_info=error)
