"""The README's examples run against a registry, here and where nothing but the built package is installed."""

import inspect
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import registry_client
from registry_client import RegistryClient

from tests.client.conftest import REMOVED, small_documents
from tests.client.readme import EXPECTED, run_examples
from tests.client.registry import MemoryRegistry
from tests.client.serving import Server, serve
from tests.factories import KEY, provider_document

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "client/README.md").read_text(encoding="utf-8")


@pytest.fixture
def address() -> Iterator[str]:
    """A registry of now, at its second serial."""
    registry = MemoryRegistry()
    registry.now = datetime.now(UTC).replace(microsecond=0)
    registry.publish(*small_documents(), provider_document("gone"))
    registry.publish(removed={"providers/cms/gone": REMOVED})
    with serve(Server(registry)) as found:
        yield found


def test_examples_are_true(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    values = [line for line in README.splitlines() if EXPECTED.match(line)]
    assert run_examples(README, address=address, key=KEY.x) == len(values) > 20


def test_every_method_and_error_is_shown() -> None:
    methods = [name for name, _ in inspect.getmembers(RegistryClient) if not name.startswith("_")]
    shown = [name for name in methods if re.search(rf"\.{name}\b", README) or name == "url"]
    assert shown == methods
    errors = [name for name in dir(registry_client.errors) if inspect.isclass(getattr(registry_client.errors, name))]
    assert [name for name in errors if name not in README] == []


@pytest.mark.tools
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_built_package_works_without_django(address: str, tmp_path: Path) -> None:
    """Built from a copy, installed by pip with what it depends on into an environment that is new."""
    shutil.copytree(ROOT / "client", tmp_path / "client")
    shutil.copy(ROOT / "tests/client/readme.py", tmp_path)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment |= {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}

    def run(*command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, env=environment, check=False, timeout=300
        )

    build = run(
        *(
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--no-deps",
            "--no-build-isolation",
            "--wheel-dir",
            "wheels",
            "./client",
        )
    )
    assert build.returncode == 0, build.stderr
    (wheel,) = (tmp_path / "wheels").glob("registry_client-*.whl")
    python = str(tmp_path / "venv/bin/python")
    assert run(sys.executable, "-m", "venv", "venv").returncode == 0
    install = run(python, "-m", "pip", "install", "--disable-pip-version-check", str(wheel))
    if install.returncode and "No matching distribution" in install.stderr:
        pytest.skip(f"pip reaches no index for httpx and cryptography: {install.stderr.splitlines()[-1]}")

    assert install.returncode == 0, install.stderr
    assert run(python, "-c", "import django").returncode == 1
    typed = run(
        python,
        "-c",
        "import registry_client as r, pathlib as p; print((p.Path(r.__file__).parent / 'py.typed').exists())",
    )
    ran = run(python, "readme.py", "client/README.md", address, KEY.x)
    assert (typed.stdout, ran.stderr) == ("True\n", "")
    assert int(ran.stdout.splitlines()[-1]) > 20
