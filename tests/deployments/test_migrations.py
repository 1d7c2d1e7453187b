"""Migrations that look at rows, there and back."""

import importlib

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from deployments.models import Connection, Deployment
from tests.deployments.services import make_service, queue

NAMING = importlib.import_module("deployments.migrations.0002_deployments_name_their_backends")
CONNECTING = importlib.import_module("deployments.migrations.0006_connections_are_of_sources_and_builds")
BEFORE = next(each for each in CONNECTING.Migration.dependencies if each[0] == "deployments")


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


def migrate(*to: tuple[str, str]) -> None:
    """To these migrations, or to the last ones."""
    executor = MigrationExecutor(connection)
    executor.migrate(to or executor.loader.graph.leaf_nodes())


@pytest.mark.usefixtures("flushable")
def test_connections_of_targets_are_named_and_stay_until_somebody_removes_them() -> None:
    migrate(BEFORE)
    try:
        for name in ("mirror", "copy"):
            Connection.objects.create(kind="target", backend="s3@1", name=name)
        Connection.objects.create(kind="source", backend="git@1", name="main")

        with pytest.raises(ValueError, match=r"cannot be kept: copy, mirror\. Remove these rows"):
            migrate()

        assert Connection.objects.count() == 3
    finally:
        Connection.objects.filter(kind="target").delete()
        migrate()
    assert Connection.objects.get().name == "main"


@pytest.mark.django_db
def test_connection_of_a_target_is_refused() -> None:
    row = Connection(kind="target", backend="s3@1", name="mirror")

    with pytest.raises(ValidationError, match="is not a valid choice"):
        row.full_clean()
    with pytest.raises(IntegrityError, match="connection_is_of_source_or_build"), transaction.atomic():
        row.save()
