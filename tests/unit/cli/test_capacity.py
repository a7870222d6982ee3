"""`truesend capacity` as people and scripts read it."""

import json

from typer.testing import CliRunner

from truesend.cli.commands import app

HUGE = ["capacity", "--sessions", "100000", "--messages-per-day", "10000000", "--sweep", "300"]


def run(*arguments: str) -> str:
    ended = CliRunner().invoke(app, list(arguments))
    assert ended.exit_code == 0, ended.output
    return ended.output


def test_it_says_what_is_needed_what_ends_first_and_by_which_costs() -> None:
    said = run(*HUGE)

    for words in ("senders", "verifiers", "Postgres", "ends first", "first wall", "costs measured"):
        assert words in said


def test_scripts_get_the_same_as_json_and_a_day_hour_by_hour() -> None:
    said = json.loads(run("capacity", "--sessions", "50", "--messages-per-day", "2000", "--simulate", "--json"))

    assert said["demand"]["sessions"] == 50
    assert said["first"] in said["busy"]
    assert said["day"]["sent"] == 2_000
    assert len(said["day"]["hours"]) == 24


def test_more_messages_on_the_same_plan_are_played_without_a_bigger_plan() -> None:
    small = ["capacity", "--sessions", "20", "--messages-per-day", "500", "--json"]

    once = json.loads(run(*small))
    thrice = json.loads(run(*small, "--simulate", "--times", "3"))

    assert thrice["day"]["sent"] == 1_500
    assert thrice["plan"] == once["plan"]
