"""Differences between two documents of a service as people read them, for `admin/catalog/differences.html`."""

from collections.abc import Mapping
from typing import Any

from catalog.admin.differences import Part, Row, value_parts
from catalog.documents.diff import Difference, diff_documents
from catalog.schemas.form_parts import label_of
from deployments.configs.schemas import is_reference

LABELS = {
    "name": "Name",
    "environment": "Environment",
    "team": "Team",
    "providerId": "Source",
    "builderId": "Builder",
    "stackId": "Stack",
    "providerBackend": "Version of the source",
    "builderBackend": "Version of the builder",
    "targetBackend": "Target",
    "providerConfig": "Source settings",
    "builderConfig": "Build settings",
    "targetConfig": "Target settings",
    "routing": "Connections",
    # Of one part alone, as it is upgraded.
    "backend": "Version",
    "config": "Settings",
}


def readable(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Row]:
    """Rows for everything that differs; secrets are there by name."""
    return [_row(difference) for difference in diff_documents(before, after)]


def member_label(path: str) -> str:
    """`/providerConfig/branch` -> `Source settings: branch`."""
    member, *rest = (part.replace("~1", "/").replace("~0", "~") for part in path.strip("/").split("/"))
    return ": ".join([LABELS.get(member, label_of(member)), *([" / ".join(rest)] if rest else [])])


def _row(difference: Difference) -> Row:
    before, after = difference.before, difference.after
    if isinstance(before, list) and isinstance(after, list):
        sides = [Part(part.text, kept=part in value_parts("", after)) for part in value_parts("", before)]
        others = [Part(part.text, kept=part in value_parts("", before)) for part in value_parts("", after)]
        return Row(difference.path, member_label(difference.path), sides, others, is_list=True)
    return Row(difference.path, member_label(difference.path), _parts(before), _parts(after))


def _parts(value: Any) -> list[Part]:
    if is_reference(value):
        return [Part(f"the secret {value['$secret']}")]
    return value_parts("", value)
