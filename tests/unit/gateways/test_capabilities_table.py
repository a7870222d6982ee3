"""The documentation's table of capabilities is what the kinds declare."""

from truesend.cli.gateways.published_table import PAGE, published


def test_the_page_has_the_table_as_the_code_has_it() -> None:
    page = PAGE.read_text()

    assert page == published(page), "run make docs"
    assert "| `caller_id` |" in page
