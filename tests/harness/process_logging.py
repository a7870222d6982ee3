"""Lets a test log as a service's process does, and gives the test's own process back as it was."""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from truesend.observability.logging import configure_logging


@contextmanager
def logging_as_a_process_of(service: str) -> Iterator[None]:
    """Everything that is logged inside goes to standard error, as lines of ``service``."""
    manager = logging.Logger.manager
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: known.level for name, known in manager.loggerDict.items() if isinstance(known, logging.Logger)}
    configuration = structlog.get_config() if structlog.is_configured() else None
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    try:
        configure_logging(service=service, level="info")
        yield
    finally:
        sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
        logging.captureWarnings(capture=False)
        structlog.contextvars.clear_contextvars()
        structlog.reset_defaults()
        if configuration is not None:
            structlog.configure(**configuration)
        root.handlers = handlers
        root.setLevel(level)
        for name, known in manager.loggerDict.items():
            if isinstance(known, logging.Logger):
                known.setLevel(levels.get(name, logging.NOTSET))
