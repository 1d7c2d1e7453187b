"""The repository's top level: only the rooms and files that were agreed on."""

import ast
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ALLOWED = {
    ".ci",
    ".dockerignore",
    ".github",
    ".gitignore",
    "CHANGELOG.md",
    "Dockerfile",
    "Makefile",
    "Procfile",
    "README.md",
    "catalog",
    "client",
    "compose.yaml",
    "constraints.txt",
    "deployments",
    "docs",
    "indexer",
    "infrastructure",
    "manage.py",
    "pyproject.toml",
    "registry_site",
    "requirements-dev.txt",
    "requirements.txt",
    "tests",
}

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 50

pytestmark = pytest.mark.skipif(
    shutil.which("git") is None or not (ROOT / ".git").exists(), reason="Needs git and its checkout"
)


def listed_files(*patterns: str) -> list[str]:
    command = ["git", "ls-files", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [path for path in listed if (ROOT / path).exists()]


def test_top_level_holds_only_what_was_agreed_on() -> None:
    assert {path.partition("/")[0] for path in listed_files()} - ALLOWED == set()


def test_files_and_functions_stay_small() -> None:
    """Migrations are left out: Django writes them, and they never change."""
    long = []
    for path in listed_files("*.py"):
        text = (ROOT / path).read_text(encoding="utf-8")
        if "/migrations/" not in path and text.count("\n") > MAX_FILE_LINES:
            long.append(path)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                long += [f"{path}:{node.name}"] if lines > MAX_FUNCTION_LINES else []

    assert long == []
