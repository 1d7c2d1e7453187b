"""The measured half of `tests.bench.deploy`: deployments in one process on the database that DATABASE_URL names.

Prints JSON: case -> [seconds of ours, seconds of the peer], medians.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from statistics import median

import django

django.setup()

# The models can be imported once Django is set up.
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from deployments.actions.requests import request_deployment, request_rollback  # noqa: E402
from deployments.models import Deployment, DeploymentState, LogLine, Service  # noqa: E402
from deployments.runner.claims import claim  # noqa: E402
from deployments.runner.logs import FLUSH_LINES, Log  # noqa: E402
from deployments.runner.running import run_deployment  # noqa: E402
from tests.deployments.builds.test_hugo import SITE  # noqa: E402
from tests.deployments.services import make_service  # noqa: E402

TIMES = 15
LINES = 10_000
LINE = "a line of the log"
PAGE = {"index.html": "<h1>Hello</h1>"}
Pair = tuple[float, float]


def main() -> None:
    call_command("migrate", verbosity=0)
    has_hugo = shutil.which("hugo") and shutil.which("bwrap")
    sites = {"one page, as it is": ("static@1", PAGE)} | ({"Hugo": ("hugo@1", SITE)} if has_hugo else {})
    results: dict[str, Pair] = {}
    for case, (build, files) in sites.items():
        results |= measure(case, build, files)
    results[LINE] = time_lines()
    json.dump(results, sys.stdout)


def measure(case: str, build: str, files: dict[str, str]) -> dict[str, Pair]:
    values = {"source_config": {"files": files}, "target_config": {"folder": build.partition("@")[0]}}
    service = make_service(case, build_backend=build, **values)
    with tempfile.TemporaryDirectory() as folder:
        by_hand = hand_builder(Path(folder), files, is_hugo=build == "hugo@1")
        deployed = by_turns(lambda: deploy(service), by_hand)
    rolled_back = by_turns(lambda: roll_back(service), lambda: deploy(service))
    return {f"deploy: {case}": deployed, f"roll back: {case}": rolled_back}


def by_turns(ours: Callable[[], object], peer: Callable[[], object]) -> Pair:
    """Medians; the first of each only warms up."""
    taken: list[tuple[float, float]] = [(clock(ours), clock(peer)) for _ in range(TIMES + 1)]
    return median(mine for mine, _ in taken[1:]), median(other for _, other in taken[1:])


def clock(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def deploy(service: Service) -> None:
    finish(request_deployment(service, by=None))


def roll_back(service: Service) -> None:
    """To the deployment before the newest."""
    done = Deployment.objects.filter(service=service, state=DeploymentState.SUCCEEDED, artifact_of=None)
    finish(request_rollback(service, to=done.order_by("-number")[1], by=None))


def finish(deployment: Deployment) -> None:
    run_deployment(deployment.pk, poke=lambda _pk: None)
    deployment.refresh_from_db()
    assert deployment.state == DeploymentState.SUCCEEDED, deployment.error_message


def hand_builder(folder: Path, files: dict[str, str], *, is_hugo: bool) -> Callable[[], None]:
    """What a shell script would do: write the files, run the tool, copy the result, move a link."""

    def build() -> None:
        release = folder / uuid.uuid4().hex
        source = release / "source"
        for name, text in files.items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(text)
        if is_hugo:
            command = ["hugo", "--quiet", "--source", str(source), "--destination", str(release / "made")]
            subprocess.run(command, check=True, env={**os.environ, "HUGO_CACHEDIR": str(folder / "cache")})
        shutil.copytree(release / "made" if is_hugo else source, release / "site")
        link = folder / "next"
        link.symlink_to(release / "site")
        link.replace(folder / "current")

    return build


def time_lines() -> Pair:
    """A line through the log of an attempt, beside the same rows written in the same batches by `bulk_create`."""
    ours, peer = (request_deployment(make_service(name), by=None) for name in ("log", "plain log"))
    lease = claim(ours.pk)
    assert lease is not None
    log = Log(ours.pk, lease, attempt=1)
    texts = [f"Line {at} of a build that says what it does" for at in range(LINES)]

    def through_the_log() -> None:
        for text in texts:
            log.add(text, step="build")
        log.flush()

    def in_batches() -> None:
        rows = [
            LogLine(deployment=peer, seq=at, at=timezone.now(), attempt=1, step="build", text=text)
            for at, text in enumerate(texts)
        ]
        for start in range(0, LINES, FLUSH_LINES):
            LogLine.objects.bulk_create(rows[start : start + FLUSH_LINES])

    return clock(through_the_log) / LINES, clock(in_batches) / LINES


if __name__ == "__main__":
    main()
