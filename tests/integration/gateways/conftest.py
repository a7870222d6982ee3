"""On which event loops the tests of gateways run."""

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop

LoopFactories = Mapping[str, Callable[[], asyncio.AbstractEventLoop]]

LOOPS: LoopFactories = {"asyncio": asyncio.SelectorEventLoop, "uvloop": uvloop.new_event_loop}


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> LoopFactories | None:
    """Failures of the network on both: services run on uvloop where there is one, and each tells failures in its own way."""
    return LOOPS if item.path.name == "test_network_failures.py" else None
