"""Kafka and the gateways, where the environment names them already."""

from truesend.cli.doctor.broker import check_broker
from truesend.cli.doctor.finding import Finding, State, note
from truesend.cli.doctor.gateways import check_gateways
from truesend.gateways.configured import gateway_configs
from truesend.settings import GatewaySettings, KafkaSettings


async def examine_kafka(settings: KafkaSettings | None) -> list[Finding]:
    """What the doctor says of it. Topics that are not there yet are no illness."""
    if settings is None:
        return [note("kafka", "not looked at", "Set KAFKA_BOOTSTRAP_SERVERS to have it looked at.")]
    return [_not_yet(finding) for finding in await check_broker(settings)]


async def examine_gateways(settings: GatewaySettings | None) -> list[Finding]:
    """What the doctor says of them."""
    if settings is None:
        return [note("gateways", "not looked at", "Set GATEWAY_URL, or GATEWAYS_FILE, to have them looked at.")]
    return await check_gateways(gateway_configs(settings))


def _not_yet(finding: Finding) -> Finding:
    if finding.check == "topics" and finding.state is State.ILL:
        return note(finding.check, finding.says, "truesend topics makes them.")
    return finding
