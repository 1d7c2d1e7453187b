"""Which connections a service uses, as a small form beside the settings of its source and of its build."""

from typing import Any

from catalog.schemas.form_fields import FormField, describe_form
from deployments.models import BackendKind, Connection
from deployments.models.connections import CONNECTED

CONNECTION = "Not set: the first by priority that has room, and another one if it does not answer."
LABELS = "Only connections that have all of these."


def routing_prefix(kind: BackendKind) -> str:
    """What the names of its inputs begin with."""
    return f"routing/{kind}"


def connections_form(kind: BackendKind, spec: str) -> FormField | None:
    """For the places of this backend; None for targets. One query."""
    if kind not in CONNECTED:
        return None
    names = list(Connection.objects.filter(kind=kind, backend=spec).order_by("name").values_list("name", flat=True))
    choice: dict[str, Any] = {"enum": names} if names else {"type": "string"}
    labels = {"title": "Labels", "description": LABELS, "type": "object", "additionalProperties": {"type": "string"}}
    return describe_form(
        {
            "type": "object",
            "properties": {
                "connection": {"title": "Connection", "description": CONNECTION, **choice},
                "labels": labels,
            },
        }
    )
