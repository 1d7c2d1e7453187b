"""What target `s3` refuses, and servers that are in trouble."""

import socket
import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from moto.core import set_initial_no_auth_action_count

from catalog.schemas.configs import judge_config
from deployments.contract import PermanentError, Release, StoppedError, TransientError
from deployments.targets import get_target, s3
from registry_site.env import StoreAddress
from tests.aws import _one_session, endpoint_url
from tests.deployments.sources.servers import run_server
from tests.deployments.targets.buckets import (
    KEYS,
    Config,
    client,
    config,
    folder,
    make_artifact,
    make_context,
    upload,
)

__all__ = ["_one_session", "client", "config", "endpoint_url", "folder"]
pytestmark = pytest.mark.usefixtures("loopback_allowed")


def test_missing_bucket_is_a_message(config: Config, folder: Path) -> None:
    with pytest.raises(PermanentError, match=r"Could not write s3://nobodys/shop/live/.*: NoSuchBucket") as caught:
        upload(folder, "one", config | {"bucket": "nobodys"})

    assert caught.value.hint == "Create the bucket, or correct its name and region."


def test_wrong_credentials_are_a_message_that_does_not_tell_them(config: Config, folder: Path) -> None:
    @set_initial_no_auth_action_count(0)
    def refuse() -> None:
        with pytest.raises(PermanentError, match="InvalidAccessKeyId") as caught:
            upload(folder, "one", config)
        assert caught.value.hint == "Check the access key, or the role of the workers where none is given."
        assert "hush" not in str(caught.value)

    refuse()


def test_server_in_trouble_is_transient(config: Config, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = Release(str(uuid4()), meta={"files": "3"})
    with run_server() as server:
        server.otherwise = lambda request: request.send(status=503)
        with pytest.raises(TransientError, match=r"Could not list .* now"):
            get_target("s3@1").probe(release, config | {"endpointUrl": server.url}, make_context(folder))
    with pytest.raises(TransientError, match="EndpointConnectionError"):
        upload(folder, "one", config | {"endpointUrl": server.url})


def test_silent_server_does_not_keep_a_stop_waiting(config: Config, folder: Path) -> None:
    context = make_context(folder)
    context._ends_at -= context.seconds - 0.5
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(StoppedError):
            get_target("s3@1").upload(make_artifact(folder, "one"), config | {"endpointUrl": endpoint}, context)


def test_file_cannot_be_read_once_the_upload_is_over(folder: Path) -> None:
    is_over = threading.Event()
    (folder / "large.bin").write_bytes(b"abc")
    with s3._StoppableFile(folder / "large.bin", is_over) as file:
        assert file.read(1) == b"a"
        is_over.set()
        with pytest.raises(StoppedError):
            file.read(1)
        with pytest.raises(StoppedError):
            file.readinto(bytearray(1))


@pytest.mark.parametrize("endpoint", ["http://169.254.169.254", "https://10.0.0.1", "http://1.1.1.1"])
def test_endpoint_in_a_private_network_or_without_tls_is_refused(config: Config, folder: Path, endpoint: str) -> None:
    with pytest.raises(PermanentError, match=r"not at a public address|not connected to without TLS"):
        upload(folder, "one", config | {"endpointUrl": endpoint})


def test_endpoint_on_this_machine_is_refused_without_leave(config: Config, folder: Path, settings: Any) -> None:
    settings.REGISTRY_SOURCE_NETWORKS = []

    with pytest.raises(PermanentError, match="not at a public address") as caught:
        upload(folder, "one", config)

    assert "REGISTRY_SOURCE_NETWORKS" in caught.value.hint


def test_name_that_leads_elsewhere_after_it_was_judged_is_not_followed(
    config: Config, folder: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = iter(["1.1.1.1"])

    def rebind(*_: object, **__: object) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(addresses, "127.0.0.1"), 443))]

    settings.REGISTRY_SOURCE_NETWORKS = []
    monkeypatch.setattr(socket, "getaddrinfo", rebind)
    with run_server() as server:
        with pytest.raises(TransientError, match="HTTPClientError"):
            upload(folder, "one", config | {"endpointUrl": f"https://store.test:{server.port}"})
        assert server.seen == []


def test_proxies_of_the_worker_are_not_used_for_an_endpoint(
    config: Config, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9" if "http" in name.lower() else "")

    assert upload(folder, "one", config).meta == {"files": "3"}


def test_bucket_of_the_registry_is_refused_to_its_own_role(folder: Path, settings: Any) -> None:
    settings.REGISTRY_STORE = StoreAddress(bucket="registry")
    target = get_target("s3@1")

    problems = [target.check_config(config) for config in ({"bucket": "registry"}, {"bucket": "registry", **KEYS})]

    assert [[(each.path, each.code) for each in found] for found in problems] == [[("/bucket", "own")], []]
    with pytest.raises(PermanentError, match="the registry's own"):
        upload(folder, "one", {"bucket": "registry"})


@pytest.mark.parametrize(
    ("config", "is_valid"),
    [
        ({"bucket": "bakery"}, True),
        ({"bucket": "bakery", "prefix": "a/b", "endpointUrl": "https://s3.example.com:9000", **KEYS}, True),
        ({"bucket": "bakery", "endpointUrl": "https://s3.example.com"}, False),
        ({"bucket": "bakery", "accessKeyId": {"$secret": "key-id"}}, False),
        ({"bucket": "bakery", "accessKeyId": "AKIAGIVEN", "secretAccessKey": "hush"}, False),
        ({"bucket": "bakery", "prefix": "/a"}, False),
        ({"bucket": "bakery", "prefix": "a/../b"}, False),
        ({"bucket": "a..b"}, False),
        ({"bucket": "bakery", "region": "x.evil.test"}, False),
        ({}, False),
    ],
)
def test_schema_judges_configs(config: Config, is_valid: bool) -> None:
    assert judge_config(get_target("s3@1").info.schema, config).is_valid == is_valid
