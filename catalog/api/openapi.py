"""Parts of the API's description that views do not say one by one: documents, problems, how a token is sent.

Reference: OpenAPI 3.1, whose schemas are JSON Schema 2020-12: the released schemas are used as they are.
"""

import json
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from catalog.documents.mapping import MEMBERS
from catalog.schemas.library import CURRENT_VERSIONS, load_schema

TEXT = {"type": "string"}
PROBLEM_TYPE = "application/problem+json"
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "What was refused and why (RFC 9457). Some problems have further members.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {**TEXT, "examples": ["about:blank"]},
        "title": {**TEXT, "description": "The name of the status."},
        "status": {"type": "integer", "minimum": 300, "maximum": 599},
        "detail": {**TEXT, "description": "What happened, for people."},
        "errors": {
            "type": "array",
            "description": "What is wrong, all of it at once.",
            "items": {
                "type": "object",
                "required": ["path", "code", "message"],
                "properties": {
                    "path": {**TEXT, "description": "JSON Pointer into the body; / and the name of a parameter."},
                    "code": {**TEXT, "description": "A word that stays."},
                    "message": TEXT,
                },
            },
        },
    },
}
# What answers add to a document.
ADDED: dict[str, Any] = {
    "id": {**TEXT, "description": "The slug: its name in addresses where that is one entry only."},
    "name": {**TEXT, "description": "display_name."},
    "description": TEXT,
    "icon": {**TEXT, "description": "Name of the icon; empty for none."},
    "last_updated": {**TEXT, "format": "date-time", "description": "When this revision was saved."},
    "serial": {"type": "integer", "minimum": 1, "description": "The snapshot that last changed it."},
    "revision": {
        "type": "integer",
        "minimum": 1,
        "description": "Its number, where it is not live.",
    },
}
# For reads: a token or a session is taken, but not needed unless the settings say so.
ANYBODY: Any = [{}, {"token": []}, {"cookieAuth": []}]
WORDS = {
    308: "It has another name now; `Location` is its address.",
    400: "The query or the body has mistakes; `errors` lists them.",
    401: "No token, or one that is unknown, expired or revoked.",
    403: "The caller, or the token, may not do this.",
    404: "There is no such thing.",
    409: "The name means several entries (`candidates`), or the state of things forbids it.",
    410: "It was removed; `reason` and `replacement` say why and what to use instead.",
    412: "It is not what If-Match names.",
    413: "The body is larger than a megabyte.",
    415: "The body is of a type that is not taken here.",
    422: "A rule says no; `errors` has the places where there are some.",
    428: "If-Match is missing.",
    429: "Too many requests; `Retry-After` says when to go on.",
    503: "Not now; `Retry-After` says when to ask again.",
}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: Bearer reg_...`."""

    target_class = "catalog.api.access.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token: reg_<id>_<secret>."}


def problems(*statuses: int) -> dict[Any, OpenApiResponse]:
    """Responses of `extend_schema` for what may be refused."""
    return {
        (status, PROBLEM_TYPE): OpenApiResponse(
            {"$ref": "#/components/schemas/Problem"},
            description=WORDS[status],
            examples=[
                OpenApiExample(
                    f"Problem {status}",
                    value={"type": "about:blank", "title": "...", "status": status, "detail": WORDS[status]},
                )
            ],
        )
        for status in statuses
    }


def document(kind: str) -> dict[str, str]:
    """A reference to the shape of a document of this kind as answers have it."""
    return {"$ref": f"#/components/schemas/{kind.title()}"}


def member_names(kind: str) -> list[str]:
    """Every member that a document of this kind, as answers have it, may have."""
    names = [member.name for member in MEMBERS[kind]]
    return [*dict.fromkeys(["id", "name", *names, "schema_version", *ADDED])]


def add_shapes(result: Any, generator: Any, request: Any, public: Any) -> Any:
    """A hook of drf-spectacular: documents and problems as components."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = PROBLEM
    schemas["Manifest"] = _component("Manifest", load_schema("manifest", CURRENT_VERSIONS["manifest"]))
    for kind in MEMBERS:
        whole = load_schema(kind, CURRENT_VERSIONS[kind])
        # Whoever asks for chosen members gets no others.
        part = {name: value for name, value in whole.items() if name not in ("required", "allOf")}
        schemas[kind.title()] = _component(kind.title(), {**part, "properties": {**part["properties"], **ADDED}})
    for operations in result["paths"].values():
        for operation in operations.values():
            _require_body(operation)
    return result


def _require_body(operation: Any) -> None:
    """A body that says what is needed is needed itself, even if that is nothing: drf-spectacular does not say so."""
    body = operation.get("requestBody")
    if body and any("required" in form["schema"] for form in body["content"].values()):
        body["required"] = True


def _component(name: str, schema: Any) -> Any:
    """A schema that stands inside of the description instead of by itself."""
    text = json.dumps({key: value for key, value in schema.items() if key not in ("$schema", "$id")})
    return json.loads(text.replace('"#/$defs/', f'"#/components/schemas/{name}/$defs/'))
