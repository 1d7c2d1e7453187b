"""`/metrics`: what Prometheus collects. Requests are counted in each process, the rest is read from the database.

With several processes, PROMETHEUS_MULTIPROC_DIR names a folder, empty at the start, in which all of them count;
without it each process tells its own requests. Labels are routes, methods and statuses: none comes from a caller.
"""

import hmac
import logging
import os
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from catalog.api.operations.figures import Figures, read_figures

logger = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")
Families = Callable[[], Iterator[Metric]]
COUNTED = CollectorRegistry()
REQUESTS = Counter("registry_requests", "Requests that were answered.", ("method", "route", "status"), registry=COUNTED)
SECONDS = Histogram(
    "registry_request_seconds",
    "How long answers took, up to their first byte.",
    ("method", "route"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=COUNTED,
)
SEARCH_UNITS = Histogram(
    "registry_search_capacity_units",
    "What searches read from DynamoDB.",
    buckets=(1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000),
    registry=COUNTED,
)

_families_of_apps: list[Families] = []


def register_families(find: Families) -> None:
    """Tell these too from now on, read from the database at each scrape; once, in `AppConfig.ready`."""
    if find not in _families_of_apps:
        _families_of_apps.append(find)


def count_requests(get_response: GetResponse) -> GetResponse:
    """Middleware: counts every answer by its route, not by its address."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        method = request.method if request.method in METHODS else "OTHER"
        route = request.resolver_match.route if request.resolver_match else "none"
        REQUESTS.labels(method, route, response.status_code).inc()
        SECONDS.labels(method, route).observe(time.perf_counter() - began)
        return response

    return middleware


def metrics(request: HttpRequest) -> HttpResponse:
    """For who has REGISTRY_METRICS_TOKEN; if it is not set, for private addresses that no proxy stands before."""
    if not may_collect(request):
        return HttpResponse("These numbers are for the operators of this registry.\n", "text/plain", status=403)
    # Built for each answer, as several processes need it.
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(COUNTED)
    registry.register(FiguresCollector())
    return HttpResponse(generate_latest(registry), CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def may_collect(request: HttpRequest) -> bool:
    token: str = settings.REGISTRY_METRICS_TOKEN
    if token:
        given = request.META.get("HTTP_AUTHORIZATION", "")
        return hmac.compare_digest(given.encode("utf-8", "replace"), f"Bearer {token}".encode())
    # A proxy of ours has a private address, and may speak for anybody.
    if any(name in request.META for name in FORWARDED):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_private
    except ValueError:
        return False


class FiguresCollector(Collector):
    """The state of the registry; a database that does not answer leaves it out and says so."""

    def collect(self) -> Iterator[Metric]:
        try:
            families = [*_families(read_figures()), *(each for find in _families_of_apps for each in find())]
        except DatabaseError as error:
            logger.warning("metrics without figures: %s", type(error).__name__)
            families = []
        yield _gauge("registry_database_up", "Whether the database answers.", 1 if families else 0)
        yield from families


def _families(figures: Figures) -> Iterator[Metric]:
    serials = GaugeMetricFamily("registry_serial", "The newest serial at each place.", labels=("place",))
    places = {
        "database": figures.database_serial,
        "live": figures.live_serial,
        "public": figures.public_serial,
        "index": figures.index_serial,
    }
    for place, serial in places.items():
        serials.add_metric((place,), serial or 0)
    yield serials
    gauges = {
        "registry_live_serial": ("The serial that is published.", figures.live_serial or 0),
        "registry_pending_publishes": ("Publishes that wait or run.", figures.waiting + figures.publishing),
        "registry_pending_invalidations": ("Invalidations that the CDN owes.", figures.invalidations),
        "registry_last_publish_seconds": ("How long the live publish took.", figures.last_publish_seconds),
        "registry_pointer_seconds_left": ("Until readers trust the pointer no more.", figures.pointer_seconds),
        "registry_worker_silent_seconds": ("Since a worker was heard of.", figures.worker_seconds),
        "registry_lag_seconds": (
            "For how long readers have not seen the live serial.",
            figures.lag_seconds if settings.REGISTRY_PUBLIC_URL else None,
        ),
    }
    if figures.index_lag_seconds is not None:
        gauges["registry_index_lag_seconds"] = (
            "For how long searches miss the live serial.",
            figures.index_lag_seconds,
        )
    for name, (words, value) in gauges.items():
        if value is not None:
            yield _gauge(name, words, value)
    publishes = CounterMetricFamily("registry_publishes", "Publishes that ended.", labels=("outcome",))
    publishes.add_metric(("published",), figures.published)
    publishes.add_metric(("failed",), figures.failed)
    yield publishes
    yield SummaryMetricFamily(
        "registry_publish_seconds",
        "How long publishes took.",
        count_value=figures.published,
        sum_value=figures.publish_seconds,
    )


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)
