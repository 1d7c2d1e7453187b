"""Programs that send archives, for tests."""

import base64
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from deployments.models import Upload
from tests.catalog.api.write.programs import program_of
from tests.deployments.people import deployer

UPLOADS = "/api/v1/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = "application/offset+octet-stream"


def sender(person: User | None = None) -> Client:
    return program_of(person or deployer(), "services:write")


def metadata(**said: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())


def begin(client: Client, size: int, **said: str) -> Any:
    headers = {**TUS, "Upload-Length": str(size)}
    if said:
        headers["Upload-Metadata"] = metadata(**said)
    return client.post(UPLOADS, headers=headers, content_type="text/plain")


def begun(client: Client, size: int, **said: str) -> str:
    """The address of a new upload."""
    answer = begin(client, size, **said)
    assert answer.status_code == 201, answer.content
    return str(answer.headers["Location"])


def send(client: Client, address: str, content: bytes, *, at: int, **more: str) -> Any:
    # An empty body would have no type else.
    headers = {**TUS, "Content-Type": PIECE, "Upload-Offset": str(at), **more}
    return client.patch(address, content, content_type=PIECE, headers=headers)


def send_all(client: Client, content: bytes, **said: str) -> Upload:
    """An upload that is whole."""
    address = begun(client, len(content), **said)
    assert send(client, address, content, at=0).status_code == 204
    return Upload.objects.get(pk=address.rpartition("/")[2])


def offset_of(client: Client, address: str) -> int:
    answer = client.head(address, headers=TUS)
    assert answer.status_code == 200
    return int(answer.headers["Upload-Offset"])
