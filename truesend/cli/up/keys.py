"""Secrets of the local stack, made at its first start and kept where only this user can read them."""

import os
import secrets
from pathlib import Path


def kept_key(file: Path) -> str:
    """Return the key in ``file``; made up and written at the first call. Nobody else may read the file."""
    if file.exists() and (key := file.read_text().strip()):
        return key
    key = secrets.token_hex(16)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as writer:
        writer.write(key + "\n")
    return key
