"""On which gateway a new session is."""

import pytest

from services.api.new_session import chosen_gateway
from services.api.problems import Problem


@pytest.mark.parametrize(
    ("wanted", "configured", "chosen"),
    [
        (None, ["default"], "default"),
        (None, ["only"], "only"),
        (None, ["default", "other"], "default"),
        ("other", ["default", "other"], "other"),
    ],
)
def test_a_new_session_is_on_the_gateway_that_is_named_or_that_goes_without_saying(
    wanted: str | None, configured: list[str], chosen: str
) -> None:
    assert chosen_gateway(wanted, configured) == chosen


@pytest.mark.parametrize(("wanted", "configured"), [("third", ["default", "other"]), (None, ["first", "second"])])
def test_whoever_has_to_choose_is_told_among_which(wanted: str | None, configured: list[str]) -> None:
    with pytest.raises(Problem) as refused:
        chosen_gateway(wanted, configured)

    assert refused.value.status == 422
    assert ", ".join(configured) in refused.value.detail
