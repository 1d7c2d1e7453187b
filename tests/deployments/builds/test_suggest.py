"""Which builder fits a tree: all are asked, the surest comes first, and one that fails is not in the way."""

import json
from pathlib import Path

import pytest

from catalog.schemas.configs import judge_config
from deployments.builds import get_build, suggest
from deployments.contract import Detection, Kind
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

    assert [each.spec for each in suggest(make_tree(tmp_path, INDEX))][:2] == ["fake@2", "static@1"]


def test_majors_of_a_builder_are_one_suggestion(
    script: type[Script], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeBuild, "detect", lambda self, tree: Detection(5, {"major": self.info.major}))

    first = suggest(make_tree(tmp_path, INDEX))[0]

    assert first.majors == {"fake@2": Detection(5, {"major": 2}), "fake@1": Detection(5, {"major": 1})}
    assert (first.spec, first.detection.config) == ("fake@2", {"major": 2})


def test_major_that_does_not_fit_is_no_reason_against_the_one_before(
    script: type[Script], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeBuild, "detect", lambda self, tree: Detection(5) if self.info.major == 1 else None)

    assert suggest(make_tree(tmp_path, INDEX))[0].majors == {"fake@1": Detection(5)}


def test_builder_that_takes_nothing_of_what_is_fetched_is_not_asked(
    script: type[Script], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeBuild, "detect", lambda self, tree: Detection(5))
    monkeypatch.setattr(FakeBuild, "accepts", frozenset({Kind.IMAGE}))

    assert [each.spec for each in suggest(make_tree(tmp_path, INDEX))] == ["static@1", "site-image@1"]
    assert [each.spec for each in suggest(tmp_path, kinds={Kind.IMAGE})] == ["fake@2"]


def test_builder_that_fails_is_left_out(script: type[Script], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: FakeBuild, tree: Path) -> None:
        raise OSError("unreadable")

    monkeypatch.setattr(FakeBuild, "detect", fail)

    assert [each.spec for each in suggest(make_tree(tmp_path, INDEX))] == ["static@1", "site-image@1"]
