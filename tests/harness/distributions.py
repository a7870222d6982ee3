"""Our own distributions, built, and environments that hold what they want and nothing else."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import distribution, requires
from pathlib import Path
from typing import Final, Literal

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY: Final = Path(__file__).parents[2]


def build(
    kind: Literal["wheel", "sdist"], project: Path, folder: Path, environment: Mapping[str, str] | None = None
) -> Path:
    """Build one from the project's folder; raises AssertionError with the reason where it can't be built."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(folder)]
    built = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    [made] = folder.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return made


def virtual_environment(folder: Path) -> Path:
    """Make an empty one, and return where its packages go."""
    interpreter = Path(sys.executable).resolve()
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(interpreter)
    (folder / "pyvenv.cfg").write_text(f"home = {interpreter.parent}\ninclude-system-site-packages = false\n")
    packages = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    packages.mkdir(parents=True)
    return packages


def link_package(name: str, packages: Path) -> None:
    """Link an installed package's files, its programs in ``bin`` too, or copy them where they are on another file system."""
    for file in distribution(name).files or []:
        source, target = str(file.locate()), Path(os.path.normpath(packages / file))
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except FileNotFoundError:
            continue  # it is listed, but was never made
        except OSError:
            shutil.copy2(source, target)


def install(wheel: Path, environment: Path) -> Path:
    """Install a wheel by pip into an empty environment, beside what it asks for as it is here, at its locked version.

    Returns the folder of its commands.
    """
    packages = virtual_environment(environment)
    pip = [sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python"), "--disable-pip-version-check"]
    run = subprocess.run(
        [*pip, "install", "--no-index", "--no-deps", "--quiet", "--root-user-action=ignore", str(wheel)],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    [metadata] = packages.glob("*.dist-info/METADATA")
    wanted = [line.partition(": ")[2] for line in metadata.read_text().splitlines() if line.startswith("Requires-Dist")]
    for name in sorted(_with_all_they_want(map(Requirement, wanted))):
        link_package(name, packages)
    return environment / "bin"


def _with_all_they_want(requirements: Iterable[Requirement]) -> set[str]:
    """Names of what has to be installed, extras and markers considered."""
    seen: set[tuple[str, str]] = set()
    left = [(requirement, "") for requirement in requirements]
    while left:
        requirement, extra = left.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        for wanted_extra in ("", *requirement.extras):
            if (name, wanted_extra) not in seen:
                seen.add((name, wanted_extra))
                left += [(Requirement(line), wanted_extra) for line in requires(name) or ()]
    return {name for name, _ in seen}
