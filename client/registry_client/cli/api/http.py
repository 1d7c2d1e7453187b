"""Requests to the API: what it refuses becomes a CommandError, and what may be asked again is asked again.

Reference: RFC 9457 (problem details), RFC 9110 (Retry-After).
"""

import re
import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

import httpx

from registry_client.cli.codes import Code, CommandError
from registry_client.cli.settings import ApiSettings

TRIES = 4
PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 20.0
BUSY = frozenset({429, 502, 503, 504})
PAGE_SIZE = 200
NEXT = re.compile(r'<([^>]+)>\s*;\s*rel="?next"?')
CODES: Mapping[int, Code] = {
    401: Code.NOT_ALLOWED,
    403: Code.NOT_ALLOWED,
    404: Code.NOT_FOUND,
    410: Code.NOT_FOUND,
    409: Code.CONFLICT,
    412: Code.CONFLICT,
    428: Code.CONFLICT,
    429: Code.UNAVAILABLE,
}
HINTS: Mapping[int, str] = {
    401: "Check REGISTRY_TOKEN: tokens expire, and may be revoked.",
    403: "The token lacks a scope, or its owner a permission.",
    429: "Wait a little and run it again.",
}
UNREACHABLE = "Check REGISTRY_API_URL and the network."
FAILURES = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)


class Api:
    """Use it as a context manager. Every method raises CommandError."""

    def __init__(self, settings: ApiSettings) -> None:
        self.url = settings.url
        self.http = make_http(settings)
        self._date: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.http.close()

    def get(self, path: str, **parameters: str | int) -> Any:
        """The JSON of an answer."""
        return _json(self._ask("GET", path, params=parameters))

    def get_all(self, path: str, **parameters: str | int) -> Iterator[Any]:
        """The items of a list, page after page, as they are needed."""
        answer = self._ask("GET", path, params={"limit": PAGE_SIZE, **parameters})
        while True:
            yield from _json(answer)
            following = NEXT.search(answer.headers.get("link", ""))
            if following is None:
                return
            answer = self._ask("GET", self._below(following[1]))

    def look(self, path: str, body: Any, **parameters: str | int) -> Any:
        """POST what only asks a question, such as a dry run."""
        return _json(self._ask("POST", path, params=parameters, json=body))

    def act(self, path: str, body: Any) -> Any:
        """POST what is to be done: once, however often it has to be sent."""
        key = {"Idempotency-Key": str(uuid.uuid4())}
        return _json(self._ask("POST", path, json=body, headers=key))

    def now(self) -> datetime:
        """By the server's clock, which is the one that says when something was published."""
        if self._date is None:
            self.get("status")
        try:
            return parsedate_to_datetime(self._date or "").astimezone(UTC)
        except (TypeError, ValueError):
            return datetime.now(UTC)

    def _below(self, address: str) -> str:
        """A page's address as a path below ours; a token goes nowhere else."""
        joined = httpx.URL(self.url).join(address)
        base = f"{self.url}/"
        if not str(joined).startswith(base):
            # Behind a proxy the API may not know its own name: only path and query are taken.
            joined = httpx.URL(self.url).copy_with(raw_path=joined.raw_path)
        return str(joined).removeprefix(base)

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        for tries_left in reversed(range(TRIES)):
            try:
                answer = self.http.request(method, f"{self.url}/{path}", **options)
            except FAILURES as error:
                failure = CommandError(
                    Code.UNAVAILABLE, f"{self.url}: {error or type(error).__name__}", hint=UNREACHABLE
                )
                pause = PAUSE_SECONDS
            else:
                self._date = answer.headers.get("date")
                if answer.status_code not in BUSY:
                    return check(answer)
                failure, pause = refusal_of(answer), pause_of(answer)
            if not tries_left or pause > LONGEST_PAUSE_SECONDS:
                raise failure
            time.sleep(pause)
        raise AssertionError


def make_http(settings: ApiSettings) -> httpx.Client:
    headers = {"Accept": "application/json", "User-Agent": "registry-cli/0.1"}
    if settings.token:
        headers["Authorization"] = f"Bearer {settings.token}"
    # Old names are redirected; httpx takes the token along to the same origin only.
    return httpx.Client(
        headers=headers, timeout=settings.timeout_seconds, follow_redirects=True, max_redirects=3, transport=transport()
    )


def transport() -> httpx.BaseTransport | None:
    """None for the network; tests put an application in its place."""
    return None


def check(answer: httpx.Response) -> httpx.Response:
    """The answer, if it is one. Raises CommandError."""
    if answer.is_success:
        return answer
    raise refusal_of(answer)


def refusal_of(answer: httpx.Response) -> CommandError:
    """What the API says no to, in its own words."""
    status = answer.status_code
    code = CODES.get(status, Code.REFUSED if status < 500 else Code.UNAVAILABLE)
    problem = problem_of(answer)
    if problem is None:
        message = f"{answer.url.copy_with(query=None)} answered {status} and no problem that an API would name."
        return CommandError(Code.UNAVAILABLE if status != 401 else code, message, hint=UNREACHABLE)
    detail = str(problem.get("detail") or problem.get("title") or f"It answered {status}.")
    request_id = f" Its log has it under the request id {problem['request_id']}." if problem.get("request_id") else ""
    errors = [error for error in problem.get("errors") or [] if isinstance(error, dict)]
    return CommandError(code, f"{detail}{request_id}", hint=HINTS.get(status, ""), errors=errors)


def pause_of(answer: httpx.Response) -> float:
    """In seconds, as the API asks for it."""
    wait = answer.headers.get("retry-after", "")
    return max(float(wait), PAUSE_SECONDS) if wait.isdecimal() else PAUSE_SECONDS


def problem_of(answer: httpx.Response) -> dict[str, Any] | None:
    """What the API itself says is wrong; None if somebody before it has answered."""
    if "json" not in answer.headers.get("content-type", ""):
        return None
    try:
        problem = answer.json()
    except (ValueError, RecursionError):
        return None
    return problem if isinstance(problem, dict) else None


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except (ValueError, RecursionError) as error:
        message = f"{answer.url.copy_with(query=None)} answered something that is no JSON."
        raise CommandError(Code.UNAVAILABLE, message, hint="REGISTRY_API_URL should end with /api/v1.") from error
