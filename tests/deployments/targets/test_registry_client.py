"""What a container registry may do wrong, and that accounts are told to nobody else."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from deployments.contract import PermanentError, StoppedError, TransientError
from deployments.targets.registry_client import MAX_ANSWER_BYTES, Repository, open_repository
from tests.deployments.contexts import PlainContext
from tests.deployments.sources.servers import Request, Server, run_server

pytestmark = pytest.mark.usefixtures("loopback_allowed")
ACCOUNT = ("baker", "hush")
PATH = "/v2/bakery/shop/tags/list"


@pytest.fixture
def server() -> Iterator[Server]:
    with run_server() as server:
        yield server


@pytest.fixture
def context(tmp_path: Path) -> PlainContext:
    return PlainContext(tmp_path, tmp_path)


@pytest.fixture
def repository(server: Server, context: PlainContext) -> Iterator[Repository]:
    with open_repository(server.url, "bakery/shop", actions="pull", account=ACCOUNT, context=context) as opened:
        yield opened


def guarded(challenge: str) -> Callable[[Request], None]:
    """Answers those only who say who they are."""

    def answer(request: Request) -> None:
        known = request.headers.get("Authorization")
        request.send(b"{}") if known else request.send(status=401, WWW_Authenticate=challenge)

    return answer


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_registry_in_trouble_is_transient(server: Server, repository: Repository, status: int) -> None:
    server.answer(PATH, lambda request: request.send(status=status, Retry_After="42"))

    with pytest.raises(TransientError, match=f"127.0.0.1 answered {status}") as caught:
        repository.ask("GET", "tags/list")

    assert caught.value.retry_after_seconds == 42


@pytest.mark.parametrize("status", [401, 403, 404, 405, 413])
def test_refusal_is_permanent_with_a_hint(server: Server, repository: Repository, status: int) -> None:
    content = b'{"errors": [{"code": "DENIED", "message": "<script>"}]}'
    server.answer(PATH, lambda request: request.send(content, status=status))

    with pytest.raises(PermanentError, match=rf"answered {status} DENIED\.$") as caught:
        repository.ask("GET", "tags/list")

    assert caught.value.hint


def cut(request: Request) -> None:
    request.send(b"{", claims=100)
    request.handler.close_connection = True


def test_answer_that_breaks_is_transient(server: Server, repository: Repository) -> None:
    server.answer(PATH, cut)

    with pytest.raises(TransientError, match="cut off, or made no sense"):
        repository.ask("GET", "tags/list")


def test_registry_that_is_not_there_is_transient(context: PlainContext) -> None:
    with run_server() as gone:
        url = gone.url
    with (
        open_repository(url, "bakery/shop", actions="pull", account=None, context=context) as repository,
        pytest.raises(TransientError, match="could not be reached"),
    ):
        repository.ask("GET", "tags/list")


@pytest.mark.parametrize("answer", [Request.hang, Request.drip])
def test_silent_registry_does_not_keep_a_stop_waiting(
    server: Server, repository: Repository, context: PlainContext, answer: Callable[[Request], None]
) -> None:
    server.answer(PATH, answer)
    context._ends_at -= context.seconds - 0.5

    with pytest.raises(StoppedError):
        repository.ask("GET", "tags/list")


def test_endless_answer_is_refused(server: Server, repository: Repository) -> None:
    server.serve(PATH, b" " * (MAX_ANSWER_BYTES + 1))

    with pytest.raises(PermanentError, match="more than a registry has to say"):
        repository.ask("GET", "tags/list")


def test_account_is_told_to_the_registry_alone(server: Server, repository: Repository) -> None:
    server.answer(PATH, guarded('Basic realm="bakery"'))
    with run_server() as other:
        other.answer("/upload", lambda request: request.send(status=401, WWW_Authenticate='Basic realm="other"'))

        repository.ask("GET", "tags/list")
        with pytest.raises(PermanentError, match="answered 401"):
            repository.send("POST", httpx.URL(f"{other.url}/upload"))

        assert [headers.get("authorization") for _, headers in other.seen] == [None]
    assert [headers.get("authorization") for _, headers in server.seen] == [None, "Basic YmFrZXI6aHVzaA=="]


def test_password_is_not_sent_elsewhere_without_tls(server: Server, repository: Repository) -> None:
    server.answer(PATH, guarded('Bearer realm="http://tokens.example.com/token",service="shop"'))

    with pytest.raises(PermanentError, match=r"wants passwords to be sent to tokens\.example\.com without TLS"):
        repository.ask("GET", "tags/list")


@pytest.mark.parametrize("content", [b"{}", b"[]", b"<html>", b'{"token": "two words"}', b'{"token": "a\\nX: b"}'])
def test_answer_without_a_token_is_refused(server: Server, repository: Repository, content: bytes) -> None:
    server.answer(PATH, guarded(f'Bearer realm="{server.url}/token",service="shop"'))
    server.serve("/token", content)

    with pytest.raises(PermanentError, match="gave no token"):
        repository.ask("GET", "tags/list")


def test_token_is_kept_for_the_next_request(server: Server, repository: Repository) -> None:
    server.answer(PATH, guarded(f'Bearer realm="{server.url}/token",service="shop"'))
    server.serve("/token", b'{"access_token": "abc"}')

    for _ in range(2):
        repository.ask("GET", "tags/list")

    asked = "/token?service=shop&scope=repository%3Abakery%2Fshop%3Apull"
    assert server.paths() == [PATH, asked, PATH, PATH]
    assert [headers.get("authorization") for _, headers in server.seen[2:]] == ["Bearer abc", "Bearer abc"]
