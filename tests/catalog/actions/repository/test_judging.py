"""Judging a folder: everything that is wrong, with its place, and without a database."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from catalog.actions.errors import RefusedError
from catalog.actions.repository.judging import validate_folder
from catalog.documents.layout import write_document
from tests.catalog.actions.repository.trees import DOCUMENTS, OLD, write
from tests.factories import SANITY, builder_document, provider_document, stack_document

ROOT = Path(__file__).resolve().parents[4]


def problems(folder: Path) -> list[str]:
    return [str(problem) for problem in validate_folder(folder).problems]


def files(folder: Path, **contents: Any) -> None:
    for path, content in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def test_valid_folder_has_no_problems_whatever_else_lies_there(tmp_path: Path) -> None:
    write(tmp_path, *DOCUMENTS)
    files(tmp_path, **{
        "README.md": b"", "providers/cms/README.md": b"", "providers/.keep": b"", "src/broken.json": b"{",
        "stacks/.cache/x.json": b"{", ".git/config": b"",
    })  # fmt: skip

    tree = validate_folder(tmp_path)

    assert tree.problems == []
    assert sorted(tree.documents) == [
        "builders/hugo", "providers/cms/decap", "providers/cms/sanity", "stacks/foundation/marketing",
    ]  # fmt: skip


def test_what_publishing_adds_is_passed_over_and_defaults_are_not_kept(tmp_path: Path) -> None:
    published = {**SANITY, "last_updated": "2024-01-15T10:30:00Z", "serial": 4, "currency": "USD"}
    write(tmp_path, ("provider", published))

    tree = validate_folder(tmp_path)

    assert (tree.problems, tree.documents) == ([], {"providers/cms/sanity": SANITY})


def test_every_problem_of_every_file_is_named(tmp_path: Path) -> None:
    valid = write_document("builder", builder_document("a"))
    nul = builder_document("nul", config_schema={"type": "object", "title": "\0"})
    bad = provider_document("bad", icon="A b", monthly_cost_range=[2, 1])
    deep: Any = {}
    for _ in range(60):
        deep = {"a": deep}
    files(tmp_path, **{
        "builders/a.json": valid,
        "builders/b.json": valid,
        "builders/bom.json": b"\xef\xbb\xbf" + valid,
        "builders/deep.json": write_document("builder", builder_document("deep", config_schema=deep)),
        "builders/empty.json": b"",
        "builders/huge.json": b" " * 1_000_001,
        "builders/latin.json": b'{\n  "a": "\xe9"}',
        "builders/list.json": b"[]",
        "builders/nul.json": write_document("builder", nul),
        "builders/twice.json": b'{"builder_name": "twice", "builder_name": "twice"}',
        "builders/x/y.json": valid,
        "builders/Upper.json": valid,
        "builders/a.jsn": valid,
        "builders/syntax.json": b'{"a": 1,\n "b" 2}',
        "providers/cms/stack.json": write_document("provider", {**provider_document("stack"), "stack_name": "stack"}),
        "providers/cms/bad.json": write_document("provider", bad),
        "stacks/premium/a.json": b"{}",
    })  # fmt: skip

    where = "No entry lies here: providers/<type>/<name>.json, builders/<name>.json, stacks/<category>/<name>.json."
    assert problems(tmp_path) == [
        f"builders/Upper.json: file: {where}",
        f"builders/a.jsn: file: {where}",
        "builders/b.json: /builder_name: The document is builders/a; the file's place says builders/b.",
        "builders/bom.json: line 1, column 1: The file begins with a byte order mark; save it as UTF-8 without one.",
        "builders/deep.json: document: It is nested more than 40 levels deep.",
        "builders/empty.json: line 1, column 1: Expecting value.",
        "builders/huge.json: file: It has more than 1,000,000 bytes.",
        "builders/latin.json: line 2, column 9: This is not UTF-8.",
        "builders/list.json: document: This must be an object.",
        "builders/nul.json: document: A text holds the character U+0000.",
        "builders/syntax.json: line 2, column 6: Expecting ':' delimiter.",
        "builders/twice.json: document: 'builder_name' stands twice in one object.",
        f"builders/x/y.json: file: {where}",
        "providers/cms/bad.json: /icon: 'A b': Use lower-case letters and digits, words joined by hyphens.",
        "providers/cms/bad.json: /monthly_cost_range: “From” (2) is more than “to” (1).",
        "providers/cms/stack.json: /stack_name: There is no such member here.",
        f"stacks/premium/a.json: file: {where}",
    ]


def test_links_and_what_is_no_file_are_named_and_not_followed(tmp_path: Path) -> None:
    folder, outside = tmp_path / "registry", tmp_path / "outside"
    write(outside, ("provider", SANITY))
    write(folder, ("builder", builder_document("hugo")))
    (folder / "providers").symlink_to(outside / "providers")
    (folder / "builders/link.json").symlink_to(outside / "providers/cms/sanity.json")
    (folder / "builders/nowhere.json").symlink_to("/nowhere")
    os.mkfifo(folder / "builders/pipe.json")
    (folder / "stacks").write_text("")
    deep = folder / "builders" / "/".join("d" * 8)
    deep.mkdir(parents=True)
    (deep / "a.json").write_text("{}")

    link, own = "This is a link; write the file itself.", "This must be a folder of its own, no link."
    assert problems(folder) == [
        "builders/d/d/d/d: file: This is no file.",
        f"builders/link.json: file: {link}",
        f"builders/nowhere.json: file: {link}",
        "builders/pipe.json: file: This is no file.",
        f"providers: file: {own}",
        f"stacks: file: {own}",
    ]


def test_what_entries_name_must_be_there_and_names_are_claimed_once(tmp_path: Path) -> None:
    def old(replacement: str, state: str = "deprecated") -> dict[str, str]:
        return {"state": state, "replacement": replacement, **OLD}

    write(
        tmp_path,
        ("builder", builder_document("a", aliases=["builders/b", "builders/old"], lifecycle=old("builders/b"))),
        ("builder", builder_document("b", aliases=["builders/a", "builders/old"], lifecycle=old("builders/c"))),
        ("builder", builder_document("c", aliases=["builders/c"], lifecycle=old("builders/a"))),
        ("builder", builder_document("self", lifecycle=old("builders/self"))),
        ("builder", builder_document("leads", lifecycle=old("builders/a"))),
        ("provider", provider_document("gone", lifecycle={"state": "removed", **OLD})),
        ("stack", stack_document("s", builder="zola", providers={"cms": ["gone", "x"]})),
        ("stack", stack_document("t", providers={"cms": ["gone"]}, lifecycle={"state": "removed", **OLD})),
    )
    (tmp_path / "providers/cms/x.json").write_text("{")

    circle = "/lifecycle/replacement: Following the replacements would never end."
    assert problems(tmp_path) == [
        "builders/a.json: /aliases/0: builders/b is an entry of its own.",
        f"builders/a.json: {circle}",
        "builders/b.json: /aliases/0: builders/a is an entry of its own.",
        "builders/b.json: /aliases/1: builders/old is an alias of builders/a already.",
        f"builders/b.json: {circle}",
        "builders/c.json: /aliases/0: An entry cannot be its own alias.",
        f"builders/c.json: {circle}",
        f"builders/self.json: {circle}",
        "providers/cms/x.json: line 1, column 2: Expecting property name enclosed in double quotes.",
        "stacks/foundation/s.json: /builder: There is no entry builders/zola.",
        "stacks/foundation/s.json: /providers/cms/0: providers/cms/gone is removed.",
    ]


def test_schemas_and_mark_are_judged_if_they_are_there(tmp_path: Path) -> None:
    write(tmp_path, ("provider", SANITY))
    files(tmp_path, **{
        "schemas/provider.schema.json": b"{}", "schemas/stack.schema.json": b"{", "schemas/own.json": b"{",
        ".registry-export.json": b"{",
    })  # fmt: skip
    (tmp_path / "schemas/builder.schema.json").symlink_to("/nowhere")

    found = problems(tmp_path)

    other = "file: This is not the released schema; export_registry brings it back."
    assert found[0].startswith(f".: folder: {tmp_path}/.registry-export.json: It is damaged: line 1, column 2: ")
    assert found[1:] == [
        "schemas/builder.schema.json: file: It cannot be read: Too many levels of symbolic links.",
        f"schemas/provider.schema.json: {other}",
        f"schemas/stack.schema.json: {other}",
    ]


def test_folder_without_entries_and_no_folder_are_told(tmp_path: Path) -> None:
    assert problems(tmp_path) == [".: folder: There are no entries in builders, providers, stacks."]
    with pytest.raises(RefusedError, match=rf"^{tmp_path}/none is no folder\.$"):
        validate_folder(tmp_path / "none")


@pytest.mark.slow
def test_database_that_cannot_be_reached_is_not_needed(tmp_path: Path) -> None:
    write(tmp_path, ("provider", SANITY))
    (tmp_path / "builders").mkdir()
    (tmp_path / "builders/a.json").write_text("{\x1b[2J")
    environment = {
        **os.environ,
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nowhere",
        "DJANGO_SETTINGS_MODULE": "registry_site.settings",
        "REGISTRY_VAR_DIR": str(tmp_path / "var"),
    }

    ran = subprocess.run(
        [sys.executable, "manage.py", "validate_registry", str(tmp_path)],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (ran.returncode, ran.stdout, ran.stderr) == (
        1,
        "builders/a.json: line 1, column 2: Expecting property name enclosed in double quotes.\n",
        "CommandError: 1 problem in 1 file.\n",
    )
