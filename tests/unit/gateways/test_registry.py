"""Gateways are built by name from their settings, and wrong settings stop the start with one clear line."""

from dataclasses import replace

import pytest

from truesend.gateways.protocol import GatewayConfig
from truesend.gateways.registry import build_gateways

CONFIG = GatewayConfig("default", "vps", "http://127.0.0.1:9", "key-123456")


def test_each_gateway_stands_under_its_name() -> None:
    gateways = build_gateways([CONFIG, replace(CONFIG, name="second", url="https://vps.example/base/")])

    assert {name: gateway.config.name for name, gateway in gateways.items()} == {
        "default": "default",
        "second": "second",
    }


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (replace(CONFIG, kind="pigeon"), "gateway 'default': GATEWAY_KIND is unknown; known: "),
        (replace(CONFIG, auth_style="cookie"), "gateway 'default': auth style 'cookie' is unknown"),
        (replace(CONFIG, api_key="key\r\nX-Evil: 1"), "gateway 'default': GATEWAY_API_KEY holds characters"),
        (replace(CONFIG, api_key="schlüssel"), "gateway 'default': GATEWAY_API_KEY holds characters"),
        (replace(CONFIG, url="ftp://vps.example"), "must start with http"),
        (replace(CONFIG, url="vps.example:3000"), "must start with http"),
        (replace(CONFIG, url="http://"), "must start with http"),
        (replace(CONFIG, url="http://me:pass@vps.example", auth_style="bearer"), "holds credentials"),
    ],
)
def test_a_gateway_that_can_t_be_built_is_named_and_its_key_is_not(config: GatewayConfig, says: str) -> None:
    with pytest.raises(ValueError, match="gateway 'default'") as failure:
        build_gateways([config])

    assert says in str(failure.value)
    assert config.api_key not in str(failure.value)


def test_two_gateways_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two gateways are named 'default'"):
        build_gateways([CONFIG, CONFIG])


def test_the_settings_never_show_the_key() -> None:
    assert CONFIG.api_key not in repr(CONFIG)
