"""The example of docs/services.md, run by a shell as it stands there."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from deployments.models import Deployment, HookDelivery
from tests.deployments.hooks import make_sender
from tests.deployments.services import make_service
from tests.deployments.tools import needs

DOCS = Path(__file__).resolve().parents[2] / "docs" / "services.md"
PAGE = Path(__file__).resolve().parents[2] / "deployments/templates/admin/deployments/hook_setup.html"
pytestmark = [pytest.mark.tools, needs(curl="curl", openssl="openssl")]


def examples() -> list[str]:
    """Of the documentation, and of the page, which has the address in the place of a variable."""
    section = DOCS.read_text().partition("## Deploy on push")[2].partition("\n## ")[0]
    [documented] = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    [shown] = re.findall(r"<pre[^>]*>(.*?)</pre>", PAGE.read_text(), re.DOTALL)
    return [documented, shown.replace("{{ row.address }}", "$HOOK_URL")]


@pytest.fixture
def server(in_process: None) -> Iterator[LiveServer]:
    """pytest's own `live_server` would empty the tables before their triggers are lifted."""
    server = LiveServer("127.0.0.1")
    yield server
    server.stop()


@pytest.mark.parametrize("example", examples(), ids=["documented", "shown"])
def test_example_deploys(example: str, server: LiveServer) -> None:
    sender = make_sender(make_service(), "generic", "main")
    told = {"HOOK_URL": f"{server.url}{sender.address}", "HOOK_SECRET": sender.secret}

    answer = subprocess.run(
        ["sh", "-eu", "-c", example], env={**os.environ, **told}, capture_output=True, text=True, check=True
    )

    assert json.loads(answer.stdout)["deploymentId"] == str(Deployment.objects.get().pk)
    assert HookDelivery.objects.get().branch == "main"
