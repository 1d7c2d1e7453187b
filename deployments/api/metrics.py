"""What `/metrics` tells of deployments, read from the database: nothing is lost with a worker."""

from collections.abc import Iterator

from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from deployments.models import Deployment
from deployments.models.deployments import QUEUED, RUNNING, TERMINAL


def find_families() -> Iterator[Metric]:
    """Two queries: one over an index of states, one over what waits and may start now."""
    counts = dict(Deployment.objects.order_by().values_list("state").annotate(Count("pk")))
    ended = CounterMetricFamily("registry_deployments", "Deployments that ended.", labels=("outcome",))
    for state in TERMINAL:
        ended.add_metric((state.value,), counts.get(state, 0))
    yield ended
    going = GaugeMetricFamily("registry_deployments_going", "Deployments that wait or run.", labels=("state",))
    for state in (QUEUED, *RUNNING):
        going.add_metric((state.value,), counts.get(state, 0))
    yield going
    now = timezone.now()
    oldest = Deployment.objects.filter(state=QUEUED, after__lte=now).aggregate(oldest=Min("after"))["oldest"]
    yield GaugeMetricFamily(
        "registry_deployment_waited_seconds",
        "For how long the first one that may start has waited.",
        value=(now - oldest).total_seconds() if oldest else 0,
    )
