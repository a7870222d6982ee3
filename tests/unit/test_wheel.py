"""What goes into a wheel beside the packages."""

from pathlib import Path
from typing import Any

import pytest

from hatch_build import PageInWheel


def built(root: Path, version: str) -> dict[str, Any]:
    """What is put into a wheel that is built here."""
    nothing: Any = None
    build_data: dict[str, Any] = {"force_include": {}}
    hook = PageInWheel(str(root), {}, nothing, nothing, str(root), "wheel")
    hook.initialize(version, build_data)
    included: dict[str, Any] = build_data["force_include"]
    return included


def test_a_wheel_carries_the_built_page(tmp_path: Path) -> None:
    folder = tmp_path / "web" / "page" / "dist"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("")

    assert built(tmp_path, "standard") == {"web/page/dist": "services/api/page/dist"}


def test_no_wheel_is_built_without_the_page_and_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="run make install"):
        built(tmp_path, "standard")


def test_an_install_into_a_checkout_needs_no_built_page(tmp_path: Path) -> None:
    assert built(tmp_path, "editable") == {}
