"""Keys of the local stack."""

from pathlib import Path

from truesend.cli.up.keys import kept_key


def test_a_key_is_made_once_and_kept_where_only_its_owner_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "key"

    key = kept_key(file)

    assert len(key) == 32
    assert kept_key(file) == key
    assert kept_key(tmp_path / "other") != key
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_key_file_that_was_left_empty_is_filled(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.touch()

    assert len(kept_key(file)) == 32
