"""From settings to gateways: one from the environment, named ``default``, or as many as a file describes."""

import os
from collections.abc import Mapping

from truesend.gateways.file import gateways_from_file
from truesend.gateways.protocol import GatewayConfig
from truesend.gateways.registry import OPTIONS
from truesend.settings import GatewaySettings

DEFAULT_GATEWAY = "default"


def gateway_configs(
    settings: GatewaySettings, environment: Mapping[str, str] | None = None
) -> tuple[GatewayConfig, ...]:
    """The gateways that the settings describe; ``environment`` holds the keys that a file names (by default, ours).

    Raises GatewaysFileError, with a line for each mistake.
    """
    config = _of_the_environment(settings)
    if settings.gateways_file is None:
        return (config,)
    return gateways_from_file(
        settings.gateways_file, config, os.environ if environment is None else environment, OPTIONS
    )


def _of_the_environment(settings: GatewaySettings) -> GatewayConfig:
    return GatewayConfig(
        name=DEFAULT_GATEWAY,
        kind=settings.gateway_kind,
        url=settings.gateway_url or "",
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
        callback_base_url=settings.gateway_callback_base_url or "",
        check_numbers=settings.gateway_check_numbers,
        media_allow_private=settings.gateway_media_allow_private,
        media_limit_bytes=settings.gateway_media_max_bytes,
        media_timeout_s=settings.gateway_media_timeout_s,
        options=settings.gateway_options,
    )
