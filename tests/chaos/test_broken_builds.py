"""The judge can find against us: builds with a promise taken out, in a play that breaks just that."""

import asyncio
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest
from aiokafka.errors import KafkaError

from tests.chaos.builds import Change, Flaw, broken_build
from tests.chaos.faults import copy_records
from tests.chaos.findings import gather, wait_for_quiet
from tests.chaos.judge import by_promise, judge
from tests.chaos.servers import PARTITIONS, Servers
from tests.chaos.traffic import Crm, Wanted
from tests.chaos.world import KEYS, World, world
from tests.harness.databases import Database
from tests.harness.shared import SharedKafka
from tests.harness.waiting import until
from truesend.broker.topics import create_topics
from truesend.contracts.topics import MESSAGE_DISPATCH
from truesend.settings import KafkaSettings

SLOW_S: Final = 2.0
NEVER_S: Final = 600.0
PLAY_S: Final = 4.0

# A record that comes again meets three guards: its row has started, something of its session is at the gateway, and this
# process knows so.
NO_LEASE_CHECK: Final = Flaw(
    "the lease is not checked at the start",
    (
        Change(
            "db/queries/sender/start_attempts.sql",
            "AND m.status = 'sending' AND m.attempt_started_at IS NULL AND m.lease_until > now()",
            "AND m.status = 'sending'",
        ),
        Change(
            "db/queries/sender/start_attempts.sql",
            "AND f.session_id NOT IN (SELECT b.session_id FROM started_before AS b)",
            "",
        ),
        Change("services/sender/lines.py", "if session_id in self._busy:", "if False:"),
    ),
)
RESEND_ON_TIMEOUT: Final = Flaw(
    "a time-out is sent again",
    (
        Change(
            "services/sender/decide.py",
            "return Doubt(DOUBT_MESSAGE)",
            "return _retry_or_fail(outcome, failed_attempts, policy, random)",
        ),
    ),
)
SENT_ON_ACCEPTED: Final = Flaw(
    "accepted is taken for sent", (Change("services/sender/decide.py", "return Accept()", "return Send()"),)
)


@pytest.mark.parametrize(
    ("flaw", "broken_promise"),
    [
        (None, None),
        (NO_LEASE_CHECK, "nothing twice"),
        (RESEND_ON_TIMEOUT, "nothing twice"),
        (SENT_ON_ACCEPTED, "no false Sent"),
    ],
    ids=["as it is", "no lease check", "resend on time-out", "sent on accepted"],
)
async def test_the_judge_finds_against_a_build_without_the_promise_and_only_then(
    flaw: Flaw | None,
    broken_promise: str | None,
    database: Database,
    kafka: SharedKafka,
    topic_prefix: str,
    tmp_path: Path,
) -> None:
    servers = Servers(database.url, kafka.bootstrap_servers, topic_prefix)
    await create_topics(
        KafkaSettings(
            kafka_bootstrap_servers=kafka.bootstrap_servers,
            truesend_topic_prefix=topic_prefix,
            kafka_topic_partitions=PARTITIONS,
        )
    )
    build = None if flaw is None else broken_build(tmp_path / "build", flaw)

    async with world(servers, tmp_path, sessions=12, processes=["sender-1"], settings=build) as town:
        promises = await _play(town)

    if broken_promise is None:
        assert promises == {}
    else:
        assert broken_promise in promises


def test_a_flaw_whose_place_is_gone_is_an_error_and_not_a_build_that_passes(tmp_path: Path) -> None:
    gone = Flaw("gone", (Change("services/sender/decide.py", "return Doubt(YESTERDAY)", "return Send()"),))

    with pytest.raises(ValueError, match="found 0 times"):
        broken_build(tmp_path / "build", gone)


async def _play(town: World) -> dict[str, list[str]]:
    """Everything due at once; time-outs at one gateway, and accepted messages that are lost; repeated records at another."""
    main, bare = town.gateways["main"], town.gateways["bare"]
    main.hang("after_delivery")
    main.slow_down(NEVER_S)
    bare.slow_down(SLOW_S)
    wanted = [
        Wanted(uuid4(), place, f"91980000{number:04}", at_s=0.0, by="crm")
        for number, place in enumerate([*town.places, *town.places])
    ]
    await Crm(town.servers.database_url, town.api_url, KEYS, wanted).write_all()

    async def posted() -> bool:
        return main.ledger.post_count >= 4 and bare.ledger.post_count >= 2

    await until(posted, 20, "sends are under way")
    await _repeat_commands(town)
    main.restart()
    await town.calm()
    quiet_after_s, unquiet = await wait_for_quiet(town.servers, 30)
    findings = await gather(
        town.servers,
        town.gateways,
        [each.token for each in wanted],
        quiet_after_s=quiet_after_s,
        unquiet=unquiet,
        complaints=town.crew.complaints,
    )
    return by_promise(judge(findings))


async def _repeat_commands(town: World) -> None:
    """Again and again, so that some come while their messages are at the gateway."""
    topic = f"{town.servers.topic_prefix}{MESSAGE_DISPATCH.name}"
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + PLAY_S
    while loop.time() < ends_at:
        try:
            await copy_records(town.servers.bootstrap_servers, topic)
        except KafkaError as error:
            pytest.fail(f"Kafka did not take the copies: {error!r}")
