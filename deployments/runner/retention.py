"""Which releases and artifacts are kept: the live one and those before it, KEPT in all, of each service.

What a rollback may bring back is exactly what is kept. Of each place that a service has left, the last release stays
beside these: visitors may still come there, so it does not vanish by itself.
"""

import shutil
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from catalog.schemas.configs import judge_config
from deployments.backends import BackendMissingError
from deployments.contract import BackendError, Context, Release, StoppedError
from deployments.models import RUNNING, TERMINAL, Artifact, Deployment, DeploymentState, Service
from deployments.runner.artifacts import drop, remove_unnamed
from deployments.runner.choices import target_and_config_of

KEPT = 5
# No deployment is at it for longer.
FORGOTTEN_AFTER = timedelta(days=1)
log = structlog.get_logger(__name__)


def remove_old_releases(service: Service, context: Context) -> None:
    """Tell targets to forget what is older than the last KEPT. One that cannot is asked again next time."""
    for old in _old_releases(service):
        try:
            is_removed = _remove(old, context)
        except StoppedError:
            raise
        except (BackendError, BackendMissingError) as error:
            log.warning("release_stays", deployment=str(old.pk), reason=str(error))
            continue
        except Exception:
            # Whatever it is, it is not in the way of those after it.
            log.exception("release_stays", deployment=str(old.pk))
            continue
        if is_removed:
            Deployment.objects.filter(pk=old.pk).update(release={})


def _remove(old: Deployment, context: Context) -> bool:
    """By the target that it had: its service may have another by now. Raises what that raises.

    False if the config is none of that target's, as where migration 0002 guessed wrong: there is nobody to ask.
    """
    backend, config = target_and_config_of(old)
    if not judge_config(backend.info.schema, config).is_valid:
        return False
    backend.remove(Release(**old.release), config, context)
    return True


def _old_releases(service: Service) -> list[Deployment]:
    """What was live and is out of reach by now, and what was uploaded and never became live."""
    live, place = Service.objects.values_list("active", "active__place").get(pk=service.pk)
    uploaded = service.deployments.filter(state__in=TERMINAL).exclude(release={}).exclude(pk=live)
    were_live = list(uploaded.filter(state=DeploymentState.SUCCEEDED).order_by("-number").values_list("pk", "place"))
    kept = [pk for pk, _ in were_live[: KEPT - 1]]
    return list(uploaded.exclude(pk__in=[*kept, *_served_elsewhere(were_live, place)]).order_by("number"))


def _served_elsewhere(were_live: Iterable[tuple[UUID, str]], place: str | None) -> list[UUID]:
    """The newest of each place but this one, from deployments and their places, the newest first."""
    newest: dict[str, UUID] = {}
    for pk, each in were_live:
        newest.setdefault(each, pk)
    return [pk for each, pk in newest.items() if each and each != place]


def collect_artifacts() -> int:
    """Remove the files of artifacts that no kept release, and nothing that runs or waits, was made of; how many."""
    removed = 0
    for artifact in Artifact.objects.filter(collected_at=None):
        with transaction.atomic():
            Artifact.objects.select_for_update().get(pk=artifact.pk)
            needed = artifact.deployments.exclude(release={}) | artifact.deployments.filter(
                state__in=(*RUNNING, DeploymentState.QUEUED)
            )
            if needed.exists():
                continue
            Artifact.objects.filter(pk=artifact.pk).update(collected_at=timezone.now())
            dropped = drop(settings.REGISTRY_ARTIFACT_DIR / artifact.digest)
        shutil.rmtree(dropped, ignore_errors=True)
        removed += 1
    remove_unnamed(settings.REGISTRY_ARTIFACT_DIR, age=FORGOTTEN_AFTER)
    return removed
