"""What the person at the terminal sees: progress, the one screen, and why it ended."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from truesend.cli.up.demo import DEAD, HEALTHY, Organization


@dataclass(frozen=True, slots=True)
class Key:
    """An organisation's API key and the file it can be read from."""

    organization: Organization
    value: str
    file: Path


class Screen:
    """Writes to the terminal; plain lines where it is none."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show that something is going on, and afterwards that it is done, with the seconds it took."""
        started = time.monotonic()
        with self._console.status(f"{title} …"):
            yield
        self._console.print(f"  [green]✓[/] {title} [dim]{time.monotonic() - started:.1f} s[/]")

    def say(self, line: str) -> None:
        """Write one line."""
        self._console.print(line, markup=False)

    def show_running(self, url: str, logs: Path) -> None:
        """Say that all of it runs, on a gateway of the user's own."""
        self._heading(url)
        self._section("Open it in a browser, and sign in with one of your API_KEYS (with AUTH_MODE=jwt: a token)", url)
        self._closing(logs)

    def show_demo(self, url: str, gateway_url: str, keys: tuple[Key, ...], logs: Path) -> None:
        """Say that all of it runs, and what to try with the demo."""
        self._heading(url)
        self._section("Open it in a browser, and sign in with one of these keys", url)
        for key in keys:
            self._console.print(f"  [cyan]{key.value}[/]  {key.organization.name} [dim]{key.organization.id}[/]")
        curl = 'curl -s -H "X-API-Key: $KEY"'
        self._section(
            "The same from a terminal",
            f"export KEY=$(cat {_shown(keys[0].file)})",
            f"{curl} {url}/v1/sessions | python3 -m json.tool",
            f"{curl} '{url}/v1/messages?status=failed' | python3 -m json.tool",
            f"{curl} '{url}/v1/messages?status=pending' | python3 -m json.tool",
            f"{curl} -N {url}/v1/events",
        )
        control = f"{gateway_url}/_control/sessions"
        self._section(
            "Play with the gateway (within 10 s the truth shows)",
            f"curl -s -X POST {control}/{HEALTHY.gateway_session_id}/drop",
            f"curl -s -X POST {control}/{HEALTHY.gateway_session_id}/revive",
            f"curl -s -X POST {control}/{DEAD.gateway_session_id}/revive",
            f"curl -s '{gateway_url}/_control/ledger?limit=5' | python3 -m json.tool",
        )
        self._closing(logs)

    def _heading(self, url: str) -> None:
        self._console.print(f"\n[bold green]Truesend is running:[/] [bold]{url}[/]  [dim](its API: {url}/docs)[/]")

    def _section(self, title: str, *lines: str) -> None:
        self._console.print(f"\n[bold]{title}[/]")
        for line in lines:
            self._console.print(f"  {line}", markup=False)

    def _closing(self, logs: Path) -> None:
        self._console.print(f"\n[dim]Logs: {_shown(logs)}/    Ctrl-C ends everything.[/]\n")


def _shown(path: Path) -> str:
    """Return the path as short as it can be written here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
