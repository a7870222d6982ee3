"""The published documents are what the code has, or somebody is told."""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from services.api.openapi.publish import FOLDER, documents, publish, run, stale

ROOT = Path(__file__).parents[3]


def test_the_same_code_writes_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "services.api.openapi.publish"]

    subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7"}, check=True)

    assert {path.name: path.read_bytes() for path in (tmp_path / FOLDER).iterdir()} == documents()


def test_what_was_just_published_is_not_stale(tmp_path: Path) -> None:
    publish(tmp_path)

    assert stale(tmp_path) == []
    assert run(["--check"], tmp_path) == 0


@pytest.mark.parametrize("name", documents())
def test_a_stale_document_fails_the_check_and_says_what_to_do(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(tmp_path)
    document = orjson.loads((tmp_path / name).read_bytes())
    document["info"]["title"] = "something older"
    (tmp_path / name).write_bytes(orjson.dumps(document))

    assert run(["--check"], tmp_path) == 1

    said = capsys.readouterr().err
    assert name in said
    assert "run make docs" in said


def test_a_document_that_is_missing_fails_the_check(tmp_path: Path) -> None:
    assert run(["--check"], tmp_path) == 1


@pytest.mark.parametrize(
    ("name", "place", "promise"),
    [
        ("asyncapi.json", ("components", "schemas", "MessageFact", "properties"), "field MessageFact.older"),
        ("asyncapi.json", ("channels",), "topic older"),
        ("asyncapi.json", ("components", "messages"), "type older"),
        ("openapi.json", ("components", "schemas", "SessionRow", "properties"), "field SessionRow.older"),
    ],
)
def test_what_is_published_is_not_taken_away_by_accident(
    name: str, place: tuple[str, ...], promise: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(tmp_path)
    document = orjson.loads((tmp_path / name).read_bytes())
    inside = document
    for part in place:
        inside = inside[part]
    inside["older"] = {}
    (tmp_path / name).write_bytes(orjson.dumps(document))

    assert run([], tmp_path) == 1
    assert promise in capsys.readouterr().err
    assert stale(tmp_path) == [name]

    assert run(["--with-removals"], tmp_path) == 0
    assert stale(tmp_path) == []


def test_make_check_looks_for_stale_documents_and_make_docs_writes_them() -> None:
    def commands(target: str) -> str:
        return subprocess.run(
            ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout

    assert "services.api.openapi.publish --check" in commands("check")
    assert "services.api.openapi.publish" in commands("docs")
    assert "--check" not in commands("docs")
