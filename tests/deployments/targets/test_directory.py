"""The folder target on a real disk: whole releases, one link, and nothing outside."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from catalog.schemas.configs import judge_config
from deployments.contract import Artifact, Kind, PermanentError, Release, StoppedError, TransientError
from deployments.targets import directory, get_target
from tests.deployments.contexts import PlainContext

CONFIG = {"folder": "shop/live", "url": "https://shop.example.com"}


@pytest.fixture(autouse=True)
def sites(tmp_path: Path, settings: Any) -> Path:
    settings.REGISTRY_SITES_DIR = tmp_path / "sites"
    return tmp_path / "sites"


def make_context(tmp_path: Path) -> PlainContext:
    return PlainContext(tmp_path, tmp_path, deployment_id=uuid4())


def make_artifact(tmp_path: Path, text: str) -> Artifact:
    folder = tmp_path / f"artifact-{text}"
    (folder / "css").mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(text)
    (folder / "css/site.css").write_text(text)
    return Artifact(Kind.SITE, text, folder, 2, 2)


def deploy(tmp_path: Path, text: str) -> Release:
    target, context = get_target("directory@1"), make_context(tmp_path)
    release = target.upload(make_artifact(tmp_path, text), CONFIG, context)
    target.probe(release, CONFIG, context)
    target.activate(release, CONFIG, context)
    return release


def live(sites: Path) -> str:
    return (sites / "shop/live/current/index.html").read_text()


def test_release_goes_live_and_the_one_before_comes_back(sites: Path, tmp_path: Path) -> None:
    first = deploy(tmp_path, "one")
    second = deploy(tmp_path, "two")
    seen = [live(sites)]
    target, context = get_target("directory@1"), make_context(tmp_path)

    target.activate(first, CONFIG, context)
    target.activate(first, CONFIG, context)

    assert [*seen, live(sites)] == ["two", "one"]
    assert first.url == "https://shop.example.com"
    assert {path.name for path in (sites / "shop/live").iterdir()} == {"current", "releases"}
    assert {path.name for path in (sites / "shop/live/releases").iterdir()} == {first.id, second.id}


def test_upload_again_is_harmless_and_what_is_live_stays(sites: Path, tmp_path: Path) -> None:
    deploy(tmp_path, "one")
    target, context = get_target("directory@1"), make_context(tmp_path)

    releases = [target.upload(make_artifact(tmp_path, "two"), CONFIG, context) for _ in range(2)]

    assert releases[0] == releases[1]
    assert live(sites) == "one"


def test_upload_that_is_stopped_leaves_nothing(sites: Path, tmp_path: Path) -> None:
    context = make_context(tmp_path)
    context.is_stopped = True

    with pytest.raises(StoppedError):
        get_target("directory@1").upload(make_artifact(tmp_path, "one"), CONFIG, context)

    assert list((sites / "shop/live/releases").iterdir()) == []


def test_live_release_is_not_removed_and_others_are(sites: Path, tmp_path: Path) -> None:
    first, second = deploy(tmp_path, "one"), deploy(tmp_path, "two")
    target, context = get_target("directory@1"), make_context(tmp_path)

    target.remove(first, CONFIG, context)
    target.remove(first, CONFIG, context)
    with pytest.raises(PermanentError):
        target.remove(second, CONFIG, context)

    assert [path.name for path in (sites / "shop/live/releases").iterdir()] == [second.id]
    for use in (target.probe, target.activate):
        with pytest.raises(PermanentError, match="gone from the folder"):
            use(first, CONFIG, context)
    assert live(sites) == "two"


def test_current_that_is_a_folder_is_left_alone(sites: Path, tmp_path: Path) -> None:
    (sites / "shop/live/current").mkdir(parents=True)
    (sites / "shop/live/current/index.html").write_text("by hand")

    with pytest.raises(PermanentError, match="cannot be replaced"):
        deploy(tmp_path, "one")

    assert live(sites) == "by hand"


def refuse(number: int) -> Callable[..., None]:
    def act(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "somewhere")

    return act


@pytest.mark.parametrize(
    ("number", "error", "hint"),
    [
        (errno.ENOSPC, TransientError, "Is the disk full?"),
        (errno.EDQUOT, TransientError, "Is the disk full?"),
        (errno.EACCES, PermanentError, directory.NOT_OURS),
        (errno.EROFS, PermanentError, directory.NOT_OURS),
    ],
)
@pytest.mark.parametrize("call", ["shutil.copyfile", "pathlib.Path.mkdir", "pathlib.Path.rename"])
def test_disk_that_refuses_a_release_says_why_and_keeps_nothing(
    number: int, error: type[Exception], hint: str, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact, context = make_artifact(tmp_path, "one"), make_context(tmp_path)
    (tmp_path / "sites/shop/live/releases").mkdir(parents=True)
    monkeypatch.setattr(call, refuse(number))

    with pytest.raises(error) as caught:
        get_target("directory@1").upload(artifact, CONFIG, context)

    assert str(caught.value) == f"The release cannot be written: {os.strerror(number)}."
    assert getattr(caught.value, "hint", "") == hint
    assert list((tmp_path / "sites/shop/live/releases").iterdir()) == []


@pytest.mark.parametrize(("number", "error"), [(errno.ENOSPC, TransientError), (errno.EROFS, PermanentError)])
@pytest.mark.parametrize("call", ["symlink_to", "replace"])
def test_disk_that_refuses_the_link_says_why_and_what_is_live_stays(
    number: int, error: type[Exception], call: str, sites: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = deploy(tmp_path, "one")
    monkeypatch.setattr(Path, call, refuse(number))

    with pytest.raises(error, match="“current” cannot be replaced: "):
        get_target("directory@1").activate(release, CONFIG, make_context(tmp_path))

    assert live(sites) == "one"
    assert {path.name for path in (sites / "shop/live").iterdir()} == {"current", "releases"}


def test_disk_that_does_not_let_go_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = deploy(tmp_path, "one"), deploy(tmp_path, "two")
    monkeypatch.setattr("shutil.rmtree", refuse(errno.EACCES))

    with pytest.raises(PermanentError, match="The release cannot be removed: Permission denied"):
        get_target("directory@1").remove(first, CONFIG, make_context(tmp_path))


def test_file_where_sites_should_be_is_a_message(sites: Path, tmp_path: Path) -> None:
    sites.write_text("")

    with pytest.raises(PermanentError, match="The release cannot be written: Not a directory") as caught:
        deploy(tmp_path, "one")

    assert caught.value.hint == directory.IN_THE_WAY


def test_what_killed_workers_left_goes_with_the_next_upload(sites: Path, tmp_path: Path) -> None:
    first = deploy(tmp_path, "one")
    root = sites / "shop/live"
    (root / "releases" / f".{first.id}.{uuid4().hex}" / "css").mkdir(parents=True)
    (root / f".current.{uuid4().hex}").symlink_to("releases/gone")
    (root / "releases/.htaccess").write_text("by hand")

    second = deploy(tmp_path, "two")

    assert {path.name for path in root.iterdir()} == {"current", "releases"}
    assert {path.name for path in (root / "releases").iterdir()} == {first.id, second.id, ".htaccess"}
    assert live(sites) == "two"


@pytest.mark.parametrize("folder", ["../out", "/etc", "a/../../out", ".hidden", "a//b", "", "A b", "a/./b"])
def test_schema_takes_no_folder_that_leads_out(folder: str) -> None:
    assert not judge_config(get_target("directory@1").info.schema, {"folder": folder}).is_valid


def test_link_that_leads_out_is_found(sites: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    sites.mkdir()
    (sites / "shop").symlink_to(tmp_path / "elsewhere")

    problems = get_target("directory@1").check_config(CONFIG)

    assert [(problem.path, problem.code) for problem in problems] == [("/folder", "outside")]
