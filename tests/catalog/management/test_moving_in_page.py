"""docs/moving-in.md: its commands, run as they are written, and its tables, as the code has them."""

import re
import shlex
import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command

from catalog.actions.roles import create_roles
from catalog.documents.legacy.entries import AS_THEY_ARE, CATEGORIES
from catalog.documents.legacy.members import FOLDER_WORDS, OF_PROVIDER, OTHER_NAMES, PROVIDERS, TAGS, WORDS
from catalog.models import Revision
from tests.catalog.actions.repository.trees import DOCUMENTS
from tests.factories import save

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "moving-in.md").read_text()
FACTORY = Path(__file__).parents[1] / "documents" / "legacy" / "platform_stack_factory.py"
COMMANDS = re.findall(r"^ *python manage\.py (.+)$", PAGE, re.MULTILINE)


def run(command: str) -> tuple[str, str]:
    """The last line that was printed, and what was refused."""
    printed, refused = StringIO(), ""
    name, *arguments = shlex.split(command)
    try:
        call_command(name, *arguments, stdout=printed)
    except CommandError as error:
        refused = str(error)
    return (printed.getvalue().splitlines() or [""])[-1], refused


@pytest.mark.django_db
def test_commands_of_the_page_do_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_roles()
    User.objects.create_user("editor").groups.add(Group.objects.get(name="Schema admin"))
    shutil.copy(FACTORY, tmp_path)
    monkeypatch.chdir(tmp_path)

    assert [run(command) for command in COMMANDS] == [
        (
            "developer.support_hours  The registry has no place for this.",
            "Nothing was imported: 1 thing cannot be kept. To go on without it, say --leave-out support_hours",
        ),
        ("  developer.support_hours  2            (not there)", ""),
        (
            "  developer.support_hours  2            (not there)",
            "The dictionary and the registry do not say the same.",
        ),
        ("registry: 30 written, 0 removed, 0 unchanged.", ""),
        ("30 entries are valid.", ""),
        ("Nothing to import.", ""),
        ("Nothing to import.", ""),
    ]
    assert set(Revision.objects.values_list("author__username", "source")) == {("editor", "import")}


def test_names_of_the_page_are_those_of_the_code() -> None:
    named = set(re.findall(r"`([a-z_]+)`", PAGE))
    expected = {
        *AS_THEY_ARE, *CATEGORIES.values(), *TAGS, *WORDS, *OF_PROVIDER, *OTHER_NAMES, *OTHER_NAMES.values(),
        *FOLDER_WORDS, *(name for names in PROVIDERS.values() for name in names),
    }  # fmt: skip

    assert expected - named == set()


def test_files_of_the_page_are_those_that_are_exported(db: None, tmp_path: Path) -> None:
    person = User.objects.create_superuser("boss")
    for kind, document in DOCUMENTS:
        save(kind, document, person)
    drawn = set(re.findall(r"^[├└]── (\S+)", PAGE, re.MULTILINE))

    call_command("export_registry", str(tmp_path), stdout=StringIO())

    assert {path for path in drawn if not (tmp_path / path).is_file()} == set()
