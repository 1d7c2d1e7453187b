"""Source `inline`: files of the config become files."""

from pathlib import Path

import pytest

from catalog.schemas.problems import Problem
from deployments.contract import PermanentError, Source
from deployments.sources.inline import Inline
from tests.deployments.contexts import PlainContext
from tests.deployments.sources.configs import is_valid
from tests.deployments.sources.trees import read_tree

SITE = {"files": {"index.html": "<h1>Bäcker</h1>", "css/site.css": "blue"}}


def test_files_are_written(context: PlainContext, into: Path) -> None:
    inline = Inline()
    revision = inline.resolve(SITE, context)

    source = inline.fetch(SITE, revision, into, context)

    assert source == Source(into, revision, size_bytes=20)
    assert read_tree(into) == {"css": "folder", "css/site.css": "blue", "index.html": "<h1>Bäcker</h1>"}


def test_revision_is_of_the_files_whatever_their_order(context: PlainContext) -> None:
    turned = {"files": dict(reversed(SITE["files"].items()))}
    other = {"files": SITE["files"] | {"css/site.css": "red"}}

    revisions = [Inline().resolve(config, context) for config in (SITE, turned, other)]

    assert revisions[0] == revisions[1] != revisions[2]
    assert revisions[0].startswith("sha256:")


def test_files_of_another_revision_are_not_fetched(context: PlainContext, into: Path) -> None:
    with pytest.raises(PermanentError, match="not those of this revision"):
        Inline().fetch(SITE, "sha256:0", into, context)

    assert read_tree(into) == {}


def test_more_than_64_kb_in_all_is_a_problem(context: PlainContext, into: Path) -> None:
    exact = {"files": {"a": "ä" * 16_384, "b": "x" * 32_768}}
    more = {"files": exact["files"] | {"c": "x"}}

    assert Inline().check_config(exact) == []
    assert Inline().check_config(more) == [
        Problem("/files", "size", "All files together have 65537 bytes; they may have 65536.")
    ]
    with pytest.raises(PermanentError, match="65537 bytes"):
        Inline().fetch(more, Inline().resolve(more, context), into, context)


def test_file_in_a_file_is_a_problem() -> None:
    assert Inline().check_config({"files": {"a": "", "a/b/c": ""}}) == [
        Problem("/files/a~1b~1c", "path", "a is a file, so nothing can be in it.")
    ]


@pytest.mark.parametrize("files", [{"a": "\ud800"}, {"a\udfff": ""}])
def test_half_a_character_is_a_problem(files: dict[str, str]) -> None:
    assert [problem.code for problem in Inline().check_config({"files": files})] == ["text"]


@pytest.mark.parametrize("path", ["../a", "a/../b", "/a", "a//b", "a/", "", ".", "..", "-a", "a\\b", "a\nb", "a/-b"])
def test_path_that_leads_elsewhere_is_refused_by_the_schema(path: str) -> None:
    assert not is_valid(Inline(), {"files": {path: ""}})


@pytest.mark.parametrize("path", ["a", ".htaccess", "..a", "a/.b/c.d", "bäcker/süß.txt"])
def test_path_of_a_file_is_accepted_by_the_schema(path: str) -> None:
    assert is_valid(Inline(), {"files": {path: ""}})
