"""Known secrets taken out of a text, in every spelling in which they are likely to be written. Pure."""

import base64
import json
import re
from collections.abc import Callable, Collection, Iterator
from typing import Final
from urllib.parse import quote, quote_plus

HIDDEN: Final = "[hidden]"
# what is shorter is found in innocent words
SHORTEST: Final = 6


def hiding(secrets: Collection[str]) -> Callable[[str], str]:
    """A function that puts ``HIDDEN`` in the place of each secret of at least ``SHORTEST`` characters."""
    spelled = {spelling for secret in secrets if len(secret) >= SHORTEST for spelling in spellings(secret)}
    if not spelled:
        return lambda text: text
    pattern = re.compile("|".join(map(re.escape, sorted(spelled, key=len, reverse=True))))
    return lambda text: pattern.sub(HIDDEN, text)


def spellings(secret: str) -> Iterator[str]:
    """The secret as it is, in JSON, in a URL, in a form, and inside of something in base64, wherever it begins there."""
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield quote(secret, safe="", errors="replace")
    yield quote_plus(secret, errors="replace")
    yield from _in_base64(secret.encode(errors="replace"))


def _in_base64(secret: bytes) -> Iterator[str]:
    """Base64 writes three bytes as four characters: what stands between two others' bytes has three spellings, each without
    the characters at its edges that its neighbours share."""
    for before in range(3):
        first = -(-before * 8 // 6)
        last = (before + len(secret)) * 8 // 6
        written = base64.b64encode(bytes(before) + secret).decode()[first:last]
        if len(written) >= SHORTEST:
            yield written
            yield written.replace("+", "-").replace("/", "_")
