"""Bring edits of files into the registry: one import of what changed in Git, nothing of what changed on both sides."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from catalog.actions.errors import RefusedError
from catalog.actions.imports import import_documents, judge_documents
from catalog.actions.lifecycle import MAX_REASON
from catalog.actions.proposals import Current, Verdict, chunked, find_current
from catalog.actions.repository.folder import FileProblem, find_mark, read_files, write_files
from catalog.actions.repository.judging import read_tree
from catalog.actions.revisions import one_line
from catalog.documents.canonical import sha256_hex
from catalog.documents.layout import MARK, Mark, digest_of, write_mark
from catalog.documents.mapping import Document, is_removed
from catalog.documents.sides import Side, side_of
from catalog.models import Import, Revision
from catalog.models.choices import Lifecycle

ALL = "all"


class DamagedFilesError(RefusedError):
    """Files cannot be read as documents; `problems` are all of them."""

    def __init__(self, problems: list[FileProblem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(slots=True, kw_only=True)
class Plan:
    """What an import of a folder would do: `documents` by key are imported, `rows` are those of the import; `sides` are
    of all entries that have or had a file.
    """

    folder: Path
    mark: Mark | None
    digests: Mapping[str, str]
    current: Mapping[str, Current]
    sides: dict[str, Side] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def before(self) -> dict[str, Document]:
        """The documents that are there."""
        return {key: current.document for key, current in self.current.items()}

    def left_alone(self, side: Side) -> list[str]:
        """The keys that are not imported although they are not the same on both sides."""
        return [key for key, found in self.sides.items() if found == side and key not in self.documents]


def plan_import(folder: Path, *, by: User, overwrite: Set[str] = frozenset(), removal_reason: str = "") -> Plan:
    """The dry run; writes nothing. With `removal_reason`, entries whose files were taken away are to be removed.

    `overwrite` are keys of which the file is taken although the registry has changed, too; "all" for every one.
    Raises DamagedFilesError or RefusedError.
    """
    reason = one_line(removal_reason)
    if len(reason) > MAX_REASON:
        raise RefusedError(f"The reason has {len(reason):,} characters; {MAX_REASON} are allowed.")
    tree = read_tree(read_files(folder))
    if tree.problems:
        raise DamagedFilesError(tree.problems)
    mark = find_mark(folder)
    if not tree.documents and mark is None:
        raise RefusedError(f"{folder} has no builders, providers or stacks.")
    keys = tree.keys | set(mark.digests if mark else ())
    plan = Plan(
        folder=folder,
        mark=mark,
        digests={key: digest_of(document) for key, document in tree.documents.items()},
        current=find_current(keys),
    )
    _tell_sides(plan, sorted(keys))
    for key, side in plan.sides.items():
        is_told = side == Side.BOTH and bool(overwrite & {key, ALL})
        if key in tree.documents and (side == Side.FILE or is_told):
            plan.documents[key] = tree.documents[key]
        elif key not in tree.documents and reason and (side == Side.GONE or is_told):
            plan.documents[key] = _removed(plan.current[key].document, reason)
    plan.rows = judge_documents(list(plan.documents.values()), by=by)
    return plan


def apply_plan(plan: Plan, *, note: str, by: User) -> Import | None:
    """Write what the plan showed, in one import (None if there is nothing to write), and move the mark on.

    Raises RefusedError. If only the mark could not be written, the message says so: the import is done then.
    """
    made = None
    # A row that is wrong is refused there.
    if any(row["verdict"] != Verdict.UNCHANGED for row in plan.rows):
        seen = {key: plan.current[key].number if key in plan.current else 0 for key in plan.documents}
        made = import_documents(list(plan.documents.values()), file_name=str(plan.folder), note=note, by=by, seen=seen)
    agreed = dict(plan.mark.digests if plan.mark else {})
    for key, side in plan.sides.items():
        if side != Side.SAME and key not in plan.documents:
            continue
        agreed.pop(key, None)
        if key in plan.digests:
            agreed[key] = plan.digests[key]
    if plan.mark is None or agreed != plan.mark.digests:
        _move_mark(plan, Mark(agreed))
    return made


def _tell_sides(plan: Plan, keys: list[str]) -> None:
    bases = plan.mark.digests if plan.mark else {}
    newest = {key: _newest(plan, key) for key in keys}
    moved = [key for key in keys if key in plan.current and plan.digests.get(key) == bases.get(key) != newest[key]]
    known = _known_bases(moved, bases)
    for key in keys:
        plan.sides[key] = side_of(
            file=plan.digests.get(key, ""), base=bases.get(key, ""), newest=newest[key], knows_base=key in known
        )


def _newest(plan: Plan, key: str) -> str:
    current = plan.current.get(key)
    if current is None or (key not in plan.digests and is_removed(current.document)):
        return ""
    return sha256_hex(current.canonical.encode())


def _known_bases(keys: list[str], bases: Mapping[str, str]) -> set[str]:
    """The keys of which the registry has had the base as a revision. A query for every 500."""
    return {
        key
        for chunk in chunked(keys)
        for key, digest in Revision.objects.filter(entry_key__in=chunk).values_list("entry_key", "sha256")
        if bases.get(key) == digest
    }


def _removed(document: Document, reason: str) -> Document:
    lifecycle = {"state": Lifecycle.REMOVED.value, "since": timezone.now().date().isoformat(), "reason": reason}
    return {**document, "lifecycle": lifecycle}


def _move_mark(plan: Plan, mark: Mark) -> None:
    try:
        write_files(plan.folder, {MARK: write_mark(mark)})
    except RefusedError as error:
        raise RefusedError(f"The import is done, but what it was made of could not be noted: {error}") from error
