"""Links between the repository's files, as the site has to write them.

In the repository a link names a file by its path. The site has some of these files, a few of them elsewhere; what it does
not have is linked at the repository's address where that is known (``SITE_REPOSITORY_URL``), else its name stays, without a
link.
"""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

_FENCE = re.compile(r"^ *(```|~~~)")
# What is code is told from what is a link: `code` comes first.
_LINK = re.compile(
    r"(?P<code>(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<text>!?\[(?:[^\[\]]|\[[^\]]*\])*\])\((?P<target>[^()\s]+)\)"
)
_OUTSIDE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//|#)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SiteLinks:
    """Where the site has the repository's files."""

    places: Mapping[str, str]
    """From a file's path in the repository to its place in the site."""
    repository_url: str | None = None

    def rewrite(self, markdown: str, path: str) -> str:
        """The text of the file at `path`, with links as its place in the site needs them."""
        lines, within = [], False
        for line in markdown.split("\n"):
            if _FENCE.match(line):
                within = not within
            lines.append(line if within else _LINK.sub(lambda found: self._link(found, path), line))
        return "\n".join(lines)

    def _link(self, found: re.Match[str], path: str) -> str:
        target = found["target"]
        if found["code"] or _OUTSIDE.match(target):
            return found[0]
        file, _, anchor = target.partition("#")
        named = posixpath.normpath(posixpath.join(posixpath.dirname(path), file))
        place = self._place(named)
        if place is None:
            text = found["text"]
            return f"{text}({self.repository_url}/{named})" if self.repository_url else text.lstrip("!")[1:-1]
        relative = posixpath.relpath(place, posixpath.dirname(self.places[path]) or ".")
        return f"{found['text']}({relative}{'#' + anchor if anchor else ''})"

    def _place(self, named: str) -> str | None:
        """Where the site has this file, or the page of this folder; None where it has neither."""
        candidates = (named, f"{named}/README.md", f"{named}/index.md")
        return next((self.places[each] for each in candidates if each in self.places), None)
