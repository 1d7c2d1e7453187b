"""A client of one repository in a container registry; it knows who may write, and what its answers mean.

Reference: OCI distribution specification 1.1; Distribution, "Token Authentication Specification".
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from deployments.contract import Context, PermanentError, TransientError
from deployments.network.connections import open_client, readable_errors, retry_seconds
from deployments.network.urls import Origin, read_origin
from deployments.targets.rules import rules_for

TIMEOUT = httpx.Timeout(30, connect=5)
MAX_ANSWER_BYTES = 4 << 20
BUSY_STATUSES = frozenset({408, 425, 429})
CREDENTIALS_HINT = "Check user name and password, and that this account may push to the repository."
HINTS = {
    401: CREDENTIALS_HINT,
    403: CREDENTIALS_HINT,
    404: "Check the registry and the repository; some registries want it to be made first.",
    405: "The registry may be read only.",
    413: "A layer is larger than the registry takes.",
}
CHALLENGE_PATTERN = re.compile(r'([a-z]+)="([^"]*)"')
TOKEN_PATTERN = re.compile(r"[!-~]{1,16384}")
Body = Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: httpx.Headers
    content: bytes
    url: httpx.URL


@dataclass(slots=True)
class Repository:
    """Requests to `/v2/<repository>/`. All of them raise TransientError for what the network or a busy server does."""

    client: httpx.Client
    home: Origin
    url: httpx.URL
    scope: str
    account: tuple[str, str] | None
    _authorization: str = field(default="", init=False)

    def ask(self, method: str, path: str, *, okay: Iterable[int] = (), **sent: str) -> Answer:
        """The answer, if it is a success or `okay`; else PermanentError. `sent` are headers, with `_` for `-`."""
        return self.send(method, self.url.join(path), okay=okay, headers=_named(sent))

    def send(
        self,
        method: str,
        url: httpx.URL,
        *,
        okay: Iterable[int] = (),
        headers: Mapping[str, str] | None = None,
        body: Body = tuple,
    ) -> Answer:
        """As `ask`, with a body that can be sent again once the registry has said how to sign in."""
        answer = self._send_once(method, url, headers=headers or {}, body=body)
        if answer.status == 401 and self._is_home(answer.url):
            self._authorization = self._sign_in(answer)
            answer = self._send_once(method, url, headers=headers or {}, body=body)
        if answer.status >= 300 and answer.status not in okay:
            raise _refused(answer, f"{method} {url.path}")
        return answer

    def _send_once(self, method: str, url: httpx.URL, *, headers: Mapping[str, str], body: Body) -> Answer:
        signed = {"Authorization": self._authorization} if self._authorization and self._is_home(url) else {}
        return self._exchange(method, url, headers={**headers, **signed}, content=body() or None)

    def _exchange(
        self, method: str, url: httpx.URL, *, headers: Mapping[str, str], content: Iterable[bytes] | None = None
    ) -> Answer:
        with (
            readable_errors(_origin_of(url).host),
            self.client.stream(method, url, headers=headers, content=content) as response,
        ):
            return Answer(response.status_code, response.headers, _read(response), response.url)

    def _is_home(self, url: httpx.URL) -> bool:
        return _origin_of(url) == self.home

    def _sign_in(self, answer: Answer) -> str:
        """Raises PermanentError if there is no way that we know."""
        for challenge in answer.headers.get_list("www-authenticate"):
            scheme, _, rest = challenge.partition(" ")
            if scheme.lower() == "bearer":
                return f"Bearer {self._fetch_token(dict(CHALLENGE_PATTERN.findall(rest)))}"
            if scheme.lower() == "basic" and self.account:
                return _basic(self.account)
        raise _refused(answer, "Signing in")

    def _fetch_token(self, challenge: Mapping[str, str]) -> str:
        realm = challenge.get("realm", "")
        origin = read_origin(realm)
        if origin.scheme != "https" and origin.host != self.home.host:
            raise PermanentError(f"{self.home.host} wants passwords to be sent to {origin.host} without TLS.")
        asked = {"service": challenge["service"]} if "service" in challenge else {}
        url = httpx.URL(realm).copy_merge_params({**asked, "scope": self.scope})
        headers = {"Authorization": _basic(self.account)} if self.account else {}
        answer = self._exchange("GET", url, headers=headers)
        if answer.status != 200:
            raise _refused(answer, "Signing in")
        found = parse_object(answer.content)
        token = str(found.get("token") or found.get("access_token") or "")
        if not TOKEN_PATTERN.fullmatch(token):
            raise PermanentError(f"{origin.host} gave no token.", hint=CREDENTIALS_HINT)
        return token


@contextmanager
def open_repository(
    registry: str, repository: str, *, actions: str, account: tuple[str, str] | None, context: Context
) -> Iterator[Repository]:
    """`actions` is what a token is asked for: `pull,push`."""
    home = read_origin(registry)
    with open_client(rules_for(home.host).find_addresses, check=context.check, timeout=TIMEOUT) as client:
        url = httpx.URL(f"{registry.rstrip('/')}/v2/{repository}/")
        yield Repository(client, home, url, f"repository:{repository}:{actions}", account)


def _origin_of(url: httpx.URL) -> Origin:
    return read_origin(str(url.copy_with(path="/", query=None)))


def _named(sent: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in sent.items()}


def _basic(account: tuple[str, str]) -> str:
    return f"Basic {base64.b64encode(':'.join(account).encode()).decode()}"


def _read(response: httpx.Response) -> bytes:
    content = b""
    for chunk in response.iter_raw():
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise PermanentError(f"{response.url.host} answered with more than a registry has to say.")
    return content


def parse_object(content: bytes) -> Mapping[str, object]:
    """The JSON object of an answer; an empty one if it is something else."""
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _refused(answer: Answer, doing: str) -> PermanentError | TransientError:
    message = f"{doing}: {answer.url.host} answered {answer.status}{_code_of(answer)}."
    if answer.status >= 500 or answer.status in BUSY_STATUSES:
        return TransientError(message, retry_after_seconds=retry_seconds(answer.headers, otherwise=10))
    return PermanentError(message, hint=HINTS.get(answer.status, "Check the registry and the repository."))


def _code_of(answer: Answer) -> str:
    """The registry's own word for it, such as ` DENIED`."""
    errors = parse_object(answer.content).get("errors")
    code = errors[0].get("code") if isinstance(errors, list) and errors and isinstance(errors[0], dict) else ""
    return f" {code}" if isinstance(code, str) and re.fullmatch("[A-Z_]{1,40}", code) else ""
