"""A published folder behind nginx: conditional requests, and packing that nobody asked for."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.client.conftest import Make
from tests.client.registry import MemoryRegistry
from tests.deployments.tools import needs
from tests.factories import SANITY
from tests.flows.processes import free_port, wait_for

pytestmark = [pytest.mark.tools, needs(nginx="nginx-light")]
# It reads folders of tests, which belong to whoever runs them.
SERVER = """
user root; worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log stderr error;
events {{ worker_connections 64; }}
http {{
  access_log {folder}/access.log; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  types {{ application/json json; application/gzip gz; }}
  gzip on; gzip_types application/json; gzip_min_length 1;
  server {{
    listen 127.0.0.1:{port}; root {folder}/registry;
    location /called-packed/ {{ alias {folder}/registry/; }}
    location ~ ^/called-packed/(.*gz)$ {{ alias {folder}/registry/$1; add_header Content-Encoding gzip; }}
  }}
}}
"""


@pytest.fixture
def address(tmp_path: Path, registry: MemoryRegistry) -> Iterator[str]:
    for path, content in registry.files.items():
        (tmp_path / "registry" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "registry" / path).write_bytes(content)
    port = free_port()
    file = tmp_path / "nginx.conf"
    file.write_text(SERVER.format(folder=tmp_path, port=port))
    server = subprocess.Popen([shutil.which("nginx") or "nginx", "-c", str(file), "-p", str(tmp_path)])
    found = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: is_up(found), what="nginx")
        yield found
    finally:
        server.terminate()
        server.wait(timeout=10)


def is_up(address: str) -> bool:
    try:
        return httpx.get(f"{address}/current.json").status_code == 200
    except httpx.TransportError:
        return False


def test_registry_behind_nginx(make_client: Make, address: str, tmp_path: Path) -> None:
    client = make_client(address, transport=None, ttl_seconds=0)
    assert (client.get_provider("cms", "sanity"), len(client.get_all_providers())) == (SANITY, 4)
    statuses = [line.split('"')[2].split()[0] for line in (tmp_path / "access.log").read_text().splitlines()]
    assert statuses[1:] == ["200", "200", "200", "200", "304", "200"]


def test_bundle_that_is_called_packed_json(make_client: Make, address: str) -> None:
    assert httpx.head(f"{address}/called-packed/current.json").status_code == 200
    assert len(make_client(f"{address}/called-packed", transport=None).get_all_providers()) == 4
