"""Packages of backends, installed for real for a test."""

import subprocess
import sys
from pathlib import Path

PLUGINS = Path(__file__).resolve().parents[1] / "plugins"


def pip_install(package: Path, into: Path) -> None:
    """As `pip install`, into a folder: without the network, and without touching the environment of the tests."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run([*command, "--target", str(into), str(package)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def copied(package: Path, folder: Path) -> Path:
    """Building leaves files beside the sources."""
    folder.mkdir()
    for file in package.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    return folder
