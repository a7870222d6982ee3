"""Puts the built page into the wheel."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILT = Path("web/page/dist")


class PageInWheel(BuildHookInterface):  # type: ignore[type-arg]
    """A wheel without the page would be missed only where it runs. An editable install finds it in the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raises FileNotFoundError where nobody has built the page."""
        if version == "editable":
            return
        if not (Path(self.root) / BUILT / "index.html").is_file():
            raise FileNotFoundError(f"{BUILT} holds no built page: run make install before you build a wheel")
        build_data["force_include"][str(BUILT)] = "services/api/page/dist"
