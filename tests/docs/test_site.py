"""The site of docs/: built without a warning, and complete in itself."""

from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.docs.conftest import ROOT, Site
from tests.harness.chromium import CHROMIUM_OPTIONS, required_chromium
from tools.site.navigation import ELSEWHERE

pytestmark = pytest.mark.xdist_group("site")  # it is built once


def test_the_site_is_built_without_a_warning(site: Site) -> None:
    assert (site.exit_code, site.said) == (0, "")


def test_every_page_of_the_repository_that_the_site_should_have_is_there(site: Site) -> None:
    pages = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    places = [page.as_posix() for page in pages] + [
        place for path, place in ELSEWHERE.items() if (ROOT / path).exists()
    ]

    assert len(places) > 60
    assert [place for place in places if not (site.folder / _address(place) / "index.html").exists()] == []


async def test_diagrams_are_drawn_and_pages_are_found_without_asking_anybody_else(site: Site) -> None:
    asked: set[str] = set()
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=required_chromium(), args=list(CHROMIUM_OPTIONS))
        page = await chromium.new_page()
        page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
        with site.served() as address:
            await page.goto(f"{address}/architecture/sessions/")
            await _sees_each_diagram_drawn(page)
            await page.get_by_role("textbox", name="Search").fill("lease")
            await expect(page.get_by_role("link", name="Dispatch").first).to_be_visible(timeout=15_000)
        await chromium.close()

    assert asked == {urlsplit(address).netloc}


async def _sees_each_diagram_drawn(page: Page) -> None:
    """Material draws each diagram into a shadow of its own, which nobody can look into: that it has a size must do."""
    diagrams = page.locator("div.mermaid")
    written = (ROOT / "docs/architecture/sessions.md").read_text().count("```mermaid")
    await expect(diagrams).to_have_count(written, timeout=15_000)
    for diagram in await diagrams.all():
        box = await diagram.bounding_box()
        assert box is not None
        assert box["height"] > 100
    await expect(page.locator("pre.mermaid")).to_have_count(0)


def _address(place: str) -> str:
    for index in ("README.md", "index.md"):
        if place == index or place.endswith(f"/{index}"):
            return place.removesuffix(index)
    return place.removesuffix(".md")
