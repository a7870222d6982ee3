"""The gateways: reachable, and our key is the right one."""

from collections.abc import Sequence

from truesend.cli.doctor.finding import Finding, ill, well
from truesend.cli.gateways.advice import advice
from truesend.cli.gateways.check import Checked
from truesend.cli.gateways.check import check_gateways as check_all
from truesend.gateways.protocol import GatewayConfig


async def check_gateways(configs: Sequence[GatewayConfig]) -> list[Finding]:
    """One finding for each."""
    return [_finding(checked) for checked in await check_all(configs)]


def _finding(checked: Checked) -> Finding:
    name = f"gateway {checked.config.name}"
    if checked.is_ill:
        return ill(name, checked.health.detail or "does not say whether it takes our key", advice(checked.health))
    return well(name, "answers, and takes our key")
