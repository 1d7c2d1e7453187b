"""A folder that nginx serves while it is flipped and rolled back hundreds of times: every answer is whole."""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from deployments.contract import Artifact, Kind, Release
from deployments.targets import get_target
from tests.deployments.contexts import PlainContext
from tests.deployments.tools import needs
from tests.flows.processes import free_port, wait_for

pytestmark = [pytest.mark.tools, needs(nginx="nginx-light")]
FLIPS, READERS = 300, 2
CONFIG = {"folder": "site"}
SERVER = """
worker_processes 2; daemon off; pid {folder}/nginx.pid; error_log stderr error;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; index index.html; }}
}}
"""


@pytest.fixture
def address(tmp_path: Path, settings: Any) -> Iterator[str]:
    """Where nginx serves the live release."""
    settings.REGISTRY_SITES_DIR = tmp_path / "sites"
    # Debian's nginx gives up root's rights, so the test's folders have to be open.
    for folder in (tmp_path, *list(tmp_path.parents)[:3]):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/tmp"):
            folder.chmod(0o755)
    port = free_port()
    file = tmp_path / "nginx.conf"
    file.write_text(SERVER.format(folder=tmp_path, port=port, root=tmp_path / "sites/site/current"))
    nginx = shutil.which("nginx") or "nginx"
    server = subprocess.Popen([nginx, "-c", str(file), "-p", str(tmp_path)])
    found = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: is_up(found), what="nginx")
        yield found
    finally:
        server.terminate()
        server.wait(timeout=10)


def is_up(address: str) -> bool:
    try:
        return httpx.get(address).status_code in (200, 403, 404)
    except httpx.TransportError:
        return False


def upload(tmp_path: Path, text: str) -> Release:
    folder = tmp_path / f"made-{text}"
    folder.mkdir()
    # Two files that belong together, and large enough to be caught between two reads.
    for name in ("index.html", "other.html"):
        (folder / name).write_text(text * 50_000)
    context = PlainContext(tmp_path, tmp_path, deployment_id=uuid4())
    return get_target("directory@1").upload(Artifact(Kind.SITE, text, folder, 2, 2), CONFIG, context)


def test_hundreds_of_flips_are_no_bad_answer(address: str, tmp_path: Path) -> None:
    releases = [upload(tmp_path, text) for text in ("a", "b")]
    target, context = get_target("directory@1"), PlainContext(tmp_path, tmp_path, seconds=120)
    target.activate(releases[0], CONFIG, context)
    over = threading.Event()
    bad: list[int] = []
    good: list[int] = []

    def read() -> None:
        with httpx.Client(base_url=address) as client:
            while not over.is_set():
                for name in ("/", "/other.html"):
                    answer = client.get(name)
                    is_whole = answer.status_code == 200 and len(answer.text) == 50_000 and len(set(answer.text)) == 1
                    (good if is_whole else bad).append(answer.status_code)

    readers = [threading.Thread(target=read) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    for at in range(FLIPS):
        target.activate(releases[at % 2], CONFIG, context)
        over.wait(0.01)
    over.set()
    for reader in readers:
        reader.join()

    print(f"{FLIPS} flips, {len(good)} whole answers")
    assert (bad, len(good) > 50) == ([], True)
    assert httpx.get(address).text[0] == "b"
