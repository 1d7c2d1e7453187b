"""The page of one deployment: how it stands, its log while it runs, and what exactly ran."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from catalog.admin.direction import isolated
from deployments.actions.services.teams import CHANGE
from deployments.admin.deeds import do_deed, new_press
from deployments.admin.deployments.facts import facts_of
from deployments.admin.deployments.log import CUTS, attempts_of, log_of
from deployments.admin.deployments.offers import offers_of
from deployments.admin.deployments.standing import problem_of, standing_of
from deployments.admin.deployments.steps import WORDS, steps_of
from deployments.admin.pages import deployment_or_404, may_deploy, render_service_page
from deployments.admin.states import badge_of, in_words, is_over, took
from deployments.models import Deployment


def deployment_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET shows (`line`: the part of the log around it); POST is a button: see `deeds`."""
    deployment = deployment_or_404(request, pk)
    if request.method == "POST":
        return do_deed(request, deployment.service, back=reverse("service-pages:deployment", args=(pk,)))
    return render_service_page(
        request,
        "deployment.html",
        title=f"Deployment {deployment.number} of {isolated(deployment.service)}",
        log=log_of(request, deployment),
        words={"cuts": CUTS, "steps": WORDS},
        **_parts(request, deployment),
    )


def deployment_state_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The parts of the page that change with the state, without its log, for the script that renews them."""
    deployment = deployment_or_404(request, pk)
    return TemplateResponse(request, "admin/deployments/deployment_state.html", _parts(request, deployment))


def _parts(request: HttpRequest, deployment: Deployment) -> dict[str, Any]:
    may = may_deploy(request, deployment.service)
    return {
        "deployment": deployment,
        "service": deployment.service,
        "badge": badge_of(deployment),
        "standing": standing_of(deployment),
        "problem": problem_of(deployment),
        "offers": offers_of(deployment, may_deploy=may),
        "steps": steps_of(deployment),
        "attempts": attempts_of(deployment),
        "facts": facts_of(deployment),
        "duration": in_words(took(deployment)),
        "is_over": is_over(deployment),
        "is_live": deployment.service.active_id == deployment.pk,
        "may_deploy": may,
        "may_change": request.user.has_perm(CHANGE) and deployment.service.removed_at is None,
        "may_see_snapshots": request.user.has_perm("catalog.view_snapshot"),
        "press": new_press(),
    }
