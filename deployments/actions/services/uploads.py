"""Whether the archive that a service names is there for it."""

from collections.abc import Iterator
from uuid import UUID

from catalog.schemas.problems import Problem
from deployments.actions.services.drafts import SourceDraft
from deployments.models import BackendKind, Upload

PLACE = "/providerConfig/artifactId"


def upload_problems(draft: SourceDraft) -> Iterator[Problem]:
    """An upload that is not there, not whole, or of another team than the service; what is no id says its schema."""
    if draft.backends[BackendKind.SOURCE].partition("@")[0] != "upload":
        return
    try:
        pk = UUID(str(draft.source_config.get("artifactId")))
    except ValueError:
        return
    upload = Upload.objects.filter(pk=pk, team=draft.team).first()
    if upload is None:
        team = f"the team {draft.team}" if draft.team else "services without a team"
        yield Problem(PLACE, "upload_missing", f"There is no upload {pk} for {team}: send the archive (again).")
    elif upload.finished_at is None:
        yield Problem(PLACE, "upload_unfinished", "This upload is not whole yet: send the rest of it first.")
