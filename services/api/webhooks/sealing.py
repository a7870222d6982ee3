"""Secrets in the bodies of webhooks that are passed on: out before the record is written, in again before it is posted.

Some gateways write their key into every webhook. Kafka must not have it, and whoever the webhook is passed on to must get it
byte for byte. Pure.
"""

import re
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from hashlib import blake2b

from truesend.observability.hidden import spellings

_MARK_BYTES = 4


def sealed(body: bytes, secrets: Collection[str]) -> bytes:
    """The body with a mark in the place of each secret, however JSON, a form or base64 spells it."""
    return _sealer(frozenset(secrets))(body)


def unsealed(body: bytes, secrets: Collection[str]) -> bytes:
    """The body as it came. A mark of a secret that is not among these stays."""
    return _unsealer(frozenset(secrets))(body)


# A gateway's secrets are the same for each of its webhooks.
@lru_cache(maxsize=1_000)
def _sealer(secrets: frozenset[str]) -> Callable[[bytes], bytes]:
    return _replacing({written: mark for mark, written in _written(secrets).items()})


@lru_cache(maxsize=1_000)
def _unsealer(secrets: frozenset[str]) -> Callable[[bytes], bytes]:
    return _replacing(_written(secrets))


def _written(secrets: Collection[str]) -> dict[bytes, bytes]:
    """Each spelling of each secret, by the mark that stands for it. So short a hash says nothing of the secret."""
    written = {spelling.encode() for secret in secrets if secret for spelling in spellings(secret)}
    return {b"<sealed-" + blake2b(text, digest_size=_MARK_BYTES).hexdigest().encode() + b">": text for text in written}


def _replacing(new_by_old: Mapping[bytes, bytes]) -> Callable[[bytes], bytes]:
    """All in one pass: what has been put in is not looked at again."""
    if not new_by_old:
        return lambda body: body
    longest_first = sorted(new_by_old, key=len, reverse=True)
    pattern = re.compile(b"|".join(map(re.escape, longest_first)))
    return lambda body: pattern.sub(lambda found: new_by_old[found[0]], body)
