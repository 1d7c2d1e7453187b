"""What every view that changes entries has: the entry, who asks and why, and how the answer says what came of it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.urls import reverse
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.revisions import Change
from catalog.api.addresses import address_of, find_working
from catalog.api.base import ApiView
from catalog.api.problems import ForbiddenError, revision_etag
from catalog.models import CatalogEntry
from catalog.models.history import RevisionSource


class WorkingView(ApiView):
    """A view of working copies of one kind; `name` in its address is `sanity` or `cms/sanity`."""

    kind: ClassVar[str] = ""

    def find(self, request: Request, name: str) -> CatalogEntry:
        """The working copy. Raises NotFound, ConflictError, MovedError, or ForbiddenError for who may not see it."""
        refuse_without(request, f"view_{self.kind}", f"change_{self.kind}", deed=f"look at {self.kind}s")
        return find_working(self.kind, name, path=request.get_full_path())

    def find_to_change(self, request: Request, name: str) -> CatalogEntry:
        """The same for who may change entries of this kind."""
        refuse_without(request, f"change_{self.kind}", deed=f"change {self.kind}s")
        return find_working(self.kind, name, path=request.get_full_path())


def person_of(request: Request) -> User:
    """Who asks; as far as the token goes, if it is one."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def refuse_without(request: Request, *codenames: str, deed: str) -> None:
    """Raises ForbiddenError unless the caller has one of these permissions of the catalogue."""
    person = person_of(request)
    if not any(person.has_perm(f"catalog.{codename}") for codename in codenames):
        raise ForbiddenError(f"You may not {deed}.")


def change_of(request: Request, body: Mapping[str, Any]) -> Change:
    """Who changes something through the API, and why: `change_note`, and `breaking_schema_reason` if there is one."""
    return Change(
        by=person_of(request),
        note=body["change_note"],
        source=RevisionSource.API,
        request_id=str(request.META.get("REGISTRY_REQUEST_ID", "")),
        breaking_schema_reason=body.get("breaking_schema_reason", ""),
    )


def answer_working(entry: CatalogEntry, *, outcome: str, status: int = 200, **more: Any) -> Response:
    """The working copy as it is now, with its ETag and, if it is new, its address."""
    entry.refresh_from_db(fields=("latest_revision", "approved_revision", "live_revision"))
    latest = entry.latest_revision
    if latest is None:
        raise ValueError("An entry without a revision is no answer.")
    body: Mapping[str, Any] = {
        "key": entry.key,
        "outcome": outcome,
        "revision": latest.number,
        "approved_revision": entry.approved_revision.number if entry.approved_revision else None,
        "live_revision": entry.live_revision.number if entry.live_revision else None,
        "document": latest.document,
        **more,
    }
    headers = {"ETag": revision_etag(latest.number)}
    if status == 201:
        headers["Location"] = reverse(f"api:{entry.kind}", kwargs={"name": address_of(entry.key)})
    return Response(body, status=status, headers=headers)
