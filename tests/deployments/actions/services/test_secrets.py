"""Who may change the secrets of a service."""

import pytest

from deployments.actions.errors import NotAllowedError, RefusedError
from deployments.actions.services.saving import remove_service
from deployments.actions.services.secrets import forget_service_secret, set_service_secret
from tests.deployments.people import deployer, make_person, team
from tests.deployments.services import make_service

pytestmark = pytest.mark.django_db


def test_deployer_of_the_team_sets_and_forgets() -> None:
    service, person = make_service(team=team("Web")), deployer()

    set_service_secret(service, "token", "hush", by=person)
    assert [secret.name for secret in service.secrets.all()] == ["token"]
    forget_service_secret(service, "token", by=person)

    assert not service.secrets.exists()


@pytest.mark.parametrize(("role", "of"), [("Viewer", "Web"), ("Deployer", "Shop")])
def test_others_may_not(role: str, of: str) -> None:
    service, person = make_service(team=team("Web")), make_person("stranger", role, of)
    set_service_secret(service, "token", "hush", by=None)

    with pytest.raises(NotAllowedError):
        set_service_secret(service, "other", "hush", by=person)
    with pytest.raises(NotAllowedError):
        forget_service_secret(service, "token", by=person)

    assert [secret.name for secret in service.secrets.all()] == ["token"]


def test_removed_service_keeps_none() -> None:
    service = make_service()
    remove_service(service, by=None, reason="Over", expected_revision=None)

    with pytest.raises(RefusedError):
        set_service_secret(service, "token", "hush", by=None)
