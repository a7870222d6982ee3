"""The image is made as `test_image.py` tries it out."""

import json
import re
from pathlib import Path

from tests.harness.image_root import LEFT_OUT, USER_ID

_TEXT = (Path(__file__).parents[3] / "deploy" / "Dockerfile").read_text().replace("\\\n", " ")
_INSTRUCTIONS = [line.split(maxsplit=1) for line in _TEXT.splitlines() if re.match("[A-Z]", line)]
_LAST_STAGE = _INSTRUCTIONS[max(number for number, line in enumerate(_INSTRUCTIONS) if line[0] == "FROM") :]


def test_the_image_runs_as_a_number_that_is_not_root_s() -> None:
    assert [words for name, words in _LAST_STAGE if name == "USER"] == [f"{USER_ID}:{USER_ID}"]


def test_nothing_in_the_image_needs_a_shell() -> None:
    commands = [words for name, words in _INSTRUCTIONS if name in {"RUN", "CMD", "ENTRYPOINT"}]
    commands += [words.partition(" CMD ")[2] for name, words in _INSTRUCTIONS if name == "HEALTHCHECK"]

    assert len(commands) > 3
    assert all(isinstance(json.loads(words), list) for words in commands)


def test_the_last_stage_installs_nothing_and_takes_only_what_was_installed() -> None:
    assert [name for name, _ in _LAST_STAGE if name in {"RUN", "ADD"}] == []
    assert [words for name, words in _LAST_STAGE if name == "COPY"] == ["--from=installed /opt/truesend /opt/truesend"]


def test_what_the_image_leaves_out_is_left_out_where_it_is_tried() -> None:
    (removing,) = [words for name, words in _INSTRUCTIONS if name == "RUN" and "rmtree" in words]

    assert {name.split("/")[-1] for name in LEFT_OUT} == set(re.findall(r"'(\w+data)'", removing))


def test_no_stage_takes_anything_from_a_network_place_but_by_a_package_s_hash() -> None:
    assert [
        words for name, words in _INSTRUCTIONS if name == "ADD" or re.search(r"https?://(?!127\.0\.0\.1)", words)
    ] == []
