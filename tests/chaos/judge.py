"""The judge: what the simulators delivered, what the rows say, and what Kafka was told. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final
from uuid import UUID

FINAL: Final = frozenset({"sent", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Row:
    """A message's row after the calm. ``outcomes`` are its attempts', in their order."""

    id: UUID
    token: UUID
    gateway: str
    status: str
    version: int
    in_doubt: bool = False
    has_lease: bool = False
    accepted: bool = False
    started: bool = False
    queued: bool = False
    outcomes: tuple[str, ...] = ()
    error_message: str | None = None

    @property
    def waits_for_the_operator(self) -> bool:
        """A doubt that nobody has settled."""
        return self.status == "sending" and self.in_doubt and not self.has_lease


@dataclass(frozen=True, slots=True)
class Fact:
    """A record on the topic of facts."""

    ce_id: UUID
    message_id: UUID
    status: str
    version: int
    position: int


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that the judge is shown. ``facts`` are in the topic's order, of each key at least."""

    wanted: Sequence[UUID]
    rows: Sequence[Row]
    delivered: Mapping[UUID, int]
    posted: Mapping[UUID, int]
    facts: Sequence[Fact]
    logged: Mapping[UUID, int | None]  # event_log: the position of each message's fact, by its id
    positions: Sequence[int]  # event_log: all of them
    unpositioned: int
    last_position: int
    published_position: int
    quiet_after_s: float | None
    unquiet: str = ""
    unsettling: frozenset[str] = field(default_factory=frozenset)  # gateways whose doubts only a person can settle
    settling: frozenset[str] = field(default_factory=frozenset)  # gateways that can settle every doubt
    buried: int = 0  # records among the dead letters
    complaints: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken, and where."""

    promise: str
    what: str


def judge(findings: Findings) -> list[Violation]:
    """Every promise that was broken. Nothing, if all were kept."""
    return [
        *_lost(findings),
        *_deliveries(findings),
        *_stuck(findings),
        *_resent(findings),
        *_groundless(findings),
        *_unsettled(findings),
        *_untold(findings),
        *_unordered(findings),
        *_log(findings),
        *_unquiet(findings),
        *_buried(findings),
        *(Violation("processes", each) for each in findings.complaints),
    ]


def _lost(findings: Findings) -> Iterator[Violation]:
    """Nothing lost: each that was wanted is there, once."""
    rows = Counter(row.token for row in findings.rows)
    for token in findings.wanted:
        if rows[token] != 1:
            yield Violation("nothing lost", f"{token} was wanted once, and has {rows[token]} rows")


def _deliveries(findings: Findings) -> Iterator[Violation]:
    """Nothing twice, no false Sent, no false Failed."""
    for row in findings.rows:
        times = findings.delivered.get(row.token, 0)
        if times > 1:
            yield Violation("nothing twice", f"{_named(row)} was delivered {times} times")
        if row.status == "sent" and times == 0:
            yield Violation("no false Sent", f"{_named(row)} was never delivered")
        if row.status == "failed" and times > 0:
            yield Violation("no false Failed", f"{_named(row)} was delivered")


def _stuck(findings: Findings) -> Iterator[Violation]:
    """Each is final, or a doubt that waits for the operator."""
    for row in findings.rows:
        if row.status not in FINAL and not row.waits_for_the_operator:
            yield Violation("nothing stuck", f"{_named(row)} is neither final nor in doubt")
        if row.queued and row.status in FINAL:
            yield Violation("nothing stuck", f"{_named(row)} is final and still queued")


def _resent(findings: Findings) -> Iterator[Violation]:
    """Where nothing can prove that it did not arrive, nothing is sent again after a doubt."""
    for row in findings.rows:
        if row.gateway in findings.unsettling and "unconfirmed" in row.outcomes[:-1]:
            yield Violation("no doubt sent again", f"{_named(row)} was tried again after a doubt")


def _groundless(findings: Findings) -> Iterator[Violation]:
    """A doubt has a reason: an attempt began, and nobody knows how it ended."""
    for row in findings.rows:
        has_reason = row.started and row.outcomes[-1:] != ("sent",)
        if row.waits_for_the_operator and not (has_reason and row.outcomes):
            yield Violation(
                "no groundless doubt", f"{_named(row)} is in doubt without an attempt that could have sent it"
            )


def _unsettled(findings: Findings) -> Iterator[Violation]:
    """What can be settled is, once an operator has asked."""
    for row in findings.rows:
        if row.gateway in findings.settling and row.waits_for_the_operator:
            yield Violation(
                "doubts are settled", f"{_named(row)} could be sent again under its id: {row.error_message}"
            )


def _untold(findings: Findings) -> Iterator[Violation]:
    """Every final state and every doubt is on the topic, and the newest fact is the truth."""
    newest: dict[UUID, Fact] = {}
    for fact in findings.facts:
        known = newest.get(fact.message_id)
        if known is None or fact.version > known.version:
            newest[fact.message_id] = fact
    for row in findings.rows:
        told = newest.get(row.id)
        if told is None or told.status != row.status or told.version > row.version:
            yield Violation("every final state is told", f"{_named(row)}: the topic's newest is {told}")
    on_topic = {fact.ce_id for fact in findings.facts}
    missing = [event_id for event_id in findings.logged if event_id not in on_topic]
    if missing:
        yield Violation("every fact is published", f"{len(missing)} are in event_log only, such as {missing[0]}")


def _unordered(findings: Findings) -> Iterator[Violation]:
    """Repeats aside, a message's facts come in the order of its versions."""
    seen: set[UUID] = set()
    by_message: defaultdict[UUID, list[Fact]] = defaultdict(list)
    for fact in findings.facts:
        if fact.ce_id not in seen:
            seen.add(fact.ce_id)
            by_message[fact.message_id].append(fact)
    for message_id, facts in by_message.items():
        for before, after in pairwise(facts):
            if after.version <= before.version:
                yield Violation(
                    "order per message",
                    f"{message_id}: version {after.version} ({after.status}, position {after.position}) came after"
                    f" {before.version} ({before.status}, position {before.position})",
                )


def _log(findings: Findings) -> Iterator[Violation]:
    """Positions have no gaps, and all of them are published."""
    gaps = [(before, after) for before, after in pairwise(sorted(findings.positions)) if after != before + 1]
    if gaps:
        yield Violation("no gaps", f"positions jump {len(gaps)} times, first from {gaps[0][0]} to {gaps[0][1]}")
    if findings.unpositioned:
        yield Violation("every fact is published", f"{findings.unpositioned} have no position")
    last = max(findings.positions, default=0)
    if not findings.published_position == findings.last_position == last:
        yield Violation(
            "every fact is published",
            f"published up to {findings.published_position} of {findings.last_position}, the log ends at {last}",
        )


def _unquiet(findings: Findings) -> Iterator[Violation]:
    if findings.quiet_after_s is None:
        yield Violation("the queue empties", f"not in time after the calm: {findings.unquiet}")


def _buried(findings: Findings) -> Iterator[Violation]:
    """Every record is one that can be read: none is given up."""
    if findings.buried:
        yield Violation("no dead letters", f"{findings.buried} records were given up")


def _named(row: Row) -> str:
    outcomes = ", ".join(row.outcomes) or "none"
    return f"{row.id} at {row.gateway} ({row.status}, version {row.version}, attempts: {outcomes})"


def by_promise(violations: Iterable[Violation]) -> dict[str, list[str]]:
    """What was broken, promise by promise."""
    grouped: defaultdict[str, list[str]] = defaultdict(list)
    for violation in violations:
        grouped[violation.promise].append(violation.what)
    return dict(grouped)
