"""Every operation of the API, from its own OpenAPI document, as a stranger and with an administrator's token."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.processes import Registry

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
MAKE_TOKEN = """
from django.contrib.auth.models import User
from catalog.actions.tokens import make_token
from catalog.models.clients import SCOPES
by = User.objects.get(username="administrator")
print(make_token(by=by, owner=by, name="Schemathesis", scopes=list(SCOPES), days=1)[1])
"""
MAKE_SERVICES = """
from catalog.models import Builder, Provider
from catalog.models.history import RevisionSource
from deployments.actions.requests import request_deployment
from deployments.actions.services.drafts import Draft
from catalog.actions.revisions import Change
from deployments.actions.services.saving import create_service
inline, static = Provider.objects.get(slug="inline"), Builder.objects.get(slug="static")
files = {"files": {"index.html": "<h1>Hello</h1>"}}
for name in ("site", "doomed"):
    draft = Draft(name=name, provider=inline, builder=static, target_backend="directory@1", source_config=files,
                  target_config={"folder": name})
    service = create_service(draft, Change(by=None, note="First", source=RevisionSource.COMMAND))
    print(service.pk)
print(request_deployment(service, by=None).pk)
"""
# What it prints, by the names that the hooks know.
IDS = ("SCHEMATHESIS_SERVICE", "SCHEMATHESIS_DOOMED", "SCHEMATHESIS_DEPLOYMENT")
EXAMPLES = "12"
# A run asks thousands of questions in a minute, which a stranger may not.
PATIENT = {f"REGISTRY_LIMIT_{who}": "0" for who in ("ADDRESS", "TOKEN", "WRITES")}
HOOKS = Path(__file__).with_name("schemathesis_hooks.py")
# More than what schemathesis expects:
# * 410, 412 and 422 for a valid request: no JSON Schema can say what was removed, which revision is the newest, or
#   which names and backends there are. Mistakes of shape are 400, which never passes for an answer to a valid request.
# * 428 without If-Match, the status that RFC 6585 made for this.
# * 412 for another version of the protocol of uploads than there is, or none; 413 for more than an upload is to have.
SETTINGS = """
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422", "428", "429", "5xx"]
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "410", "412", "413", "422"]
[checks.missing_required_header]
expected-statuses = ["400", "401", "403", "412", "428"]
"""


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    registry = Registry(tmp_path, PATIENT)
    registry.manage("first_run", "--port", str(registry.port))
    try:
        registry.start_web()
        yield registry
    finally:
        registry.stop()


def check(registry: Registry, folder: Path, *headers: str) -> subprocess.CompletedProcess[str]:
    settings = folder / "settings.toml"
    settings.write_text(SETTINGS)
    command = [
        str(Path(sys.executable).with_name("st")), "--config-file", str(settings),
        "run", f"{registry.address}/api/v1/openapi.json",
        "--checks", "all", "--max-examples", EXAMPLES, "--phases", "examples,coverage,fuzzing", "--warnings", "off",
        "--generation-deterministic", "--no-color", "--report-dir", str(folder), "--request-timeout", "30",
        *(word for header in headers for word in ("--header", header)),
    ]  # fmt: skip
    ids = dict(zip(IDS, registry.python(MAKE_SERVICES).split(), strict=True))
    environment = {**os.environ, **ids, "COLUMNS": "200", "SCHEMATHESIS_HOOKS": str(HOOKS)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("who", ["stranger", "token"])
def test_every_operation_keeps_to_its_description(registry: Registry, tmp_path: Path, who: str) -> None:
    headers = [f"Authorization: Bearer {registry.python(MAKE_TOKEN).strip()}"] if who == "token" else []

    run = check(registry, tmp_path, *headers)

    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr
    assert "Traceback" not in registry.log("web")
