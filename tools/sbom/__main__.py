"""Ends with 0 only if each file is valid CycloneDX and every package in it has a licence that we can live with.

Runs in the environment of audit.lock, which brings CycloneDX's own schemas.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tools.sbom.licences import Licensed, licensed


def main(files: Iterable[Path]) -> int:
    """Print what is in the files by licence, then what is wrong with them."""
    wrong = []
    for file in files:
        text = file.read_text()
        bom = json.loads(text)
        if fault := JsonStrictValidator(SchemaVersion.from_version(bom["specVersion"])).validate_str(text):
            wrong.append(f"{file}: no valid CycloneDX, {fault}")
        packages = licensed(bom)
        print(f"{file}: {len(packages)} packages", *_by_licence(packages), sep="\n  ")
        wrong += [
            f"{file}: {each.package} {each.version} has the licence {' and '.join(each.licences) or 'of nobody knows what'}"
            for each in packages
            if not each.is_allowed()
        ]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


def _by_licence(packages: Iterable[Licensed]) -> Iterable[str]:
    groups = defaultdict(list)
    for each in packages:
        groups[", ".join(each.licences)].append(each.package)
    return [f"{licences}: {', '.join(sorted(names))}" for licences, names in sorted(groups.items())]


if __name__ == "__main__":
    sys.exit(main(map(Path, sys.argv[1:])))
