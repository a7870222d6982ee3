"""What checks manifests has to be there: on CI, and else where these tests are to run."""

import pytest

from tests.deploy.k8s.manifests import TOOLS
from tests.harness.ci import every_tool_is_required


@pytest.fixture(autouse=True, scope="session")
def tools() -> None:
    missing = [name for name in ("kustomize", "kubeconform") if not (TOOLS / name).exists()]
    if missing and every_tool_is_required():
        pytest.fail(f"This run demands {' and '.join(missing)}: make test builds them")
    if missing:
        pytest.skip(f"needs {' and '.join(missing)}, which make test builds")
