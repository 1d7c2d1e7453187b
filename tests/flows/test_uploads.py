"""Archives that are sent over real connections: cut off, gone on with, and by two at once."""

import hashlib
import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.flows.processes import Registry, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
MB = 1 << 20
CONTENT = os.urandom(12 * MB)
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}
MAKE_TOKEN = """
from django.contrib.auth.models import Group, User
from catalog.actions.tokens import make_token
person = User.objects.create_user("deployer")
person.groups.set([Group.objects.get(name="Deployer"), Group.objects.create(name="Web")])
print(make_token(by=person, owner=person, name="Sender", scopes=["services:write"], days=1)[1])
"""


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    registry = Registry(tmp_path_factory.mktemp("registry"), {})
    for command in ("migrate", "create_roles"):
        registry.manage(command)
    try:
        registry.start_web()
        yield registry
    finally:
        registry.stop()


@pytest.fixture(scope="module")
def token(registry: Registry) -> str:
    return registry.python(MAKE_TOKEN).strip()


@pytest.fixture
def client(registry: Registry, token: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=registry.address, headers=headers, timeout=30) as client:
        yield client


def begin(client: httpx.Client) -> str:
    answer = client.post("/api/v1/uploads", headers={**TUS, "Upload-Length": str(len(CONTENT))})
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


def offset_of(client: httpx.Client, address: str) -> int:
    return int(client.head(address, headers=TUS).headers["Upload-Offset"])


def send(client: httpx.Client, address: str, *, at: int, size: int) -> httpx.Response:
    return client.patch(address, content=CONTENT[at : at + size], headers={**PIECE, "Upload-Offset": str(at)})


def whole(registry: Registry, address: str) -> bytes:
    return Path(registry.folder, "uploads", address.rpartition("/")[2]).read_bytes()


def test_connection_that_is_cut_keeps_what_came(registry: Registry, client: httpx.Client, token: str) -> None:
    address = begin(client)
    head = [
        f"PATCH {address} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}", "Upload-Offset: 0",
        *(f"{name}: {value}" for name, value in PIECE.items()), f"Content-Length: {5 * MB}", "", "",
    ]  # fmt: skip
    with socket.create_connection(("127.0.0.1", registry.port), timeout=10) as connection:
        connection.sendall("\r\n".join(head).encode() + CONTENT[: 3 * MB])

    came = wait_for(lambda: offset_of(client, address), what="What came before the cut")
    assert 0 < came <= 3 * MB
    while came < len(CONTENT):
        answer = send(client, address, at=came, size=5 * MB)
        assert answer.status_code == 204, answer.text
        came = int(answer.headers["Upload-Offset"])
    assert whole(registry, address) == CONTENT
    assert client.get(address).json()["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert "Traceback" not in registry.log("web")


def test_pieces_that_come_at_once_do_not_mix(registry: Registry, client: httpx.Client) -> None:
    address = begin(client)
    with ThreadPoolExecutor(6) as senders:
        came = 0
        while came < len(CONTENT):
            sent = [senders.submit(send, client, address, at=came, size=4 * MB) for _ in range(6)]
            answers = [each.result().status_code for each in sent]
            assert answers.count(204) == 1
            assert set(answers) <= {204, 409, 423}
            came = offset_of(client, address)

    assert whole(registry, address) == CONTENT
    assert "Traceback" not in registry.log("web")
