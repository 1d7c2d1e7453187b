"""Commands that fill a registry and make it ready on a developer's machine."""

import json
import socket
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from pytest_django import Settings

from catalog.models import Builder, Provider, Revision, Snapshot, Stack
from catalog.publishing.stores.configured import open_store
from registry_site.env import Problem
from tests.factories import provider_document, publish, sanity, save
from tests.stores import verify

pytestmark = pytest.mark.django_db


def call(name: str, *arguments: str) -> str:
    printed = StringIO()
    call_command(name, *arguments, stdout=printed, stderr=StringIO())
    return printed.getvalue()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def developing(settings: Settings, tmp_path: Path) -> Path:
    """A developer's machine: its folder for everything that changes."""
    settings.DEBUG = True
    settings.VAR_DIR = tmp_path
    settings.REGISTRY_PUBLIC_URL = "http://127.0.0.1:8000/registry"
    return tmp_path


def test_starter_catalogue_is_loaded_and_approved() -> None:
    printed = call("load_starter_catalog")

    amount = Provider.objects.count() + Builder.objects.count() + Stack.objects.count()
    assert printed == f"Starter catalogue: {amount} created\n"
    assert amount > 40
    assert [row.key for model in (Provider, Builder, Stack) for row in model.objects.all() if not row.is_approved] == []


def test_starter_catalogue_can_be_published() -> None:
    call("load_starter_catalog")

    publish()

    assert verify(open_store()).problems == []


def test_starter_catalogue_loaded_twice_changes_nothing() -> None:
    call("load_starter_catalog")
    revisions = Revision.objects.count()

    printed = call("load_starter_catalog")

    assert printed == f"Starter catalogue: {revisions} unchanged\n"
    assert Revision.objects.count() == revisions


def test_starter_catalogue_keeps_what_people_changed(editor: User) -> None:
    call("load_starter_catalog")
    save("provider", {**sanity().latest_revision.document, "display_name": "Ours"}, editor)  # type: ignore[union-attr]

    printed = call("load_starter_catalog")

    assert printed.endswith(" unchanged, 1 kept\n")
    assert sanity().display_name == "Ours"


def test_starter_catalogue_can_stay_a_draft() -> None:
    call("load_starter_catalog", "--no-approve")

    assert Provider.objects.filter(approved_revision__isnull=False).count() == 0


def test_starter_catalogue_from_another_folder(tmp_path: Path) -> None:
    folder = tmp_path / "starter" / "providers" / "cms"
    folder.mkdir(parents=True)
    (folder / "decap.json").write_text(json.dumps(provider_document("decap")))

    assert call("load_starter_catalog", "--folder", str(tmp_path / "starter")) == "Starter catalogue: 1 created\n"


def test_damaged_starter_catalogue_loads_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "starter" / "providers" / "cms"
    folder.mkdir(parents=True)
    (folder / "decap.json").write_text(json.dumps(provider_document("decap")))
    (folder / "tina.json").write_text("{\n  oops")

    with pytest.raises(CommandError, match=r"tina\.json:2: Expecting property name"):
        call("load_starter_catalog", "--folder", str(tmp_path / "starter"))

    assert Provider.objects.count() == 0


def test_empty_starter_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"has no builders, providers or stacks\.$"):
        call("load_starter_catalog", "--folder", str(tmp_path))


def test_first_run_needs_debug(free_port: int) -> None:
    with pytest.raises(CommandError, match="it only runs with DJANGO_DEBUG=true"):
        call("first_run", "--port", str(free_port))

    assert (User.objects.count(), Provider.objects.count()) == (0, 0)


def test_first_run_refuses_a_taken_port(developing: Path, taken_port: int) -> None:
    with pytest.raises(CommandError) as raised:
        call("first_run", "--port", str(taken_port))

    assert str(raised.value).startswith(f"Port {taken_port} cannot be used (")
    assert str(raised.value).endswith(f"choose another one: make run PORT={taken_port % 60000 + 1}")
    assert User.objects.count() == 0


@pytest.mark.parametrize("port", ["99999", "-1", "0", "abc", "8000 ", "", "²", "1" * 5000])
def test_first_run_refuses_what_is_no_port(developing: Path, port: str) -> None:
    with pytest.raises(
        CommandError, match=rf"^Port {port} cannot be used; choose one from 1 to 65535: make run PORT=8001$"
    ):
        call("first_run", f"--port={port}")


def test_first_run_ends_with_a_published_registry(developing: Path, free_port: int) -> None:
    printed = call("first_run", "--port", str(free_port))

    passwords = json.loads((developing / "demo-people.json").read_text())
    assert verify(open_store()).problems == []
    assert {name: f"{name:14} {password}" in printed for name, password in passwords.items()} == {
        "editor": True,
        "publisher": True,
        "deployer": True,
        "administrator": True,
    }
    assert "http://127.0.0.1:8000/admin/" in printed
    assert "curl http://127.0.0.1:8000/registry/current.json" in printed
    assert (developing / "demo-people.json").stat().st_mode & 0o777 == 0o600


def test_first_run_twice_is_harmless(developing: Path, free_port: int) -> None:
    call("first_run", "--port", str(free_port))
    passwords = (developing / "demo-people.json").read_text()

    call("first_run", "--port", str(free_port))

    assert (developing / "demo-people.json").read_text() == passwords
    assert Snapshot.objects.count() == 1
    assert User.objects.count() == 4


def test_first_run_does_not_show_a_changed_password(developing: Path, free_port: int) -> None:
    call("first_run", "--port", str(free_port))
    editor = User.objects.get(username="editor")
    editor.set_password("another one")
    editor.save()

    printed = call("first_run", "--port", str(free_port))

    assert f"{'editor':14} (" in printed
    assert json.loads((developing / "demo-people.json").read_text())["editor"] not in printed


def test_first_run_names_a_wrong_setting(developing: Path, free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Problem("registry.E001", "REGISTRY_FOUR_EYES is 'perhaps'.", "Use true or false.")
    monkeypatch.setattr("registry_site.settings.ENVIRONMENT.problems", [problem])

    with pytest.raises(SystemCheckError, match=r"registry\.E001"):
        call("first_run", "--port", str(free_port))

    assert User.objects.count() == 0


def test_roles_are_made_by_a_command_and_the_second_run_leaves_them() -> None:
    Group.objects.all().delete()

    printed = [call("create_roles"), call("create_roles")]

    names = ["Viewer", "Editor", "Approver", "Publisher", "Schema admin", "Deployer", "Administrator"]
    assert printed == [f"Made: {', '.join(names)}.\n", "All roles are there.\n"]
    assert list(Group.objects.order_by("pk").values_list("name", flat=True)) == names
    assert Group.objects.get(name="Publisher").permissions.filter(codename="publish_snapshot").exists()
