"""A published registry behind nginx, TLS and a long line: for clients that are measured."""

import datetime
import json
import os
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import django
import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

# The models can be imported once Django is set up.
from tests.client.registry import MemoryRegistry  # noqa: E402
from tests.factories import provider_document  # noqa: E402
from tests.flows.processes import free_port  # noqa: E402

TYPES = {
    "cms": {},
    "ecommerce": {"cms_type": None, "ecommerce_type": "cart_overlay"},
    "ssg": {"cms_type": None, "implementation_language": "go"},
    "source": {"cms_type": None, "source_type": "git", "backend": "git@1"},
}  # fmt: skip
CONFIG = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  log_format counted '$status $bytes_sent'; access_log {folder}/access.log counted;
  types {{ application/json json; application/gzip gz; }}
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port} ssl; root {folder}/tree; gzip on; gzip_types application/json;
    ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem; ssl_protocols TLSv1.3;
  }}
}}
"""


class FarRegistry:
    """`url` is far away; `publish` puts the tree there, `seen` tells what was asked for."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.trust = ssl.create_default_context(cafile=folder / "certificate.pem")
        self.registry = MemoryRegistry(public_url=url)
        self.registry.now = datetime.datetime.now(datetime.UTC)

    @property
    def keys(self) -> dict[str, object]:
        """As a program that pins them has them."""
        found: dict[str, object] = json.loads(self.registry.files["keys.json"])
        return found

    def publish(self, count: int) -> None:
        """A registry of so many providers, spread over the types."""
        names = list(TYPES)
        self._publish(*(_provider(number, names[number % len(names)]) for number in range(count)))

    def change_one(self) -> None:
        self._publish(_provider(0, "cms") | {"description": f"Changed in serial {self.registry.serial + 1}."})

    def _publish(self, *documents: dict[str, object]) -> None:
        self.registry.publish(*documents)
        for path, content in self.registry.files.items():
            file = self.folder / "tree" / path
            if not file.exists() or file.read_bytes() != content:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)

    def seen(self) -> tuple[int, int]:
        """(answers, bytes of them) since the last look."""
        log = self.folder / "access.log"
        # nginx writes the line when the answer has gone.
        time.sleep(0.2)
        lines = log.read_text().split("\n")[:-1]
        with log.open("w"):
            pass
        return len(lines), sum(int(line.split()[1]) for line in lines)


@contextmanager
def far_registry(folder: Path, *, latency_milliseconds: int) -> Iterator[FarRegistry]:
    """Whatever was started is stopped again."""
    _write_certificate(folder)
    port = free_port()
    (folder / "tree").mkdir()
    (folder / "nginx.conf").write_text(CONFIG.format(folder=folder, port=port))
    nginx = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", folder / "nginx.conf"])
    command = [sys.executable, "-m", "tests.bench.latency", str(port), str(latency_milliseconds)]
    line = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert line.stdout is not None
    try:
        far = FarRegistry(folder, f"https://127.0.0.1:{line.stdout.readline().strip()}")
        _wait_for(far)
        far.seen()
        yield far
    finally:
        for process in (line, nginx):
            process.terminate()
            process.wait()


def _provider(number: int, provider_type: str) -> dict[str, object]:
    own: dict[str, object] = {**TYPES[provider_type]}
    return provider_document(f"provider-{number:04d}", provider_type=provider_type, **own)


def _wait_for(far: FarRegistry) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            httpx.get(far.url, verify=far.trust)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"nginx does not answer at {far.url}.")


def _write_certificate(folder: Path) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
