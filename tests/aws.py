"""moto's server on a free port: AWS over real connections, by real clients.

A test module imports the fixtures that it uses; `_one_session` then is for all of its tests.
"""

from collections.abc import Iterator

import boto3
import httpx
import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

SESSION = boto3.Session()


@pytest.fixture(scope="module")
def endpoint_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    # All servers of a process answer from one memory.
    httpx.post(f"http://{host}:{port}/moto-api/reset").raise_for_status()
    server.stop()


@pytest.fixture(autouse=True)
def _one_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session of its own would read the description of S3 anew, longer than a test takes."""
    monkeypatch.setattr(boto3.session, "Session", lambda: SESSION)
