"""A container registry on loopback: Debian's docker-registry."""

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def container_registry(folder: Path) -> Iterator[str]:
    """`127.0.0.1:port` of an empty one without TLS and accounts."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        place = f"127.0.0.1:{free.getsockname()[1]}"
    folder.mkdir(exist_ok=True)
    settings = folder / "registry.yml"
    settings.write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
        f"http: {{addr: '{place}'}}\n"
    )
    with subprocess.Popen(
        ["docker-registry", "serve", str(settings)],
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            _wait_for(place)
            yield place
        finally:
            process.kill()


def _wait_for(place: str) -> None:
    for _ in range(200):
        try:
            connection = http.client.HTTPConnection(place, timeout=1)
            connection.request("GET", "/v2/")
            connection.getresponse().read()
            connection.close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(place)
