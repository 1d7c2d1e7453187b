"""`import_stack_metadata`: what it prints, what it refuses, and how it ends."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from catalog.models import Revision
from tests.factories import SANITY, builder_document, save

pytestmark = pytest.mark.django_db
SOURCE: dict[str, Any] = {
    "sanity_cms_tier": {"cms_provider": "sanity", "builder": "hugo", "monthly_cost_range": "65-280", "icon": "sanity"},
    "hugo_template": {"builder": "hugo"},
}


@pytest.fixture
def boss(db: None) -> User:
    boss = User.objects.create_superuser("boss")
    save("provider", SANITY, boss)
    save("builder", builder_document("hugo"), boss)
    return boss


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "factory.py"
    path.write_text(f"STACK_METADATA = {SOURCE!r}\n")
    return path


def run(path: Path, *arguments: str) -> tuple[list[str], str]:
    """The lines that were printed, and what was refused."""
    printed, refused = StringIO(), ""
    try:
        call_command("import_stack_metadata", str(path), *arguments, stdout=printed)
    except CommandError as error:
        refused = str(error)
    return printed.getvalue().splitlines(), refused


def test_dry_run_says_what_would_happen_and_writes_nothing(boss: User, module: Path) -> None:
    count = Revision.objects.count()

    assert run(module, "--by", "boss") == (
        [
            "stacks/cms-tiers/sanity-cms-tier  new",
            "stacks/templates/hugo-template    new",
            "2 entries: 2 new.",
            "The same in another form; programs read what stands on the right:",
            "  in the dictionary                   value there  value of the registry",
            "  sanity_cms_tier.monthly_cost_range  '65-280'     [65, 280]",
            "5 keys would be compared after this import, 0 differences.",
            "Nothing was written. Say --apply to import it.",
        ],
        "",
    )
    assert Revision.objects.count() == count


def test_import_check_and_what_changes_later(boss: User, module: Path) -> None:
    before = run(module, "--check")
    first = run(module, "--by", "boss", "--apply", "--note", "We move")
    second = run(module, "--by", "boss", "--apply")
    clean = run(module, "--check")
    module.write_text(module.read_text().replace("65-280", "65-300"))
    later = run(module, "--by", "boss")

    assert [line.split()[0] for line in before[0]] == ["2", "in", "sanity_cms_tier", "hugo_template"]
    assert before[0][0] == "2 keys compared, 2 differences."
    assert before[0][3].startswith("  hugo_template      {'builder': 'hugo'} ")
    assert before[0][3].endswith("  (not there)")
    assert before[1] == "The dictionary and the registry do not say the same."
    assert first[0][2:] == [
        "2 entries: 2 new.",
        "Imported; each entry that changed has a draft to approve.",
        "5 keys compared, 0 differences.",
    ]
    assert set(Revision.objects.filter(entry_key__startswith="stacks").values_list("change_note")) == {("We move",)}
    assert second[0] == [
        "2 entries: 2 unchanged.",
        "Nothing was written: the registry says all of this already.",
        "5 keys compared, 0 differences.",
    ]
    assert (clean[0][-1], clean[1]) == ("5 keys compared, 0 differences.", "")
    assert later[0][:2] == [
        "stacks/cms-tiers/sanity-cms-tier  changed",
        "    monthly_cost_range  [65, 280] -> [65, 300]",
    ]


def test_what_would_be_lost_is_named_with_what_to_say(boss: User, tmp_path: Path) -> None:
    path = tmp_path / "legacy.json"
    path.write_text(json.dumps({"special": {"a\x1b[2J": 1, "support_hours": 2}, "x_template": {"icon": 5}}))

    refused = run(path, "--by", "boss")
    settled = run(path, "--by", "boss", "--category", "special=composed", "--leave-out", "support_hours")

    unknown, both = "The registry has no place for this.", "--leave-out a [2J --leave-out support_hours"
    assert refused == (
        [
            "special                Its folder cannot be told; say --category special=FOLDER.",
            f"special.a [2J          {unknown}",
            f"special.support_hours  {unknown}",
            "x_template.icon        This must be a text.",
        ],
        f"Nothing was imported: 4 things cannot be kept. To go on without them, say {both}",
    )
    assert settled[0] == [f"special.a [2J    {unknown}", "x_template.icon  This must be a text."]


def test_files_that_cannot_be_read_are_named_with_every_place(boss: User, tmp_path: Path) -> None:
    path = tmp_path / "factory.py"
    path.write_text("import os\nSTACK_METADATA = {\n  'a': os.environ['A'],\n  'b': f(),\n}\n")

    why = "is not read, because nothing is run; write the value here."
    assert run(path, "--check") == (
        [],
        f"{path}:3:8: A part of something else (square brackets) {why}\n{path}:4:8: The call of f() {why}",
    )
    assert run(tmp_path / "none.py", "--check")[1] == f"{tmp_path}/none.py cannot be read: No such file or directory."
    assert run(tmp_path, "--check")[1] == f"{tmp_path} cannot be read: Is a directory."


def test_people_and_choices_must_be_right(boss: User, module: Path) -> None:
    folders = "templates, foundation, cms-tiers, ecommerce-tiers, composed"
    assert [
        run(module)[1],
        run(module, "--by", "nobody")[1],
        run(module, "--check", "--apply")[1],
        run(module, "--by", "boss", "--category", "x=premium")[1],
        run(module, "--by", "boss", "--category", "x")[1],
    ] == [
        "Say on whose behalf: --by USERNAME.",
        "There is no active person named nobody.",
        "Say --check or --apply, not both.",
        f"--category x=premium: say TYPE=FOLDER with one of {folders}.",
        f"--category x: say TYPE=FOLDER with one of {folders}.",
    ]


def test_entries_that_cannot_be_saved_are_shown_with_their_problems(boss: User, editor: User, module: Path) -> None:
    printed, refused = run(module, "--by", "editor", "--apply")

    assert printed == [
        "stacks/cms-tiers/sanity-cms-tier  error",
        "    document  You may not add stacks.",
        "stacks/templates/hugo-template    error",
        "    document  You may not add stacks.",
        "2 entries: 2 error.",
    ]
    assert refused == "Nothing was imported: 2 of 2 entries cannot be saved."
