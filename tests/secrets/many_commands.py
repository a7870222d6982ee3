"""Many commands in one process, since each process of its own costs a second: JSON in, JSON out."""

import contextlib
import io
import json
import os
import sys
import traceback


def ran(arguments: list[str], environment: dict[str, str]) -> str:
    """What the command writes, to either end; a traceback if it dies of one."""
    from truesend.cli.main import run

    written = io.StringIO()
    os.environ.update(environment)
    sys.argv = ["truesend", *arguments]
    with contextlib.redirect_stdout(written), contextlib.redirect_stderr(written):
        try:
            run()
        except SystemExit:
            pass
        except BaseException:
            traceback.print_exc()
    return written.getvalue()


if __name__ == "__main__":
    json.dump([ran(call["arguments"], call["environment"]) for call in json.load(sys.stdin)], sys.stdout)
