"""The page of one service: what it is, what is live, its deployments, and the buttons for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from catalog.admin.direction import isolated
from deployments.actions.services.teams import CHANGE
from deployments.admin.deeds import PINNED, do_deed, new_press
from deployments.admin.deployments.list import Line, line_of
from deployments.admin.deployments.offers import Offers, find_release_before, offers_of
from deployments.admin.filters import page_of
from deployments.admin.pages import may_deploy, render_service_page, service_or_404
from deployments.admin.safe_text import web_address
from deployments.admin.services.list import target_name
from deployments.models import Deployment, Service


@dataclass(frozen=True, slots=True)
class OfferedLine:
    """A deployment of the service, and what can be done with it."""

    line: Line
    offers: Offers

    @property
    def cancel_label(self) -> str:
        return f"Cancel deployment {self.line.deployment.number}"

    @property
    def roll_back_label(self) -> str:
        return f"Roll back to this: deployment {self.line.deployment.number}"

    @property
    def redeploy_label(self) -> str:
        return f"Deploy again as it ran: deployment {self.line.deployment.number}"


def service_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET shows; POST is a button: see `deeds`."""
    service = service_or_404(request, pk)
    if request.method == "POST":
        return do_deed(request, service, back=reverse("service-pages:service", args=(pk,)))
    deployments = service.deployments.select_related("requested_by", "artifact", "artifact_of").order_by("-number")
    page = page_of(request, deployments)
    may = may_deploy(request, service)
    before = find_release_before(service) if may else None
    return render_service_page(
        request,
        "service.html",
        title=isolated(service),
        service=service,
        target=target_name(service.target_backend),
        live_url=web_address(service.active.release.get("url")) if service.active else "",
        # What runs was asked for before what waits.
        running=deployments.filter(finished_at=None).last(),
        page=page,
        lines=offered(service, list(page.object_list), is_asked=may),
        before=before,
        before_words=f"Roll back to deployment {before.number}" if before else "",
        may_deploy=may,
        may_change=request.user.has_perm(CHANGE) and service.removed_at is None,
        pinned=PINNED,
        press=new_press(),
    )


def offered(service: Service, deployments: Sequence[Deployment], *, is_asked: bool) -> list[OfferedLine]:
    found = []
    for deployment in deployments:
        deployment.service = service
        found.append(OfferedLine(line_of(deployment), offers_of(deployment, may_deploy=is_asked)))
    return found
