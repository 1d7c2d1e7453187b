"""`export_registry`, `validate_registry`, `import_registry`: what they print, and how they end."""

from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from catalog.actions.repository.judging import WHERE
from catalog.models import Revision
from tests.catalog.actions.repository.trees import KEYS, edit, fill, write
from tests.factories import provider_document, save


@pytest.fixture
def boss(db: None) -> User:
    boss = User.objects.create_superuser("boss")
    fill(boss)
    return boss


def run(name: str, *arguments: object) -> tuple[list[str], str]:
    """The lines that were printed, and what was refused."""
    printed, refused = StringIO(), ""
    try:
        call_command(name, *map(str, arguments), stdout=printed)
    except CommandError as error:
        refused = str(error)
    return printed.getvalue().splitlines(), refused


def test_validating_names_every_problem_and_asks_no_database(tmp_path: Path) -> None:
    write(tmp_path, ("provider", provider_document("decap")))
    valid = run("validate_registry", tmp_path)
    edit(tmp_path, "providers/cms/decap", icon="A\u202e", cms_type="none")
    (tmp_path / "builders").mkdir()
    (tmp_path / "builders" / "a\x1b[2J.json").write_text("")

    assert valid == (["1 entry is valid."], "")
    assert run("validate_registry", tmp_path) == (
        [
            f"builders/a [2J.json: file: {WHERE}",
            "providers/cms/decap.json: /cms_type: This must be one of git_based, api_based, hybrid.",
            "providers/cms/decap.json: /icon: 'A\\u202e': Use lower-case letters and digits, words joined by hyphens.",
        ],
        "3 problems in 2 files.",
    )
    assert run("validate_registry", tmp_path / "none") == ([], f"{tmp_path}/none is no folder.")


def test_export_prints_what_it_did_and_refuses_to_overwrite(boss: User, tmp_path: Path) -> None:
    first = run("export_registry", tmp_path)
    edit(tmp_path, "builders/hugo", icon="mine")
    second = run("export_registry", tmp_path)
    third = run("export_registry", tmp_path, "--overwrite", "builders/hugo")
    (tmp_path / ".registry-export.json").unlink()

    left_alone = (
        "1 file left alone: edited, and not imported yet. Bring the edits in with import_registry, or give them up "
        "with --overwrite KEY."
    )
    assert first == ([*(f"wrote    {key}.json" for key in KEYS), f"{tmp_path}: 4 written, 0 removed, 0 unchanged."], "")
    assert second == (
        ["edited   builders/hugo.json", f"{tmp_path}: 0 written, 0 removed, 3 unchanged."],
        left_alone,
    )
    assert third == (["wrote    builders/hugo.json", f"{tmp_path}: 1 written, 0 removed, 3 unchanged."], "")
    assert run("export_registry", tmp_path)[1].endswith("Say --into-existing to write beside what is there.")
    assert run("export_registry", tmp_path, "--into-existing", "--approved")[0] == [
        f"{tmp_path}: 0 written, 0 removed, 0 unchanged."
    ]


def test_import_shows_every_side_and_writes_only_what_changed_in_the_files(boss: User, tmp_path: Path) -> None:
    run("export_registry", tmp_path)
    edit(tmp_path, "builders/hugo", icon="mine")
    edit(tmp_path, "providers/cms/sanity", icon="mine")
    (tmp_path / "stacks/foundation/marketing.json").unlink()
    write(tmp_path, ("provider", provider_document("tina")))
    for kind, key in (("provider", "sanity"), ("provider", "decap")):
        document = Revision.objects.get(entry_key=f"providers/cms/{key}").document
        save(kind, {**document, "icon": "theirs"}, boss, approved=False)

    dry = run("import_registry", tmp_path, "--by", "boss")
    count = Revision.objects.count()
    done = run("import_registry", tmp_path, "--by", "boss", "--apply", "--note", "Review 7")

    shown = [
        "builders/hugo       changed",
        "    icon  (nothing) -> 'mine'",
        "providers/cms/tina  new",
        "2 entries: 1 new, 1 changed.",
        "1 newer in the registry; export_registry writes it into the folder:",
        "    providers/cms/decap",
        "1 without a file; --remove REASON has it removed:",
        "    stacks/foundation/marketing",
        "1 changed in the registry as well as in the folder, and left alone; --overwrite KEY takes the file:",
        "    providers/cms/sanity",
    ]
    assert dry == ([*shown, "Nothing was written. Say --apply to import it."], "1 conflict left alone.")
    assert done == (
        [*shown, "Imported; each entry that changed has a draft to approve."],
        "1 conflict left alone.",
    )
    assert Revision.objects.count() == count + 2
    assert Revision.objects.get(entry_key="providers/cms/tina").change_note == "Review 7"


def test_import_of_the_same_files_says_so(boss: User, tmp_path: Path) -> None:
    run("export_registry", tmp_path)

    same = (["4 the same on both sides.", "Nothing to import."], "")
    assert run("import_registry", tmp_path, "--by", "boss") == same
    assert run("import_registry", tmp_path, "--by", "boss", "--apply") == same


def test_import_refuses_damaged_files_wrong_people_and_what_cannot_be_saved(boss: User, tmp_path: Path) -> None:
    run("export_registry", tmp_path)
    (tmp_path / "stacks/foundation/marketing.json").unlink()
    (tmp_path / "providers/cms/sanity.json").unlink()
    used = run("import_registry", tmp_path, "--by", "boss", "--remove", "Old", "--apply")
    (tmp_path / "builders/hugo.json").write_text('{"a": 1,}')

    assert used[1] == "Nothing was imported: 1 of 2 entries cannot be saved."
    assert run("import_registry", tmp_path, "--by", "boss") == (
        ["builders/hugo.json: line 1, column 9: Expecting property name enclosed in double quotes."],
        "Nothing was imported: put these files right first.",
    )
    assert run("import_registry", tmp_path, "--by", "x") == ([], "There is no active person named x.")
    assert run("import_registry", tmp_path / "none", "--by", "boss") == ([], f"{tmp_path}/none is no folder.")
