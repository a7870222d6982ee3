"""What a run found, in words and as JSON."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from tests.chaos.judge import Findings, Row, Violation, by_promise

_EXAMPLES: Final = 5


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from due to sent."""

    median_s: float
    p90_s: float
    p99_s: float
    longest_s: float


@dataclass(frozen=True, slots=True)
class Report:
    """One run's."""

    seed: int
    messages: int
    sessions: int
    faults_s: float
    faults_done: Mapping[str, int]
    faults_aimed: Mapping[str, int]
    faults_skipped: Mapping[str, int]
    process_starts: int
    quiet_after_s: float | None
    latency: Latency
    findings: Findings
    violations: Sequence[Violation]

    @property
    def passed(self) -> bool:
        """Whether every promise was kept."""
        return not self.violations

    def ends(self) -> dict[str, dict[str, int]]:
        """How many messages ended how, by gateway; doubts by whether they were delivered."""
        ends: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in self.findings.rows:
            end = row.status
            if row.waits_for_the_operator:
                end = (
                    "unconfirmed, delivered" if self.findings.delivered.get(row.token) else "unconfirmed, not delivered"
                )
            ends[row.gateway][end] += 1
        return {gateway: dict(sorted(counts.items())) for gateway, counts in sorted(ends.items())}

    def doubts(self) -> dict[str, int]:
        """What is told of those that wait for the operator, and how often."""
        told = Counter(
            f"{row.gateway}: {row.error_message}" for row in self.findings.rows if row.waits_for_the_operator
        )
        return dict(told.most_common())

    def _arrival(self, row: Row) -> str:
        if self.findings.delivered.get(row.token):
            return "delivered"
        return "not delivered" if self.findings.posted.get(row.token) else "never arrived"

    def _aim(self, name: str) -> str:
        return f" ({self.faults_aimed[name]} at that very moment)" if name in self.faults_aimed else ""

    def lines(self) -> Iterator[str]:
        """For people."""
        faults, latency = sum(self.faults_done.values()), self.latency
        yield f"seed {self.seed}: {self.messages} messages, {self.sessions} sessions, {faults} faults in {self.faults_s:g} s"
        yield ""
        yield from (f"  {number:4}  {name}{self._aim(name)}" for name, number in sorted(self.faults_done.items()))
        yield from (f"  skipped {number} times  {name}" for name, number in sorted(self.faults_skipped.items()))
        yield f"  {self.process_starts:4}  starts of six processes"
        yield ""
        for gateway, ends in self.ends().items():
            yield f"  {gateway}: " + ", ".join(f"{number} {end}" for end, number in ends.items())
        yield from (f"    {number:4}  {told}" for told, number in self.doubts().items())
        yield (
            f"  due to sent: median {latency.median_s:.2f} s, p90 {latency.p90_s:.1f} s, p99 {latency.p99_s:.1f} s,"
            f" longest {latency.longest_s:.1f} s"
        )
        quiet = "never" if self.quiet_after_s is None else f"{self.quiet_after_s:.1f} s after the calm"
        yield f"  nothing left to do: {quiet}; {len(self.findings.facts)} facts on the topic"
        yield ""
        yield from self._verdict()

    def _verdict(self) -> Iterator[str]:
        if self.passed:
            yield "0 lost, 0 delivered twice, 0 false Sent, 0 false Failed; every final state told, in order; nothing stuck."
        for promise, broken in by_promise(self.violations).items():
            yield f"BROKEN: {promise}, {len(broken)} times"
            yield from (f"  {each}" for each in broken[:_EXAMPLES])
        if not self.passed:
            yield f"The same faults again: --seed {self.seed}"

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "seed": self.seed,
            "messages": self.messages,
            "sessions": self.sessions,
            "faults_s": self.faults_s,
            "faults_done": dict(self.faults_done),
            "faults_aimed": dict(self.faults_aimed),
            "faults_skipped": dict(self.faults_skipped),
            "process_starts": self.process_starts,
            "quiet_after_s": self.quiet_after_s,
            "latency": asdict(self.latency),
            "ends": self.ends(),
            "doubts": self.doubts(),
            "violations": [asdict(each) for each in self.violations],
        }
