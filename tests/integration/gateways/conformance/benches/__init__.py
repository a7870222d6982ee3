"""Every kind that the suite runs on: one line each."""

from typing import Final

from tests.integration.gateways.conformance.bench import Bench
from tests.integration.gateways.conformance.benches import documented, evolution, gowa, vps, waha, wuzapi, wwebjs

BENCHES: Final[tuple[Bench, ...]] = (
    vps.SYNC,
    vps.ACCEPTS,
    waha.NOWEB,
    waha.GOWS,
    wwebjs.SETTABLE,
    wwebjs.RENAMED,
    gowa.V9,
    evolution.EVOLUTION,
    wuzapi.JSON,
    wuzapi.FORM,
    wuzapi.TOKENS,
)  # fmt: skip

# with the one that the documentation adds, which is no kind of ours
EVERY_BENCH: Final = (*BENCHES, documented.LOFT)
