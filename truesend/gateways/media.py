"""Media that were fetched for gateways that want bytes, and what fetching them may cost. Who fetches is ``media_fetcher``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Media:
    """What was fetched. ``content_type`` has no parameters; ``file_name`` is from the URL, and may be empty."""

    data: bytes
    content_type: str
    file_name: str


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """What one fetch may cost. ``allow_private``: addresses that are not public are allowed."""

    bytes: int
    timeout_s: float
    allow_private: bool


class MediaError(Exception):
    """It was not fetched. The message is ours and holds no URL; ``is_final``: another try would end the same."""

    def __init__(self, detail: str, *, is_final: bool) -> None:
        super().__init__(detail)
        self.is_final = is_final
