"""Which licences what we ship may have."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

PERMISSIVE: Final = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "MIT",
        "MIT-0",
        "PSF-2.0",
        "Python-2.0",
        "Unlicense",
        # As packages with older metadata say it.
        "License :: OSI Approved :: Apache Software License",
        "License :: OSI Approved :: BSD License",
    }
)

FILE_BY_FILE: Final = frozenset({"MPL-2.0", "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)"})
"""Asks that changes of its own files be published, and of nothing beside them."""

USED_UNCHANGED: Final = frozenset({"axe-core", "certifi", "orjson"})
"""Those of FILE_BY_FILE that somebody looked at."""

READ_BY_A_PERSON: Final = {"httpx-aiohttp": "BSD-3-Clause", "protobuf": "BSD-3-Clause"}
"""Packages that bring the licence's text, and whose metadata does not have its name, or has it in words of their own."""

_JOINTS: Final = re.compile(r"[()]|\b(?:AND|OR|WITH)\b")


@dataclass(frozen=True, slots=True)
class Licensed:
    """A package that we ship, with every licence that it names, also those that we could choose against."""

    package: str
    version: str
    licences: tuple[str, ...]

    def is_allowed(self) -> bool:
        """Say whether each of its licences is one that we know and can live with."""
        allowed = PERMISSIVE | FILE_BY_FILE if self.package in USED_UNCHANGED else PERMISSIVE
        return bool(self.licences) and all(licence in allowed for licence in self.licences)


def licensed(bom: Mapping[str, Any]) -> Sequence[Licensed]:
    """Read the packages of a CycloneDX document."""
    return [
        Licensed(component["name"], component["version"], tuple(_licences(component)))
        for component in bom.get("components", [])
    ]


def _licences(component: Mapping[str, Any]) -> Iterator[str]:
    if component["name"] in READ_BY_A_PERSON:
        yield READ_BY_A_PERSON[component["name"]]
        return
    for choice in component.get("licenses", []):
        if "expression" in choice:
            yield from filter(None, map(str.strip, _JOINTS.split(choice["expression"])))
        else:
            yield choice["license"].get("id") or choice["license"]["name"]
