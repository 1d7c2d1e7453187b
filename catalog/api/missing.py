"""What answers below `/api/` where nothing else does: a problem, not a page."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from catalog.api.base import ApiView


@extend_schema(exclude=True)
class MissingView(ApiView):
    """404 for every method, whoever asks."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound("There is nothing at this address; /api/v1/openapi.json lists what there is.")
