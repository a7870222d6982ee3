"""How a command ends when it can't do its work: with one line, never a traceback."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

FAILED = 1
WRONG_SETTING = 2
CANNOT_REACH = 3
NOT_FOUND = 4

_ADDRESS_PROBLEMS = {errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES}


class CommandError(Exception):
    """The message is one line for the person who typed the command; several, where several things are wrong at once."""

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__("\n".join(" ".join(line.split()) for line in message.splitlines()))
        self.exit_code = exit_code


@contextmanager
def settings_in_one_line() -> Iterator[None]:
    """Turn a wrong setting into a CommandError that names it."""
    from truesend.gateways.registry import GatewayConfigError
    from truesend.settings import SettingsError

    try:
        yield
    except (SettingsError, GatewayConfigError) as error:
        raise CommandError(str(error), WRONG_SETTING) from None


@contextmanager
def database_in_one_line(command: str) -> Iterator[None]:
    """Turn what keeps the database from answering ``command`` into a CommandError: not migrated, or out of reach."""
    import asyncpg

    try:
        yield
    except (
        asyncpg.InvalidSchemaNameError,
        asyncpg.UndefinedTableError,
        asyncpg.UndefinedColumnError,
        asyncpg.UndefinedFunctionError,
    ):
        raise CommandError(f"{command}: the database is not migrated; run truesend migrate") from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CommandError(f"{command}: the database can't be asked ({type(error).__name__})", CANNOT_REACH) from None


@contextmanager
def address_in_one_line(variables: str) -> Iterator[None]:
    """Turn an address that can't be listened on into a CommandError that names the ``variables`` to change."""
    try:
        yield
    except OSError as error:
        if error.errno not in _ADDRESS_PROBLEMS:
            raise
        raise CommandError(f"{variables}: {error.strerror or error}") from None
