"""Artifacts: what is refused, what the digest covers, and that a half copy never has the name."""

import errno
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from deployments.contract import Artifact, Kind, PermanentError
from deployments.runner.artifacts import Caps, drop, keep, remove_unnamed, stage, verify

CAPS = Caps(files=5, size_bytes=1 << 20)


def made(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def verified(folder: Path, *, secrets: tuple[str, ...] = (), caps: Caps = CAPS) -> Artifact:
    return verify(folder, Kind.SITE, secrets=secrets, check=lambda: None, caps=caps)


def test_digest_is_of_names_modes_and_contents(tmp_path: Path) -> None:
    files = {"index.html": "a", "css/site.css": "b"}
    first = verified(made(tmp_path / "first", files))
    again = verified(made(tmp_path / "again", dict(reversed(files.items()))))
    others = [
        verified(made(tmp_path / "renamed", {"index.htm": "a", "css/site.css": "b"})),
        verified(made(tmp_path / "changed", {"index.html": "b", "css/site.css": "b"})),
        verified(made(tmp_path / "moved", {"index.html": "a", "site.css": "b"})),
    ]
    (tmp_path / "again/index.html").chmod(0o755)
    others.append(verified(tmp_path / "again"))

    assert (first.digest, first.files, first.size_bytes) == (again.digest, 2, 2)
    assert len({first.digest, *(other.digest for other in others)}) == 5


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "evil").symlink_to("/etc/passwd"), "The build made a link: 'evil'."),
        (lambda folder: (folder / "inside").symlink_to("index.html"), "The build made a link: 'inside'."),
        (lambda folder: (folder / "up").symlink_to(".."), "The build made a link: 'up'."),
        (lambda folder: os.mkfifo(folder / "pipe"), "The build made something that is no file: 'pipe'."),
        (lambda folder: (folder / "index.html").unlink(), "The build made no files."),
        (lambda folder: made(folder, {str(at): "" for at in range(5)}), "The build made more than 5 files."),
        (lambda folder: made(folder, {"big": "x" * (1 << 20)}), "The build made more than 1 MB."),
        (lambda folder: made(folder, {"a/b": "key=hunter22!"}), "The file 'a/b' of the build holds a secret."),
    ],
)
def test_what_may_not_go_live_is_refused(spoil: Callable[[Path], object], message: str, tmp_path: Path) -> None:
    folder = made(tmp_path, {"index.html": "a"})
    spoil(folder)

    with pytest.raises(PermanentError) as refused:
        verified(folder, secrets=("hunter22",))

    assert str(refused.value) == message


def test_secret_across_two_chunks_is_found(tmp_path: Path) -> None:
    made(tmp_path, {"big.js": "x" * ((1 << 20) - 3) + "hunter22"})

    with pytest.raises(PermanentError, match="holds a secret"):
        verified(tmp_path, secrets=("hunter22",), caps=Caps())


def test_work_that_is_to_stop_stops_between_files(tmp_path: Path) -> None:
    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        verify(made(tmp_path, {"a": "a"}), Kind.SITE, secrets=(), check=stop, caps=Caps())


def test_kept_once_by_its_digest_and_dropped(tmp_path: Path) -> None:
    store = tmp_path / "store"
    artifacts = [verified(made(tmp_path / name, {"index.html": "a"})) for name in ("first", "second")]
    artifact, staged = artifacts[0], [stage(each, store) for each in artifacts]
    for each in staged:
        keep(each, store / artifact.digest)

    # The second is its caller's to remove.
    assert {path.name for path in store.iterdir()} == {artifact.digest, staged[1].name}
    assert (store / artifact.digest / "index.html").read_text() == "a"
    assert (drop(store / artifact.digest) / "index.html").read_text() == "a"
    assert not (store / artifact.digest).exists()
    assert not drop(store / artifact.digest).exists()


def test_half_of_what_the_disk_does_not_take_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def move(source: Path, target: Path) -> None:
        made(target, {"index.html": "a"})
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("shutil.move", move)

    with pytest.raises(OSError, match="No space left"):
        stage(verified(made(tmp_path / "first", {"index.html": "a"})), tmp_path / "store")

    assert list((tmp_path / "store").iterdir()) == []


def test_what_nobody_gave_a_name_to_goes_after_a_time(tmp_path: Path) -> None:
    store = tmp_path / "store"
    artifact = verified(made(tmp_path / "first", {"index.html": "a"}))
    keep(stage(artifact, store), store / artifact.digest)
    staged = stage(verified(made(tmp_path / "second", {"index.html": "b"})), store)

    remove_unnamed(store, age=timedelta(hours=1))
    assert {path.name for path in store.iterdir()} == {artifact.digest, staged.name}

    remove_unnamed(store, age=timedelta(0))
    assert [path.name for path in store.iterdir()] == [artifact.digest]


def test_name_that_no_web_address_can_hold_is_refused(tmp_path: Path) -> None:
    Path(os.fsdecode(bytes(tmp_path) + b"/\xff.html")).touch()

    with pytest.raises(PermanentError, match="not UTF-8"):
        verified(tmp_path)
