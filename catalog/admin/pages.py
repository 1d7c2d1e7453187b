"""What every page of ours has: the admin's gate in front of it, its frame around it, and who asks."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse

from catalog.actions.audit import note_refusal
from catalog.actions.errors import InvalidDocumentError, RefusedError, RefusedFieldError
from catalog.actions.roles import fits_limits, limits_of
from catalog.models import ENTRY_MODELS, CatalogEntry

View = Callable[..., HttpResponseBase]
KINDS: dict[str, type[CatalogEntry]] = {model.kind: model for model in ENTRY_MODELS}
Found = TypeVar("Found")


def guarded(view: View, *permissions: str) -> View:
    """The view for staff who are signed in and have all of `permissions` (`catalog.publish_snapshot`); else 403."""

    def check(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_perms(permissions):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    gate: View = admin.site.admin_view(check)
    return gate


def person_of(request: HttpRequest) -> User:
    """Who is signed in. Raises PermissionDenied for nobody, which the admin's own gate lets not happen."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def render_page(
    request: HttpRequest, template: str, *, title: str, status: int = 200, **context: Any
) -> TemplateResponse:
    """A page in the admin's frame; `template` is a file name in `admin/catalog/` that extends `page.html`."""
    frame = admin.site.each_context(request)
    return TemplateResponse(request, f"admin/catalog/{template}", {**frame, "title": title, **context}, status=status)


def keep_refusal(request: HttpRequest, error: RefusedError) -> str:
    """What to tell the person whom an action refused; kept in the audit, but for mistakes in what was typed.

    Call it when the action's transaction has ended.
    """
    if not isinstance(error, RefusedFieldError | InvalidDocumentError):
        note_refusal(request.path, by=person_of(request), detail=str(error))
    return str(error)


def find_or_404(request: HttpRequest, kind: str, pk: int) -> CatalogEntry:
    """The entry, with its three revisions. Raises Http404, or PermissionDenied for who may not look at this kind."""
    model = KINDS.get(kind)
    if model is None:
        raise Http404
    if not may_view(request, kind):
        raise PermissionDenied
    revisions = ("latest_revision__author", "approved_revision", "live_revision")
    entry: CatalogEntry | None = model._default_manager.select_related(*revisions).filter(pk=pk).first()
    if entry is None:
        raise Http404
    return entry


def whole_number(text: str) -> int | None:
    """A number that a person may have typed into an address or a form, None for anything else."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def may_view(request: HttpRequest, kind: str) -> bool:
    return request.user.has_perm(f"catalog.view_{kind}") or request.user.has_perm(f"catalog.change_{kind}")


def may_change(request: HttpRequest, kind: str) -> bool:
    """Whether the person may change entries of this kind; `may_change_entry` says which, for one with type limits."""
    if not request.user.has_perm(f"catalog.change_{kind}"):
        return False
    return kind == "provider" or not type_limits(request)


def may_change_entry(request: HttpRequest, entry: CatalogEntry) -> bool:
    return may_change(request, entry.kind) and fits_limits(type_limits(request), key=entry.key)


def type_limits(request: HttpRequest) -> list[str]:
    """The types of providers that the person is limited to; asked of the database once for each request."""
    kept = request.__dict__
    if "type_limits" not in kept:
        kept["type_limits"] = limits_of(person_of(request))
    limits: list[str] = kept["type_limits"]
    return limits
