from pathlib import Path

import pytest

from deployments.builds.static import Static
from deployments.contract import PermanentError
from tests.deployments.builds.boxed import BoxedContext, names_in, source_of


def test_whole_source_is_published_without_what_is_left_out(tree: Path, into: Path, context: BoxedContext) -> None:
    source = source_of(
        tree,
        {"index.html": "hi", "a/page.html": "p", ".git/config": "c", "node_modules/x/y.js": "y", ".gitignore": "i"},
    )
    Static().build(source, {}, into, context)
    assert (names_in(into), context.lines) == (["a/page.html", "index.html"], ["Copied 2 files, 3 bytes."])


def test_folder_and_patterns_of_the_config_are_used(tree: Path, into: Path, context: BoxedContext) -> None:
    source = source_of(
        tree, {"public/index.html": "hi", "public/notes.md": "n", "public/.git/x": "x", "other.html": "o"}
    )
    Static().build(source, {"outputFolder": "public", "exclude": ["*.md"]}, into, context)
    assert names_in(into) == [".git/x", "index.html"]


def test_source_without_a_start_page_is_refused_unless_none_is_required(
    tree: Path, into: Path, context: BoxedContext
) -> None:
    source = source_of(tree, {"page.html": "p"})
    with pytest.raises(PermanentError, match=r"There is no index\.html at the top"):
        Static().build(source, {}, into, context)
    Static().build(source, {"requireIndex": False}, into, context)
    assert names_in(into) == ["page.html"]


def test_folder_that_leads_out_is_refused(tree: Path, into: Path, context: BoxedContext) -> None:
    (tree / "public").symlink_to("/etc")
    with pytest.raises(PermanentError, match="is a link out of the source"):
        Static().build(source_of(tree, {}), {"outputFolder": "public"}, into, context)
    assert names_in(into) == []


@pytest.mark.parametrize(
    ("files", "folder"),
    [
        (["index.html"], "."),
        (["dist/index.html"], "dist"),
        (["readme.md"], None),
        (["index.html", "package.json"], None),
    ],
)
def test_finished_site_is_detected(tree: Path, files: list[str], folder: str | None) -> None:
    source_of(tree, dict.fromkeys(files, ""))
    found = Static().detect(tree)
    assert (found and found.config["outputFolder"]) == folder
