"""How an attempt ends that raised: as columns of the deployment, for the person whose turn it is. Logs nothing.

`after` is there if it is worth another attempt.
"""

import shutil
from datetime import timedelta
from typing import Any
from uuid import UUID

from deployments.backends import BackendMissingError
from deployments.contract import BackendError, TransientError
from deployments.models import DeploymentState, ErrorKind
from deployments.runner.patience import AWAY
from deployments.sandbox.disks import FORBIDDEN, FULL

SOON = timedelta(seconds=5)
# Time for whoever has to make room.
WHEN_THERE_IS_ROOM = timedelta(minutes=1)
LONGEST_SECONDS = 3_600
ROOM = "Whoever runs the registry has to make room on the deployer's disk; then it goes on by itself."


def end_of(error: Exception, deployment_id: UUID) -> dict[str, Any]:
    """What a person can act on is said, a fault of ours is only named."""
    if isinstance(error, BackendMissingError):
        hint = "Ask whoever runs the registry to install it, or choose another."
        return failed(ErrorKind.PERMANENT, str(error), hint)
    if isinstance(error, TransientError):
        after = timedelta(seconds=_bounded(error.retry_after_seconds))
        return failed(ErrorKind.TRANSIENT, str(error), error.hint) | {"after": after}
    if isinstance(error, BackendError):
        return failed(ErrorKind.PERMANENT, str(error), error.hint)
    if isinstance(error, AWAY):
        hint = "Nothing is to be done, unless it says so again and again."
        return failed(ErrorKind.TRANSIENT, "The registry's database did not answer.", hint) | {"after": SOON}
    if isinstance(error, shutil.Error) or (isinstance(error, OSError) and error.errno in FULL | FORBIDDEN):
        return _end_of_disk(error)
    hint = f"Tell whoever runs the registry: deployment {deployment_id}."
    return failed(ErrorKind.BUG, "The registry has a fault; what was live stays so.", hint)


def is_transient(error: Exception, deployment_id: UUID) -> bool:
    """Whether it is worth another attempt."""
    return "after" in end_of(error, deployment_id)


def failed(kind: ErrorKind, message: str, hint: str) -> dict[str, Any]:
    return {
        "state": DeploymentState.FAILED, "error_kind": kind, "error_message": message, "error_hint": hint,
    }  # fmt: skip


def _end_of_disk(error: OSError) -> dict[str, Any]:
    where = f": {error.filename}" if error.filename else ""
    if isinstance(error, shutil.Error):
        # Of many files: it knows no number of an error, only a sentence for each.
        message = f"The deployer's disk refused files: {_first_of(error)}"
        return failed(ErrorKind.TRANSIENT, message, ROOM) | {"after": WHEN_THERE_IS_ROOM}
    if error.errno in FULL:
        message = f"The deployer's disk is full{where}."
        return failed(ErrorKind.TRANSIENT, message, ROOM) | {"after": WHEN_THERE_IS_ROOM}
    hint = "Whoever runs the registry has to let the deployer's user write there; then deploy again."
    return failed(ErrorKind.PERMANENT, f"The deployer may not write where it has to{where}.", hint)


def _first_of(error: shutil.Error) -> str:
    """What was said of the first file, however it was made."""
    found = error.args[0] if error.args else error
    return str(found[0][-1]) if isinstance(found, list) and found else str(found)


def _bounded(seconds: float) -> float:
    """What a server asked for, within reason; also where it is no number."""
    if seconds < 0:
        return 0
    return seconds if seconds <= LONGEST_SECONDS else LONGEST_SECONDS
