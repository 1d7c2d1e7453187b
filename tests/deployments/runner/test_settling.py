"""What a sweep brings back, and that one service which it cannot settle is not in the way of the others."""

from uuid import UUID

import pytest

from deployments.actions.requests import request_deployment
from deployments.contract import PermanentError
from deployments.models import Deployment, Service
from deployments.runner import settling
from deployments.runner.flips import last_live
from deployments.runner.running import sweep_deployments
from tests.deployments.fakes import Script
from tests.deployments.runs import fail, make_fake_service, run

pytestmark = pytest.mark.usefixtures("in_process")


@pytest.fixture
def service(script: type[Script]) -> Service:
    return make_fake_service()


def test_what_has_no_artifact_is_not_brought_back(service: Service, script: type[Script]) -> None:
    before = run(service)
    Deployment.objects.filter(pk=run(service).pk).update(artifact=None)

    assert last_live(service) == before


def test_service_that_cannot_be_settled_is_not_in_the_way(
    service: Service, script: type[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    script.acts["activate"] = fail(PermanentError("No."))
    broken = run(service)
    Service.objects.update(active=broken)
    other = make_fake_service("other")
    Service.objects.filter(pk=other.pk).update(active=run(other))
    waiting, real = request_deployment(make_fake_service("waits"), by=None), settling._settle

    def settle(each: Service) -> None:
        if each == service:
            raise ZeroDivisionError
        real(each)

    monkeypatch.setattr(settling, "_settle", settle)
    poked: list[UUID] = []
    sweep_deployments(poke=poked.append)

    assert poked == [waiting.pk]
    assert [Service.objects.get(pk=each.pk).active for each in (service, other)] == [broken, None]
