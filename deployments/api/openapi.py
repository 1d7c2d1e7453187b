"""Parts of the API's description that several operations of services name."""

from typing import Any

from deployments.api.deployments.shapes import DEPLOYMENT
from deployments.api.services.shapes import SERVICE


def add_shapes(result: Any, generator: Any, request: Any, public: Any) -> Any:
    """A hook of drf-spectacular: services and deployments as components."""
    result["components"]["schemas"] |= {"Service": SERVICE, "Deployment": DEPLOYMENT}
    return result
