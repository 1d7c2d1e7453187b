"""Debian's docker-registry on loopback: open, with accounts, or with tokens that a server beside it gives."""

import base64
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.deployments.sources.servers import Request, Server, run_server

USER, PASSWORD = "baker", "hush"
# `htpasswd -nbB baker hush`; the tool itself is in another package.
ACCOUNTS = f"{USER}:$2y$05$3VVUoWsAn6Lf3J7DpMzVZuEYB0Gkp.ijjopLyPLvwPxhgVp7fuCOu\n"
ACCOUNT = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@contextmanager
def run_registry(folder: Path, *, auth: str = "", may_delete: bool = True) -> Iterator[str]:
    """`127.0.0.1:port` of an empty one. `auth` is that part of its settings, in YAML."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        place = f"127.0.0.1:{free.getsockname()[1]}"
    folder.mkdir(exist_ok=True)
    settings = folder / "registry.yml"
    settings.write_text(
        f"version: 0.1\nlog: {{level: error}}\nhttp: {{addr: '{place}'}}\n{auth and f'auth: {auth}'}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder}/data}}, delete: {{enabled: {str(may_delete).lower()}}}}}\n"
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


@contextmanager
def run_registry_with_accounts(folder: Path) -> Iterator[str]:
    (folder / "accounts").write_text(ACCOUNTS)
    with run_registry(folder, auth=f"{{htpasswd: {{realm: bakery, path: {folder}/accounts}}}}") as place:
        yield place


@contextmanager
def run_registry_with_tokens(folder: Path) -> Iterator[tuple[str, Server]]:
    """The registry, and the server that gives its tokens to the account, each for what was asked for."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(key)
    (folder / "authority.pem").write_bytes(certificate.public_bytes(Encoding.PEM))

    def give(request: Request) -> None:
        if request.headers.get("Authorization") != ACCOUNT:
            request.send(status=401)
            return
        asked = parse_qs(request.query)
        _, name, actions = asked["scope"][0].split(":")
        access: list[dict[str, Any]] = [{"type": "repository", "name": name, "actions": actions.split(",")}]
        request.send(json.dumps({"token": _token(key, certificate, asked["service"][0], access)}).encode())

    with run_server() as tokens:
        tokens.answer("/token", give)
        about = f"realm: '{tokens.url}/token', service: shop, issuer: bakery, rootcertbundle: {folder}/authority.pem"
        with run_registry(folder, auth=f"{{token: {{{about}}}}}") as place:
            yield place, tokens


def _certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bakery")]), datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    return made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, SHA256())


def _token(
    key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, service: str, access: list[dict[str, Any]]
) -> str:
    """Reference: Distribution, "Token Authentication Implementation"."""
    chain = [base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()]
    now = int(time.time())
    times = {"nbf": now - 60, "iat": now, "exp": now + 300}
    claims = {"iss": "bakery", "sub": USER, "aud": service, "jti": "1", "access": access, **times}
    signed = f"{_encode(json.dumps({'typ': 'JWT', 'alg': 'ES256', 'x5c': chain}))}.{_encode(json.dumps(claims))}"
    numbers = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    return f"{signed}.{_encode(b''.join(number.to_bytes(32, 'big') for number in numbers))}"


def _encode(content: str | bytes) -> str:
    content = content.encode() if isinstance(content, str) else content
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _wait_for(place: str) -> None:
    host, _, port = place.partition(":")
    for _ in range(200):
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(place)
