"""A picture that looks like a QR code. It encodes nothing: the simulator has no phone that could scan it."""

import base64
import hashlib
import struct
import zlib
from typing import Final

_MODULES: Final = 29
_QUIET: Final = 4
_SCALE: Final = 6
_FINDER: Final = 7


def qr_data_url(seed: str) -> str:
    """A data URL of a PNG; the same seed gives the same picture."""
    return "data:image/png;base64," + base64.b64encode(_png(_dark_modules(seed))).decode()


def _dark_modules(seed: str) -> list[list[bool]]:
    noise = hashlib.shake_256(seed.encode("utf-8", "replace")).digest(_MODULES * _MODULES)
    return [
        [_finder(row, column, noise[row * _MODULES + column] & 1 == 1) for column in range(_MODULES)]
        for row in range(_MODULES)
    ]


def _finder(row: int, column: int, otherwise: bool) -> bool:
    """The three squares in the corners, each with a light border."""
    last = _MODULES - _FINDER
    for top, left in ((0, 0), (0, last), (last, 0)):
        inside_row, inside_column = row - top, column - left
        if -1 <= inside_row <= _FINDER and -1 <= inside_column <= _FINDER:
            ring = max(abs(inside_row - 3), abs(inside_column - 3))
            return ring in {0, 1, 3}
    return otherwise


def _png(modules: list[list[bool]]) -> bytes:
    side = (_MODULES + 2 * _QUIET) * _SCALE
    light_row = b"\xff" * side
    rows = [light_row] * (_QUIET * _SCALE)
    for line in modules:
        dots = b"".join((b"\x00" if dark else b"\xff") * _SCALE for dark in line)
        rows += [b"\xff" * (_QUIET * _SCALE) + dots + b"\xff" * (_QUIET * _SCALE)] * _SCALE
    rows += [light_row] * (_QUIET * _SCALE)
    pixels = zlib.compress(b"".join(b"\x00" + row for row in rows), 9)
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
