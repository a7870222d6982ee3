"""Which module speaks which kind of gateway."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from truesend.gateways.protocol import Gateway, GatewayConfig
from truesend.gateways.vps import VpsGateway

KINDS: Final[Mapping[str, Callable[[GatewayConfig], Gateway]]] = MappingProxyType({"vps": VpsGateway})


def build_gateways(
    configs: Sequence[GatewayConfig], kinds: Mapping[str, Callable[[GatewayConfig], Gateway]] = KINDS
) -> Mapping[str, Gateway]:
    """One gateway per config, by name. Raises ValueError, which names the gateway, for what can't be built."""
    gateways: dict[str, Gateway] = {}
    for config in configs:
        if config.name in gateways:
            raise ValueError(f"two gateways are named {config.name!r}")
        build = kinds.get(config.kind)
        if build is None:
            raise ValueError(
                f"gateway {config.name!r}: kind {config.kind!r} is unknown; known: {', '.join(sorted(kinds))}"
            )
        try:
            gateways[config.name] = build(config)
        except ValueError as error:
            raise ValueError(f"gateway {config.name!r}: {error}") from None
    return gateways
