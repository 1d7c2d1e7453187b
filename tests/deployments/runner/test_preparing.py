"""What a deployment runs with: the row's defaults, both schemas, and what was live."""

from typing import Any

import pytest

from catalog.models import Provider
from deployments.contract import PermanentError
from deployments.models import Service
from deployments.runner.preparing import checked_config, configs_of
from deployments.sources import get_source
from tests.deployments.fakes import Script
from tests.deployments.services import make_service, queue
from tests.factories import provider_document, publish, save

pytestmark = pytest.mark.django_db
SCHEMA = {
    "type": "object",
    "properties": {"text": {"type": "string", "maxLength": 5, "default": "Hello"}, "more": {"type": "string"}},
}


@pytest.fixture
def service(script: type[Script]) -> Service:
    save_row(SCHEMA)
    publish()
    row = Provider.objects.get(slug="fake")
    return make_service(provider=row, source_backend="fake@1", build_backend="fake@1", target_backend="fake@1")


def save_row(schema: dict[str, Any], *, approved: bool = True) -> None:
    row = {"provider_type": "source", "cms_type": None, "source_type": "inline", "backend": "fake@1"}
    save("provider", provider_document("fake", **row, config_schema=schema), approved=approved)


def judged(service: Service, config: dict[str, Any]) -> dict[str, Any]:
    service.source_config = config
    deployment = queue(service)
    deployment.configs = configs_of(deployment)
    return checked_config(deployment, "source", get_source("fake@1"))


def test_defaults_of_the_row_fill_what_is_left_out(service: Service) -> None:
    assert judged(service, {"more": "x"}) == {"text": "Hello", "more": "x"}
    service.deployments.all().delete()
    assert judged(service, {"text": "Hi"}) == {"text": "Hi"}


def test_row_narrows_what_the_backend_takes(service: Service) -> None:
    with pytest.raises(PermanentError, match=r"^source/text: "):
        judged(service, {"text": "too long"})


def test_draft_of_the_row_changes_nothing(service: Service) -> None:
    save_row({**SCHEMA, "properties": {"text": {"type": "string", "default": "Draft"}}}, approved=False)
    service.provider.refresh_from_db()

    assert judged(service, {}) == {"text": "Hello"}
