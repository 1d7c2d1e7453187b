"""Git and the registry in step: real repositories, edits of both sides, and none of them lost."""

import contextlib
import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from catalog.actions.errors import RefusedError
from catalog.actions.repository import syncing
from catalog.actions.repository.exporting import export_registry
from catalog.actions.repository.git import WorkingTree
from catalog.actions.repository.syncing import apply_sync, plan_sync
from catalog.models import Revision, find_entry
from tests.factories import SANITY, builder_document, provider_document, save

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.tools,
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not there: install Debian's package git"),
]
SANITY_FILE, DECAP_FILE = "providers/cms/sanity.json", "providers/cms/decap.json"


class Repository:
    """A checkout with a remote; what the registry had is its first commit."""

    def __init__(self, folder: Path) -> None:
        self.top, self.folder = folder / "clone", folder / "clone" / "src"
        self.folder.mkdir(parents=True)
        self.git("init", "--quiet", "--bare", "--initial-branch", "main", str(folder / "remote"))
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("remote", "add", "origin", str(folder / "remote"))

    def git(self, *arguments: str) -> str:
        command = ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.com", *arguments]
        return subprocess.run(command, cwd=self.top, capture_output=True, text=True, check=True).stdout

    def commit(self, note: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", note)

    def edit(self, path: str, **members: Any) -> None:
        file = self.folder / path
        file.write_text(json.dumps({**json.loads(file.read_text()), **members}, indent=2) + "\n")

    def read(self, path: str) -> Any:
        return json.loads((self.folder / path).read_text())

    def state(self) -> tuple[str, str, dict[str, bytes]]:
        files = {path.name: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        return self.git("rev-parse", "HEAD"), self.git("status", "--porcelain"), files


@pytest.fixture
def person() -> User:
    return User.objects.create_superuser("boss")


@pytest.fixture
def repository(tmp_path: Path, person: User, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.setenv("HOME", str(tmp_path))
    for document in (SANITY, provider_document("decap"), provider_document("tina")):
        save("provider", document, person)
    repository = Repository(tmp_path)
    export_registry(repository.folder, into_existing=True)
    repository.commit("What the registry has")
    return repository


def sync(repository: Repository, *options: str) -> str:
    out = io.StringIO()
    call_command("sync_registry_repo", str(repository.folder), "--by", "boss", *options, stdout=out)
    return out.getvalue()


def newest(key: str) -> Any:
    entry = find_entry(key)
    assert entry is not None
    assert entry.latest_revision is not None
    return entry.latest_revision.document


def change(slug: str, text: str, person: User) -> None:
    save("provider", {**newest(f"providers/cms/{slug}"), "best_for": text}, person)


def test_edits_of_both_sides_meet(repository: Repository, person: User) -> None:
    repository.edit(SANITY_FILE, best_for="Of Git")
    repository.commit("Sanity for teams")
    change("decap", "Of the registry", person)
    save("builder", builder_document("hugo"), person)
    before = Revision.objects.count()

    shown = sync(repository)
    assert (repository.git("status", "--porcelain"), Revision.objects.count()) == ("", before)
    done = sync(repository, "--apply", "--push")

    assert "Say --apply for 1 to the registry, 2 to Git." in shown
    assert "1 to the registry, 2 to Git; committed." in done
    assert newest("providers/cms/sanity")["best_for"] == "Of Git"
    assert repository.read(DECAP_FILE)["best_for"] == "Of the registry"
    assert repository.read("builders/hugo.json")["builder_name"] == "hugo"
    assert repository.git("status", "--porcelain") == ""
    assert repository.git("log", "-1", "--format=%an|%cn").strip() == "|".join(["Provider Metadata Registry"] * 2)
    message = repository.git("log", "-1", "--format=%B")
    assert "providers/cms/decap.json: revision 2 by boss: Because" in message
    note = Revision.objects.get(entry_key="providers/cms/sanity", number=2).change_note
    assert note.endswith("by Ann: Sanity for teams")
    assert repository.git("rev-parse", "origin/main") == repository.git("rev-parse", "HEAD")
    assert "say the same" in sync(repository, "--apply")


def test_conflicts_are_shown_from_both_sides_and_nothing_is_touched(repository: Repository, person: User) -> None:
    repository.edit(SANITY_FILE, best_for="Of Git")
    repository.edit("providers/cms/tina.json", best_for="Of Git")
    repository.commit("Both")
    change("sanity", "Of the registry", person)
    change("decap", "Of the registry", person)
    before, revisions = repository.state(), Revision.objects.count()
    out = io.StringIO()

    with pytest.raises(CommandError) as raised:
        call_command("sync_registry_repo", str(repository.folder), "--by", "boss", "--apply", stdout=out)

    assert raised.value.returncode == 3
    assert '-  "best_for": "Of the registry",' in out.getvalue()
    assert '+  "best_for": "Of Git",' in out.getvalue()
    assert "conflict  providers/cms/sanity.json: revision 2 by boss: Because" in out.getvalue()
    assert (repository.state(), Revision.objects.count()) == (before, revisions)


def test_the_same_edit_on_both_sides_is_no_conflict(repository: Repository, person: User) -> None:
    repository.edit(SANITY_FILE, best_for="The same")
    repository.commit("The same")
    change("sanity", "The same", person)

    sync(repository, "--apply")

    assert Revision.objects.filter(entry_key="providers/cms/sanity").count() == 2
    assert repository.git("status", "--porcelain") == ""


def test_a_file_that_was_taken_away_is_for_a_person(repository: Repository) -> None:
    (repository.folder / DECAP_FILE).unlink()
    repository.commit("Away")
    before = repository.state()

    with pytest.raises(CommandError, match="1 entry for a person") as raised:
        sync(repository, "--apply")

    assert raised.value.returncode == 3
    assert repository.state() == before


def test_what_is_not_committed_is_nobodys_decision_yet(repository: Repository) -> None:
    repository.edit(SANITY_FILE, best_for="Half done")
    (repository.folder / "providers/cms/new.json").write_text(json.dumps(provider_document("new")))

    with pytest.raises(CommandError, match=r"Not committed yet: providers/cms/new.json, providers/cms/sanity.json\."):
        sync(repository, "--apply")

    assert newest("providers/cms/sanity")["best_for"] == SANITY["best_for"]
    assert find_entry("providers/cms/new") is None


def test_documents_that_are_wrong_touch_nothing(repository: Repository, person: User) -> None:
    repository.edit(SANITY_FILE, monthly_cost_range=[9, 1])
    repository.edit("providers/cms/tina.json", best_for="Of Git")
    repository.commit("Wrong")
    change("decap", "Of the registry", person)
    before, revisions = repository.state(), Revision.objects.count()

    with pytest.raises(CommandError, match="Nothing was touched"):
        sync(repository, "--apply")

    assert (repository.state(), Revision.objects.count()) == (before, revisions)


def test_files_of_others_are_neither_committed_nor_in_the_way(repository: Repository, person: User) -> None:
    (repository.top / "notes.txt").write_text("mine")
    change("decap", "Of the registry", person)

    sync(repository, "--apply")

    assert repository.git("status", "--porcelain") == "?? notes.txt\n"


@pytest.mark.parametrize("dies_in", ["export_registry", "commit"])
def test_a_sync_that_died_is_finished_by_the_next(
    repository: Repository, person: User, monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    repository.edit(SANITY_FILE, best_for="Of Git")
    repository.commit("Of Git")
    change("decap", "Of the registry", person)

    def die(*_arguments: object, **_options: object) -> None:
        raise RefusedError("The machine went away.")

    with monkeypatch.context() as patched:
        patched.setattr(syncing if dies_in == "export_registry" else WorkingTree, dies_in, die)
        with pytest.raises(CommandError, match="went away"):
            sync(repository, "--apply")
    sync(repository, "--apply")

    assert newest("providers/cms/sanity")["best_for"] == "Of Git"
    assert repository.read(DECAP_FILE)["best_for"] == "Of the registry"
    assert repository.git("status", "--porcelain") == ""
    assert Revision.objects.filter(entry_key="providers/cms/sanity").count() == 2


def test_an_edit_between_plan_and_deed_is_not_overwritten(repository: Repository, person: User) -> None:
    repository.edit(SANITY_FILE, best_for="Of Git")
    repository.commit("Of Git")
    planned = plan_sync(repository.folder, by=person)
    change("sanity", "At the same moment", person)
    before = repository.state()

    with pytest.raises(RefusedError):
        apply_sync(planned, by=person)

    assert newest("providers/cms/sanity")["best_for"] == "At the same moment"
    assert repository.state() == before


def test_a_push_that_is_refused_keeps_the_commit(repository: Repository, person: User) -> None:
    hook = repository.top.parent / "remote" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    change("decap", "Of the registry", person)

    with pytest.raises(CommandError, match="cannot be pushed; the commit is kept"):
        sync(repository, "--apply", "--push")
    hook.unlink()
    sync(repository, "--apply", "--push")

    assert repository.git("rev-parse", "origin/main") == repository.git("rev-parse", "HEAD")
    assert repository.git("log", "-1", "--format=%s").strip() == "Changes of the registry: 1 entry"


@pytest.mark.parametrize("what", ["no checkout", "no branch", "no person", "another sync", "a merge"])
def test_what_cannot_be_synced_says_why(repository: Repository, what: str, tmp_path: Path, person: User) -> None:
    folder, by, says = repository.folder, "boss", ""
    if what == "no checkout":
        shutil.rmtree(repository.top / ".git")
        says = "it is in no checkout of Git"
    elif what == "no branch":
        repository.git("checkout", "--quiet", "--detach")
        says = "no branch is checked out"
    elif what == "no person":
        by, says = "nobody", "nobody"
    elif what == "a merge":
        merge_conflict(repository)
        says = "a merge is not finished"
    else:
        change("decap", "Of the registry", person)
        says = "Another sync"
    with pytest.raises(CommandError, match=says), held(repository, what == "another sync"):
        call_command("sync_registry_repo", str(folder), "--by", by, "--apply", stdout=io.StringIO())


def merge_conflict(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "other")
    repository.edit(SANITY_FILE, best_for="One")
    repository.commit("One")
    repository.git("checkout", "--quiet", "main")
    repository.edit(SANITY_FILE, best_for="Two")
    repository.commit("Two")
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("merge", "--quiet", "other")


def held(repository: Repository, is_held: bool) -> Any:
    return syncing._alone(repository.folder) if is_held else contextlib.nullcontext()
