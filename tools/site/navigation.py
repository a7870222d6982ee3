"""The site's menu: which pages there are, in which order.

A page of the table that does not exist is left out, and one that the table does not know comes last in its folder's
section: so nobody has to edit a menu to add a page.
"""

from collections.abc import Collection, Mapping
from pathlib import PurePosixPath
from typing import Final

# Pages that stand elsewhere in the repository, where a reader of its files looks for them; and where the site has them.
ELSEWHERE: Final[Mapping[str, str]] = {
    "CHANGELOG.md": "project/changelog.md",
    "CODE_OF_CONDUCT.md": "project/code-of-conduct.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security.md",
    "clients/python/README.md": "reference/python-client.md",
    "web/examples/ten-lines/README.md": "page/ten-lines.md",
    "web/packages/react/README.md": "page/react.md",
}
DECISIONS: Final = "decisions/index.md"

# A section: its title, its pages, and the folders whose other pages it takes.
_SECTIONS: Final[tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]] = (
    ("Start", ("index.md", "quick-start.md", "concepts.md", "faq.md"), ("",)),
    (
        "Install",
        (
            "install/index.md",
            "install/compose.md",
            "install/kubernetes.md",
            "install/postgres.md",
            "install/kafka.md",
        ),
        ("install",),
    ),
    (
        "Adopt",
        (
            "adopting/index.md",
            "adopting/seams.md",
            "adopting/turning-off.md",
            "adopting/page.md",
            "adopting/dead-letters.md",
            "adopting/roles.md",
        ),
        ("adopting",),
    ),
    (
        "Gateways and page",
        ("gateways.md", "adding-a-gateway.md", "page.md", "page/react.md", "page/ten-lines.md"),
        ("page",),
    ),
    (
        "Operate",
        (
            "operating/index.md",
            "operating/runbooks.md",
            "operating/metrics.md",
            "operating/traces.md",
            "operating/upgrade.md",
            "operating/backup.md",
            "operating/scaling.md",
            "capacity.md",
            "operating/retention.md",
            "privacy.md",
            "performance.md",
            "reliability.md",
        ),
        ("operating",),
    ),
    (
        "Reference",
        (
            "reference/configuration.md",
            "reference/commands.md",
            "reference/http-api.md",
            "reference/kafka.md",
            "api/README.md",
            "reference/python-client.md",
        ),
        ("reference", "api"),
    ),
    ("Architecture", ("architecture/README.md",), ("architecture",)),
    ("Decisions", (DECISIONS,), ("decisions",)),
    (
        "Project",
        ("project/contributing.md", "project/changelog.md", "project/security.md", "project/code-of-conduct.md"),
        ("project",),
    ),
)


def menu(pages: Collection[str]) -> list[dict[str, list[str]]]:
    """The menu for these pages, given by their places in the site, in the form of MkDocs' ``nav``.

    Raises ValueError for a page that no section takes.
    """
    placed = {page for _, listed, _ in _SECTIONS for page in listed}
    sections: list[dict[str, list[str]]] = []
    for title, listed, folders in _SECTIONS:
        rest = sorted(page for page in pages if page not in placed and _folder(page) in folders)
        if shown := [page for page in listed if page in pages] + rest:
            sections.append({title: shown})
    if lost := set(pages) - {page for section in sections for shown in section.values() for page in shown}:
        raise ValueError(f"tools/site/navigation.py: no section has {', '.join(sorted(lost))}")
    return sections


def _folder(page: str) -> str:
    """The first folder of a page's place; empty for one that is in none."""
    return PurePosixPath(page).parts[0] if "/" in page else ""
