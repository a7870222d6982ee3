"""TCP ports on the loopback address."""

import socket
from contextlib import closing

from truesend.cli.local.errors import LocalStackError

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """Return a port that nobody listened on a moment ago; the kernel hands them out in turn, so clashes are rare."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as listener:
        listener.bind((LOOPBACK, 0))
        port: int = listener.getsockname()[1]
        return port


def claim_port(port: int, *, purpose: str) -> int:
    """Return `port`, or a free one for 0.

    Raises LocalStackError when another program listens on the wanted port, or when binding it is not allowed.
    """
    if port == 0:
        return free_port()
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError as error:
            raise LocalStackError(
                f"Port {port} on {LOOPBACK} can't be had for the {purpose} ({error.strerror}): "
                "end the program that uses it, or choose another port."
            ) from error
    return port
