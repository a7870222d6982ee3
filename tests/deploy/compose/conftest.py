"""The project that the tests of this folder look at."""

from pathlib import Path

import pytest

from tests.deploy.compose.project import Project


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The files, with a .env as the script writes it. Not to be changed."""
    project = Project.copied_to(tmp_path_factory.mktemp("compose"))
    assert project.new_env().returncode == 0
    return project


@pytest.fixture
def fresh_project(tmp_path: Path) -> Project:
    """The files without .env, for one test."""
    return Project.copied_to(tmp_path)
