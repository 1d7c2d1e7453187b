"""How the views of this room are documented: one view for three kinds, each with names of its own."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view

from catalog.api.openapi import problems
from catalog.api.read.shapes import name_of
from catalog.api.write.bodies import Body
from catalog.models import ENTRY_MODELS

IF_MATCH = OpenApiParameter(
    "If-Match",
    {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the revision that you began with; 428 without it, 412 if it is not the newest any more.",
    examples=[OpenApiExample("Revision 3", value='"3"')],
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    OpenApiParameter.HEADER,
    description="Optional: sent again within a day, the request is answered as the first time, with "
    "Idempotent-Replayed: true, and nothing is done twice.",
)

LOOKING = problems(308, 400, 401, 403, 404, 409, 429)
CREATING = problems(400, 401, 403, 409, 413, 415, 422, 429)
CHANGING = problems(308, 400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429)


def acts(body: Body, *, media_types: tuple[str, ...] = ("application/json",)) -> dict[str, Any]:
    """The `request` of `extend_schema` for this body."""
    return dict.fromkeys(media_types, body.schema)


def for_kinds(
    view: type[Any],
    *,
    beside: Mapping[str, type[Any]] | None = None,
    is_list: bool = False,
    **operations: tuple[str, str],
) -> dict[str, type[Any]]:
    """The view of each kind. `operations`: method -> (operationId, summary), with {kind} where the kind goes.

    A view's `examples`: method -> kind -> the example of its body. `beside` are the views of each kind that answer
    other methods at the same address. Only a list has no name there.
    """
    kinds = [model.kind for model in ENTRY_MODELS]
    named = {kind: [] if is_list else [name_of(kind)] for kind in kinds}
    return {kind: _for_kind(view, kind, beside or {}, operations, named[kind]) for kind in kinds}


def _for_kind(
    view: type[Any],
    kind: str,
    beside: Mapping[str, type[Any]],
    operations: Mapping[str, tuple[str, str]],
    parameters: list[OpenApiParameter],
) -> type[Any]:
    other = beside.get(kind)
    bases = (view, other) if other else (view,)
    scopes = {**(other.scopes if other else {}), **view.scopes}
    made = type(f"{kind.title()}{view.__name__}", bases, {"kind": kind, "scopes": scopes, "__doc__": view.__doc__})
    documented = {
        method: extend_schema(
            operation_id=operation_id.format(kind=kind),
            summary=summary.format(kind=kind),
            tags=[f"{kind}s"],
            parameters=parameters,
            examples=[view.examples[method][kind]] if method in getattr(view, "examples", {}) else None,
        )
        for method, (operation_id, summary) in operations.items()
    }
    extended: type[Any] = extend_schema_view(**documented)(made)
    return extended
