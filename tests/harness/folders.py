"""Where the tests' servers keep their data: in memory where there is enough, since a thousand databases come and go."""

import shutil
import tempfile
from pathlib import Path

_IN_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 4_000_000_000


def server_folder(name: str) -> Path:
    """Make an empty folder for one server; whoever asks removes it."""
    has_room = _IN_MEMORY.is_dir() and shutil.disk_usage(_IN_MEMORY).free > _ENOUGH_BYTES
    return Path(tempfile.mkdtemp(prefix=f"truesend-{name}-", dir=_IN_MEMORY if has_room else None))
