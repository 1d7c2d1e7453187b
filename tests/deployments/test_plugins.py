"""Backends of other packages: installed for real, found without a restart, and broken ones alone."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deployments.backends import BackendMissingError
from deployments.builds import BUILDS
from deployments.sources import SOURCES, get_source
from deployments.targets import TARGETS, get_target
from tests.deployments.fakes import FakeTarget, Script
from tests.deployments.packages import PLUGINS, copied, pip_install
from tests.deployments.runs import run
from tests.deployments.services import make_service

ROOT = Path(__file__).resolve().parents[2]
BROKEN = PLUGINS / "broken"
PAGE = ROOT / "docs/writing-a-backend.md"
BLOCKS = re.compile(r"```(?:toml|python)\n(.*?)```", re.DOTALL)


def follow_the_page(folder: Path) -> Path:
    """The package of `docs/writing-a-backend.md`, written down as the page says."""
    folder.mkdir()
    project, module = BLOCKS.findall(PAGE.read_text())
    (folder / "pyproject.toml").write_text(project)
    (folder / "wiki_source.py").write_text(module)
    return folder


@pytest.fixture
def site_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder where packages may be, seen by this process."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    for registry in (SOURCES, BUILDS):
        registry.reload()
    sys.modules.pop("wiki_source", None)


@pytest.mark.usefixtures("in_process")
def test_package_of_the_page_is_found_and_deployed(site_packages: Path, tmp_path: Path) -> None:
    with pytest.raises(BackendMissingError):
        get_source("wiki@1")
    pip_install(follow_the_page(tmp_path / "package"), site_packages)
    wiki: dict[str, Any] = {"source_backend": "wiki@1", "source_config": {"page": "Prices"}}

    deployment = run(make_service(**wiki, target_backend="null@1", target_config={}))

    assert (deployment.state, deployment.error_message) == ("succeeded", "")
    assert deployment.backends["source"] == {"backend": "wiki@1", "version": "1.2.0"}
    assert "Fetched Prices." in deployment.lines.values_list("text", flat=True)


def test_config_that_only_the_backend_can_judge(site_packages: Path, tmp_path: Path) -> None:
    pip_install(follow_the_page(tmp_path / "package"), site_packages)

    problems = get_source("wiki@1").check_config({"page": "Special:Random"})

    assert [(problem.path, problem.code) for problem in problems] == [("/page", "special")]


def test_command_lists_it_and_each_broken_one_with_its_reason(site_packages: Path, tmp_path: Path) -> None:
    pip_install(follow_the_page(tmp_path / "package"), site_packages)
    pip_install(copied(BROKEN, tmp_path / "broken"), site_packages)
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(site_packages), "REGISTRY_VAR_DIR": str(tmp_path / "var"),
        "DJANGO_DEBUG": "true",
    }  # fmt: skip

    listed = subprocess.run(
        [sys.executable, "manage.py", "backends", "--json"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip

    rows: dict[str, list[dict[str, Any]]] = json.loads(listed.stdout)
    packages = {row["backend"]: (row["package"], row["version"]) for row in rows["sources"]}
    assert packages["wiki@1"] == ("registry-wiki-source 1.2.0", "1.2.0")
    # Nobody replaces a built-in.
    assert packages["git@1"] == ("registry", "1.0.0")
    errors = {row["backend"]: row["error"] for rows in rows.values() for row in rows if row["error"]}
    package = "registry-broken-backends 0.1.0"
    assert errors["misnamed@1"] == (
        f"misnamed@1 of {package} cannot be used: it is announced as misnamed@1, and calls itself other@1"
    )
    assert errors["future@1"] == (
        f"future@1 of {package} cannot be used: it was written for version 99 of the contract; this is 1"
    )
    assert errors["missing@1"].startswith(f"missing@1 of {package} cannot be used: ")
    assert errors["halfway@1"] == f"halfway@1 of {package} cannot be used: it has no produces"
    assert errors["odd@1"] == f"odd@1 of {package} cannot be used: 'zip' is not a valid Kind"
    assert errors["clumsy@1"] == f"clumsy@1 of {package} cannot be used: its file of settings is missing"
    assert errors["exit@1"] == f"exit@1 of {package} cannot be used: SystemExit 3"
    assert errors["bomb@1"] == f"bomb@1 of {package} cannot be used: No module named 'broken_bomb'"


def test_backend_that_cannot_be_made_any_more_fails_alone(
    script: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    get_target("fake@1")

    def fail(self: FakeTarget) -> None:
        if type(self) is FakeTarget:
            raise ValueError

    monkeypatch.setattr(FakeTarget, "__init__", fail)

    with pytest.raises(BackendMissingError, match=r"fake@1 of registry cannot be used: ValueError$"):
        get_target("fake@1")
    assert [each.error for each in TARGETS.listings() if each.error] == [
        "fake@1 of registry cannot be used: ValueError"
    ]


def test_nothing_is_imported_before_its_first_use() -> None:
    code = (
        "import sys, django; django.setup(); import deployments.sources, deployments.builds, deployments.targets;"
        "print([name for name in sys.modules if name.startswith(('deployments.sources.', 'deployments.builds.', "
        "'deployments.targets.'))])"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": os.environ["PATH"]}

    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert loaded.stdout.strip() == "[]"
