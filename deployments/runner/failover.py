"""Does the work of one step on the best connection, and on the next one after each transient failure."""

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from deployments.contract import Backend, PermanentError, TransientError
from deployments.models import BackendKind, Connection
from deployments.runner.attempt import Attempt
from deployments.runner.preparing import checked_config
from deployments.runner.routing import (
    are_worth_waiting_for,
    candidates,
    fitting,
    has_connections,
    leave,
    note_failure,
    note_success,
    occupy,
    seconds_of_rest,
)

Answer = TypeVar("Answer")
WAIT_SECONDS = 1.0
REST_SECONDS = 30.0


def failing_over(
    attempt: Attempt, kind: BackendKind, backend: Backend, *, work: Callable[[Mapping[str, Any]], Answer]
) -> Answer:
    """Where there are no connections, the work is done once, with the service's config as it is.

    Each hop is logged; while those that fit are full, it waits. Raises what the last one raised, TransientError if all
    of them rest, PermanentError if the service's routing admits none, or StoppedError.
    """
    deployment, context = attempt.deployment, attempt.context
    if not has_connections(kind, backend.info.spec):
        return work(checked_config(deployment, kind, backend))
    refuse_routing_to_none(kind, backend.info.spec, deployment.service.routing.get(kind, {}))
    last: TransientError | None = None
    tried: set[int] = set()
    while connection := _take_one(attempt, kind, backend, tried=tried):
        tried.add(connection.pk)
        context.use(connection)
        try:
            answer = work(checked_config(deployment, kind, backend, connection))
        except TransientError as error:
            note_failure(connection)
            context.log(f"{connection.name} failed: {error}")
            last = error
        else:
            note_success(connection)
            return answer
        finally:
            # After how it went is noted: who comes next sees whether it rests.
            leave(deployment.pk, attempt.lease)
            context.use(None)
    raise last or _all_rest(kind, backend.info.spec, deployment.service.routing.get(kind, {}))


def _all_rest(kind: BackendKind, spec: str, routing: Mapping[str, Any]) -> TransientError:
    """There are few attempts: the next one is for when one has rested."""
    seconds = max(REST_SECONDS, seconds_of_rest(kind, spec, routing))
    return TransientError("Every connection that fits rests.", retry_after_seconds=seconds)


def refuse_routing_to_none(kind: BackendKind, spec: str, routing: Mapping[str, Any]) -> None:
    """Waiting does not help: what is there has other names and labels."""
    if fitting(kind, spec, routing):
        return
    there = ", ".join(sorted(each.name for each in fitting(kind, spec, {})))
    wanted = f"is named {routing['connection']!r}" if "connection" in routing else ""
    labels = ", ".join(f"{name}={value}" for name, value in routing.get("labels", {}).items())
    wanted = " and ".join(part for part in (wanted, f"has the labels {labels}" if labels else "") if part)
    raise PermanentError(
        f"No connection of {spec} {wanted}.", hint=f"Change the routing of the service; there are: {there}."
    )


def _take_one(attempt: Attempt, kind: BackendKind, backend: Backend, *, tried: set[int]) -> Connection | None:
    """The best one that has room, waited for while all that fit are full; None if there is none to wait for."""
    deployment, context, spec = attempt.deployment, attempt.context, backend.info.spec
    routing = deployment.service.routing.get(kind, {})
    is_waiting = False
    while True:
        context.check()
        for connection in candidates(kind, spec, routing, deployment.service_id):
            if connection.pk not in tried and occupy(connection, deployment.pk, attempt.lease):
                return connection
        if not are_worth_waiting_for(kind, spec, routing, tried=tried):
            return None
        if not is_waiting:
            context.log("Every connection that fits is busy: waiting for one.")
        is_waiting = True
        time.sleep(WAIT_SECONDS)
