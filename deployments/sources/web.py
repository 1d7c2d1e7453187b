"""HTTP for sources: each address judged, redirects one by one, downloads with a bound."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpcore
import httpx

from deployments.contract import Context, PermanentError, TransientError
from deployments.sources.addresses import Rules, origin_of, show_url
from deployments.sources.connections import RuledTransport
from deployments.sources.packed import save_chunks

# A server that says nothing for this long is given up; how long all of it may take, the context knows.
TIMEOUT = httpx.Timeout(20, connect=5)
MAX_REDIRECTS = 5
MAX_RETRY_SECONDS = 3600
HEADERS = {"User-Agent": "provider-metadata-registry", "Accept-Encoding": "identity"}
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
        with _readable_errors(url):
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
    """A client without cookies, proxies or redirects of its own; its rules are those of the settings unless given."""
    rules = rules or Rules.configured()
    transport = RuledTransport(rules, check=context.check, verify=verify)
    with httpx.Client(transport=transport, timeout=TIMEOUT, trust_env=False, headers=HEADERS) as client:
        yield Web(client, rules, context)


def check_status(response: httpx.Response, url: str, *, hints: Mapping[int, str] | None = None) -> None:
    """Raise TransientError or PermanentError unless the answer is 200."""
    status = response.status_code
    if status == 200:
        return
    message = f"{show_url(url)} answered {status} {response.reason_phrase}".strip() + "."
    if status in TRANSIENT_STATUSES:
        raise TransientError(message, retry_after_seconds=retry_seconds(response, otherwise=10))
    raise PermanentError(message, hint={**HINTS, **(hints or {})}.get(status, "Check the address."))


def retry_seconds(response: httpx.Response, *, otherwise: float) -> float:
    """How long the server asks to wait, if it says so in seconds, and no longer than an hour."""
    text = response.headers.get("retry-after", "")
    return min(float(text), MAX_RETRY_SECONDS) if text.isdecimal() else otherwise


def _check_redirect(url: str, target: str, *, may_follow: MayFollow | None) -> None:
    leads = f"It leads to {show_url(target)}."
    if origin_of(target)[0] != origin_of(url)[0]:
        raise PermanentError(f"{show_url(url)} redirects to another scheme.", hint=leads)
    if may_follow and not may_follow(target):
        raise PermanentError(f"{show_url(url)} redirects to another host, which is not followed.", hint=leads)


@contextmanager
def _readable_errors(url: str) -> Iterator[None]:
    shown = show_url(url)
    try:
        yield
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpcore.UnsupportedProtocol) as error:
        raise PermanentError(f"{shown}, or where it redirects to, is no web address.") from error
    except httpcore.TimeoutException as error:
        raise TransientError(f"{shown} did not answer in time.") from error
    except httpcore.ProtocolError as error:
        raise TransientError(f"The answer of {shown} was cut off, or made no sense.") from error
    except httpcore.NetworkError as error:
        raise _connection_error(shown, error) from error


def _connection_error(shown: str, error: httpcore.NetworkError) -> PermanentError | TransientError:
    if "certificate" in str(error).lower():
        return PermanentError(
            f"The certificate of {shown} is not trusted.",
            hint="If its authority is your own, an administrator names its file in SSL_CERT_FILE.",
        )
    return TransientError(f"{shown} could not be reached, or the connection broke.")
