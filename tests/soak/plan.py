"""How long, how much, and what may grow by how much."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.soak.judge import Bound


@dataclass(frozen=True, slots=True)
class Plan:
    """A soak: ``rate`` messages a second over ``sessions``, of which every fifth drops and comes back.

    Messages and history are kept for ``kept_s``, so that what is deleted keeps pace with what is written well before the
    second half, which is judged.
    """

    seconds: float
    rate: float
    sessions: int = 60
    pages: int = 20
    drop_every_s: float = 20.0
    dropped_for_s: float = 8.0
    verify_every_s: float = 5.0
    sample_every_s: float = 10.0

    @property
    def kept_s(self) -> float:
        """A tenth of the soak, and no longer than ten minutes."""
        return min(600.0, self.seconds / 10)

    @property
    def messages(self) -> int:
        """How many are written in all."""
        return int(self.seconds * self.rate)


HOUR: Final[Mapping[str, Bound]] = {
    "memory MB": Bound(absolute=3.0, share=0.03),
    "rows": Bound(absolute=200.0, share=0.1),
    "dead rows": Bound(absolute=5_000.0, share=0.5),
    "size MB": Bound(absolute=2.0, share=0.1),
    "bytes per attempt": Bound(absolute=20.0, share=0.1),
    "behind": Bound(absolute=50.0, share=0.5),
    "waiting": Bound(absolute=50.0, share=0.5),
    "p50 ms": Bound(absolute=10.0, share=0.25),
    "p99 ms": Bound(absolute=50.0, share=0.5),
}
"""What an hour may bring, for each kind of series."""

SHORT: Final[Mapping[str, Bound]] = {
    "memory MB": Bound(absolute=15.0, share=0.15),
    "dead rows": Bound(absolute=20_000.0, share=1.0),
    "behind": Bound(absolute=200.0, share=1.0),
    "waiting": Bound(absolute=200.0, share=1.0),
}
"""A minute proves little: no flood, and no process that swells."""
