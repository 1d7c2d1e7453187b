"""Which builder fits a tree: all are asked, the surest comes first, and one that fails is not in the way."""

import json
from pathlib import Path

import pytest

from catalog.schemas.configs import judge_config
from deployments.builds import get_build, suggest
from deployments.contract import Detection
from tests.deployments.fakes import FakeBuild, Script

INDEX = {"index.html": "<h1>Bakery</h1>"}
PACKAGE = {"package.json": json.dumps({"devDependencies": {"@11ty/eleventy": "^3.1.0"}}), "package-lock.json": "{}"}


def make_tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "specs"),
    [
        (INDEX, ["static@1", "site-image@1"]),
        ({"hugo.toml": "", "content/_index.md": ""}, ["hugo@1"]),
        ({"_config.yml": "", "_layouts/page.html": "", "index.md": ""}, ["jekyll@1"]),
        (PACKAGE, ["command@1"]),
        ({"Dockerfile": "FROM scratch", **INDEX}, ["dockerfile@1", "static@1", "site-image@1"]),
        ({"Dockerfile": "FROM scratch", **PACKAGE}, ["command@1", "dockerfile@1"]),
        ({"main.c": ""}, []),
    ],
)
def test_builders_that_fit_are_ranked(files: dict[str, str], specs: list[str], tmp_path: Path) -> None:
    found = suggest(make_tree(tmp_path, files))

    assert [each.spec for each in found] == specs
    for each in found:
        assert judge_config(get_build(each.spec).info.schema, each.detection.config).is_valid


def test_builder_of_a_package_is_asked_too(
    script: type[Script], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeBuild, "detect", lambda self, tree: Detection(2))

    assert [each.spec for each in suggest(make_tree(tmp_path, INDEX))][:3] == ["fake@1", "fake@2", "static@1"]


def test_builder_that_fails_is_left_out(script: type[Script], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: FakeBuild, tree: Path) -> None:
        raise OSError("unreadable")

    monkeypatch.setattr(FakeBuild, "detect", fail)

    assert [each.spec for each in suggest(make_tree(tmp_path, INDEX))] == ["static@1", "site-image@1"]
