"""What MkDocs calls while it builds the site: pages from outside docs/, the menu, and links."""

import os
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tools.site.decision_index import decision_index
from tools.site.navigation import DECISIONS, ELSEWHERE, menu
from tools.site.repository_links import SiteLinks

ROOT: Final = Path(__file__).parents[2]
# Files that the site takes from where they are made.
_ASSETS: Final = {
    "images/favicon.svg": ROOT / "web/page/src/app/favicon.svg",
    "javascripts/mermaid.js": ROOT / "tools/site/node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what stands elsewhere in the repository, and make the menu of all pages."""
    for path, place in ELSEWHERE.items():
        if (ROOT / path).exists() and files.get_file_from_path(place) is None:
            files.append(File.generated(config, place, abs_src_path=str(ROOT / path)))
    files.append(File.generated(config, DECISIONS, content=decision_index((ROOT / "docs/decisions").glob("0*.md"))))
    for place, source in _ASSETS.items():
        files.append(File.generated(config, place, abs_src_path=str(source)))
    config.nav = menu({file.src_uri for file in files.documentation_pages()})
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Write the page's links as the site needs them."""
    places = {_path_in_repository(file): file.src_uri for file in files}
    links = SiteLinks(places, os.environ.get("SITE_REPOSITORY_URL") or None)
    return links.rewrite(markdown, _path_in_repository(page.file))


def _path_in_repository(file: File) -> str:
    source = Path(file.abs_src_path) if file.abs_src_path else ROOT / "docs" / file.src_uri
    return source.relative_to(ROOT).as_posix() if source.is_relative_to(ROOT) else file.src_uri
