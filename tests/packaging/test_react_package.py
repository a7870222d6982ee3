"""`@truesend/react` as npm packs it, in an app of somebody else's that was made by Vite."""

import json
import os
import re
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.harness.distributions import REPOSITORY

pytestmark = pytest.mark.xdist_group("react package")

_WEB = REPOSITORY / "web"
_SOURCE = _WEB / "packages" / "react"
_README = (_SOURCE / "README.md").read_text()
_EXAMPLE = re.search(r"```tsx\n(import .+?)```", _README, re.DOTALL)

# What `npm create vite@latest -- --template react-ts` writes, as far as it decides whether our types fit; but with
# declarations of packages checked too, which ours have to stand.
_COMPILER_OPTIONS = {
    "target": "ES2023",
    "lib": ["ES2023", "DOM", "DOM.Iterable"],
    "module": "ESNext",
    "moduleResolution": "bundler",
    "types": ["vite/client"],
    "skipLibCheck": False,
    "allowImportingTsExtensions": True,
    "verbatimModuleSyntax": True,
    "moduleDetection": "force",
    "noEmit": True,
    "jsx": "react-jsx",
    "strict": True,
    "noUnusedLocals": True,
    "noUnusedParameters": True,
    "erasableSyntaxOnly": True,
    "noFallthroughCasesInSwitch": True,
}
_OF_THE_APP = ("react", "react-dom", "@types/react", "@types/react-dom", "vite", "@vitejs/plugin-react", "typescript")
_MAIN = """
import { createRoot } from 'react-dom/client';
import { auth } from './auth.ts';
EXAMPLE
createRoot(document.getElementById('root')!).render(<WhatsAppSettings />);
"""


@dataclass(frozen=True, slots=True)
class App:
    """The app's folder, with the package unpacked in its `node_modules`."""

    folder: Path
    node: Path

    @property
    def package(self) -> Path:
        return self.folder / "node_modules" / "@truesend" / "react"

    def run(self, *command: str) -> str:
        """Run a program of its `node_modules`; fails with what it wrote."""
        program = self.folder / "node_modules" / command[0]
        done = subprocess.run(
            [self.node / "node", program, *command[1:]], cwd=self.folder, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def typechecks(self, **options: object) -> None:
        """Check its types by the template's options and these."""
        config = {"compilerOptions": _COMPILER_OPTIONS | options, "include": ["src"]}
        (self.folder / "tsconfig.json").write_text(json.dumps(config))
        self.run("typescript/bin/tsc", "-p", ".")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> App:
    """A new app in which the package is installed with what it says that it needs, and nothing else of ours."""
    folder = tmp_path_factory.mktemp("app")
    modules = folder / "node_modules"
    node = _node()
    with tarfile.open(_packed(node, folder)) as archive:
        archive.extractall(folder, filter="data")
    (modules / "@truesend").mkdir(parents=True)
    (folder / "package").rename(modules / "@truesend" / "react")
    for name in {*_OF_THE_APP, *_manifest(modules / "@truesend" / "react")["dependencies"]}:
        (modules / name).parent.mkdir(exist_ok=True)
        (modules / name).symlink_to(_WEB / "node_modules" / name)
    assert _EXAMPLE is not None, "the README has no example to begin with"
    files = {
        "package.json": json.dumps({"name": "crm", "private": True, "type": "module"}),
        "index.html": '<div id="root"></div><script type="module" src="/src/main.tsx"></script>',
        "vite.config.ts": "import react from '@vitejs/plugin-react';\nexport default { plugins: [react()] };",
        "src/auth.ts": "export const auth = { getAccessToken: async () => 'key', signOut: () => undefined };",
        "src/main.tsx": _MAIN.replace("EXAMPLE", _EXAMPLE[1]),
        "src/everything.ts": f"export {{ {', '.join(_named_in_the_readme())} }} from '@truesend/react';",
    }
    (folder / "src").mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return App(folder, node)


def test_the_readme_s_example_type_checks_in_a_new_app_and_the_package_s_declarations_with_it(app: App) -> None:
    app.typechecks()


def test_its_types_are_found_by_node_s_own_resolution_too(app: App) -> None:
    app.typechecks(module="nodenext", moduleResolution="nodenext", skipLibCheck=True)


def test_a_new_app_is_built_with_it(app: App) -> None:
    app.run("vite/bin/vite.js", "build", "--logLevel", "warn")

    built = {file.suffix: file.read_text() for file in (app.folder / "dist" / "assets").iterdir()}
    assert "/v1/events" in built[".js"]
    assert "--ts-good" in built[".css"]


def test_it_holds_what_runs_its_types_and_nothing_else(app: App) -> None:
    files = {str(file.relative_to(app.package)) for file in app.package.rglob("*") if file.is_file()}

    assert {name for name in files if not name.startswith("dist/")} == {"package.json", "README.md", "LICENSE"}
    assert {name.partition(".")[2] for name in files if name.startswith("dist/")} <= {"js", "js.map", "css", "d.ts"}
    assert (app.package / "LICENSE").read_text() == (REPOSITORY / "LICENSE").read_text()


def test_what_it_exports_is_in_it_but_for_the_sources_that_only_our_own_workspace_asks_for(app: App) -> None:
    exports = _manifest(app.package)["exports"]
    places = [
        place
        for conditions in exports.values()
        for condition, place in (conditions.items() if isinstance(conditions, dict) else [("default", conditions)])
        if condition != "truesend-source"
    ]

    assert places
    assert [place for place in places if not (app.package / place).is_file()] == []
    assert all(
        next(reversed(conditions)) == "default" for conditions in exports.values() if isinstance(conditions, dict)
    )


def test_it_asks_for_what_it_imports_and_for_nothing_that_only_the_page_needs(app: App) -> None:
    manifest = _manifest(app.package)
    imported = set[str]()
    for file in (*app.package.glob("dist/*.js"), *app.package.glob("dist/**/*.d.ts")):
        words = re.findall(r"(?:^|\n)(?:import|export)\b[^;]*?from ['\"]([^.'\"][^'\"]*)['\"]", file.read_text())
        imported |= {"/".join(word.split("/")[: 2 if word.startswith("@") else 1]) for word in words}

    assert imported == {*manifest["dependencies"], *manifest["peerDependencies"]} - {"react-dom"}
    assert "devDependencies" not in manifest


def _packed(node: Path, folder: Path) -> Path:
    path = os.pathsep.join([str(node), os.environ["PATH"]])
    command = [
        "npm",
        "pack",
        "--ignore-scripts",
        "--silent",
        "-w",
        "@truesend/react",
        "--pack-destination",
        str(folder),
    ]
    packed = subprocess.run(command, cwd=_WEB, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    assert packed.returncode == 0, packed.stderr
    return folder / packed.stdout.strip()


def _node() -> Path:
    """The folder of the Node that the page was built with; `make test` has seen to it."""
    found = subprocess.run(["sh", "tools/find-node"], cwd=REPOSITORY, capture_output=True, text=True)
    assert found.returncode == 0, "no Node that can build the page: run make install"
    return Path(found.stdout.strip())


def _manifest(package: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((package / "package.json").read_text())
    return manifest


def _named_in_the_readme() -> set[str]:
    """Hooks and pure functions that it says are there."""
    functions = re.search(r"^(`badgeOf`.+) are pure functions", _README, re.MULTILINE)
    assert functions is not None
    hooks = re.findall(r"`(use[A-Z]\w+)\(", _README)
    return {*hooks, "useWhatsAppSession", *re.findall(r"`(\w+)`", functions[1])}
