"""Clients of boto3 go where the rules say, at every connection anew, under the name that they were given."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSHTTPConnectionPool, AWSHTTPSConnectionPool
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, HTTPClientError, SSLError
from urllib3 import PoolManager

from deployments.contract import PermanentError
from deployments.network.boto import connect_judged
from deployments.network.connections import AddressesFor
from deployments.network.urls import Origin
from tests.deployments.sources.certificates import make_certificate
from tests.deployments.sources.servers import Server, run_server

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

# One try, so that what was asked for can be counted; by path, so that the bucket is not part of the name.
PLAIN = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, signature_version="s3v4")


@pytest.fixture
def server() -> Iterator[Server]:
    with run_server() as server:
        yield server


def client_at(url: str, addresses_for: AddressesFor, **options: Any) -> "S3Client":
    client = boto3.Session().client("s3", endpoint_url=url, config=PLAIN, **options)
    connect_judged(client, addresses_for)
    return client


def here(origin: Origin) -> Sequence[str]:
    return ["127.0.0.2", "127.0.0.1"]


WAY_IN = (
    "botocore does not send through client._endpoint.http_session._manager any more. connect_judged needs another way "
    "to the classes of its connections, or targets in buckets of one's own are sent to where nobody judged."
)


def test_private_way_into_botocore_is_still_there() -> None:
    """If this fails after an update, the update waits; `deployments.network.boto` says why there is no public way."""
    client = boto3.Session().client("s3", endpoint_url="http://store.test", config=PLAIN)
    session = getattr(getattr(client, "_endpoint", None), "http_session", None)
    manager = getattr(session, "_manager", None)
    found = getattr(manager, "pool_classes_by_scheme", None)

    assert isinstance(manager, PoolManager), WAY_IN
    assert found == {"http": AWSHTTPConnectionPool, "https": AWSHTTPSConnectionPool}, WAY_IN
    connect_judged(client, here)
    made = {scheme: manager.connection_from_url(f"{scheme}://store.test") for scheme in ("http", "https")}
    assert {scheme: type(pool).__name__ for scheme, pool in made.items()} == dict.fromkeys(made, "JudgedPool"), WAY_IN


def test_client_that_cannot_be_judged_is_no_client() -> None:
    client: Any = boto3.Session().client("s3", endpoint_url="http://store.test", config=PLAIN)
    del client._endpoint.http_session._manager

    with pytest.raises(AttributeError, match="_manager"):
        connect_judged(client, here)


def test_judged_addresses_are_connected_to_one_after_the_other_under_the_name(server: Server) -> None:
    server.otherwise = lambda request: request.send(b"page")
    # Nobody but the rules could say where it is.
    client = client_at(f"http://store.test:{server.port}", here)

    assert client.get_object(Bucket="bakery", Key="index.html")["Body"].read() == b"page"

    ((path, headers),) = server.seen
    assert (path, headers["host"]) == ("/bakery/index.html", f"store.test:{server.port}")


def test_each_connection_is_judged_with_its_origin(server: Server) -> None:
    asked: list[Origin] = []

    def elsewhere_later(origin: Origin) -> Sequence[str]:
        asked.append(origin)
        if len(asked) > 1:
            raise PermanentError("It leads elsewhere by now.")
        return ["127.0.0.1"]

    server.otherwise = lambda request: request.send(b"page", Connection="close")
    client = client_at(f"http://store.test:{server.port}", elsewhere_later)
    client.get_object(Bucket="bakery", Key="a")["Body"].read()

    with pytest.raises(HTTPClientError, match="It leads elsewhere by now"):
        client.get_object(Bucket="bakery", Key="b")

    assert asked == [Origin("http", "store.test", server.port)] * 2
    assert server.paths() == ["/bakery/a"]


def test_certificate_is_checked_under_the_name(tmp_path: Path) -> None:
    tls, authority = make_certificate(tmp_path, host="store.test")
    with run_server(tls=tls) as server:
        server.otherwise = lambda request: request.send(b"page")
        right, wrong = (
            client_at(f"https://{host}:{server.port}", here, verify=str(authority)) for host in ("store.test", "b.test")
        )
        assert right.get_object(Bucket="bakery", Key="a")["Body"].read() == b"page"
        with pytest.raises(SSLError):
            wrong.get_object(Bucket="bakery", Key="a")


def test_nobody_who_listens_is_an_error_of_the_network() -> None:
    with run_server() as gone:
        port = gone.port

    with pytest.raises(EndpointConnectionError):
        client_at(f"http://store.test:{port}", here).get_object(Bucket="bakery", Key="a")
