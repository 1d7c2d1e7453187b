"""A request's body that is one JSON object of any shape: a config, a document."""

from typing import Any

from rest_framework.request import Request

from catalog.api.problems import BadRequestError


def read_object(request: Request, *, noun: str) -> dict[str, Any]:
    """The body. Raises BadRequestError for another value, and for no body at all, which is no empty object."""
    if request.stream is not None and isinstance(request.data, dict):
        return request.data
    problem = {"path": "", "code": "type", "message": "This must be of type object."}
    raise BadRequestError(f"The body is the {noun}, which is a JSON object.", errors=[problem])
