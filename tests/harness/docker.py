"""Docker, where a daemon answers."""

import gc
import warnings
from functools import cache

_DAEMON_TIMEOUT_S = 3


@cache
def docker_answers() -> bool:
    """Say whether a Docker daemon answers a ping within a few seconds."""
    # Docker's client leaves its socket to the garbage collector where nobody listens.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        answers = _ping()
        gc.collect()
    return answers


def _ping() -> bool:
    import docker  # type: ignore[import-untyped]
    from docker.errors import DockerException  # type: ignore[import-untyped]
    from requests.exceptions import RequestException

    try:
        client = docker.from_env(timeout=_DAEMON_TIMEOUT_S)
        try:
            return bool(client.ping())
        finally:
            client.close()
    except (DockerException, RequestException, OSError):
        return False
