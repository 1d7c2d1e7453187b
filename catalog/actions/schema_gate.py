"""The gate that a new config schema passes: services that are configured by the live one must not break unseen.

Only a person who may change config schemas goes through what breaks, and only with a reason, which the audit keeps.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import User

from catalog.actions.errors import SchemaGateError
from catalog.actions.proposals import Proposal
from catalog.models import AuditRecord, find_entry
from catalog.models.audit import Verb
from catalog.schemas.compare.report import Change as SchemaChange
from catalog.schemas.compare.report import compare_schemas
from catalog.schemas.configs import judge_config
from catalog.schemas.problems import Problem
from catalog.schemas.rules import schema_problems
from catalog.usage import stored_configs

# Configs that are judged; more than that are never all shown.
MAX_CONFIGS = 10_000
PERMISSION = "catalog.change_config_schema"


def refuse_breaking_schema(
    key: str, *, before: Mapping[str, Any] | None, after: Mapping[str, Any], by: User | None, reason: str = ""
) -> SchemaGateError | None:
    """Compare the config schema of a document with the live one, and judge the stored configs by it.

    `before` is the newest document, None for a new entry: nothing is asked unless the schema changes. Raises
    SchemaGateError if something breaks and there is no reason; with one, what the person has gone through is the
    answer. The starter catalogue and commands, who have no reason to give, are kept from breaking services only.
    A query for the entry, one for its live revision, and what `usage.stored_configs` costs.
    """
    old, new = (before or {}).get("config_schema", {}), after.get("config_schema", {})
    if before is None or json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True):
        return None
    found = find_breaking(key, new)
    if found is None or (by is None and not found.broken):
        return None
    if not reason.strip() or by is None or not by.has_perm(PERMISSION):
        raise found
    return found


def find_breaking(key: str, new: Mapping[str, Any]) -> SchemaGateError | None:
    """What `new` would break for the entry `key`: incompatible with the live schema, or with stored configs."""
    entry = find_entry(key)
    live = entry.live_revision.document.get("config_schema", {}) if entry and entry.live_revision else {}
    changes = breaking_changes(json.dumps(live), json.dumps(new)) if live else ()
    broken: list[tuple[str, Problem]] = []
    for stored in stored_configs(key)[:MAX_CONFIGS]:
        errors = judge_config(new, stored.config).errors
        # What is wrong by the live schema, too, is not this change's doing.
        if errors and not (live and judge_config(live, stored.config).errors):
            broken.append((f"{stored.use.kind} {stored.use.name}", errors[0]))
    return SchemaGateError(key, changes=changes, broken=broken) if changes or broken else None


@lru_cache(maxsize=256)
def breaking_changes(live: str, new: str) -> tuple[SchemaChange, ...]:
    """The breaking changes between two schemas given as JSON, which the same import asks about more than once."""
    old, latest = json.loads(live), json.loads(new)
    if schema_problems(old) or schema_problems(latest):
        text = "The two schemas cannot be compared, because one of them is not valid by today's rules."
        return (SchemaChange("", "not_comparable", breaking=True, explanation=text),)
    return compare_schemas(old, latest).breaking


def judge_schemas(proposals: Sequence[Proposal], *, by: User, reason: str = "") -> None:
    """Whether each may have its config schema. Queries only for those that change it."""
    for proposal in proposals:
        if not proposal.writes or proposal.before is None:
            continue
        try:
            refuse_breaking_schema(
                proposal.key, before=proposal.before, after=proposal.document or {}, by=by, reason=reason
            )
        except SchemaGateError as error:
            proposal.gate = error
            proposal.problems += error.problems


def note_passage(passed: SchemaGateError, *, by: User | None, reason: str) -> None:
    """Keep in the audit who has gone through the gate, and why."""
    what = f"{len(passed.changes)} breaking changes, {len(passed.broken)} broken configs"
    AuditRecord.objects.note(
        Verb.EDITED, by=by, object_name=passed.key, detail=f"Config schema changed in spite of {what}: {reason}"
    )
