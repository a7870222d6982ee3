"""How the site makes its menu, its links and its list of decisions."""

from pathlib import Path

import pytest

from tools.site.decision_index import decision_index
from tools.site.navigation import menu
from tools.site.repository_links import SiteLinks

PLACES = {
    "README.md": "index.md",
    "SECURITY.md": "project/security.md",
    "docs/gateways.md": "gateways.md",
    "docs/operating/index.md": "operating/index.md",
    "docs/architecture/README.md": "architecture/README.md",
    "docs/images/message.png": "images/message.png",
}


def test_the_menu_has_the_known_pages_in_their_order_and_new_ones_after_them() -> None:
    pages = ["index.md", "faq.md", "quick-start.md", "operating/new.md", "operating/index.md", "privacy.md", "new.md"]

    assert menu(pages) == [
        {"Start": ["index.md", "quick-start.md", "faq.md", "new.md"]},
        {"Operate": ["operating/index.md", "privacy.md", "operating/new.md"]},
    ]


def test_a_page_that_no_section_takes_is_named() -> None:
    with pytest.raises(ValueError, match=r"no section has elsewhere/page\.md"):
        menu(["index.md", "elsewhere/page.md"])


@pytest.mark.parametrize(
    ("path", "written", "in_the_site"),
    [
        ("docs/gateways.md", "[s](../SECURITY.md#reporting)", "[s](project/security.md#reporting)"),
        ("docs/gateways.md", "[o](operating/index.md)", "[o](operating/index.md)"),
        ("docs/operating/index.md", "[a](../architecture)", "[a](../architecture/README.md)"),
        ("SECURITY.md", "[g](docs/gateways.md)", "[g](../gateways.md)"),
        ("docs/gateways.md", "[![m](images/message.png)](../README.md)", "[![m](images/message.png)](index.md)"),
        (
            "docs/gateways.md",
            "[roles](../db/roles.sql) as `[roles](../db/roles.sql)`",
            "roles as `[roles](../db/roles.sql)`",
        ),
        ("docs/gateways.md", "[x](https://example.com), [y](#here)", "[x](https://example.com), [y](#here)"),
        ("docs/gateways.md", "```sh\n[a](../SECURITY.md)\n```", "```sh\n[a](../SECURITY.md)\n```"),
    ],
)
def test_a_link_between_files_leads_to_where_the_site_has_them(path: str, written: str, in_the_site: str) -> None:
    assert SiteLinks(PLACES).rewrite(written, path) == in_the_site


def test_what_the_site_does_not_have_is_linked_in_the_repository_where_that_is_known() -> None:
    links = SiteLinks(PLACES, "https://example.com/blob/main")

    assert (
        links.rewrite("[r](../db/roles.sql)", "docs/gateways.md") == "[r](https://example.com/blob/main/db/roles.sql)"
    )


def test_decisions_are_listed_by_number_and_one_without_its_number_is_named(tmp_path: Path) -> None:
    (tmp_path / "0002-b.md").write_text("# 0002 B\n")
    (tmp_path / "0001-a.md").write_text("# 0001 A, for now\n\n## Context\n")

    rows = decision_index(tmp_path.glob("*.md")).splitlines()[-2:]

    assert rows == ["| 0001 | [A, for now](0001-a.md) |", "| 0002 | [B](0002-b.md) |"]
    (tmp_path / "0003-c.md").write_text("# 3. C\n")
    with pytest.raises(ValueError, match=r"0003-c\.md"):
        decision_index(tmp_path.glob("*.md"))
