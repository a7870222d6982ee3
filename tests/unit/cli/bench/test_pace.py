"""How many are posted when."""

from truesend.cli.bench.pace import LARGEST_BATCH, Pace


def test_a_rate_posts_what_has_become_due_and_no_more() -> None:
    pace = Pace(messages=100, rate=10.0, most_open=2_000)

    assert pace.now(0.0, posted=0, still_open=0) == 1
    assert pace.now(1.0, posted=1, still_open=0) == 10
    assert pace.now(60.0, posted=95, still_open=0) == 5
    assert pace.now(60.0, posted=100, still_open=0) == 0


def test_without_a_rate_as_many_go_out_as_may_be_open_in_batches_that_the_api_takes() -> None:
    pace = Pace(messages=10_000, rate=None, most_open=1_500)

    assert pace.now(0.0, posted=0, still_open=0) == LARGEST_BATCH
    assert pace.now(0.0, posted=1_000, still_open=1_000) == 500
    assert pace.now(0.0, posted=1_500, still_open=1_500) == 0


def test_what_an_installation_does_not_get_through_does_not_pile_up_without_end() -> None:
    pace = Pace(messages=10_000, rate=1_000.0, most_open=200)

    assert pace.now(9.0, posted=250, still_open=180) == 20
