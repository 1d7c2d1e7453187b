"""The group "Services" of the menu; registered by `DeploymentsConfig.ready`."""

from django.http import HttpRequest

from catalog.admin.navigation import Group, link_for
from deployments.actions.services.teams import VIEW


def find_group(request: HttpRequest) -> Group:
    return (
        "Services",
        [
            link_for(request, "Services", "deployed_code", "service-pages:services", VIEW),
            link_for(request, "Deployments", "rocket_launch", "service-pages:deployments", VIEW),
        ],
    )
