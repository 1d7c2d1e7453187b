"""A page is deployed with real processes on the embedded defaults, replaced, and brought back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployments.builds.test_hugo import SITE
from tests.deployments.sources.archives.making import zip_bytes
from tests.deployments.tools import needs, needs_sandbox
from tests.flows.deployers import DEPLOYER, SWEEPER, Deploying
from tests.flows.processes import Registry, wait_for

pytestmark = pytest.mark.timeout(300)
UPLOAD = "3f0c2f6e-6b0f-4c57-9a54-3a1f3d1f7c11"
ROLL_BACK = """
from deployments.actions.requests import request_rollback
from deployments.models import Deployment, Service
service = Service.objects.get(name="site")
request_rollback(service, to=Deployment.objects.get(service=service, number=1), by=None)
"""


@pytest.fixture
def deploying(tmp_path: Path) -> Iterator[Deploying]:
    registry = Registry(tmp_path, {})
    registry.manage("migrate")
    registry.manage("load_starter_catalog")
    yield Deploying(registry)
    registry.stop()


def test_page_goes_live_is_replaced_and_comes_back(deploying: Deploying) -> None:
    deploying.make_service()
    deploying.ask("<h1>One</h1>")
    deploying.registry.start("deployer", *DEPLOYER)
    wait_for(lambda: deploying.live() == "<h1>One</h1>", what="The first page", seconds=60)

    deploying.ask("<h1>Two</h1>")
    wait_for(lambda: deploying.live() == "<h1>Two</h1>", what="The second page")
    deploying.registry.python(ROLL_BACK)
    wait_for(lambda: deploying.live() == "<h1>One</h1>", what="The first page again")

    def all_ended() -> bool:
        return [state for state, _, _ in deploying.states()] == ["succeeded"] * 3

    wait_for(all_ended, what="The end of all")
    assert deploying.work_left() == []


@pytest.mark.tools
@needs(hugo="hugo")
@needs_sandbox
def test_uploaded_site_is_built_by_hugo(deploying: Deploying) -> None:
    uploads = deploying.registry.folder / "uploads"
    uploads.mkdir()
    (uploads / UPLOAD).write_bytes(zip_bytes([(name, text.encode()) for name, text in SITE.items()]))
    deploying.make_service(source="upload", build="hugo", source_config={"artifactId": UPLOAD})
    deploying.request()

    deploying.registry.start("deployer", *DEPLOYER)

    wait_for(lambda: "Bakery" in deploying.live(), what="The page", seconds=60)


@pytest.mark.slow
def test_request_that_nobody_heard_of_is_found_by_the_sweep(deploying: Deploying) -> None:
    deploying.make_service()
    deploying.ask("<h1>Lost</h1>")
    for message in (deploying.registry.folder / "broker").glob("*.msg"):
        message.unlink()

    deploying.registry.start("deployer", *DEPLOYER)
    deploying.registry.start("beat", *SWEEPER)

    wait_for(lambda: deploying.live() == "<h1>Lost</h1>", what="The page", seconds=60)
