"""Addresses of deployments, and of what is asked of a service's."""

from django.urls import URLPattern, path

from deployments.api.deployments.acts import CancelDeployment, PinService, RollBackService
from deployments.api.deployments.views import DeploymentList, OneDeployment, ServiceDeployments

SERVICE, ONE = "services/<uuid:id>", "deployments/<uuid:id>"
deployment_routes: list[URLPattern] = [
    path(f"{SERVICE}/deployments", ServiceDeployments.as_view(), name="service-deployments"),
    path(f"{SERVICE}/rollback", RollBackService.as_view(), name="service-rollback"),
    path(f"{SERVICE}/pin", PinService.as_view(), name="service-pin"),
    path("deployments", DeploymentList.as_view(), name="deployments"),
    path(ONE, OneDeployment.as_view(), name="deployment"),
    path(f"{ONE}/cancel", CancelDeployment.as_view(), name="deployment-cancel"),
]
