"""A sync that pushes takes over what others have pushed; what both sides changed is for a person."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError

from catalog.actions.errors import RefusedError
from catalog.actions.repository.git import WorkingTree
from catalog.models import Revision
from tests.catalog.management.test_sync_registry_repo import (
    DECAP_FILE,
    SANITY_FILE,
    Repository,
    change,
    newest,
    person,  # noqa: F401 - a fixture
    pytestmark,  # noqa: F401 - it needs git and the database as well
    repository,  # noqa: F401 - a fixture
    sync,
)


class Colleague:
    """Somebody with a clone of their own, who pushes."""

    def __init__(self, repository: Repository) -> None:  # noqa: F811
        repository.git("push", "--quiet", "origin", "main")
        self.git, self.folder = repository.git, repository.top.parent / "other"
        self.git("clone", "--quiet", str(repository.top.parent / "remote"), str(self.folder))

    def push(self, path: str, **members: Any) -> None:
        file: Path = self.folder / "src" / path
        file.write_text(json.dumps({**json.loads(file.read_text()), **members}, indent=2) + "\n")
        for arguments in (["commit", "--all", "--quiet", "-m", f"Edit {path}"], ["push", "--quiet"]):
            self.git("-C", str(self.folder), *arguments)


@pytest.fixture
def colleague(repository: Repository) -> Colleague:  # noqa: F811
    return Colleague(repository)


def is_pushed(repository: Repository) -> bool:  # noqa: F811
    head, remote = repository.git("rev-parse", "HEAD"), repository.git("ls-remote", "origin", "refs/heads/main")
    return remote.split() == [head.strip(), "refs/heads/main"]


@pytest.fixture
def waiting(
    repository: Repository,  # noqa: F811
    colleague: Colleague,
    person: User,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> Colleague:
    """What the registry changed is committed and stays here; the colleague has pushed nothing yet."""
    change("decap", "Of the registry", person)

    def refuse(*_arguments: object) -> None:
        raise RefusedError("Away.")

    with monkeypatch.context() as patched:
        patched.setattr(WorkingTree, "push", refuse)
        with pytest.raises(CommandError, match="Away"):
            sync(repository, "--apply", "--push")
    return colleague


def test_what_others_pushed_comes_first(repository: Repository, colleague: Colleague, person: User) -> None:  # noqa: F811
    colleague.push(SANITY_FILE, best_for="Of a colleague")
    change("decap", "Of the registry", person)

    done = sync(repository, "--apply", "--push")

    assert "1 to the registry, 1 to Git; committed." in done
    assert newest("providers/cms/sanity")["best_for"] == "Of a colleague"
    assert is_pushed(repository)


def test_commits_that_wait_go_on_top_of_what_others_pushed(repository: Repository, waiting: Colleague) -> None:  # noqa: F811
    waiting.push(SANITY_FILE, best_for="Of a colleague")

    sync(repository, "--apply", "--push")

    assert newest("providers/cms/sanity")["best_for"] == "Of a colleague"
    assert repository.read(DECAP_FILE)["best_for"] == "Of the registry"
    subjects = repository.git("log", "-3", "--format=%s").splitlines()
    assert subjects[1:] == ["Changes of the registry: 1 entry", f"Edit {SANITY_FILE}"]
    assert is_pushed(repository)


def test_a_file_that_both_changed_is_for_a_person_though_no_line_meets(
    repository: Repository,  # noqa: F811
    waiting: Colleague,
) -> None:
    waiting.push(DECAP_FILE, display_name="Of a colleague")
    before, revisions = repository.state(), Revision.objects.count()

    with pytest.raises(CommandError, match=f"both change src/{DECAP_FILE}") as raised:
        sync(repository, "--apply", "--push")

    assert raised.value.returncode == 3
    assert (repository.state(), Revision.objects.count()) == (before, revisions)


def test_what_a_dead_sync_left_is_finished_before_anything_is_taken_over(
    repository: Repository,  # noqa: F811
    colleague: Colleague,
    person: User,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    change("decap", "Of the registry", person)
    with monkeypatch.context() as patched:
        patched.setattr(WorkingTree, "commit", lambda *_arguments: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            sync(repository, "--apply", "--push")
    colleague.push(SANITY_FILE, best_for="Of a colleague")

    with pytest.raises(CommandError, match="cannot be pushed; the commit is kept"):
        sync(repository, "--apply", "--push")
    sync(repository, "--apply", "--push")

    assert newest("providers/cms/sanity")["best_for"] == "Of a colleague"
    assert is_pushed(repository)


def test_a_look_takes_nothing_over(repository: Repository, colleague: Colleague) -> None:  # noqa: F811
    colleague.push(SANITY_FILE, best_for="Of a colleague")
    before = repository.state()

    sync(repository, "--push")

    assert repository.state() == before
