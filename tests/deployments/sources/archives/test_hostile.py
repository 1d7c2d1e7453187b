"""Whatever an archive holds: it is refused with a reason, and nothing outside its folder changes."""

from pathlib import Path

import pytest

from deployments.contract import PermanentError
from deployments.sources.archives import zips
from deployments.sources.archives.limits import MIB, Limits
from deployments.sources.archives.unpacking import unpack
from tests.deployments.sources.archives.hostile import BAD_HEADERS, HOSTILE
from tests.deployments.sources.archives.making import gzipped, tar_entry, zip_bytes

SMALL = Limits(archive_bytes=4 * MIB, total_bytes=2 * MIB, file_bytes=MIB, entries=100)


def read_outside(folder: Path) -> dict[str, tuple[int, str]]:
    """Everything that is in the folder but for `into`: mode and content, or target."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if not name.startswith("work/into/"):
            target = str(path.readlink()) if path.is_symlink() else ""
            found[name] = (path.lstat().st_mode, target or (path.read_text() if name.endswith("kept") else ""))
    return found


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Where an archive goes, in a folder with things worth harming beside and above the folder `work/into`."""
    for name in ("outside/kept", "work/outside/kept", "work/kept"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("kept")
    (tmp_path / "work" / "into").mkdir()
    return tmp_path / "archive"


@pytest.mark.parametrize("name", [*HOSTILE, *BAD_HEADERS])
def test_archive_is_refused_and_nothing_outside_changes(archive: Path, name: str) -> None:
    content, reason = (HOSTILE | BAD_HEADERS)[name]
    archive.write_bytes(content)
    into = archive.parent / "work" / "into"
    before = read_outside(archive.parent)

    with pytest.raises(PermanentError, match=reason):
        unpack(archive, into, limits=SMALL)

    assert read_outside(archive.parent) == before
    assert not Path("/tmp/registry-harm").exists()


def test_six_hundred_million_zeros_are_refused_by_their_header(archive: Path) -> None:
    entry, _ = tar_entry("big", size=600_000_000)
    archive.write_bytes(gzipped([(entry, b"")]))

    with pytest.raises(PermanentError, match="larger than 268435456 bytes"):
        unpack(archive, archive.parent / "work" / "into")

    assert list((archive.parent / "work" / "into").iterdir()) == []


def test_list_of_a_zip_that_would_fill_the_memory_is_not_read(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "LIST_BYTES", 1_000)
    archive.write_bytes(zip_bytes([(f"{number}", b"") for number in range(50)]))

    with pytest.raises(PermanentError, match="too long a list of entries"):
        unpack(archive, archive.parent / "work" / "into")


@pytest.mark.slow
def test_more_than_twenty_thousand_entries_are_refused(archive: Path) -> None:
    archive.write_bytes(gzipped([tar_entry(f"{number}") for number in range(25_000)]))

    with pytest.raises(PermanentError, match="more than 20000 entries"):
        unpack(archive, archive.parent / "work" / "into")


def test_message_names_the_entry_shortly_and_harmlessly(archive: Path) -> None:
    archive.write_bytes(gzipped([tar_entry("\x1b[31m" + "a" * 3_000 + "/../../b")]))

    with pytest.raises(PermanentError) as caught:
        unpack(archive, archive.parent / "work" / "into")

    shown = r"'\x1b[31m" + "a" * 111
    assert str(caught.value) == f"The archive's entry {shown}... has a control character in its name."


def test_link_is_judged_by_its_names_even_where_any_length_is_taken(archive: Path) -> None:
    archive.write_bytes(HOSTILE["tar beyond realpath"][0])
    into = archive.parent / "work" / "into"
    before = read_outside(archive.parent)

    with pytest.raises(PermanentError, match="'escape' is a symbolic link that leads out"):
        unpack(archive, into, limits=Limits(path_bytes=10_000))

    assert read_outside(archive.parent) == before
