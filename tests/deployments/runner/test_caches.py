"""What builds keep for the next: there again, unless it is too much, not wanted, or nobody's any more."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as configured
from django.utils import timezone

from deployments.contract import Context
from deployments.models import Service
from deployments.runner import folders
from deployments.runner.caches import ready_cache
from deployments.tasks import collect
from tests.deployments.fakes import Script
from tests.deployments.runs import make_fake_service, run

pytestmark = pytest.mark.usefixtures("in_process")


@pytest.fixture
def found(script: type[Script]) -> list[list[str]]:
    """What each build finds; each leaves a file of 64 KB in a folder that only its owner may look into."""
    found: list[list[str]] = []

    def keep(context: Context) -> None:
        found.append(sorted(path.name for path in context.cache.iterdir()))
        (context.cache / "npm").mkdir(mode=0o700, exist_ok=True)
        (context.cache / "npm" / str(len(found))).write_bytes(b"x" * 65_536)

    script.acts["build"] = keep
    return found


def test_what_a_build_keeps_is_there_for_the_next(found: list[list[str]]) -> None:
    service = make_fake_service()
    for _ in range(2):
        run(service)

    assert found == [[], ["npm"]]


def test_more_than_may_be_kept_is_dropped_before_the_next(found: list[list[str]], settings: Any) -> None:
    settings.REGISTRY_CACHE_BYTES = 100_000
    service = make_fake_service()
    for _ in range(4):
        run(service)

    assert found == [[], ["npm"], [], ["npm"]]


def test_deployment_can_begin_with_nothing(found: list[list[str]]) -> None:
    service = make_fake_service()
    run(service)

    run(service, uses_cache=False)

    assert found == [[], []]


def test_what_removed_services_kept_is_collected(found: list[list[str]]) -> None:
    services = [make_fake_service(name) for name in ("stays", "goes")]
    for service in services:
        run(service)
    Service.objects.filter(name="goes").update(removed_at=timezone.now())
    (Path(configured.REGISTRY_CACHE_DIR) / str(uuid4())).mkdir()

    collect()

    assert [path.name for path in configured.REGISTRY_CACHE_DIR.iterdir()] == [str(services[0].pk)]


def test_files_links_and_what_cannot_be_removed_are_not_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, caches, real = tmp_path / "kept", Path(configured.REGISTRY_CACHE_DIR), folders.remove_tree
    for folder in (kept, caches / "a-stays", caches / "z-goes"):
        folder.mkdir(parents=True)
    (caches / "file").write_text("")
    (caches / "link").symlink_to(kept)

    def refuse(folder: Path) -> None:
        if folder.name == "a-stays":
            raise PermissionError(13, "Permission denied", str(folder))
        real(folder)

    monkeypatch.setattr(folders, "remove_tree", refuse)

    collect()

    assert ([path.name for path in caches.iterdir()], kept.is_dir()) == (["a-stays"], True)


def test_cache_of_a_service_that_is_made_meanwhile_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    caches, real = Path(configured.REGISTRY_CACHE_DIR), Path.iterdir
    caches.mkdir(parents=True)
    made: list[Path] = []

    def make_first(path: Path) -> Iterator[Path]:
        if path == caches and not made:
            made.append(ready_cache(make_fake_service().pk, is_wanted=True))
        return real(path)

    monkeypatch.setattr(Path, "iterdir", make_first)

    collect()

    assert list(caches.iterdir()) == made
