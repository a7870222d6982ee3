"""Asking those who know: Python's advisories by pip-audit, the page's by npm."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tools.audit.reports import Finding, NotAuditedError, npm_findings, pip_findings

PYTHON_SERVICES: Final = ("pypi", "osv")


def python_advisories(pip_audit: Path, locks: Sequence[Path]) -> frozenset[Finding]:
    """What is known of the packages in ``locks``, from the first service that knows them all.

    Raises NotAuditedError, with each one's answer, where none does.
    """
    failures = []
    for service in PYTHON_SERVICES:
        try:
            return frozenset().union(*(pip_findings(_pip_audit(pip_audit, service, lock)) for lock in locks))
        except NotAuditedError as error:
            failures.append(f"{service}: {error}")
    raise NotAuditedError("; ".join(failures))


def page_advisories(web: Path) -> frozenset[Finding]:
    """What is known of the packages in the lock of ``web``. Raises NotAuditedError where npm is not told."""
    found = subprocess.run(["sh", "tools/find-node"], capture_output=True, text=True, check=False)
    if found.returncode:
        raise NotAuditedError("no Node: make install brings one")
    path = f"{found.stdout.strip()}{os.pathsep}{os.environ['PATH']}"
    return npm_findings(_json_of(["npm", "audit", "--json"], folder=web, environment={**os.environ, "PATH": path}))


def _pip_audit(pip_audit: Path, service: str, lock: Path) -> Mapping[str, Any]:
    options = ["--format", "json", "--progress-spinner", "off", "--disable-pip", "--require-hashes"]
    return _json_of([str(pip_audit), "--vulnerability-service", service, *options, "--requirement", str(lock)])


def _json_of(
    command: Sequence[str], *, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> Mapping[str, Any]:
    """The report on stdout. An exit code tells nothing here: it is 1 for a vulnerability and for a failure alike."""
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)
    try:
        report = json.loads(ran.stdout)
    except ValueError:
        report = None
    if not isinstance(report, dict):
        raise NotAuditedError((ran.stderr.strip() or f"exit code {ran.returncode}").splitlines()[-1])
    return report
