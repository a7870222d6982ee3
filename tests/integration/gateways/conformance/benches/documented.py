"""The gateway of docs/adding-a-gateway.md: the page's own code, run as it stands there."""

import re
from pathlib import Path
from typing import Any, Final

from tests.integration.gateways.conformance.bench import Bench

_PAGE: Final = Path(__file__).parents[5] / "docs" / "adding-a-gateway.md"


def _run() -> Bench:
    code = re.findall(r"^```python\n(.*?)^```$", _PAGE.read_text(), re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {"__name__": "docs.adding_a_gateway"}
    exec(compile("\n".join(code), str(_PAGE), "exec"), names)  # noqa: S102 - the page is ours
    bench = names["LOFT"]
    assert isinstance(bench, Bench)
    return bench


LOFT: Final = _run()
