"""From settings to gateways. The one gateway of the environment is named ``default``."""

from truesend.gateways.protocol import GatewayConfig
from truesend.settings import Settings

DEFAULT_GATEWAY = "default"


def gateway_configs(settings: Settings) -> tuple[GatewayConfig, ...]:
    """The gateways that the settings describe."""
    return (
        GatewayConfig(
            name=DEFAULT_GATEWAY,
            kind=settings.gateway_kind,
            url=settings.gateway_url,
            api_key=settings.gateway_api_key.get_secret_value(),
            webhook_secret=settings.webhook_secret.get_secret_value() if settings.webhook_secret else "",
            auth_style=settings.gateway_auth_style,
            connect_timeout_s=settings.gateway_connect_timeout_s,
            status_timeout_s=settings.status_timeout_s,
            send_timeout_s=settings.send_timeout_s,
            max_in_flight=settings.gateway_max_in_flight,
            status_max_in_flight=settings.gateway_status_max_in_flight,
            exclusive=settings.gateway_exclusive,
            min_interval_s=settings.session_min_interval_ms / 1000,
        ),
    )
