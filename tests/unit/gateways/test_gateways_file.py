"""Gateways from a file: what it says is what they are, and every mistake is said at once, with its line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from truesend.gateways.file import GatewaysFileError, gateways_from_file
from truesend.gateways.protocol import GatewayConfig
from truesend.gateways.registry import OPTIONS, build_gateways

BASE = GatewayConfig("default", "vps", "", "", webhook_secret="base-secret", max_in_flight=7, min_interval_s=0.5)
ENVIRONMENT = {"WAHA_KEY": "key-1", "WAHA_SECRET": "secret-1", "EMPTY": ""}

Read = Callable[[str], tuple[GatewayConfig, ...]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(text: str) -> tuple[GatewayConfig, ...]:
        path = tmp_path / "gateways.toml"
        path.write_text(text)
        return gateways_from_file(path, BASE, ENVIRONMENT, OPTIONS)

    return read


def mistakes(read: Read, text: str) -> list[str]:
    """The lines of the error, without the file's folder."""
    with pytest.raises(GatewaysFileError) as wrong:
        read(text)
    first, *lines = str(wrong.value).splitlines()
    assert first == "GATEWAYS_FILE: the file can't be used"
    return [line.rpartition("/")[2] for line in lines]


def test_a_gateway_is_what_its_table_says_and_else_what_the_environment_says(read: Read) -> None:
    main, old = read(
        """
        [gateways.main]
        kind = "waha"
        url = "http://waha:3000/"
        key_env = "WAHA_KEY"
        webhook_secret_env = "WAHA_SECRET"
        callback_base_url = "https://crm.example"
        exclusive = false
        check_numbers = true
        max_in_flight = 3
        min_interval_ms = 1500
        send_timeout_s = 20
        media_max_bytes = 5000

        [gateways.main.options]
        engine = "NOWEB"

        [gateways.old]
        kind = "vps"
        url = "http://vps:3001"
        auth_style = "bearer"
        """
    )

    assert (main.name, main.kind, main.url, main.api_key) == ("main", "waha", "http://waha:3000", "key-1")
    assert main.webhook_url == "https://crm.example/v1/webhooks/main"
    assert (main.webhook_secret, main.exclusive, main.check_numbers) == ("secret-1", False, True)
    assert (main.max_in_flight, main.min_interval_s, main.send_timeout_s) == (3, 1.5, 20.0)
    assert (main.media_limit_bytes, main.options) == (5000, {"engine": "NOWEB"})
    assert (old.webhook_secret, old.max_in_flight, old.min_interval_s) == ("base-secret", 7, 0.5)
    assert (old.auth_style, old.api_key, old.webhook_url) == ("bearer", "", "")
    assert list(build_gateways([main, old])) == ["main", "old"]


def test_every_mistake_is_said_at_once_with_its_line_and_what_to_write(read: Read) -> None:
    found = mistakes(
        read,
        """[gateways.main]
kind = "wahaa"
url = "waha:3000"
max_in_fligth = 3
send_timeout_s = "long"

[gateways.second]
kind = "waha"
key_env = "NOT_SET"
max_in_flight = 0
options = { engine = "FAST", speed = 1 }

[gateways."Third Gateway"]
kind = "vps"
url = "http://vps:3001"
key_env = "EMPTY"
options = { engine = "NOWEB" }

[other]
""",
    )

    assert [line.split(": ", 1)[0] for line in found] == [
        "gateways.toml:2",
        "gateways.toml:3",
        "gateways.toml:4",
        "gateways.toml:5",
        "gateways.toml:7",
        "gateways.toml:10",
        "gateways.toml:11",
        "gateways.toml:11",
        "gateways.toml:13",
        "gateways.toml:16",
        "gateways.toml:17",
        "gateways.toml:19",
    ]
    text = "\n".join(found)
    for words in (
        "kind 'wahaa' is unknown; write one of: ",
        "max_in_fligth is unknown; did you mean max_in_flight?",
        "url is missing in [gateways.second]; write url = …",
        "engine: write 'WEBJS', 'NOWEB' or 'GOWS'",
        "speed is unknown; known: engine, version",
        "'Third Gateway' can't be a gateway's name",
        "the environment has no EMPTY; set it",
        "engine is unknown; known: none",
        "other is unknown here; write a table [gateways.<name>]",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "gateways.toml:1: no gateway is described"),
        ("gateways = 3", "gateways.toml:1: no gateway is described"),
        ("[gateways]\nmain = 3", "gateways.toml:2: gateways.main is no table; write [gateways.main]"),
        ("[gateways.a]\n[gateways.a]", "gateways.toml:2: this is not TOML"),
        ("[gateways.a]\nkind = ", "gateways.toml:2: this is not TOML"),
    ],
)
def test_a_file_that_describes_nothing_says_so(read: Read, text: str, says: str) -> None:
    assert mistakes(read, text)[0].startswith(says)


def test_no_error_shows_a_key_that_was_written_into_the_file(read: Read) -> None:
    found = mistakes(
        read, '[gateways.a]\nkind = "vps"\nurl = "http://v"\nkey = "sk-live-123"\nkey_env = "sk-live-456!"'
    )

    assert "sk-live" not in "\n".join(found)


def test_a_file_that_can_t_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(GatewaysFileError, match=r"GATEWAYS_FILE: .*none.toml can't be read: No such file"):
        gateways_from_file(tmp_path / "none.toml", BASE, {}, OPTIONS)
    (tmp_path / "latin.toml").write_bytes(b"# ok\n# \xe4\n")
    with pytest.raises(GatewaysFileError, match=r"latin.toml:2: this is not UTF-8"):
        gateways_from_file(tmp_path / "latin.toml", BASE, {}, OPTIONS)
