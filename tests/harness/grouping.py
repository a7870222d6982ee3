"""Tests of a file that is one group stay with one worker.

pytest-xdist 3.8 tells groups by a name that it appends to a test's id, in an attribute that pytest 9.2 no longer reads: so
``--dist loadgroup`` alone spreads a group over all workers, and each makes what the group was to share. All our groups are
whole files, which the ids still tell.
"""

from functools import cache
from pathlib import Path

from xdist.scheduler import LoadGroupScheduling

_ROOT = Path(__file__).parents[2]


class FileGroups(LoadGroupScheduling):  # type: ignore[misc] # it has no types
    """A file that marks itself as a group (``pytestmark``) is one piece of work; every other test is one by itself."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if _is_a_group(file) else nodeid


@cache
def _is_a_group(file: str) -> bool:
    path = _ROOT / file
    return path.is_file() and "mark.xdist_group(" in path.read_text()
