"""Deployers die, freeze, hear twice or not at all, with real Celery, Redis and PostgreSQL: nothing is torn or stuck.

Leases are short here (`quick_deployer`); the product's are 30 seconds. Reference: deployments.md, A.2.
"""

import os
import signal

import pytest

from tests.deployments.tools import needs_sandbox
from tests.flows.deployers import A_WHILE, FOR_EVER, Deploying, deploying, registry, sleepers
from tests.flows.processes import wait_for

__all__ = ["deploying", "registry"]
pytestmark = [pytest.mark.services, pytest.mark.timeout(400)]
# Long enough to be killed in, short enough to be waited for.
SLOW_BUILD = f"touch ../building || true; sleep {A_WHILE}; mkdir -p out; cp index.html out/"
ENDLESS_BUILD = f"trap '' TERM; sleep {FOR_EVER}"
POKE_OFTEN = """
from deployments.tasks import run
for _ in range(20):
    run.delay(ID)
"""
CANCEL_TOOK = """
from deployments.models import Deployment
row = Deployment.objects.get(pk=ID)
print((row.finished_at - row.cancel_requested_at).total_seconds())
"""


def begin_slow_build(deploying: Deploying, text: str) -> None:
    """The deployer `first` builds, and will for a while."""
    deploying.make_service(build_command=SLOW_BUILD)
    deploying.ask(text)
    deploying.start("first")
    deploying.wait_until_building()


@needs_sandbox
def test_killed_in_a_build_it_leaves_no_process_and_another_finishes(deploying: Deploying) -> None:
    begin_slow_build(deploying, "<h1>Killed</h1>")

    deploying.registry.running["first"].send_signal(signal.SIGKILL)
    deploying.registry.running.pop("first").wait()
    wait_for(lambda: not sleepers(), what="The end of the build's processes", seconds=5)
    deploying.start("second")

    wait_for(lambda: deploying.ended("succeeded"), what="The other deployer", seconds=60)
    assert (deploying.live(), deploying.states()[0][1], deploying.work_left()) == ("<h1>Killed</h1>", 2, [])


@needs_sandbox
def test_frozen_past_its_lease_it_publishes_nothing(deploying: Deploying) -> None:
    begin_slow_build(deploying, "<h1>Old</h1>")
    frozen = deploying.registry.running["first"].pid
    os.kill(frozen, signal.SIGSTOP)
    deploying.ask("<h1>New</h1>")
    deploying.start("second")
    wait_for(lambda: deploying.ended("superseded", "succeeded"), what="The newer one", seconds=60)

    os.kill(frozen, signal.SIGCONT)
    wait_for(lambda: "lease_lost" in deploying.registry.log("first"), what="That it gives up", seconds=30)

    assert deploying.live() == "<h1>New</h1>"
    assert deploying.ended("superseded", "succeeded")


def test_twenty_messages_are_one_deployment(deploying: Deploying) -> None:
    deploying.make_service()
    (made,) = deploying.ask("<h1>Once</h1>")
    deploying.python(POKE_OFTEN, ID=made)

    deploying.start("first")
    deploying.start("second")

    def heard() -> bool:
        said = sum(deploying.registry.log(name).count("deployments.tasks.run") for name in ("first", "second"))
        return said >= 21 and deploying.ended("succeeded")

    wait_for(heard, what="Every message", seconds=60)
    assert (deploying.live(), deploying.states()) == ("<h1>Once</h1>", [("succeeded", 1, "")])


@needs_sandbox
def test_cancel_stops_a_build_that_ignores_it_and_what_is_live_stays(deploying: Deploying) -> None:
    deploying.make_service()
    deploying.start("first")
    deploying.ask("<h1>Live</h1>")
    wait_for(lambda: deploying.live() == "<h1>Live</h1>", what="The page", seconds=60)
    deploying.python(
        "from catalog.models import Builder\n"
        "from deployments.models import Service\n"
        "row = Builder.objects.get(key='builders/command')\n"
        "config = {'buildCommand': CMD, 'outputFolder': 'out'}\n"
        "Service.objects.filter(name=NAME).update(builder=row, build_backend='command@1', build_config=config)",
        CMD=ENDLESS_BUILD,
        NAME=deploying.name,
    )
    (made,) = deploying.ask("<h1>Never</h1>")
    deploying.wait_until_building()

    deploying.cancel(made)

    wait_for(lambda: deploying.ended("succeeded", "cancelled"), what="The end", seconds=15)
    assert (sleepers(), deploying.live()) == ([], "<h1>Live</h1>")


@needs_sandbox
def test_cancel_of_a_build_that_listens_takes_a_moment(deploying: Deploying) -> None:
    deploying.make_service(build_command=f"sleep {FOR_EVER}")
    (made,) = deploying.ask("<h1>Never</h1>")
    deploying.start("first")
    deploying.wait_until_building()

    deploying.cancel(made)

    wait_for(lambda: deploying.ended("cancelled"), what="The end", seconds=15)
    # As the deployer's clock tells it: half a second until it is seen, and what the kernel takes.
    assert float(deploying.python(CANCEL_TOOK, ID=made)) < 1.5
    assert sleepers() == []


@needs_sandbox
def test_asked_to_go_it_finishes_its_deployment_first(deploying: Deploying) -> None:
    begin_slow_build(deploying, "<h1>Finished</h1>")

    worker = deploying.registry.running["first"]
    worker.terminate()

    assert worker.wait(timeout=60) == 0
    assert (deploying.live(), deploying.states()) == ("<h1>Finished</h1>", [("succeeded", 1, "")])


def test_killed_between_flip_and_activate_the_database_wins(deploying: Deploying) -> None:
    deploying.make_service()
    deploying.ask("<h1>Flipped</h1>")
    deploying.start("first", DEPLOYER_DIES="before activate")
    assert deploying.registry.running.pop("first").wait(timeout=60) == -signal.SIGKILL
    assert deploying.live() == ""

    deploying.start("second")

    wait_for(lambda: deploying.ended("succeeded"), what="The other deployer", seconds=60)
    assert (deploying.live(), deploying.states()[0][1]) == ("<h1>Flipped</h1>", 2)


def test_of_forty_requests_the_newest_is_live_on_every_service(deploying: Deploying) -> None:
    names = ("one", "two", "three")
    for name in names:
        deploying.make_service(name)
    for number in range(2):
        deploying.start(f"worker{number}")

    for name in names:
        deploying.ask(*(f"{name} {at}" for at in range(14)), name=name)

    def newest_are_live() -> bool:
        return [deploying.live(name) for name in names] == [f"{name} 13" for name in names]

    wait_for(newest_are_live, what="The newest of each", seconds=120)
    states = {state for name in names for state, _, _ in deploying.states(name)}
    assert states <= {"succeeded", "superseded", "deploying"}
