"""Every link in the documentation leads somewhere: to a file, to one of its headings, or to somebody else with a reason."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Final
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it.token import Token

from tests.docs.pages import ROOT, pages, text_of, tokens

# Others' sites can't be asked from a test: each one that we link to is here, with what it is for.
_OTHERS: Final = {
    "keda.sh": "what scales the deployments by lag",
    "keepachangelog.com": "the form of CHANGELOG.md",
    "kubectl.docs.kubernetes.io": "kustomize, which deploy/k8s is written for",
    "semver.org": "what our version numbers mean",
    "www.contributor-covenant.org": "where CODE_OF_CONDUCT.md is from",
}
_EXAMPLES: Final = re.compile(r"^(?:127\.0\.0\.1|localhost|(?:.+\.)?example(?:\.com|\.org)?)$")
_NOT_IN_AN_ANCHOR: Final = re.compile(r"[^\w\- ]")
_WRITTEN_ANCHOR: Final = re.compile(r"<a (?:id|name)=\"([^\"]+)\"")


@pytest.mark.parametrize("page", pages())
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    assert [f"{page}:{line}: {wrong}" for line, target in _links(page) if (wrong := _what_is_wrong(page, target))] == []


def test_a_link_to_nowhere_is_found_out() -> None:
    assert _what_is_wrong("docs/gateways.md", "operating/index.md#dead-letters") is None
    assert _what_is_wrong("docs/gateways.md", "operating/nowhere.md") == "docs/operating/nowhere.md does not exist"
    assert _what_is_wrong("docs/gateways.md", "operating/index.md#nowhere") == "docs/operating/index.md has no #nowhere"
    assert _what_is_wrong("docs/gateways.md", "/etc") == "/etc is no relative link"
    assert "_OTHERS" in (_what_is_wrong("README.md", "https://nobody.invalid/") or "")


def _what_is_wrong(page: str, target: str) -> str | None:
    link = urlsplit(target)
    if link.scheme in {"http", "https"}:
        known = link.hostname in _OTHERS or _EXAMPLES.match(link.hostname or "")
        return (
            None
            if known
            else f"{link.hostname} is not in _OTHERS (tests/docs/test_links.py): add it, with what it is for"
        )
    if link.scheme or target.startswith("/"):
        return f"{target} is no relative link"
    file = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(link.path))) if link.path else page
    if not (ROOT / file).exists():
        return f"{file} does not exist"
    if link.fragment and file.endswith(".md") and link.fragment not in _anchors(file):
        return f"{file} has no #{link.fragment}"
    return None


def _links(page: str) -> Iterator[tuple[int, str]]:
    for token in tokens(page):
        for child in token.children or ():
            target = child.attrGet("href") if child.type == "link_open" else child.attrGet("src")
            if target:
                yield (token.map or [0])[0] + 1, str(target)


@cache
def _anchors(page: str) -> frozenset[str]:
    """What a reader on GitHub, and of the site, can jump to."""
    found, times = set(_WRITTEN_ANCHOR.findall(text_of(page))), Counter[str]()
    for opening, heading in pairwise(tokens(page)):
        if opening.type == "heading_open":
            anchor = _NOT_IN_AN_ANCHOR.sub("", _words(heading).lower()).replace(" ", "-")
            found.add(f"{anchor}-{times[anchor]}" if times[anchor] else anchor)
            times[anchor] += 1
    return frozenset(found)


def _words(heading: Token) -> str:
    return "".join(child.content for child in heading.children or () if child.type in {"text", "code_inline"})
