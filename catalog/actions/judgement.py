"""The rules for proposals, one after another; each looks only at what the ones before found nothing wrong with."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User

from catalog.actions.direction import saving_problems
from catalog.actions.errors import RefusedError, RefusedFieldError
from catalog.actions.lifecycle import gone_references, refuse_lifecycle, refuse_replacement
from catalog.actions.proposals import Proposal, chunked, find_existing
from catalog.actions.roles import refuse_beyond_limits, refuse_schema_change
from catalog.documents.canonical import DocumentError, canonical_bytes
from catalog.documents.mapping import document_from_fields, fields_from_document, is_removed, references_of
from catalog.documents.sizes import size_problems
from catalog.models import Alias, find_entry
from catalog.models.choices import Lifecycle
from catalog.schemas.validation import Problem


def judge_content(proposals: Sequence[Proposal]) -> None:
    """Whether each document is valid; it then is what would be recorded. No queries."""
    for proposal in proposals:
        if proposal.document is None or _is_unchanged(proposal):
            continue
        # A cell that could not be read has its own message; its member is missing in the document.
        known = {_member(problem) for problem in proposal.problems}
        found = size_problems(proposal.document) or saving_problems(proposal.kind, proposal.document)
        proposal.problems += [problem for problem in found if _member(problem) not in known]
        if proposal.problems:
            continue
        recorded = document_from_fields(proposal.kind, fields_from_document(proposal.kind, proposal.document))
        if recorded != proposal.document:
            proposal.document = recorded
            _is_unchanged(proposal)


def judge_permissions(proposals: Sequence[Proposal], *, by: User) -> None:
    """Whether the person may write each. Two queries for each folder with a limit."""
    folders: dict[str, str] = {}
    for proposal in _writing(proposals):
        deed = "add" if proposal.before is None else "change"
        if not by.has_perm(f"catalog.{deed}_{proposal.kind}"):
            proposal.blame("", "permission", f"You may not {deed} {proposal.kind}s.")
            continue
        folder = proposal.key.rpartition("/")[0]
        if folder not in folders:
            folders[folder] = _refusal(lambda key=proposal.key: refuse_beyond_limits(by, key=key))
        if folders[folder]:
            proposal.blame("", "permission", folders[folder])
        refusal = _refusal(lambda one=proposal: refuse_schema_change(by, before=one.before, after=one.document or {}))
        if refusal:
            proposal.blame("/config_schema", "permission", refusal)


def judge_names(proposals: Sequence[Proposal]) -> None:
    """Whether keys and aliases are free, and references lead somewhere; the proposals count as written."""
    writing = list(_writing(proposals))
    made = {proposal.key for proposal in writing if proposal.before is None}
    named = {key for proposal in writing for _, key in references_of(proposal.document or {})}
    claimed = {alias for proposal in writing for alias in _aliases(proposal.document)}
    there = find_existing(named | claimed) | made
    owners = _owners_of(claimed | made)
    _free_aliases(writing, owners)
    removed = {proposal.key for proposal in writing if is_removed(proposal.document or {})}
    for proposal in writing:
        _judge_references(proposal, there, removed)
    for proposal in writing:
        _judge_aliases(proposal, there, owners)


def _judge_references(proposal: Proposal, there: set[str], removed: set[str]) -> None:
    for path, key in references_of(proposal.document or {}):
        if key not in there:
            proposal.blame(path, "reference", f"There is no entry {key}.")
        elif key in removed and not is_removed(proposal.document or {}):
            proposal.blame(path, "reference", f"{key} is to be removed.")


def _judge_aliases(proposal: Proposal, there: set[str], owners: dict[str, str]) -> None:
    """Who claims a free alias first is its owner from then on."""
    if owners.get(proposal.key, proposal.key) != proposal.key:
        proposal.blame("", "alias", f"{proposal.key} is an alias of {owners[proposal.key]} already.")
    for at, alias in enumerate(_aliases(proposal.document)):
        owner = owners.setdefault(alias, proposal.key)
        if alias in there:
            proposal.blame(f"/aliases/{at}", "alias", f"{alias} is an entry of its own and cannot be an alias.")
        elif owner != proposal.key:
            proposal.blame(f"/aliases/{at}", "alias", f"{alias} is an alias of {owner} already.")


def judge_lifecycle(proposals: Sequence[Proposal]) -> None:
    """Whether each may take on its lifecycle: what is used is not removed. A few queries for each that changes it."""
    writing = {proposal.key: proposal for proposal in _writing(proposals)}
    for proposal in writing.values():
        before = (proposal.before or {}).get("lifecycle", {})
        after = dict((proposal.document or {}).get("lifecycle", {}))
        if before == after:
            continue
        try:
            _refuse_circle(proposal.key, writing)
            target = writing.get(after.get("replacement", ""))
            if target and target.before is None:
                del after["replacement"]
            _refuse_lifecycle(proposal, before, after)
        except RefusedFieldError as error:
            proposal.blame(f"/lifecycle/{error.field}", "lifecycle", str(error))
        except RefusedError as error:
            proposal.blame("/lifecycle/state", "lifecycle", str(error))


def _refuse_circle(key: str, writing: Mapping[str, Proposal]) -> None:
    """Raises RefusedFieldError if the replacements lead back to `key` once all is written."""
    at, seen = key, set()
    while at and at not in seen:
        seen.add(at)
        if at in writing:
            at = (writing[at].document or {}).get("lifecycle", {}).get("replacement", "")
        else:
            entry = find_entry(at)
            at = entry.lifecycle_replacement if entry else ""
        if at == key:
            raise RefusedFieldError("Following the replacements would never end.", field="replacement")


def _refuse_lifecycle(proposal: Proposal, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    entry = find_entry(proposal.key)
    if entry is None:
        refuse_replacement(proposal.key, after.get("replacement", ""))
        return
    refuse_lifecycle(entry, after)
    if before.get("state") != Lifecycle.REMOVED or after.get("state") == Lifecycle.REMOVED:
        return
    gone = [key for path, key in gone_references(proposal.document or {}) if not path.startswith("/lifecycle")]
    if gone:
        raise RefusedError(f"It needs {', '.join(gone[:5])}, which is removed; bring that back first.")


def _writing(proposals: Sequence[Proposal]) -> Iterator[Proposal]:
    return (proposal for proposal in proposals if proposal.writes)


def _is_unchanged(proposal: Proposal) -> bool:
    """Whether it is what is recorded already; then `document` is `before` itself (1 == True in Python, not here).

    What cannot be written down is a problem.
    """
    try:
        text = canonical_bytes(proposal.document).decode()
    except DocumentError as error:
        proposal.blame("", "canonical", str(error))
        return False
    if proposal.before is None or text != proposal.before_text:
        return False
    proposal.document = proposal.before
    return True


def _member(problem: Problem) -> str:
    return problem.path.split("/", 2)[1] if problem.path else ""


def _aliases(document: Mapping[str, Any] | None) -> list[str]:
    return list((document or {}).get("aliases", []))


def _owners_of(aliases: set[str]) -> dict[str, str]:
    return {
        old_key: key
        for chunk in chunked(sorted(aliases))
        for old_key, key in Alias.objects.filter(old_key__in=chunk).values_list("old_key", "key")
    }


def _free_aliases(writing: Sequence[Proposal], aliases: dict[str, str]) -> None:
    """Forget the aliases that their owners give up in the same batch."""
    for proposal in writing:
        for alias in set(_aliases(proposal.before)) - set(_aliases(proposal.document)):
            if aliases.get(alias) == proposal.key:
                del aliases[alias]


def _refusal(ask: Any) -> str:
    try:
        ask()
    except RefusedError as error:
        return str(error)
    return ""
