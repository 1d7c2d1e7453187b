"""What workers and deployers get done: publishes one after the other, and deployments that wait side by side."""

import json
from collections.abc import Iterator

from tests.flows.processes import WORKER, Registry, wait_for

PUBLISHES, DEPLOYMENTS = 20, 24
# Each change is approved when the one before is live, as by somebody who changes prices.
PUBLISH = f"""
import json, time
from catalog.actions.snapshots import request_snapshot
from catalog.models import Snapshot
from tests.factories import SANITY, save
begun = time.monotonic()
for number in range({PUBLISHES}):
    save("provider", {{**SANITY, "setup_cost_range": [number, number + 100]}})
    snapshot = request_snapshot(by=None, note="Bench")
    while (state := Snapshot.objects.get(pk=snapshot.pk).state) in ("pending", "publishing"):
        time.sleep(0.01)
    assert state == "live", state
print(json.dumps(time.monotonic() - begun))
"""
DEPLOY = f"""
import json, time
from deployments.actions.requests import request_deployment
from deployments.models import Deployment
from tests.deployments.services import make_service
services = [make_service(f"site-{{time.time_ns()}}") for _ in range({DEPLOYMENTS})]
begun = time.monotonic()
asked = [request_deployment(service, by=None).pk for service in services]
while Deployment.objects.filter(pk__in=asked, finished_at=None).exists():
    time.sleep(0.05)
assert set(Deployment.objects.filter(pk__in=asked).values_list("state", flat=True)) == {{"succeeded"}}
print(json.dumps(time.monotonic() - begun))
"""
# Name of the process -> how many of it, what they do, and how often.
CASES = {"worker": ((1, 2), (), PUBLISH, PUBLISHES), "deployer": ((1, 2), ("--queues", "deploy"), DEPLOY, DEPLOYMENTS)}
HEADINGS = ("process", "how many", "what", "a minute")


def measure_work(registry: Registry) -> Iterator[tuple[str, ...]]:
    for name, (counts, queues, code, times) in CASES.items():
        for count in counts:
            started = [f"{name}{number}" for number in range(count)]
            try:
                for each in started:
                    registry.start(each, *WORKER, *queues, "-n", f"{each}@localhost")
                wait_for(lambda: _are_ready(registry, started), what="A worker", seconds=60)  # noqa: B023 - called here
                seconds = json.loads(registry.python(code))
            finally:
                registry.stop()
            what = "publishes" if code is PUBLISH else "deployments"
            row = (name, str(count), what, f"{times / seconds * 60:,.0f}")
            print(*row, sep="\t", flush=True)
            yield row


def _are_ready(registry: Registry, names: list[str]) -> bool:
    return all("ready" in registry.log(name) for name in names)
