"""A service of each target through the runner: deployed twice and rolled back, against the real counterpart."""

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from deployments.actions.requests import request_rollback
from deployments.actions.secrets import set_secret
from deployments.models import Deployment, Service
from tests.aws import _one_session, endpoint_url
from tests.deployments.registry import run_registry
from tests.deployments.runs import attempt, run
from tests.deployments.services import make_service
from tests.deployments.sources.conftest import loopback_allowed
from tests.deployments.targets.buckets import Config, client, config
from tests.deployments.tools import needs

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

__all__ = ["_one_session", "client", "config", "endpoint_url", "loopback_allowed"]
pytestmark = pytest.mark.usefixtures("in_process", "loopback_allowed")
ONE, TWO = {"files": {"index.html": "one"}}, {"files": {"index.html": "two"}}


def deploy_twice_and_go_back(service: Service) -> tuple[Deployment, Deployment]:
    """The two deployments; the first of them is live in the end."""
    first = run(service)
    Service.objects.update(source_config=TWO)
    service.refresh_from_db()
    second = run(service)
    last = attempt(request_rollback(service, to=first, by=None))
    assert [(each.state, each.error_message) for each in (first, second, last)] == [("succeeded", "")] * 3
    return first, second


def test_s3(client: "S3Client", config: Config) -> None:
    service = make_service(source_config=ONE, target_backend="s3@1", target_config=config)
    for name, value in (("key-id", "AKIAGIVEN"), ("key", "a-secret-key")):
        set_secret(service, name, value)

    deploy_twice_and_go_back(service)

    pointer = json.loads(client.get_object(Bucket=config["bucket"], Key="shop/live/current.json")["Body"].read())
    page = client.get_object(Bucket=config["bucket"], Key=f"shop/live/releases/{pointer['release']}/index.html")
    assert page["Body"].read() == b"one"


@pytest.mark.tools
@needs(docker_registry="docker-registry", skopeo="skopeo")
def test_oci_registry(tmp_path: Path) -> None:
    with run_registry(tmp_path) as place:
        target = {"registryUrl": f"http://{place}", "repository": "bakery/shop"}
        backends = {"build_backend": "site-image@1", "target_backend": "oci-registry@1"}
        service = make_service(source_config=ONE, target_config=target, **backends)

        first, second = deploy_twice_and_go_back(service)

        command = ["skopeo", "inspect", "--tls-verify=false", f"docker://{place}/bakery/shop:live"]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout)
    assert [found["Digest"] in str(each.release) for each in (first, second)] == [True, False]


def test_directory() -> None:
    deploy_twice_and_go_back(make_service(source_config=ONE, target_config={"folder": "bakery/shop"}))

    page = Path(settings.REGISTRY_SITES_DIR) / "bakery/shop/current/index.html"
    assert page.read_text() == "one"


def test_null() -> None:
    service = make_service(source_config=ONE, target_backend="null@1", target_config={})

    first, _ = deploy_twice_and_go_back(service)

    service.refresh_from_db()
    assert service.active is not None
    assert (service.active.number, service.active.artifact_of, service.active.artifact) == (3, first, first.artifact)
