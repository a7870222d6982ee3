"""The code blocks of the docs' pages, for tests that run them."""

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w+)\n(?P<code>.*?)^ *```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block, as somebody would copy it."""

    language: str
    code: str


def blocks(page: str) -> list[Block]:
    """The blocks of a page (by its path under docs/), in their order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return [
        Block(found["language"], re.sub(rf"^{found['indent']}", "", found["code"], flags=re.MULTILINE))
        for found in _BLOCK.finditer(text)
    ]


def sql_block(page: str, beginning: str) -> str:
    """The one SQL block of a page that begins so."""
    [code] = [block.code for block in blocks(page) if block.language == "sql" and block.code.startswith(beginning)]
    return code
