"""The repository's top level: only the rooms and files that were agreed on."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ALLOWED = {
    ".ci",
    ".dockerignore",
    ".gitignore",
    "CHANGELOG.md",
    "Dockerfile",
    "Makefile",
    "Procfile",
    "README.md",
    "catalog",
    "compose.yaml",
    "constraints.txt",
    "deployments",
    "docs",
    "manage.py",
    "pyproject.toml",
    "registry_site",
    "requirements-dev.txt",
    "requirements.txt",
    "tests",
}


@pytest.mark.skipif(shutil.which("git") is None or not (ROOT / ".git").exists(), reason="Needs git and its checkout")
def test_top_level_holds_only_what_was_agreed_on() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert {path.partition("/")[0] for path in listed.splitlines()} - ALLOWED == set()
