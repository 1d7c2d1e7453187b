"""Many entries at once: judged together with few queries, written together or not at all.

What a person saw is bound to the revision numbers that it was compared with, and is judged again in the transaction
that writes it.
"""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from django.contrib.auth.models import User
from django.db import transaction

from catalog.actions.entries import save_entry
from catalog.actions.errors import RefusedError
from catalog.actions.judgement import judge_content, judge_lifecycle, judge_names, judge_permissions
from catalog.actions.proposals import Proposal, Verdict, find_current
from catalog.actions.revisions import Change
from catalog.actions.schema_gate import judge_schemas
from catalog.documents.mapping import references_of

SHOWN = 20


def judge(proposals: Sequence[Proposal], *, by: User, breaking_schema_reason: str = "") -> None:
    """Give each proposal its problems: the document's, the person's rights, and what the entries mean to each other.

    The number of queries depends on what is referred to, not on how many proposals there are, but for those that
    change a lifecycle or a config schema.
    """
    judge_content(proposals)
    judge_permissions(proposals, by=by)
    judge_names(proposals)
    judge_lifecycle(proposals)
    judge_schemas(proposals, by=by, reason=breaking_schema_reason)
    try:
        put_in_order(proposals)
    except CycleError as error:
        circle = set(error.args[1])
        for proposal in proposals:
            if proposal.key in circle and proposal.writes:
                proposal.blame("", "circle", "It and another new entry name each other; make one of them first.")


@transaction.atomic
def write_together(proposals: Sequence[Proposal], change: Change) -> dict[str, int]:
    """Write them all; how many were created and changed.

    A proposal without a document stands for an entry that was shown as unchanged. Raises RefusedError that lists
    every entry that somebody has changed since, or that cannot be written any more.
    """
    if change.by is None:
        raise RefusedError("Only a person can change entries together.")
    _compare_again(proposals)
    judge(proposals, by=change.by, breaking_schema_reason=change.breaking_schema_reason)
    wrong = [proposal for proposal in proposals if proposal.problems]
    if wrong:
        lines = [f"{proposal.key or f'Line {proposal.line}'}: {proposal.problems[0].message}" for proposal in wrong]
        raise RefusedError("\n".join(["Nothing was written, because this cannot be saved:", *_some(lines)]))
    counts = {Verdict.CREATE.value: 0, Verdict.UPDATE.value: 0}
    for proposal in put_in_order(proposals):
        try:
            save_entry(proposal.kind, proposal.document or {}, change, expected_revision=proposal.number)
        except RefusedError as error:
            raise RefusedError(f"Nothing was written. {proposal.key}: {error}") from error
        counts[proposal.verdict.value] += 1
    if not any(counts.values()):
        raise RefusedError("Nothing would change, so there is nothing to write.")
    return counts


def put_in_order(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Those that write something, each after what it needs: new entries that it names, aliases that become free.

    Raises graphlib.CycleError.
    """
    writing = {proposal.key: proposal for proposal in proposals if proposal.writes}
    freed = {
        alias: proposal.key
        for proposal in writing.values()
        for alias in set((proposal.before or {}).get("aliases", [])) - set((proposal.document or {}).get("aliases", []))
    }
    graph = {key: _needs(proposal, writing, freed) for key, proposal in writing.items()}
    return [writing[key] for key in TopologicalSorter(graph).static_order()]


def _needs(proposal: Proposal, writing: Mapping[str, Proposal], freed: Mapping[str, str]) -> set[str]:
    document = proposal.document or {}
    named = {key for _, key in references_of(document) if key in writing and writing[key].before is None}
    taken = {freed[name] for name in [proposal.key, *document.get("aliases", [])] if name in freed}
    return named | (taken - {proposal.key})


def _compare_again(proposals: Sequence[Proposal]) -> None:
    """Fill in what the entries are now. Raises RefusedError if one is not what the person was shown."""
    current = find_current({proposal.key for proposal in proposals})
    changed = []
    for proposal in proposals:
        now = current.get(proposal.key)
        if proposal.number != (now.number if now else 0):
            changed.append(f"{proposal.key} (revision {now.number if now else 0}, was {proposal.number})")
        proposal.before, proposal.before_text = (now.document, now.canonical) if now else (None, "")
        if proposal.document is None:
            proposal.document = proposal.before
    if changed:
        raise RefusedError(
            "\n".join(["Nothing was written: somebody else has changed entries since you looked.", *_some(changed)])
        )


def _some(lines: Sequence[str]) -> list[str]:
    more = len(lines) - SHOWN
    return [*lines[:SHOWN], *([f"and {more:,} more"] if more > 0 else [])]
