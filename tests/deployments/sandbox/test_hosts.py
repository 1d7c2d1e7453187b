import shutil
import subprocess
from pathlib import Path

import pytest
from pytest_django import Settings

from deployments.contract import PermanentError
from deployments.sandbox import hosts
from deployments.sandbox.hosts import Rules, npm_host, npm_registry, private_hosts, split_place


@pytest.mark.parametrize(
    ("host", "port", "answer"),
    [
        ("example.com", 443, True),
        ("EXAMPLE.com.", 80, True),
        ("example.com", 22, False),
        ("sub.example.com", 443, False),
        ("example.com.evil.test", 443, False),
        ("ports.test", 8443, True),
        ("ports.test", 443, False),
        ("::1", 4873, True),
    ],
)
def test_host_is_allowed_by_its_whole_name_and_port(host: str, port: int, answer: bool) -> None:
    assert Rules(["example.com", "ports.test:8443", "[::1]:4873"]).allows(host, port=port) == answer


@pytest.mark.parametrize(
    ("host", "address", "answer"),
    [
        ("example.com", "8.8.8.8", True),
        ("example.com", "10.0.0.1", False),
        ("inner.test", "10.0.0.1", True),
        ("10.0.0.9", "10.0.0.9", True),
    ],
)
def test_private_address_needs_to_be_meant(host: str, address: str, answer: bool) -> None:
    rules = Rules(["example.com", "inner.test", "10.0.0.9"], private=["inner.test"])
    assert rules.allows_address(host, port=443, address=address) == answer


@pytest.mark.parametrize("text", ["", "a/b", "user@host", "host:port", "[::1", ":443"])
def test_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        split_place(text)


@pytest.mark.parametrize(
    ("registry", "host"),
    [
        ("https://npm.test/path", "npm.test:443"),
        ("http://npm.test", "npm.test:80"),
        ("http://[::1]:4873", "[::1]:4873"),
    ],
)
def test_registry_of_the_setting_is_used_and_may_be_private(settings: Settings, registry: str, host: str) -> None:
    settings.REGISTRY_NPM_REGISTRY = registry
    settings.REGISTRY_SANDBOX_PRIVATE_HOSTS = ["content.test"]
    assert (npm_registry(), npm_host(), private_hosts()) == (registry, host, ["content.test", host])


@pytest.mark.tools
@pytest.mark.skipif(not shutil.which("npm"), reason="Needs npm (Debian package npm)")
def test_registry_without_the_setting_is_that_of_npm() -> None:
    said = subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True, check=True).stdout
    assert npm_registry() == said.strip().rstrip("/")


def test_worker_without_npm_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts._ask_npm.cache_clear()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(PermanentError, match="There is no npm on this worker"):
        npm_registry()
    assert private_hosts() == []


def test_npm_that_answers_nonsense_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts._ask_npm.cache_clear()
    (tmp_path / "npm").write_text("#!/bin/sh\necho undefined\n")
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    with pytest.raises(PermanentError) as caught:
        npm_registry()
    assert caught.value.hint == "Ask whoever runs the registry to set REGISTRY_NPM_REGISTRY."
