"""One run of everything with a Prometheus beside it: what its services tell, and what comes of dashboard and rules."""

import asyncio
import contextlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp

from simulator.server import Simulator
from tests.acceptance.conftest import API_KEY, GATEWAY_KEY, Town, environment_of
from tests.deploy.observability.files import RULES, Panel, panels
from tests.harness.databases import Database, fresh_database
from tests.harness.prometheus import Prometheus
from tests.harness.roles import SERVICES, url_of
from tests.harness.services import ServiceProcess
from tests.harness.shared import SharedKafka, SharedPostgres, ask
from tests.harness.topics import delete_topics
from tests.harness.waiting import until
from truesend.broker.topics import create_topics
from truesend.settings import KafkaSettings

SECRET = "canary-webhook-secret-31622"
NOBODY = "http://127.0.0.1:9/nobody"
GATEWAY = "default"


@dataclass
class Observed:
    """What was seen."""

    exposed: dict[str, str] = field(default_factory=dict)
    """The text of /metrics, by service."""
    series: list[Mapping[str, str]] = field(default_factory=list)
    """Every series that Prometheus has: its labels, with its name as __name__."""
    results: list[tuple[Panel, list[dict[str, Any]]]] = field(default_factory=list)
    """What each query of the dashboard gave."""
    rules: list[Mapping[str, Any]] = field(default_factory=list)
    """The rules as Prometheus has them, evaluated."""
    figures: dict[str, float] = field(default_factory=dict)
    """A few figures, after the sender was started anew."""


async def observe(kafka: SharedKafka, postgres: SharedPostgres, folder: Path) -> Observed:
    """Run it: some messages are sent, one is held, one is in doubt, one is due and nobody is there for it."""
    template, prefix = ask("template"), f"t{secrets.token_hex(4)}."
    assert isinstance(template, str)
    services: list[ServiceProcess] = []
    async with contextlib.AsyncExitStack() as closing:
        database = await closing.enter_async_context(fresh_database(postgres.url, template))
        await _topics(kafka, prefix)
        closing.push_async_callback(delete_topics, kafka.bootstrap_servers, prefix)
        gateway = await closing.enter_async_context(Simulator.running(api_key=GATEWAY_KEY))
        closing.callback(_kill, services)
        town = _town(database, gateway, environment_of(database.url, kafka.bootstrap_servers, gateway.url, prefix))

        async def start(name: str, environment: Mapping[str, str], *, within_s: float = 30) -> ServiceProcess:
            number = len(services) + 1
            service = ServiceProcess(name, environment, folder=folder, number=number, from_nursery=True)
            services.append(service)
            return await service.start(within_s=within_s)

        town.launch = start
        return await _play(town, folder, closing)


def _kill(services: Sequence[ServiceProcess]) -> None:
    for service in services:
        service.kill()


async def _topics(kafka: SharedKafka, prefix: str) -> None:
    await create_topics(
        KafkaSettings(
            kafka_bootstrap_servers=kafka.bootstrap_servers, truesend_topic_prefix=prefix, kafka_topic_partitions=2
        )
    )


def _town(database: Database, gateway: Simulator, environment: dict[str, str]) -> Town:
    environment |= {
        "WEBHOOK_SECRET": SECRET,
        # what else tells something, and is loaded only where it is wanted
        "WEBHOOK_FORWARD_URL": NOBODY,
        "ALERT_WEBHOOK_URL": NOBODY,
        "WEBHOOK_FORWARD_MAX_AGE_S": "1",
    }

    async def nobody(*_: object, **__: object) -> ServiceProcess:
        raise NotImplementedError

    urls: dict[str, str] = {service: url_of(database.url, service) for service in SERVICES}
    return Town(database.connect, gateway, environment, nobody, urls)


async def _play(town: Town, folder: Path, closing: contextlib.AsyncExitStack) -> Observed:
    api = await town.start("api")
    sender = await town.start("sender", send_timeout_s=0.5)
    town.gateway.world.change_settings(webhook_url=f"{api.url}/v1/webhooks/{GATEWAY}", webhook_secret=SECRET)
    await _some_messages(town)
    sender.kill()
    sender = await town.start("sender", send_timeout_s=0.5)
    verifier = await town.start("verifier")
    running = {"api": api, "verifier": verifier, "sender": sender}
    prometheus = Prometheus(
        folder,
        targets={f"truesend-{name}": [service.url.removeprefix("http://")] for name, service in running.items()},
        rules=RULES,
    )
    closing.callback(prometheus.close)
    await prometheus.start()
    await _figures_are_there(prometheus)
    observed = Observed()
    observed.figures = {
        "unconfirmed": await _figure(prometheus, "sum(truesend_messages_unconfirmed)"),
        "held": await _figure(prometheus, 'truesend_messages_held{reason="session_down"}'),
        "due": await _figure(prometheus, "truesend_dispatch_queue_due"),
    }
    await _more_of_everything(town, api)
    await _everything_was_scraped_again(prometheus)
    observed.exposed = {name: await _text(f"{service.url}/metrics") for name, service in running.items()}
    observed.series = await prometheus.ask("series", **{"match[]": '{__name__=~".+"}'})
    observed.results = [(panel, await prometheus.query(panel.asked)) for panel in panels()]
    groups = (await prometheus.ask("rules"))["groups"]
    observed.rules = [rule for group in groups for rule in group["rules"]]
    return observed


async def _some_messages(town: Town) -> None:
    """One that is confirmed later, one that is held, one in doubt that no look-up settles."""
    confirmed = await town.message(await town.session("wa_up", mode="accepted", callback="sent", lookup="off"))
    down = await town.session("wa_down", state="disconnected")
    async with town.database() as connection:
        await connection.execute("UPDATE whatsapp_sessions SET status = 'disconnected' WHERE id = $1", down)
    await town.message(down)
    doubtful = await town.message(
        await town.session("wa_slow", hang_send_s=5, hang_send="before_delivery", lookup="off")
    )
    await town.becomes(confirmed, "sent")
    await until(lambda: _is_in_doubt(town, doubtful), 20, "one is in doubt")


async def _is_in_doubt(town: Town, message_id: UUID) -> bool:
    return (await town.row(message_id))["unconfirmed_at"] is not None


async def _more_of_everything(town: Town, api: ServiceProcess) -> None:
    """What rates are seen by: a few sends, a request, a webhook that is refused, a client of the live stream."""
    session_id = await town.session("wa_quick")
    messages = [await town.message(session_id, recipient=f"9198123456{number:02}") for number in range(5)]
    messages.append(await town.message(await town.session("wa_late", mode="accepted", callback="sent", lookup="off")))
    async with aiohttp.ClientSession(headers={"X-API-Key": API_KEY}) as client:
        async with client.post(f"{api.url}/v1/webhooks/{GATEWAY}", json={"event": "x"}) as refused:
            assert refused.status == 401
        async with client.get(f"{api.url}/v1/events") as stream:
            assert stream.status == 200
    await town.post(api, "/v1/sessions/verify", {})
    for message_id in messages:
        await town.becomes(message_id, "sent")


async def _figures_are_there(prometheus: Prometheus) -> None:
    async def looked() -> bool:
        up = await prometheus.query('sum(up{job=~"truesend-.+"}) == 3')
        lag = await prometheus.query("count(truesend_consumer_lag_records)")
        return bool(up and lag and await prometheus.query("truesend_dispatch_queue_due"))

    await until(looked, 40, "Prometheus has scraped everything")


async def _everything_was_scraped_again(prometheus: Prometheus) -> None:
    """Rates need what was before and what is after."""

    async def seen() -> bool:
        parts = [
            'sum(truesend_send_outcomes_total{outcome="sent"}) == 5',
            "sum(increase(truesend_webhooks_refused_total[1m])) > 0",
            "sum(increase(truesend_verification_seconds_count[1m])) > 0",
            "sum(truesend_confirmation_seconds_count) == 1",
            "sum(truesend_dispatch_lag_seconds_count) == 6",
        ]
        return all(await asyncio.gather(*map(prometheus.query, parts)))

    await until(seen, 30, "the rates show what was done")


async def _figure(prometheus: Prometheus, expression: str) -> float:
    (result,) = await prometheus.query(expression)
    return float(result["value"][1])


async def _text(url: str) -> str:
    async with aiohttp.ClientSession() as client, client.get(url) as answer:
        return await answer.text()
