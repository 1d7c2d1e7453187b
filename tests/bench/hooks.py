"""How long a push waits for its answer, beside the least that the same web process can answer: `make bench-hooks`.

Real: a web process, the embedded database and broker, a connection that stays open. Each case is asked by turns with
its peer, the probe `/healthz`.
"""

import hashlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import django
import httpx

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests.bench.report import render_table, write_section  # noqa: E402 - needs Django
from tests.deployments.hooks import github_push, hmac_of  # noqa: E402
from tests.flows.processes import Registry  # noqa: E402

ROUNDS = 60
# A sender gives up after ten seconds (GitHub, "Handling webhook deliveries"); an answer takes milliseconds.
MOST_MS = 100
HEADINGS = ("delivery", "answer", "ms", "slowest, ms", "probe, ms", "ratio")
MAKE_HOOK = """
import json
from deployments.actions.hooks.managing import make_hook
from tests.deployments.services import make_service
hook, secret = make_hook(make_service(), flavour="github", branches=["main"], by=None)
print(json.dumps([hook.token, secret]))
"""
COMMITS = [{"message": "x" * 1_000}] * 1_000


class Sender:
    """Whoever pushes, over one connection."""

    def __init__(self, http: httpx.Client, token: str, secret: str) -> None:
        self._http, self._address, self._secret = http, f"/api/v1/hooks/{token}", secret

    def push(self, body: bytes, *, delivery: str, secret: str = "") -> httpx.Response:
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": delivery,
            "X-Hub-Signature-256": f"sha256={hmac_of(secret or self._secret, body)}",
        }
        return self._http.post(self._address, content=body, headers=headers)


def cases(sender: Sender) -> dict[str, tuple[int, Callable[[int], httpx.Response]]]:
    """Name -> the status that it has to have, and how it is sent for the n-th time.

    Each tells of another commit: one that tells the same is the same delivery, whatever its name.
    """

    def send(number: int, what: str, branch: str = "main", *, secret: str = "", **more: Any) -> httpx.Response:
        commit = hashlib.sha1(f"{what} {number}".encode(), usedforsecurity=False).hexdigest()
        body = github_push(branch, after=commit, **more)
        return sender.push(body, delivery=f"{what}-{number}", secret=secret)

    return {
        "a push that is deployed": (202, partial(send, what="new")),
        "the same delivery again": (200, lambda _: send(0, what="new")),
        "a push to another branch": (202, partial(send, what="other", branch="draft")),
        "a push of a thousand commits, 1 MB": (202, partial(send, what="large", commits=COMMITS)),
        "a wrong signature": (401, partial(send, what="bad", secret="no")),
    }


def main() -> int:
    limits = {"REGISTRY_LIMIT_ADDRESS": "0", "REGISTRY_LIMIT_SIGNATURES": "0", "REGISTRY_LOG_LEVEL": "WARNING"}
    with tempfile.TemporaryDirectory(prefix="registry-bench-") as name:
        registry = Registry(Path(name), limits)
        registry.manage("migrate", "--no-input")
        token, secret = json.loads(registry.python(MAKE_HOOK))
        try:
            registry.start_web()
            with httpx.Client(base_url=registry.address, timeout=30) as http:
                rows = [measure(what, *case, http) for what, case in cases(Sender(http, token, secret)).items()]
        finally:
            registry.stop()
    table = render_table([HEADINGS, *rows])
    print(table)
    write_section("hooks", "Answers to pushes", f"`make bench-hooks`.\n\n{table}\n\n{EXPLANATION}")
    late = [row[0] for row in rows if float(row[2]) > MOST_MS]
    print(f"Too late: {', '.join(late)}" if late else "All goals are met.", file=sys.stderr)
    return 1 if late else 0


def measure(what: str, status: int, send: Callable[[int], httpx.Response], http: httpx.Client) -> tuple[str, ...]:
    ours, probes = [], []
    for number in range(ROUNDS):
        answer, seconds = timed(partial(send, number))
        assert answer.status_code == status, (what, answer.status_code, answer.text)
        ours.append(seconds * 1000)
        probes.append(timed(lambda: http.get("/healthz"))[1] * 1000)
    middle, probe = statistics.median(ours), statistics.median(probes)
    return what, str(status), f"{middle:.1f}", f"{max(ours):.1f}", f"{probe:.1f}", f"{middle / probe:.1f}"


def timed(ask: Callable[[], httpx.Response]) -> tuple[httpx.Response, float]:
    begun = time.perf_counter()
    answer = ask()
    return answer, time.perf_counter() - begun


EXPLANATION = f"""Milliseconds that the sender waits, the median of {ROUNDS}, with nothing else to do for the server:
the signature is proved over the raw body, the delivery is kept, and what it asks for waits in the database when the
answer is sent. The probe is the least that the same process answers. The benchmark fails above {MOST_MS} ms."""

if __name__ == "__main__":
    sys.exit(main())
