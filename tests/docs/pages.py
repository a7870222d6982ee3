"""The repository's Markdown, read as CommonMark: its blocks of code, links, and anchors."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT: Final = Path(__file__).parents[2]
_NOT_OURS: Final = {"node_modules", ".venv", "dist", "site", ".git", ".truesend", ".pytest_cache"}
_DIRECTIVE: Final = re.compile(r"<!--\s*(not run|run by|runs for):?\s+(.+?)\s*-->", re.DOTALL)
_OF_THE_PAGE: Final = re.compile(r"<!--\s*every block is run by (\S+)\s*-->")
_MARKDOWN: Final = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code, with what the comment before it says of running it."""

    page: str
    line: int
    language: str
    text: str
    not_run: str | None = None
    run_by: str | None = None
    runs_for_s: float | None = None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@cache
def pages() -> tuple[str, ...]:
    """Every Markdown file of ours, by its path in the repository."""
    paths = (path.relative_to(ROOT) for path in ROOT.rglob("*.md"))
    return tuple(sorted(path.as_posix() for path in paths if not _NOT_OURS & set(path.parts)))


@cache
def text_of(page: str) -> str:
    """The page's Markdown."""
    return (ROOT / page).read_text()


@cache
def tokens(page: str) -> tuple[Token, ...]:
    """The page, parsed."""
    return tuple(_MARKDOWN.parse(text_of(page)))


@cache
def blocks(page: str) -> tuple[Block, ...]:
    """The page's blocks of code. One that is only indented has the language ``indented``."""
    return tuple(_blocks(page))


def all_blocks(*languages: str) -> list[Block]:
    """Every block of every page, in these languages."""
    return [block for page in pages() for block in blocks(page) if block.language in languages]


def inline_code(page: str) -> Iterator[tuple[int, str]]:
    """What stands between single ticks, with its line."""
    for token in tokens(page):
        for child in token.children or ():
            if child.type == "code_inline":
                yield (token.map or [0])[0] + 1, child.content


def _blocks(page: str) -> Iterator[Block]:
    comment = ""
    run_by = _OF_THE_PAGE.search(text_of(page))
    for token in tokens(page):
        if token.type == "html_block":
            comment = token.content
        elif token.type in {"fence", "code_block"}:
            language = (token.info.split() or [""])[0] if token.type == "fence" else "indented"
            block = _block(page, (token.map or [0])[0] + 1, language, token.content, _DIRECTIVE.search(comment))
            yield replace(block, run_by=run_by[1]) if run_by and not (block.not_run or block.run_by) else block
            comment = ""
        elif token.type not in {"list_item_open", "bullet_list_open", "ordered_list_open"}:
            comment = ""


def _block(page: str, line: int, language: str, text: str, directive: re.Match[str] | None) -> Block:
    match directive and directive.groups():
        case ("not run", reason):
            return Block(page, line, language, text, not_run=" ".join(reason.split()))
        case ("run by", test):
            return Block(page, line, language, text, run_by=test)
        case ("runs for", time):
            return Block(page, line, language, text, runs_for_s=float(time.removesuffix("s").strip()))
    return Block(page, line, language, text)
