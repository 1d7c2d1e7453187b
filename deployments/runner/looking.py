"""A deployer looks at a source: it is fetched as for a deployment, and every builder is asked whether it fits.

Nothing of the source is run, and nothing of it is kept but what the builders say.
"""

import json
import os
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings

from catalog.schemas.problems import Problem
from deployments.builds import Suggestion, suggest
from deployments.contract import PermanentError, Source, SourceBackend, StoppedError, TransientError
from deployments.models import BackendKind, Connection, ErrorKind, Look, LookState
from deployments.runner.endings import end_of, failed
from deployments.runner.failover import refuse_routing_to_none
from deployments.runner.folders import remove_or_leave
from deployments.runner.lending import config_on, lending_problems
from deployments.runner.logs import storable
from deployments.runner.looks import CHOOSE, claim_look, end_look
from deployments.runner.patience import insist
from deployments.runner.preparing import judge_with
from deployments.runner.routing import candidates, has_connections
from deployments.runner.seeing import LookContext
from deployments.sources import get_source

log = structlog.get_logger(__name__)
BUSY = "Every connection that fits is busy or rests."


def run_look(look_id: uuid.UUID) -> bool:
    """Claim it and look; False if it could not be claimed. Never raises for a backend."""
    lease = claim_look(look_id)
    if lease is None:
        return False
    look = Look.objects.select_related("provider").get(pk=look_id)
    context = LookContext(look, lease, seconds=settings.REGISTRY_LOOK_SECONDS)
    try:
        end = _outcome(look, context)
        insist(lambda: end_look(look_id, lease, **end))
    finally:
        remove_or_leave(context.folder)
    return True


def _outcome(look: Look, context: LookContext) -> dict[str, Any]:
    """How it ended, as columns."""
    try:
        context.make_folders()
        backend = get_source(look.source_backend)
        source = _fetch(look, backend, context)
        remove_links_out(source.path)
        suggestions = [_kept(each) for each in suggest(source.path, kinds=backend.produces)]
    except StoppedError:
        return _too_long()
    except Exception as error:
        end = end_of(error, look.pk)
        if end["error_kind"] == ErrorKind.BUG:
            log.exception("look_broke", look=str(look.pk))
        return _too_long() if context.seconds_left() <= 0 else _failed(end, look, context)
    return {"state": LookState.FOUND, "revision": storable(source.revision), "suggestions": suggestions}


def _fetch(look: Look, backend: SourceBackend, context: LookContext) -> Source:
    """On the first connection that can, where there are any; a look takes nobody's place on one."""
    spec, routing = backend.info.spec, look.routing.get(BackendKind.SOURCE, {})
    if not has_connections(BackendKind.SOURCE, spec):
        return _fetch_with(look.source_config, look, backend, context)
    refuse_routing_to_none(BackendKind.SOURCE, spec, routing)
    last: TransientError | None = None
    for context.connection in candidates(BackendKind.SOURCE, spec, routing, look.service_id or look.pk):
        try:
            return _fetch_with(_config_on(context.connection, look, backend), look, backend, context)
        except TransientError as error:
            last = error
    raise last or TransientError(BUSY, hint=CHOOSE)


def _config_on(connection: Connection, look: Look, backend: SourceBackend) -> dict[str, Any]:
    """Raises PermanentError where its secrets may not go."""
    _refuse(lending_problems(connection, look.source_config, backend))
    return config_on(connection, look.source_config)


def _fetch_with(config: Mapping[str, Any], look: Look, backend: SourceBackend, context: LookContext) -> Source:
    _refuse(judge_with(backend, look.provider, config).errors)
    tree = context.new_tree()
    return backend.fetch(config, backend.resolve(config, context), tree, context)


def _refuse(problems: Iterable[Problem]) -> None:
    if message := "; ".join(f"{problem.path}: {problem.message}" for problem in problems):
        raise PermanentError(message)


def remove_links_out(tree: Path) -> None:
    """Take out every link that leads out of the tree: builders read names and files of it, in this process."""
    root = tree.resolve(strict=True)
    for parent, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(parent, name)
            if path.is_symlink() and not _is_within(path, root):
                path.unlink()


def _is_within(link: Path, root: Path) -> bool:
    try:
        return link.resolve().is_relative_to(root)
    except (OSError, RuntimeError):
        return False


def _kept(suggestion: Suggestion) -> list[dict[str, Any]]:
    """Its majors, the newest first: `[{"spec", "confidence", "config", "reason"}]`, in texts that a column takes."""
    majors = [{"spec": spec, **asdict(detection)} for spec, detection in suggestion.majors.items()]
    text = storable(json.dumps(majors, ensure_ascii=False)).replace("\\u0000", "\ufffd")
    kept: list[dict[str, Any]] = json.loads(text)
    return kept


def _failed(end: Mapping[str, Any], look: Look, context: LookContext) -> dict[str, Any]:
    """As a deployment would say it; nothing is tried again by itself."""
    if end["error_kind"] == ErrorKind.BUG:
        end = failed(ErrorKind.BUG, "The registry has a fault.", f"Tell whoever runs the registry: look {look.pk}.")
    texts = {name: storable(context.mask(end[name])) for name in ("error_message", "error_hint")}
    return {"state": LookState.FAILED, "error_kind": end["error_kind"], **texts}


def _too_long() -> dict[str, Any]:
    seconds = settings.REGISTRY_LOOK_SECONDS
    message = f"Looking at the source took longer than {seconds} seconds."
    return {**failed(ErrorKind.TIMEOUT, message, "It is large or slow: choose the builder yourself."),
            "state": LookState.FAILED}  # fmt: skip
