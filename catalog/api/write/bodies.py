"""What a request's body must look like, said once: the same JSON Schema judges it and documents it."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from rest_framework.request import Request

from catalog.api.problems import MAX_PROBLEMS, BadRequestError, listed
from catalog.schemas.validation import Judge, Problem, judge

Shape = Mapping[str, Any]

NOTE: Shape = {
    "type": "string",
    "minLength": 1,
    "maxLength": 500,
    "description": "Why this changes; everybody sees it in the history.",
}
DOCUMENT: Shape = {
    "type": "object",
    "description": "The whole document, as its schema has it. `id`, `name`, `last_updated`, `revision` and `serial`, "
    "which answers add to a document, are left aside.",
}
GATE_REASON: Shape = {
    "type": "string",
    "maxLength": 300,
    "description": "Why a config schema changes although it breaks what is configured; for schema admins.",
}
KEY: Shape = {"type": "string", "maxLength": 160, "description": "The key of an entry, such as providers/cms/sanity."}
NUMBER: Shape = {"type": "integer", "minimum": 1, "maximum": 2_147_483_647}


class Body:
    """A JSON object with these members and no others; `schema` is for the documentation, too."""

    def __init__(self, members: Mapping[str, Shape], *, required: Sequence[str] = ()) -> None:
        self.schema: dict[str, Any] = {
            "type": "object",
            "properties": dict(members),
            "required": list(required),
            "additionalProperties": False,
        }
        if not required:
            del self.schema["required"]

    def read(self, request: Request) -> dict[str, Any]:
        """The members of the request's body. Raises BadRequestError that lists what is wrong, up to 200 things."""
        problems = self.find_problems(request.data)
        if problems:
            raise BadRequestError("The body does not have the shape that this needs.", errors=listed(problems))
        return dict(request.data)

    def find_problems(self, value: Any) -> list[Problem]:
        """What is wrong with the shape of a value, up to 200 things."""
        return judge(self._judge, value)[:MAX_PROBLEMS]

    @cached_property
    def _judge(self) -> Any:
        return Judge(self.schema, format_checker=Judge.FORMAT_CHECKER)
