import os
from pathlib import Path

import pytest

from deployments.builds.trees import copy_site, folder_in, has, is_excluded, read_small
from deployments.contract import PermanentError, StoppedError
from tests.deployments.builds.boxed import names_in, source_of


def go_on() -> None:
    """Nobody stops it."""


def test_files_are_copied_plain(tree: Path, into: Path) -> None:
    source_of(tree, {"index.html": "hi", "a/b.txt": "b", "a/.hidden": "h"})
    (tree / "index.html").chmod(0o4755)
    (tree / "again.html").symlink_to("index.html")
    copied = copy_site(tree, into, tree=tree, check=go_on)
    assert (names_in(into), copied.files, copied.size_bytes) == (
        ["a/.hidden", "a/b.txt", "again.html", "index.html"],
        4,
        6,
    )
    assert [
        (path.is_symlink(), path.stat().st_mode & 0o7777) for path in (into / "index.html", into / "again.html")
    ] == [
        (False, 0o644),
        (False, 0o644),
    ]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/etc/passwd", "'bad' is a link out of the source."),
        ("../" * 30 + "etc/passwd", "'bad' is a link out of the source."),
        ("nowhere", "'bad' is a link to nowhere."),
        ("bad", "'bad' is a link to nowhere."),
        ("folder", "'bad' is a link to a folder."),
        ("/", "'bad' is a link out of the source."),
        (".", "'bad' is a link to a folder."),
    ],
)
def test_link_out_or_to_a_folder_is_refused(tree: Path, into: Path, target: str, message: str) -> None:
    (tree / "folder").mkdir()
    (tree / "bad").symlink_to(target)
    with pytest.raises(PermanentError) as caught:
        copy_site(tree, into, tree=tree, check=go_on)
    assert (str(caught.value), names_in(into)) == (message, [])


def test_link_through_a_link_out_is_refused(tree: Path, into: Path) -> None:
    (tree / "up").symlink_to("/etc")
    (tree / "bad").symlink_to("up/passwd")
    with pytest.raises(PermanentError, match="'bad' is a link out of the source"):
        copy_site(tree, into, tree=tree, check=go_on)


def test_pipe_is_refused_and_not_waited_for(tree: Path, into: Path) -> None:
    os.mkfifo(tree / "pipe")
    with pytest.raises(PermanentError, match="'pipe' is neither a file nor a folder"):
        copy_site(tree, into, tree=tree, check=go_on)


def test_name_that_cannot_be_shown_is_refused(tree: Path, into: Path) -> None:
    (tree / "a\nb").touch()
    with pytest.raises(PermanentError, match="characters that cannot be shown"):
        copy_site(tree, into, tree=tree, check=go_on)


def test_name_that_is_no_text_is_refused(tree: Path, into: Path) -> None:
    Path(os.fsdecode(os.fsencode(tree) + b"/\xff")).touch()
    with pytest.raises(PermanentError, match="characters that cannot be shown"):
        copy_site(tree, into, tree=tree, check=go_on)


def test_huge_file_without_bytes_is_refused(tree: Path, into: Path) -> None:
    with (tree / "huge").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(PermanentError, match="more than 4 GB"):
        copy_site(tree, into, tree=tree, check=go_on)


def test_copying_stops_when_it_is_to(tree: Path, into: Path) -> None:
    def check() -> None:
        raise StoppedError

    (tree / "a").touch()
    with pytest.raises(StoppedError):
        copy_site(tree, into, tree=tree, check=check)


@pytest.mark.parametrize(
    ("name", "pattern", "answer"),
    [
        (".git", ".git", True),
        ("a/.git", ".git", True),
        ("a/b", "a/*", True),
        ("c/a/b", "a/*", False),
        ("a.md", "*.md", True),
        ("x/a.md", "*.md", True),
        ("a.mdx", "*.md", False),
        ("[a].md", "[a].md", True),
        ("a.md", "[a].md", False),
        ("draft-1-old", "draft*old", True),
        ("draft", "draft*draft", False),
        ("a-b-c", "*-b-*", True),
        ("drafts", "drafts/", True),
        ("a" * 200, "*a" * 100 + "b", False),
    ],
)
def test_pattern_leaves_out_names(name: str, pattern: str, answer: bool) -> None:
    assert is_excluded(name, exclude=[pattern]) == answer


def test_folder_of_the_tree_is_found(tree: Path) -> None:
    (tree / "a" / "b").mkdir(parents=True)
    assert [folder_in(tree, name, what="folder") for name in (".", "a/b", "./a/")] == [tree, tree / "a/b", tree / "a"]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/etc", "The folder 'link' is a link out of the source."),
        ("..", "The folder 'link' is a link out of the source."),
        ("gone", "There is no folder 'link'."),
        ("link", "There is no folder 'link'."),
        ("file", "The folder 'link' is no folder."),
    ],
)
def test_folder_that_is_a_link_out_is_refused(tree: Path, target: str, message: str) -> None:
    (tree / "file").touch()
    (tree / "link").symlink_to(target)
    with pytest.raises(PermanentError) as caught:
        folder_in(tree, "link", what="folder")
    assert str(caught.value) == message


def test_small_files_are_read_and_links_are_not(tree: Path) -> None:
    (tree / "file").write_text("x" * 300_000)
    (tree / "link").symlink_to("/etc/passwd")
    assert [len(read_small(tree, name)) for name in ("file", "link", "missing", ".")] == [256 << 10, 0, 0, 0]
    assert (has(tree, "missing", "file"), has(tree, "missing")) == (True, False)
