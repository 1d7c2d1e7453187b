import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from deployments.contract import PermanentError
from deployments.sandbox import egress
from deployments.sandbox.egress import Way, serve_egress
from tests.deployments.sandbox.boxes import Box
from tests.deployments.tools import needs_sandbox

ASK = """
import sys, urllib.request
for address in sys.argv[1:]:
    try: print(urllib.request.urlopen(address, timeout=5).read().decode())
    except OSError as error: print(error)
"""


class Echo(BaseHTTPRequestHandler):
    """Says what it was asked, as its server saw it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = f"{self.command} {self.path} {self.headers['Host']} {self.headers['Proxy-Authorization']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Silence."""


@pytest.fixture
def web() -> Iterator[str]:
    """`127.0.0.1:port` of a server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(autouse=True)
def _no_npm(settings: Settings) -> None:
    settings.REGISTRY_NPM_REGISTRY = "https://npm.test"


def say(way: Way, text: str) -> str:
    """What the proxy answers to these bytes, until it hangs up."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(next(iter(way.mounts))))
        client.sendall(text.encode())
        answer = b""
        while chunk := client.recv(65_536):
            answer += chunk
    return answer.decode()


def notes_of(way: Way) -> list[str]:
    notes: list[str] = []
    way.tell(notes.append)
    return notes


@contextmanager
def named(monkeypatch: pytest.MonkeyPatch, **addresses: str) -> Iterator[None]:
    """Names that lead to these addresses; `_` is a dot."""
    known = {name.replace("_", "."): address for name, address in addresses.items()}

    def look_up(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (known[host], port))]

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", look_up)
        yield


def test_listed_host_is_reached_through_a_tunnel(web: str) -> None:
    with serve_egress([web]) as way:
        answer = say(way, f"CONNECT {web} HTTP/1.1\r\n\r\nGET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (answer.partition("\r\n")[0], answer.rpartition("\r\n\r\n")[2]) == (
        "HTTP/1.1 200 Connection established",
        "GET /a x None",
    )


def test_plain_request_loses_what_is_for_the_proxy(web: str) -> None:
    with serve_egress([web]) as way:
        answer = say(
            way,
            f"GET http://{web}/a?b=c HTTP/1.1\r\nHost: elsewhere.test\r\nProxy-Authorization: Basic x\r\n"
            "Connection: keep-alive\r\n\r\n",
        )
    assert answer.rpartition("\r\n\r\n")[2] == f"GET /a?b=c {web} None"


@pytest.mark.parametrize(
    ("request_line", "status", "note"),
    [
        ("CONNECT other.test:443 HTTP/1.1", "403 Forbidden", "The program asked for other.test:443, which is not"),
        ("CONNECT listed.test:22 HTTP/1.1", "403 Forbidden", "The program asked for listed.test:22, which is not"),
        ("GET http://other.test/ HTTP/1.1", "403 Forbidden", "The program asked for other.test:80, which is not"),
        ("GET http://listed.test@other.test/ HTTP/1.1", "400 Bad Request", "The program asked for 'listed.test@"),
        ("GET /etc/passwd HTTP/1.1", "400 Bad Request", "The program asked for '', which is no host."),
        ("CONNECT 127.0.0.1:80 HTTP/1.1", "403 Forbidden", "The program asked for 127.0.0.1:80, which is not"),
        ("CONNECT 2130706433:443 HTTP/1.1", "403 Forbidden", "The program asked for 2130706433:443, which is not"),
        ("CONNECT listed.test:443x HTTP/1.1", "400 Bad Request", "The program asked for 'listed.test:443x'"),
        ("nonsense", "400 Bad Request", "The program sent the proxy something that is no request."),
        ("CONNECT gone.test:443 HTTP/1.1", "502 Bad Gateway", "There is no address of gone.test."),
    ],
)
def test_everything_else_is_refused_and_noted(request_line: str, status: str, note: str) -> None:
    with serve_egress(["listed.test", "gone.test"]) as way:
        answer = say(way, f"{request_line}\r\n\r\n")
        notes = notes_of(way)
    assert (answer.partition("\r\n")[0], [each.startswith(note) for each in notes]) == (f"HTTP/1.1 {status}", [True])


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254"])
def test_listed_name_that_leads_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    with named(monkeypatch, listed_test=address), serve_egress(["listed.test"]) as way:
        answer = say(way, "CONNECT listed.test:443 HTTP/1.1\r\n\r\n")
        notes = notes_of(way)
    assert (answer.partition("\r\n")[0], notes) == (
        "HTTP/1.1 403 Forbidden",
        [f"listed.test leads to the private address {address}: refused."],
    )


def test_listed_name_that_whoever_runs_this_has_allowed_may_be_private(
    web: str, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    place = f"inner.test:{web.rpartition(':')[2]}"
    settings.REGISTRY_SANDBOX_PRIVATE_HOSTS = [place]
    with named(monkeypatch, inner_test="127.0.0.1"), serve_egress([place]) as way:
        answer = say(way, f"GET http://{place}/ HTTP/1.1\r\n\r\n")
    assert answer.rpartition("\r\n\r\n")[2] == f"GET / {place} None"


def test_host_that_does_not_answer_is_a_bad_gateway() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"
    with serve_egress([place]) as way:
        answer = say(way, f"CONNECT {place} HTTP/1.1\r\n\r\n")
    assert answer.startswith("HTTP/1.1 502 Bad Gateway")


def test_client_that_never_asks_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress, "PATIENCE_SECONDS", 0.2)
    with serve_egress(["listed.test"]) as way:
        assert (say(way, "CONNECT"), notes_of(way)) == ("", [])


def test_head_without_an_end_is_not_kept() -> None:
    with serve_egress(["listed.test"]) as way:
        assert say(way, "GET / HTTP/1.1\r\n" + "x" * 40_000) == ""


def test_leaving_cuts_what_is_still_open(web: str) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        with serve_egress([web]) as way:
            path = next(iter(way.mounts))
            client.connect(str(path))
            client.sendall(f"CONNECT {web} HTTP/1.1\r\n\r\n".encode())
            assert client.recv(100).startswith(b"HTTP/1.1 200")
        client.settimeout(5)
        assert (client.recv(100), Path(path).exists()) == (b"", False)


def test_no_hosts_are_no_proxy() -> None:
    with serve_egress([]) as way:
        assert (way.prefix, way.mounts) == ((), {})


@pytest.mark.tools
@needs_sandbox
def test_program_in_the_sandbox_reaches_listed_hosts_only(box: Box, web: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        refused = f"127.0.0.1:{other.getsockname()[1]}"
        lines = box.run_program(
            [
                "/usr/bin/python3",
                "-c",
                "import os; os.environ.pop('NO_PROXY')\n" + ASK,
                f"http://{web}/",
                f"http://{refused}/",
            ],
            egress=[web],
        )
    assert lines == [
        f"GET / {web} None",
        "HTTP Error 403: Forbidden",
        f"The program asked for {refused}, which is not among the reachable hosts.",
    ]


@pytest.mark.tools
@needs_sandbox
def test_program_keeps_its_status_behind_the_forwarder(box: Box, web: str) -> None:
    with pytest.raises(PermanentError, match=r"^sh ended with status 5\.$"):
        box.run("exit 5", egress=[web])
    with pytest.raises(PermanentError, match=r"^no-such-tool ended with status 127\.$"):
        box.run_program(["no-such-tool"], egress=[web])
