"""Services of another team do not exist."""

import pytest

from catalog.actions.revisions import Change
from catalog.actions.roles import ROLES
from catalog.models.history import RevisionSource
from deployments.actions.errors import InvalidDocumentError, NotAllowedError
from deployments.actions.requests import request_cancel, request_deployment, set_pinned
from deployments.actions.services.saving import create_service
from deployments.actions.services.teams import SEE_EVERY, deployments_of, own_teams, services_of, teams_of
from tests.deployments.drafts import make_draft
from tests.deployments.people import deployer, make_person, team
from tests.deployments.services import make_service, queue

pytestmark = pytest.mark.django_db


def test_each_sees_their_teams_and_the_administrator_all() -> None:
    web, shop, nobodys = (
        make_service("web", team=team("Web")),
        make_service("shop", team=team("Shop")),
        make_service("nobodys"),
    )
    deployment = queue(shop)

    assert list(services_of(deployer("one", of="Web"))) == [web]
    assert list(deployments_of(deployer("two", of="Shop"))) == [deployment]
    assert set(services_of(make_person("boss", "Administrator"))) == {web, shop, nobodys}
    assert not services_of(make_person("editor-of-web", "Editor", "Web")).exists()
    assert not deployments_of(make_person("editor-of-shop", "Editor", "Shop")).exists()


def test_teams_to_give_are_ones_own() -> None:
    person = deployer(of="Web")
    team("Shop")

    assert team("Shop") not in teams_of(person)
    assert team("Web") in teams_of(person)


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("role", ROLES)
def test_role_is_no_team(role: str) -> None:
    service = make_service(team=team(role))
    person, boss = make_person("one", role, "Deployer", "Web"), make_person("boss", "Administrator")

    for each in (person, boss):
        assert not teams_of(each).filter(name=role).exists()
        with pytest.raises((NotAllowedError, InvalidDocumentError)) as caught:
            create_service(make_draft("new", team=team(role)), Change(by=each, note="New", source=RevisionSource.API))
        if isinstance(caught.value, InvalidDocumentError):
            assert [(problem.path, problem.code) for problem in caught.value.problems] == [("/team", "role")]
    sees_all = person.has_perm(SEE_EVERY)
    assert (services_of(person).exists(), services_of(boss).get()) == (sees_all, service)


def test_own_teams_are_the_groups_that_are_no_roles() -> None:
    person = make_person("both", "Deployer", "Editor", "Web", "Shop")
    team("Other")

    assert [group.name for group in own_teams(person)] == ["Shop", "Web"]


@pytest.mark.parametrize("role", ["Deployer", "Viewer"])
def test_deploying_pinning_and_cancelling_are_for_deployers_of_the_team(role: str) -> None:
    service = make_service(team=team("Shop"))
    deployment = queue(service)
    stranger = make_person("stranger", role, "Web" if role == "Deployer" else "Shop")

    for ask in (
        lambda: request_deployment(service, by=stranger),
        lambda: request_cancel(deployment, by=stranger),
        lambda: set_pinned(service, is_pinned=True, by=stranger),
    ):
        with pytest.raises(NotAllowedError):
            ask()

    deployment.refresh_from_db()
    assert (deployment.state, service.deployments.count()) == ("queued", 1)
