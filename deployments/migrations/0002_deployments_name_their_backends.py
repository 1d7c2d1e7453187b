"""`Deployment.backends` names the backend beside its version: `{"source": {"backend": "git@1", "version": "1.0.0"}}`.

What ran before is taken to have run with the backends that its service has now, in the major version that it had then.
"""

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def name_backends(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for deployment in _prepared(apps).select_related("service"):
        deployment.backends = {
            kind: {"backend": _spec(getattr(deployment.service, f"{kind}_backend"), version), "version": version}
            for kind, version in deployment.backends.items()
        }
        deployment.save(update_fields=["backends"])


def keep_versions_alone(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for deployment in _prepared(apps):
        deployment.backends = {kind: each["version"] for kind, each in deployment.backends.items()}
        deployment.save(update_fields=["backends"])


def _prepared(apps: Apps) -> Any:
    return apps.get_model("deployments", "Deployment").objects.exclude(backends={})


def _spec(now: str, version: str) -> str:
    return f"{now.partition('@')[0]}@{version.partition('.')[0]}"


class Migration(migrations.Migration):
    dependencies = [("deployments", "0001_services_and_deployments")]

    operations = [migrations.RunPython(name_backends, keep_versions_alone)]
