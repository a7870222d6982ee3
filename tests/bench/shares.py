"""How much each of several processes did, by what it says of itself."""

from collections.abc import Sequence

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.harness.services import ServiceProcess


async def shares(processes: Sequence[ServiceProcess], counter: str) -> list[float]:
    """A counter of each one's metrics, over all its labels."""
    async with aiohttp.ClientSession() as client:
        return [await _count(client, each.url, counter) for each in processes]


async def _count(client: aiohttp.ClientSession, url: str, counter: str) -> float:
    async with client.get(f"{url}/metrics") as answer:
        text = await answer.text()
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return sum(sample.value for sample in samples if sample.name == counter)
