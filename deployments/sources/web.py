"""HTTP for sources: each address judged, redirects one by one, downloads with a bound."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from deployments.contract import Context, PermanentError, TransientError
from deployments.network.connections import open_client, readable_errors, retry_seconds
from deployments.network.rules import Rules
from deployments.network.urls import origin_of, show_url
from deployments.sources.packed import save_chunks
from deployments.sources.rules import configured_rules

# A server that says nothing for this long is given up; how long all of it may take, the context knows.
TIMEOUT = httpx.Timeout(20, connect=5)
MAX_REDIRECTS = 5
TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
HINTS = {
    401: "It asks for a password or token.",
    403: "It may be read by others only; check what the token may do.",
    404: "Check the address; private things look missing to those who may not read them.",
    410: "It was taken away. Choose another.",
}
MayFollow = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Web:
    """A client of one deployment."""

    client: httpx.Client
    rules: Rules
    context: Context

    @contextmanager
    def open_url(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        token: str = "",
        redirects: int = MAX_REDIRECTS,
        may_follow: MayFollow | None = None,
    ) -> Iterator[httpx.Response]:
        """The answer behind at most so many redirects, its body not read yet; its status may be anything.

        Each redirect is judged as the first address was, then `may_follow` is asked. `token` is the value of the header
        Authorization, and sent to the origin of `url` only. Raises PermanentError, and TransientError for whatever the
        network does, also while the body is read.
        """
        origin, at = origin_of(url), url
        with readable_errors(show_url(url)):
            self.rules.check(at)
            for _ in range(redirects + 1):
                sent = {"Authorization": token} if token and origin_of(at) == origin else {}
                with self.client.stream("GET", at, headers={**(headers or {}), **sent}) as response:
                    if not response.has_redirect_location:
                        yield response
                        return
                    target = str(response.url.join(response.headers["location"]))
                self.rules.check(target)
                _check_redirect(at, target, may_follow=may_follow)
                at = target
        raise PermanentError(f"{show_url(url)} redirects too often.", hint="Use the address that it leads to.")

    def save_body(self, response: httpx.Response, path: Path, *, most: int) -> str:
        """Write the body to a new file; the SHA-256 of what arrived. Raises PermanentError beyond `most` bytes."""
        # As it is sent: an archive that a server calls "encoded with gzip" stays the archive whose digest is known.
        claimed = int(response.headers.get("content-length", 0))
        return save_chunks(response.iter_raw(), path, claimed=claimed, most=most, context=self.context)


@contextmanager
def open_web(context: Context, *, rules: Rules | None = None, verify: ssl.SSLContext | None = None) -> Iterator[Web]:
    """Its rules are those of the settings unless given."""
    rules = rules or configured_rules()
    with open_client(rules.find_addresses, check=context.check, timeout=TIMEOUT, verify=verify) as client:
        yield Web(client, rules, context)


def check_status(response: httpx.Response, url: str, *, hints: Mapping[int, str] | None = None) -> None:
    """Raise TransientError or PermanentError unless the answer is 200."""
    status = response.status_code
    if status == 200:
        return
    message = f"{show_url(url)} answered {status} {response.reason_phrase}".strip() + "."
    if status in TRANSIENT_STATUSES:
        raise TransientError(message, retry_after_seconds=retry_seconds(response.headers, otherwise=10))
    raise PermanentError(message, hint={**HINTS, **(hints or {})}.get(status, "Check the address."))


def _check_redirect(url: str, target: str, *, may_follow: MayFollow | None) -> None:
    leads = f"It leads to {show_url(target)}."
    if origin_of(target).scheme != origin_of(url).scheme:
        raise PermanentError(f"{show_url(url)} redirects to another scheme.", hint=leads)
    if may_follow and not may_follow(target):
        raise PermanentError(f"{show_url(url)} redirects to another host, which is not followed.", hint=leads)
