"""Change the same fields of many entries: shown first, then written together or not at all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import TextChoices

from catalog.actions.batches import judge, write_together
from catalog.actions.errors import RefusedError
from catalog.actions.proposals import Proposal
from catalog.actions.revisions import Change, clean_note
from catalog.documents.cells import join_list
from catalog.documents.tables import COLUMNS, Cells, Column, cells_of, document_from_cells, read_items
from catalog.models import ENTRY_MODELS
from catalog.models.history import RevisionSource

MAX_ENTRIES = 1_000
PRICED = (
    "currency", "monthly_cost_min", "monthly_cost_max", "setup_cost_min", "setup_cost_max", "complexity_level",
    "performance_tier", "hosting_pattern", "tier_name", "best_for", "target_market", "ssg_engine_options",
    "key_features", "template_variants",
)  # fmt: skip
# What may be the same in many entries. Lifecycle and config schemas have pages of their own.
FIELDS: dict[str, tuple[str, ...]] = {
    "provider": (
        "category", *PRICED, "rendering_modes", "cms_type", "ecommerce_type", "transaction_fee_basis_points",
        "implementation_language", "incompatible_builders",
    ),
    "builder": ("category", "best_for", "ssg_engine_options", "key_features"),
    "stack": (*PRICED, "key_benefits", "builder", "providers_cms", "providers_ecommerce", "providers_ssg",
              "providers_source"),
}  # fmt: skip


class Operation(TextChoices):
    SET = "set", "Set to"
    ADD = "add", "Add"
    REMOVE = "remove", "Take out"
    CLEAR = "clear", "Empty it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What to do with one field; `value` is what stands in its cell, ADD and REMOVE are for lists."""

    column: str
    operation: Operation
    value: str = ""


def propose_edits(kind: str, pks: Iterable[int], edits: Sequence[Edit], *, by: User) -> list[Proposal]:
    """Each of these entries as it would be, judged, in the order of their names. Writes nothing.

    Raises RefusedError for a field or an operation that is not for many, or too many entries.
    """
    _refuse_wrong(kind, edits)
    proposals = _propose(kind, list(pks), edits)
    judge(proposals, by=by)
    return proposals


@transaction.atomic
def apply_edits(kind: str, numbers_by_pk: Mapping[int, int], edits: Sequence[Edit], *, note: str, by: User) -> int:
    """Write the edits into all of these entries; how many changed.

    `numbers_by_pk` are the revisions that the person was shown. Raises RefusedError as `propose_edits` and
    `write_together` do; then nothing is written.
    """
    _refuse_wrong(kind, edits)
    note = clean_note(note)
    proposals = _propose(kind, list(numbers_by_pk), edits)
    if len(proposals) < len(numbers_by_pk):
        raise RefusedError("Nothing was written: some of the entries are not there any more.")
    for proposal in proposals:
        # A proposal is made of what the entry is now; this is what the person was shown.
        proposal.number = numbers_by_pk[proposal.line]
    counts = write_together(proposals, Change(by=by, note=note, source=RevisionSource.ADMIN))
    return counts["update"]


def _refuse_wrong(kind: str, edits: Sequence[Edit]) -> None:
    if kind not in FIELDS:
        raise RefusedError("There are no such entries.")
    if not edits:
        raise RefusedError("Choose at least one field to change.")
    for edit in edits:
        if edit.column not in FIELDS[kind]:
            raise RefusedError(f"{edit.column} cannot be changed in many entries at once.")
        is_for_lists = edit.operation in (Operation.ADD, Operation.REMOVE)
        if is_for_lists and not COLUMNS[kind][edit.column].form.is_list:
            raise RefusedError(f"{edit.column} is no list: set it, or empty it.")


def _propose(kind: str, pks: Sequence[int], edits: Sequence[Edit]) -> list[Proposal]:
    """The line of a proposal is the id of its entry's row."""
    if len(pks) > MAX_ENTRIES:
        raise RefusedError(f"{len(pks):,} entries are too many at once; {MAX_ENTRIES:,} are allowed.")
    model = next(model for model in ENTRY_MODELS if model.kind == kind)
    entries = model._default_manager.filter(pk__in=pks, latest_revision__isnull=False).order_by("display_name", "pk")
    proposals = []
    for entry in entries.select_related("latest_revision"):
        revision = entry.latest_revision
        if revision is None:
            continue
        before = revision.document
        cells = cells_of(kind, before)
        for edit in edits:
            cells[edit.column] = _edited(COLUMNS[kind][edit.column], cells, edit)
        document, problems = document_from_cells(kind, cells)
        proposals.append(
            Proposal(
                line=entry.pk,
                kind=kind,
                key=entry.key,
                number=revision.number,
                before=before,
                before_text=revision.canonical,
                document=document,
                problems=problems,
            )
        )
    return proposals


def _edited(column: Column, cells: Cells, edit: Edit) -> str:
    if edit.operation == Operation.CLEAR:
        return ""
    if edit.operation == Operation.SET:
        return edit.value
    given = read_items(column.form, edit.value)
    there = read_items(column.form, cells[column.name])
    if edit.operation == Operation.REMOVE:
        return join_list([item for item in there if item not in given])
    return join_list([*there, *(item for item in given if item not in there)])
