"""Services go to a newer major of a backend as a revision each, wholly or not at all."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.actions.revisions import Change
from catalog.models import Revision
from catalog.models.history import RevisionSource
from deployments.actions.errors import InvalidDocumentError, NotAllowedError, StaleEntryError
from deployments.actions.services.upgrading import Use, find_uses, newer_of, plan_upgrade, upgrade_service
from deployments.models import BackendKind, Service
from tests.deployments.people import deployer, team
from tests.deployments.runs import make_fake_service
from tests.deployments.upgrades import FakeSource2, newer_installed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
SOURCE = BackendKind.SOURCE


@pytest.fixture(autouse=True)
def newer() -> Iterator[type[FakeSource2]]:
    with newer_installed() as source:
        yield source


@pytest.fixture
def service() -> Service:
    return make_fake_service(team=team("Web"))


def by(person: User | None = None) -> Change:
    return Change(by=person, note="Upgraded", source=RevisionSource.ADMIN if person else RevisionSource.COMMAND)


def problems_of(service: Service, to: str = "fake@2") -> list[tuple[str, str]]:
    return [(each.path, each.code) for each in plan_upgrade(service, kind=SOURCE, to=to).problems]


def test_uses_are_counted_with_what_is_missing_and_what_is_newer(service: Service) -> None:
    make_fake_service("second")
    make_fake_service("third", source_backend="svn@4")

    uses = find_uses(Service.objects.all())

    assert uses[0] == Use(SOURCE, "fake@1", 2, version="1.2.3", newer=("fake@2", "fake@3"))
    assert (uses[1].spec, uses[1].count, uses[1].version) == ("svn@4", 1, "")
    assert uses[1].error.startswith("There is no 'svn@4' among registry.sources")
    assert [(use.kind, use.spec, use.count) for use in uses[2:]] == [("build", "fake@1", 3), ("target", "fake@1", 3)]


def test_newer_are_those_of_the_same_backend(service: Service) -> None:
    assert newer_of(SOURCE, "fake@2") == ["fake@3"]
    assert newer_of(SOURCE, "fake@3") == newer_of(SOURCE, "git@1") == newer_of(SOURCE, "nonsense") == []


def test_plan_writes_nothing_and_shows_both_sides(service: Service) -> None:
    plan = plan_upgrade(service, kind=SOURCE, to="fake@2")

    assert plan.before == {"backend": "fake@1", "config": {"text": "one"}}
    assert plan.after == {"backend": "fake@2", "config": {"words": "one"}}
    assert (plan.problems, Service.objects.get().source_backend) == ((), "fake@1")


def test_upgrade_is_a_revision(service: Service) -> None:
    upgrade_service(service, by(deployer()), kind=SOURCE, to="fake@2", expected_revision=None)

    kept = Service.objects.get()
    assert (kept.source_backend, kept.source_config, kept.build_backend) == ("fake@2", {"words": "one"}, "fake@1")
    assert Revision.objects.get(entry_key=kept.key).document["providerBackend"] == "fake@2"


def test_every_major_between_has_its_turn(service: Service) -> None:
    upgrade_service(service, by(), kind=SOURCE, to="fake@3", expected_revision=None)

    assert Service.objects.values_list("source_backend", "source_config").get() == ("fake@3", {"words": "one!"})


def test_config_that_the_new_one_refuses_keeps_the_service(service: Service) -> None:
    Service.objects.update(source_config={"text": "x" * 21})
    service.refresh_from_db()

    with pytest.raises(InvalidDocumentError) as caught:
        upgrade_service(service, by(), kind=SOURCE, to="fake@2", expected_revision=None)

    assert [(each.path, each.code) for each in caught.value.problems] == problems_of(service)
    assert problems_of(service) == [("/providerConfig/words", "maxLength")]
    assert Service.objects.get().source_backend == "fake@1"


@pytest.mark.parametrize(
    "act",
    [lambda config: 1 / 0, lambda config: config["nothing"], lambda config: None, lambda config: {"words": object()},
     lambda config: {"words": float("nan")}, lambda config: {"words": "x" * 2_000_000}],
)  # fmt: skip
def test_upgrade_that_goes_wrong_fails_alone(act: Any, service: Service, newer: type[FakeSource2]) -> None:
    newer.act = act

    assert problems_of(service) == [("/providerId", "upgrade_failed")]
    with pytest.raises(InvalidDocumentError, match="could not upgrade this providerConfig"):
        upgrade_service(service, by(), kind=SOURCE, to="fake@2", expected_revision=None)


@pytest.mark.parametrize("to", ["fake@1", "git@1", "fake@4", "nonsense"])
def test_what_is_no_newer_version_is_refused(to: str, service: Service) -> None:
    assert problems_of(service, to) == [("/providerId", "upgrade_failed")]


def test_strangers_and_those_who_come_late_are_refused(service: Service) -> None:
    with pytest.raises(NotAllowedError):
        upgrade_service(service, by(deployer("stranger", of="Shop")), kind=SOURCE, to="fake@2", expected_revision=None)
    with pytest.raises(StaleEntryError):
        upgrade_service(service, by(deployer()), kind=SOURCE, to="fake@2", expected_revision=3)

    assert Service.objects.get().source_backend == "fake@1"
