"""`statements`: what one message costs Postgres and Kafka at full load: SQL statements, bytes of log, records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import uuid4

from tests.bench.dispatch import IN_FLIGHT, ORGANIZATIONS, SESSIONS, WARM_UP, deliver
from tests.bench.figures import Figure, Goal
from tests.bench.kafka_facts import counting
from tests.bench.lean_gateway import lean_gateway
from tests.bench.messages import insert_sessions, messages
from tests.bench.record_counts import record_counts
from tests.bench.stack import Servers, Stack, stack
from tests.bench.statement_counts import StatementCounter, Statements
from truesend.contracts.topics import MESSAGE_EVENTS

GOAL_STATEMENTS = 0.2
GOAL_RECORDS = 3.0
MESSAGES, QUICK_MESSAGES = 6000, 1500
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Spent:
    """What so many messages took."""

    messages: int
    elapsed_s: float
    statements: Statements
    records: Mapping[str, int]

    @property
    def statements_each(self) -> float:
        """SQL statements per message."""
        return self.statements.calls / self.messages

    @property
    def records_each(self) -> float:
        """Kafka records per message."""
        return sum(self.records.values()) / self.messages

    @property
    def wal_bytes_each(self) -> float:
        """Bytes of write-ahead log per message."""
        return self.statements.wal_bytes / self.messages

    @property
    def smallest_batch(self) -> float:
        """Messages at once, in the statement that takes the fewest."""
        return self.statements.smallest_batch(self.messages)


async def statements(servers: Servers, *, quick: bool) -> Figure:
    """Measure it."""
    count = QUICK_MESSAGES if quick else MESSAGES
    with lean_gateway() as gateway:
        async with stack(servers, gateway_url=gateway.url, gateway_max_in_flight=IN_FLIGHT) as play:
            if not await StatementCounter(play.connection).can_count():
                return Figure("statements", "not measured: Postgres runs without pg_stat_statements")
            await play.start("sender")
            spent = await spent_on(play, count)
    met = spent.statements_each <= GOAL_STATEMENTS and spent.records_each <= GOAL_RECORDS
    return Figure(
        "statements",
        f"{spent.statements_each:.3f} statements and {spent.records_each:.2f} records per message",
        Goal(f"≤ {GOAL_STATEMENTS:g}, ≤ {GOAL_RECORDS:g}", met),
        (
            f"{count:,} messages due at once, {IN_FLIGHT} in flight, {count / spent.elapsed_s:,.0f}/s; in each statement"
            f" {spent.smallest_batch:.0f} messages or more, {spent.wal_bytes_each:,.0f} bytes of log per message",
            "records: " + ", ".join(f"{name} {number:,}" for name, number in spent.records.items() if number),
            *(f"{each}" for each in spent.statements.kinds[:_SHOWN]),
        ),
    )


async def spent_on(play: Stack, count: int, *, begin: Callable[[], None] = lambda: None) -> Spent:
    """Send so many after a few to warm up; a sender runs. ``begin`` is called in between."""
    counter, topic = StatementCounter(play.connection), f"{play.settings.truesend_topic_prefix}{MESSAGE_EVENTS.name}"
    sessions = await insert_sessions(play, SESSIONS, organizations=[uuid4() for _ in range(ORGANIZATIONS)])
    async with counting(play.settings.kafka_bootstrap_servers, topic, "message.sent") as facts:
        await deliver(play, facts, messages(sessions, WARM_UP))
        records_before = await record_counts(play)
        begin()
        await counter.begin()
        elapsed_s = await deliver(play, facts, messages(sessions, count))
        found = await counter.read()
    return Spent(count, elapsed_s, found, await record_counts(play) - records_before)
