"""Which module speaks which kind of gateway. A new kind is one line in ``DIALECTS``."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError

from truesend.gateways.capabilities import Capabilities
from truesend.gateways.dialect import Dialect
from truesend.gateways.http_gateway import HttpGateway
from truesend.gateways.kinds.evolution import Evolution
from truesend.gateways.kinds.gowa import Gowa
from truesend.gateways.kinds.waha import Waha
from truesend.gateways.kinds.wuzapi import Wuzapi
from truesend.gateways.kinds.wwebjs import Wwebjs
from truesend.gateways.protocol import Gateway, GatewayConfig
from truesend.gateways.vps import Vps, VpsGateway

BuildGateway = Callable[[GatewayConfig], Gateway]

DIALECTS: Final[tuple[type[Dialect], ...]] = (
    Waha,
    Wwebjs,
    Gowa,
    Evolution,
    Wuzapi,
)  # fmt: skip


def spoken(dialect: type[Dialect]) -> BuildGateway:
    """A builder of gateways that speak this dialect."""

    def build(config: GatewayConfig) -> Gateway:
        return HttpGateway(config, dialect(config))

    return build


KINDS: Final[Mapping[str, BuildGateway]] = MappingProxyType(
    {"vps": VpsGateway, **{dialect.kind: spoken(dialect) for dialect in DIALECTS}}
)

# what each kind's options are checked by
OPTIONS: Final[Mapping[str, type[Dialect]]] = MappingProxyType(
    {"vps": Vps, **{dialect.kind: dialect for dialect in DIALECTS}}
)


class GatewayConfigError(ValueError):
    """A gateway can't be built from what the settings say. The message is one line that names it, without its key."""


def build_gateways(
    configs: Sequence[GatewayConfig], kinds: Mapping[str, BuildGateway] = KINDS
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
        except ValidationError as error:
            raise GatewayConfigError(f"gateway {config.name!r}: GATEWAY_OPTIONS: {_first(error)}") from None
        except ValueError as error:
            raise GatewayConfigError(f"gateway {config.name!r}: {error}") from None
    return gateways


def capabilities_of_kinds() -> Mapping[str, Capabilities]:
    """What each kind can do as it is configured by default."""
    nowhere = {kind: GatewayConfig("default", kind, "http://gateway.example", "") for kind in KINDS}
    return {kind: KINDS[kind](config).capabilities for kind, config in nowhere.items()}


def _first(error: ValidationError) -> str:
    each = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(map(str, each['loc']))}: {each['msg']}"
