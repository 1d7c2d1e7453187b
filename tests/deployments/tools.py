"""Marks for tests that need programs of this machine; they skip with the name of the Debian package."""

import shutil

import pytest

from deployments.sandbox.bubblewrap import sandbox_problem


def needs(**packages: str) -> pytest.MarkDecorator:
    """Skip unless every tool is installed; `needs(hugo="hugo")` is tool and package, `_` in a tool's name is `-`."""
    wanted = {tool.replace("_", "-"): package for tool, package in packages.items()}
    missing = [f"{tool} (Debian package {package})" for tool, package in wanted.items() if not shutil.which(tool)]
    return pytest.mark.skipif(bool(missing), reason=f"Needs {', '.join(missing)}")


needs_sandbox = pytest.mark.skipif(
    bool(sandbox_problem()), reason=f"Needs bwrap (Debian package bubblewrap): {sandbox_problem()}"
)
