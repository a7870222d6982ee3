"""Which addresses are the API's, and not the page's."""

from services.api.application import described_routes
from services.api.openapi.docs_page import DOCS
from services.api.page.site import OF_THE_API


def test_no_address_of_the_api_is_taken_for_one_of_the_page() -> None:
    app = described_routes()
    addresses = {*app.openapi()["paths"], DOCS, app.openapi_url}

    assert {str(address).split("/")[1] for address in addresses} == OF_THE_API
