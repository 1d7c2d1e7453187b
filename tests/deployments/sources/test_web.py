"""HTTP as sources use it: where it connects to, where it follows to, and what a bad server can do."""

import hashlib
import ssl
import time
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest

from deployments.contract import PermanentError, StoppedError, TransientError
from deployments.network.addresses import look_up
from deployments.network.rules import Rules
from deployments.sources import web as web_module
from deployments.sources.web import Web, check_status, open_web
from tests.deployments.contexts import PlainContext
from tests.deployments.sources.certificates import make_certificate
from tests.deployments.sources.servers import Request, Server, run_server

NAMES = {
    "files.test": ["127.0.0.1"],
    "two.test": ["127.0.0.1"],
    "private.test": ["10.0.0.1"],
    "localhost": ["127.0.0.1"],
}


def look_up_here(host: str, port: int) -> list[str]:
    return NAMES.get(host) or list(look_up(host, port))


RULES = Rules(frozenset({"http", "https"}), networks=(ip_network("127.0.0.1/32"),), look_up=look_up_here)


@pytest.fixture
def web(context: PlainContext) -> Iterator[Web]:
    with open_web(context, rules=RULES) as web:
        yield web


def read(web: Web, url: str, **options: object) -> bytes:
    with web.open_url(url, **options) as response:  # type: ignore[arg-type]
        check_status(response, url)
        return b"".join(response.iter_raw())


def test_body_is_read(web: Web, server: Server) -> None:
    assert read(web, server.serve("/a", b"content")) == b"content"


def test_name_is_connected_to_at_the_judged_address_under_its_own_name(web: Web, server: Server) -> None:
    server.serve("/a", b"content")

    assert read(web, f"http://files.test:{server.port}/a") == b"content"
    assert server.seen[0][1]["host"] == f"files.test:{server.port}"


def test_name_is_judged_each_time_it_is_looked_up(context: PlainContext, server: Server) -> None:
    """A name that leads to a harmless address first, and to a private one when it is connected to again."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    rules = Rules(frozenset({"http"}), networks=RULES.networks, look_up=lambda host, port: next(answers))
    server.serve("/a", b"content")

    with open_web(context, rules=rules) as web:
        assert read(web, f"http://files.test:{server.port}/a") == b"content"
        with pytest.raises(PermanentError, match=r"files\.test is not at a public address"):
            read(web, f"http://files.test:{server.port}/a")


def test_next_address_is_tried_if_one_does_not_answer(context: PlainContext, server: Server) -> None:
    rules = Rules(
        frozenset({"http"}),
        networks=(ip_network("127.0.0.0/8"), ip_network("::1/128")),
        look_up=lambda host, port: ["::1", "127.0.0.1"],
    )
    server.serve("/a", b"content")

    with open_web(context, rules=rules) as web:
        assert read(web, f"http://files.test:{server.port}/a") == b"content"


def test_certificate_is_that_of_the_name(context: PlainContext, tmp_path: Path) -> None:
    tls, authority = make_certificate(tmp_path, host="files.test")
    with (
        run_server(tls=tls) as server,
        open_web(context, rules=RULES, verify=ssl.create_default_context(cafile=authority)) as web,
    ):
        server.serve("/a", b"content")

        assert read(web, f"https://files.test:{server.port}/a") == b"content"
        with pytest.raises(PermanentError, match=r"The certificate of https://two\.test:[0-9]+/a is not trusted"):
            read(web, f"https://two.test:{server.port}/a")


def test_certificate_of_an_unknown_authority_is_not_trusted(web: Web, tmp_path: Path) -> None:
    tls, _ = make_certificate(tmp_path, host="files.test")
    with run_server(tls=tls) as server, pytest.raises(PermanentError, match="is not trusted") as caught:
        read(web, f"https://files.test:{server.port}/a")

    assert "SSL_CERT_FILE" in caught.value.hint


def test_redirect_is_followed_and_the_token_kept_at_home(web: Web, server: Server) -> None:
    with run_server() as other:
        server.answer("/a", lambda request: request.redirect("/b"))
        server.answer("/b", lambda request: request.redirect(f"{other.url}/c"))
        other.serve("/c", b"content")

        assert read(web, f"{server.url}/a", token="Bearer hush", headers={"X-Kept": "yes"}) == b"content"

    sent = [(path, headers.get("authorization"), headers["x-kept"]) for path, headers in server.seen + other.seen]
    assert sent == [("/a", "Bearer hush", "yes"), ("/b", "Bearer hush", "yes"), ("/c", None, "yes")]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://10.0.0.1/", r"http://10\.0\.0\.1/ cannot be used"),
        ("http://169.254.169.254/latest/", r"http://169\.254\.169\.254/latest/ cannot be used"),
        ("http://[::1]/", "cannot be used"),
        ("http://127.0.0.1:99999999/", "no web address|cannot be used"),
        ("http://private.test/", r"private\.test is not at a public address"),
        ("http://user:hush@127.0.0.1/", "cannot be used"),
        ("https://files.test/", "redirects to another scheme"),
        ("file:///etc/passwd", "cannot be used"),
        ("gopher://127.0.0.1/", "cannot be used"),
        ("//10.0.0.1/a", "cannot be used"),
        ("http://[", "The address cannot be used"),
    ],
)
def test_redirect_is_judged_like_any_address(web: Web, server: Server, target: str, reason: str) -> None:
    server.answer("/a", lambda request: request.redirect(target))

    with pytest.raises(PermanentError, match=reason) as caught:
        read(web, f"{server.url}/a")

    assert "hush" not in str(caught.value) + caught.value.hint
    assert server.paths() == ["/a"]


def test_redirect_that_the_caller_does_not_want_is_refused(web: Web, server: Server) -> None:
    server.answer("/a", lambda request: request.redirect("/b"))

    with pytest.raises(PermanentError, match="redirects to another host, which is not followed"):
        read(web, f"{server.url}/a", may_follow=lambda url: False)


def test_redirects_in_a_circle_end(web: Web, server: Server) -> None:
    server.answer("/a", lambda request: request.redirect("/a"))

    with pytest.raises(PermanentError, match="redirects too often"):
        read(web, f"{server.url}/a", redirects=2)

    assert server.paths() == ["/a", "/a", "/a"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_status_of_a_server_in_trouble_is_transient(web: Web, server: Server, status: int) -> None:
    server.serve("/a", b"", status=status, Retry_After="76")

    with pytest.raises(TransientError, match=f"answered {status}") as caught:
        read(web, f"{server.url}/a")

    assert caught.value.retry_after_seconds == 76


@pytest.mark.parametrize("status", [204, 400, 401, 403, 404, 410, 418])
def test_status_of_a_wrong_address_is_permanent(web: Web, server: Server, status: int) -> None:
    server.serve("/a", b"", status=status)

    with pytest.raises(PermanentError, match=f"answered {status}") as caught:
        read(web, f"{server.url}/a?token=hush")

    assert caught.value.hint
    assert "hush" not in str(caught.value)


def cut(request: Request) -> None:
    request.send(b"half", claims=1_000)
    request.handler.close_connection = True


def nonsense(request: Request) -> None:
    request.handler.wfile.write(b"\x00\x01\x02 nonsense\r\n\r\n")


@pytest.mark.parametrize("answer", [cut, nonsense])
def test_broken_answer_is_transient(web: Web, server: Server, answer: object) -> None:
    server.answers["/a"] = answer  # type: ignore[assignment]

    with pytest.raises(TransientError, match="was cut off, or made no sense"):
        read(web, f"{server.url}/a")


def test_nobody_there_is_transient(web: Web) -> None:
    with run_server() as gone:
        url = f"{gone.url}/a"

    with pytest.raises(TransientError, match="could not be reached"):
        read(web, url)


def test_silent_server_is_given_up(context: PlainContext, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_module, "TIMEOUT", httpx.Timeout(0.3))
    server.answer("/a", Request.hang)

    with open_web(context, rules=RULES) as web, pytest.raises(TransientError, match="did not answer in time"):
        read(web, f"{server.url}/a")


@pytest.mark.parametrize("answer", [Request.hang, Request.drip], ids=["silent", "dripping"])
def test_cancelled_work_does_not_wait_for_a_server(context: PlainContext, server: Server, answer: object) -> None:
    server.answers["/a"] = answer  # type: ignore[assignment]
    impatient = PlainContext(context.work, context.cache, seconds=0.5)
    started = time.monotonic()

    with open_web(impatient, rules=RULES) as web, pytest.raises(StoppedError):
        read(web, f"{server.url}/a")

    assert time.monotonic() - started < 5


def test_download_is_saved_with_its_digest(web: Web, server: Server, tmp_path: Path) -> None:
    """Also if the server calls it encoded: what is published is what has a digest."""
    url = server.serve("/a", b"x" * 300_000, Content_Encoding="gzip")

    with web.open_url(url) as response:
        digest = web.save_body(response, tmp_path / "a", most=300_000)

    assert digest == hashlib.sha256(b"x" * 300_000).hexdigest()
    assert (tmp_path / "a").read_bytes() == b"x" * 300_000


def endless(request: Request) -> None:
    request.handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
    while not request.released.is_set():
        request.handler.wfile.write(bytes(10_000))


@pytest.mark.parametrize("answer", [endless, lambda request: request.send(b"", claims=10**9)], ids=["endless", "huge"])
def test_download_has_a_bound(web: Web, server: Server, tmp_path: Path, answer: object) -> None:
    server.answers["/a"] = answer  # type: ignore[assignment]

    with (
        pytest.raises(PermanentError, match="is larger than 100000 bytes"),
        web.open_url(f"{server.url}/a") as response,
    ):
        web.save_body(response, tmp_path / "a", most=100_000)

    assert sum(path.stat().st_size for path in tmp_path.glob("a")) <= 100_000
