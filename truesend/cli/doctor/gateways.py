"""The gateways: reachable, and our key is the right one."""

from collections.abc import Sequence

from truesend.cli.doctor.finding import Finding, ill, well
from truesend.gateways.protocol import GatewayConfig, ObservedState
from truesend.gateways.registry import build_gateways

# A session that no gateway has: one that refuses our key says so before it says that.
NO_SESSION = "truesend_doctor"


async def check_gateways(configs: Sequence[GatewayConfig]) -> list[Finding]:
    """One finding for each."""
    gateways = build_gateways(configs)
    findings = []
    for name, gateway in gateways.items():
        try:
            seen = await gateway.status(NO_SESSION)
        finally:
            await gateway.close()
        if seen.state is ObservedState.CANNOT_TELL:
            advice = "Is it running, are GATEWAY_URL, GATEWAY_API_KEY and GATEWAY_AUTH_STYLE right?"
            findings.append(ill(f"gateway {name}", seen.detail, advice))
        else:
            findings.append(well(f"gateway {name}", "answers, and takes our key"))
    return findings
