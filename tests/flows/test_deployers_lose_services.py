"""Database and broker go away while a real deployer builds, and a build takes too long: it goes on, or says so.

Each goes through a proxy of the test, which cuts connections. Reference: deployments.md, A.2.
"""

import time

import pytest

from tests.deployments.tools import needs_sandbox
from tests.flows.deployers import A_WHILE, FOR_EVER, Deploying, deploying, registry, sleepers
from tests.flows.processes import wait_for
from tests.flows.proxies import proxied

__all__ = ["deploying", "registry"]
pytestmark = [pytest.mark.services, pytest.mark.timeout(400), needs_sandbox]
TICKS = 20
TICKING_BUILD = f"for at in $(seq {TICKS}); do echo tick $at; sleep 1; done; mkdir -p out; cp index.html out/"
SLOW_BUILD = f"sleep {A_WHILE}; mkdir -p out; cp index.html out/"
HANG = "hang"
BUILD_THAT_MAY_HANG = f"grep -q {HANG} index.html && sleep {FOR_EVER}; mkdir -p out; cp index.html out/"
AWAY_SECONDS = 4


def test_database_that_is_away_for_a_moment_costs_no_attempt_and_no_line(deploying: Deploying) -> None:
    deploying.make_service(build_command=TICKING_BUILD)
    deploying.ask("<h1>Lasting</h1>")
    with proxied(deploying.registry.environment["DATABASE_URL"]) as (proxy, url):
        deploying.start("first", DATABASE_URL=url, DEPLOYER_LEASE="30")
        wait_for(lambda: "tick 1" in deploying.log(), what="The build", seconds=60)

        proxy.cut()
        time.sleep(AWAY_SECONDS)
        proxy.mend()

        wait_for(lambda: deploying.ended("succeeded"), what="The end", seconds=90)
    assert (deploying.live(), deploying.states()) == ("<h1>Lasting</h1>", [("succeeded", 1, "")])
    assert [line for line in deploying.log() if line.startswith("tick ")] == [f"tick {at + 1}" for at in range(TICKS)]


def test_database_that_is_away_longer_than_a_lease_stops_the_build_and_another_attempt_succeeds(
    deploying: Deploying,
) -> None:
    deploying.make_service(build_command=SLOW_BUILD)
    deploying.ask("<h1>Again</h1>")
    with proxied(deploying.registry.environment["DATABASE_URL"]) as (proxy, url):
        deploying.start("first", DATABASE_URL=url)
        deploying.wait_until_building()

        proxy.cut()
        wait_for(lambda: not sleepers(), what="The end of the build")
        # It is by its own, without having heard from the database.
        wait_for(lambda: "lease_lost" in deploying.registry.log("first"), what="That it gives up")
        proxy.mend()

        wait_for(lambda: deploying.ended("succeeded"), what="The next attempt", seconds=90)
    assert (deploying.live(), deploying.states(), deploying.work_left()) == (
        "<h1>Again</h1>", [("succeeded", 2, "")], [],
    )  # fmt: skip


def test_broker_that_is_away_while_it_builds_is_not_missed(deploying: Deploying) -> None:
    deploying.make_service(build_command=SLOW_BUILD)
    deploying.ask("<h1>First</h1>")
    with proxied(deploying.registry.environment["CELERY_BROKER_URL"]) as (proxy, url):
        deploying.start("first", CELERY_BROKER_URL=url)
        deploying.wait_until_building()

        proxy.cut()
        wait_for(lambda: deploying.ended("succeeded"), what="The end without a broker", seconds=60)
        deploying.ask("<h1>Second</h1>")
        proxy.mend()

        wait_for(lambda: deploying.ended("succeeded", "succeeded"), what="The next one", seconds=90)
    assert (deploying.live(), [attempt for _, attempt, _ in deploying.states()]) == ("<h1>Second</h1>", [1, 1])


def test_build_that_takes_too_long_is_ended_and_what_is_live_stays(deploying: Deploying) -> None:
    deploying.make_service(build_command=BUILD_THAT_MAY_HANG)
    deploying.ask("<h1>Quick</h1>")
    deploying.start("first", REGISTRY_DEPLOYMENT_SECONDS="12")
    wait_for(lambda: deploying.ended("succeeded"), what="The quick one", seconds=60)

    deploying.ask(HANG)

    wait_for(lambda: deploying.ended("succeeded", "failed"), what="The end", seconds=60)
    assert deploying.states()[1] == ("failed", 1, "It took longer than 0.2 minutes.")
    assert (sleepers(), deploying.live(), deploying.work_left()) == ([], "<h1>Quick</h1>", [])
