"""Ports for servers that are stopped and started again."""

import socket
from contextlib import closing, suppress
from pathlib import Path
from random import SystemRandom

from truesend.cli.local.ports import LOOPBACK, free_port

_LOWEST = 15_000
_TRIES = 100
_CLIENTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
_DICE = SystemRandom()


def lasting_port() -> int:
    """Return a port that nobody listens on, and that the kernel gives to no client while its server is away."""
    if not _CLIENTS.exists():
        return free_port()
    highest = int(_CLIENTS.read_text().split()[0]) - 1
    for _ in range(_TRIES if highest > _LOWEST else 0):
        port = _DICE.randint(_LOWEST, highest)
        with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as listener, suppress(OSError):
            listener.bind((LOOPBACK, port))
            return port
    return free_port()
