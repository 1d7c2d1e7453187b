"""The requests of `tests.bench.api` on one database: prints the figures as JSON."""

import json
import statistics
import sys
import time
from collections.abc import Callable

import django

django.setup()

from django.conf import settings  # noqa: E402 - needs Django
from django.core.handlers.base import BaseHandler  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpRequest  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from tests.bench.catalogue import make_catalogue  # noqa: E402
from tests.factories import publish  # noqa: E402

ROUNDS, REPEATS = 15, 20
LIST, ONE = "/api/v1/providers?limit=200", "/api/v1/providers/bench-7"
PLAIN_LIST, PLAIN_ONE = "/plain?limit=200", "/plain/bench-7"


def main(entries: int) -> int:
    # Queries are kept in DEBUG, and cost; the product never runs so.
    settings.DEBUG = False
    settings.ALLOWED_HOSTS.append("testserver")
    settings.SECURE_SSL_REDIRECT = False
    settings.ROOT_URLCONF = "tests.bench.plain_peer"
    settings.REGISTRY_LIMITS = dict.fromkeys(settings.REGISTRY_LIMITS, 1_000_000)
    call_command("migrate", verbosity=0)
    make_catalogue(entries, prefix="bench")
    publish()
    # The middleware in between is the same for both sides; without it, what differs is to be seen.
    whole, settings.MIDDLEWARE = load_handler(), []
    endpoint = load_handler()
    cases = {
        "list of 200": (LIST, PLAIN_LIST, False),
        "list of 200, unchanged (304)": (LIST, PLAIN_LIST, True),
        "one": (ONE, PLAIN_ONE, False),
        "one, unchanged (304)": (ONE, PLAIN_ONE, True),
    }
    figures = {
        what: {"endpoint": compare(endpoint, *case), "whole": compare(whole, *case)} for what, case in cases.items()
    }
    json.dump(figures, sys.stdout)
    return 0


def load_handler() -> BaseHandler:
    handler = BaseHandler()
    handler.load_middleware()
    return handler


def compare(handler: BaseHandler, ours: str, peer: str, unchanged: bool) -> tuple[float, float, int]:
    """Our CPU seconds, the peer's, our queries."""
    headers = {}
    if unchanged:
        headers = {"If-None-Match": handler.get_response(request(ours)).headers["ETag"]}

    def ask() -> None:
        assert handler.get_response(request(ours, headers)).status_code == (304 if unchanged else 200)

    def ask_peer() -> None:
        assert handler.get_response(request(peer)).status_code == 200

    ask()
    ask_peer()
    with CaptureQueriesContext(connection) as queries:
        ask()
    mine, theirs = [], []
    for _ in range(ROUNDS):
        mine.append(cpu_seconds(ask))
        theirs.append(cpu_seconds(ask_peer))
    return statistics.median(mine), statistics.median(theirs), len(queries)


def cpu_seconds(ask: Callable[[], None]) -> float:
    begun = time.process_time()
    for _ in range(REPEATS):
        ask()
    return (time.process_time() - begun) / REPEATS


def request(path: str, headers: dict[str, str] | None = None) -> HttpRequest:
    return RequestFactory().get(path, headers=headers or {})


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
