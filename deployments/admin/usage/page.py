"""How providers and builders fare with the services that the person sees."""

from django.http import HttpRequest, HttpResponse

from catalog.admin.pages import person_of
from deployments.actions.services.figures import DAYS, find_usage
from deployments.admin.pages import render_service_page


def usage_page(request: HttpRequest) -> HttpResponse:
    usage = find_usage(person_of(request))
    groups = [("Providers", usage.providers), ("Builders", usage.builders)]
    return render_service_page(request, "usage.html", title="Usage", groups=groups, days=DAYS)
