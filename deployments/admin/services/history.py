"""The revisions of a service, what differs between any two, and the page that brings one back."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from catalog.admin.comparison import compare_revisions
from catalog.admin.direction import isolated
from catalog.admin.entries.history import PER_PAGE, SOURCES
from catalog.admin.pages import keep_refusal, person_of, whole_number
from catalog.models import Revision
from catalog.models.history import RevisionSource
from deployments.actions.errors import RefusedError, StaleEntryError
from deployments.actions.services.restoring import plan_restore, restore_service
from deployments.actions.services.teams import CHANGE
from deployments.admin.pages import render_service_page, service_or_404
from deployments.admin.services.differences import member_label, readable
from deployments.models import Service

STALE = "Somebody else has saved this service meanwhile. Nothing was restored: look at what differs now."


def history_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET only shows: `page`, and the numbers `from` and `to` of two revisions to compare."""
    service = service_or_404(request, pk)
    revisions = (
        Revision.objects.filter(entry_key=service.key).order_by("-number").defer("canonical").select_related("author")
    )
    page = Paginator(revisions, PER_PAGE).get_page(request.GET.get("page"))
    newest = service.latest_revision.number if service.latest_revision else 0
    return render_service_page(
        request,
        "service_history.html",
        title=f"History of {isolated(service)}",
        service=service,
        page=page,
        lines=[(revision, SOURCES[RevisionSource(revision.source)], revision.number - 1) for revision in page],
        newest=newest,
        may_restore=_may_restore(request, service),
        **compare_revisions(request, service.key, newest=newest, readable=readable),
    )


def restore_page(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """GET shows what would change; POST restores (`change_note`, `expected_revision`)."""
    service = service_or_404(request, pk)
    if not _may_restore(request, service):
        raise PermissionDenied
    message = ""
    if request.method == "POST":
        try:
            revision = _restore(request, service, number=number)
        except StaleEntryError:
            message = STALE
        except RefusedError as error:
            message = keep_refusal(request, error)
        else:
            messages.success(request, f"Revision {number} is back as revision {revision.number}. Deploy it to use it.")
            return HttpResponseRedirect(reverse("service-pages:service", args=(pk,)))
        service = service_or_404(request, pk)
    return _show_restore(request, service, number=number, message=message)


def _restore(request: HttpRequest, service: Service, *, number: int) -> Revision:
    return restore_service(
        service,
        number=number,
        by=person_of(request),
        note=request.POST.get("change_note", ""),
        source=RevisionSource.RESTORE,
        expected_revision=whole_number(request.POST.get("expected_revision", "")) or 0,
    )


def _show_restore(request: HttpRequest, service: Service, *, number: int, message: str) -> HttpResponse:
    try:
        plan = plan_restore(service, number=number)
    except RefusedError as error:
        raise Http404(str(error)) from error
    return render_service_page(
        request,
        "service_restore.html",
        title=f"Restore revision {number} of {isolated(service)}",
        newest=service.latest_revision,
        history_page=reverse("service-pages:service-history", args=(service.pk,)),
        plan=plan,
        message=message,
        differences=readable(plan.before, plan.revision.document),
        problems=[(member_label(problem.path), problem.message) for problem in plan.problems],
        note=request.POST.get("change_note", f"Restored revision {number}"),
    )


def _may_restore(request: HttpRequest, service: Service) -> bool:
    return request.user.has_perm(CHANGE) and service.removed_at is None
