"""A registry over HTTP whose clock is the real one, and the command, run in this process or as one of its own."""

import json
import os
import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from registry_client.cli.app import app
from registry_client.cli.mirror import pulling
from typer.testing import CliRunner

from catalog.schemas.library import CURRENT_VERSIONS, schema_at
from tests.client.cli.terminals import COMMAND, Terminal
from tests.client.registry import MemoryRegistry, Server, serve
from tests.factories import SANITY, builder_document, provider_document, stack_document

# Nothing here is asked by TLS.
TLS = ssl.create_default_context()
ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """What `--json` says of a failure."""
        return json.loads(self.err)["error"]


Run = Callable[..., Ran]


@cache
def served_registry() -> MemoryRegistry:
    """Two serials; published a minute ago."""
    registry = MemoryRegistry()
    registry.now = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    registry.publish(
        SANITY,
        provider_document("decap", aliases=["providers/cms/netlify_cms"], monthly_cost_range=[0, 0]),
        provider_document("tina", lifecycle={"state": "deprecated", "reason": "It is old."}),
        provider_document("snipcart", provider_type="ecommerce", cms_type=None, ecommerce_type="cart_overlay"),
        builder_document("hugo"),
        stack_document("marketing", monthly_cost_range=[50, 75], ssg_engine_options=["hugo"]),
        stack_document("modern-performance", aliases=["stacks/foundation/modern_performance"]),
    )
    registry.publish(
        provider_document("decap", aliases=["providers/cms/netlify_cms"], monthly_cost_range=[5, 9]),
        builder_document("jekyll"),
        removed={"providers/ecommerce/snipcart": {"reason": "It closed.", "replacement": "providers/cms/sanity"}},
    )
    for name, version in CURRENT_VERSIONS.items():
        schema = schema_at(name, version, public_url=registry.public_url)
        registry.files[f"schemas/{name}/{version}.json"] = json.dumps(schema).encode()
    return registry


@pytest.fixture
def registry() -> MemoryRegistry:
    return served_registry().copy()


@pytest.fixture
def server(registry: MemoryRegistry) -> Server:
    return Server(registry)


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    with serve(server) as address:
        yield address


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Of commands: nothing of the developer's."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": f"{ROOT / 'client'}:{ROOT}",
        "REGISTRY_CACHE_DIR": str(tmp_path / "cache"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
    }


@pytest.fixture
def run(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command in this process: `run("list", url=...)`; other names are environment variables."""
    for name in [name for name in os.environ if name.startswith("REGISTRY_")]:
        monkeypatch.delenv(name)

    def run(*arguments: str, url: str = "", typed: str = "", **variables: str) -> Ran:
        given = environment | ({"REGISTRY_URL": url} if url else {}) | variables
        result = CliRunner().invoke(app, list(arguments), env=given, input=typed, prog_name="registry")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def process(environment: dict[str, str]) -> Run:
    """The command as a process of its own, whose output are pipes."""

    def run(*arguments: str, url: str = "", **variables: str) -> Ran:
        given = environment | ({"REGISTRY_URL": url} if url else {}) | variables
        done = subprocess.run([*COMMAND, *arguments], env=given, capture_output=True, check=False, timeout=60)
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def terminal(environment: dict[str, str]) -> Callable[..., Terminal]:
    def start(*arguments: str, url: str = "", columns: int = 80, **variables: str) -> Terminal:
        given = environment | ({"REGISTRY_URL": url} if url else {}) | variables
        return Terminal(arguments, given, columns=columns)

    return start


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    return tmp_path / "mirror"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "LAG_SECONDS", (0.0, 0.01))
    monkeypatch.setattr(os, "sync", lambda: None)


@pytest.fixture(autouse=True)
def _one_tls_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """httpx reads all authorities of the world for each client, for longer than most tests here take."""
    monkeypatch.setattr("httpx._transports.default.create_ssl_context", lambda **_: TLS)
