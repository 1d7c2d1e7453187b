"""The registry's API as a pipeline asks it: one token, JSON both ways, patience. Python's standard library only."""

import json
import os
import time
import urllib.error
import urllib.request
from typing import Any

TRIES = 6
LONGEST_PAUSE_SECONDS = 65


class ApiError(Exception):
    """The registry refused, or did not answer; the message is for the log of the pipeline."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        self.status = status
        super().__init__(message)


class Api:
    """Requests below `<url>/api/v1`. Every method raises ApiError."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = f"{url.rstrip('/')}/api/v1", token

    def find(self, path: str) -> Any:
        """The answer, or None for 404."""
        try:
            return self.get(path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def get(self, path: str) -> Any:
        return self.send("GET", path)[0]

    def post(self, path: str, body: Any, **headers: str) -> tuple[Any, str]:
        """The answer and where `Location` leads, as a path below /api/v1."""
        return self.send("POST", path, body, headers)

    def send(self, method: str, path: str, body: Any = None, headers: Any = None) -> tuple[Any, str]:
        content = None if body is None else json.dumps(body).encode()
        named = {"Accept": "application/json", "Authorization": f"Bearer {self._token}"}
        if content is not None:
            named["Content-Type"] = "application/json"
        request = urllib.request.Request(self._url + path, content, {**named, **(headers or {})}, method=method)  # noqa: S310
        for left in reversed(range(TRIES)):
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                    location = answer.headers.get("Location", "").partition("/api/v1")[2]
                    return json.loads(answer.read() or b"null"), location
            except urllib.error.HTTPError as error:
                # 429 and 503 are said before anything is done; nothing else is asked twice.
                if error.code not in (429, 503) or not left:
                    raise ApiError(explain(method, path, error), status=error.code) from error
                time.sleep(min(float(error.headers.get("Retry-After", 5)), LONGEST_PAUSE_SECONDS))
            except (OSError, ValueError) as error:
                raise ApiError(f"{method} {path}: {error}") from error
        raise AssertionError("The last try answers or raises.")


def open_api() -> Api:
    """The API that REGISTRY_URL names, with the token of REGISTRY_TOKEN_FILE or REGISTRY_TOKEN."""
    url, file = os.environ.get("REGISTRY_URL", ""), os.environ.get("REGISTRY_TOKEN_FILE", "")
    if not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise ApiError("Set the variable REGISTRY_URL to the https:// address of the registry's admin.")
    token = os.environ.get("REGISTRY_TOKEN", "")
    if file:
        with open(file, encoding="utf-8") as opened:  # noqa: PTH123
            token = opened.read()
    if not token.strip():
        raise ApiError("There is no token: set the secret that README.md names.")
    return Api(url, token.strip())


def explain(method: str, path: str, error: urllib.error.HTTPError) -> str:
    """What a problem of RFC 9457 says, with its places."""
    try:
        problem = json.loads(error.read())
        places = [
            f"  {one.get('index', '')} {one.get('path') or one.get('key', '')}: {one.get('message', '')}"
            for one in problem.get("errors", [])
        ]
        said = "\n".join([problem.get("detail") or problem.get("title", ""), *places])
    except (ValueError, AttributeError):
        said = error.reason
    return f"{method} {path}: {error.code} {said}"
