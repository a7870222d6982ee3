"""Where a token says for which organisation it is."""

from typing import Any

import pytest

from services.api.auth import claim_at


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("org", "a"),
        ("app.org.id", "b"),
        ("https://crm.example.com/org", "c"),
        ("app.org.id.more", None),
        ("app.nothing", None),
        ("nothing", None),
        ("list.0", None),
    ],
)
def test_a_claim_is_found_by_its_name_or_its_path(path: str, found: str | None) -> None:
    claims: dict[str, Any] = {
        "org": "a",
        "app": {"org": {"id": "b"}},
        "https://crm.example.com/org": "c",
        "list": ["x"],
    }

    assert claim_at(claims, path) == found
