"""Migrations of what is kept in JSON, there and back."""

import importlib

import pytest
from django.apps import apps
from django.db import connection

from deployments.models import Deployment
from tests.deployments.services import make_service, queue

NAMING = importlib.import_module("deployments.migrations.0002_deployments_name_their_backends")


@pytest.mark.django_db
def test_deployments_name_their_backends_in_the_version_of_then() -> None:
    service = make_service(source_backend="git@2")
    ran = queue(service, backends={"source": "1.4.0", "build": "1.0.0", "target": "1.0.0"}, state="cancelled",
                finished_at=service.created_at)  # fmt: skip
    waits = queue(service)

    NAMING.name_backends(apps, connection.schema_editor())
    named = dict(Deployment.objects.values_list("pk", "backends"))
    NAMING.keep_versions_alone(apps, connection.schema_editor())

    assert named == {
        ran.pk: {
            "source": {"backend": "git@1", "version": "1.4.0"},
            "build": {"backend": "static@1", "version": "1.0.0"},
            "target": {"backend": "directory@1", "version": "1.0.0"},
        },
        waits.pk: {},
    }
    assert dict(Deployment.objects.values_list("pk", "backends")) == {ran.pk: ran.backends, waits.pk: {}}
