"""Which module speaks which kind of gateway."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from truesend.gateways.protocol import Gateway, GatewayConfig
from truesend.gateways.vps import VpsGateway

KINDS: Final[Mapping[str, Callable[[GatewayConfig], Gateway]]] = MappingProxyType({"vps": VpsGateway})


class GatewayConfigError(ValueError):
    """A gateway can't be built from what the settings say. The message is one line that names it, without its key."""


def build_gateways(
    configs: Sequence[GatewayConfig], kinds: Mapping[str, Callable[[GatewayConfig], Gateway]] = KINDS
) -> Mapping[str, Gateway]:
    """One gateway per config, by name. Raises GatewayConfigError, which names the gateway."""
    gateways: dict[str, Gateway] = {}
    for config in configs:
        if config.name in gateways:
            raise GatewayConfigError(f"two gateways are named {config.name!r}")
        build = kinds.get(config.kind)
        if build is None:
            raise GatewayConfigError(
                f"gateway {config.name!r}: GATEWAY_KIND is unknown; known: {', '.join(sorted(kinds))}"
            )
        try:
            gateways[config.name] = build(config)
        except ValueError as error:
            raise GatewayConfigError(f"gateway {config.name!r}: {error}") from None
    return gateways
