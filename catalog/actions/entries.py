"""Save an entry from a document: what the API, imports, restores and the starter catalogue do."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from catalog.actions.direction import saving_problems
from catalog.actions.errors import InvalidDocumentError, RefusedError, RefusedFieldError, TakenKeyError
from catalog.actions.revisions import Change, canonical_content, lock_entry, record_revision
from catalog.documents.mapping import RELATIONS, fields_from_document, key_of, references_of
from catalog.models import (
    ENTRY_MODELS,
    Alias,
    Builder,
    CatalogEntry,
    Provider,
    Revision,
    Stack,
    StackProvider,
    find_entry,
)
from catalog.schemas.validation import Problem


@transaction.atomic
def save_entry(
    kind: str, document: Mapping[str, Any], change: Change, *, expected_revision: int | None = None
) -> Revision | None:
    """Create the entry of this document, or bring it to the document; the new Revision, or None if nothing changed.

    `expected_revision` is the number that the writer began with (0: it must not exist yet), None for no comparison.
    Raises InvalidDocumentError (shape, or a reference to an entry that does not exist), StaleEntryError, RefusedError.
    """
    problems = saving_problems(kind, document)
    if problems:
        raise InvalidDocumentError(_name_of(kind, document), problems)
    key = key_of(kind, document)
    problems = missing_references(document)
    if problems:
        raise InvalidDocumentError(key, problems)
    canonical_content(key, document)
    fields = fields_from_document(kind, document)
    entry = _locked_or_new(kind, key, expected_revision)
    for name, value in fields.items():
        if name not in RELATIONS:
            setattr(entry, name, value)
    if isinstance(entry, Stack):
        entry.builder = Builder.objects.filter(slug=fields["builder"]).first()
    if entry.pk:
        entry.save()
    else:
        create_entry(entry, key)
    _set_relations(entry, key, fields)
    return record_revision(entry, change)


@transaction.atomic
def create_entry(entry: CatalogEntry, key: str) -> None:
    """Insert the row of a new entry, whose key will be `key`. Raises TakenKeyError if the key is taken."""
    refuse_taken_key(key)
    try:
        with transaction.atomic():
            entry.save()
    except IntegrityError:
        # Somebody else may have made it since; any other constraint is a bug of ours.
        refuse_taken_key(key)
        raise


def refuse_taken_key(key: str) -> None:
    """Raises TakenKeyError if no new entry can have this key. Two queries."""
    if find_entry(key):
        raise TakenKeyError(f"There is an entry {key} already.", field="slug")
    taken = Alias.objects.filter(old_key=key).first()
    if taken:
        raise TakenKeyError(
            f"{key} is an alias of {taken.key} already and cannot be an entry of its own.", field="slug"
        )


def missing_references(document: Mapping[str, Any]) -> list[Problem]:
    """References of a document to entries that are not in the catalogue at all."""
    references = references_of(document)
    keys = {key for _, key in references}
    known = {key for model in ENTRY_MODELS for key in model.objects.filter(key__in=keys).values_list("key", flat=True)}
    return [Problem(path, "reference", f"There is no entry {key}.") for path, key in references if key not in known]


@transaction.atomic
def set_aliases(key: str, old_keys: Sequence[str]) -> None:
    """Make `old_keys` the aliases of the entry `key`. Raises RefusedError if one of them is taken."""
    kept = set(Alias.objects.filter(key=key).values_list("old_key", flat=True))
    for old_key in sorted(set(old_keys) - kept):
        taken = Alias.objects.filter(old_key=old_key).first()
        if taken:
            raise RefusedFieldError(f"{old_key} is an alias of {taken.key} already.", field="aliases")
        if find_entry(old_key):
            raise RefusedFieldError(f"{old_key} is an entry of its own and cannot be an alias.", field="aliases")
        try:
            with transaction.atomic():
                Alias.objects.create(old_key=old_key, key=key)
        except IntegrityError as error:
            raise RefusedFieldError(f"Somebody else has just taken {old_key} as an alias.", field="aliases") from error
    Alias.objects.filter(key=key).exclude(old_key__in=old_keys).delete()


@transaction.atomic
def set_stack_providers(stack: Stack, keys: Sequence[str]) -> None:
    """Make the providers with these keys the stack's, in this order."""
    found = {provider.key: provider for provider in Provider.objects.filter(key__in=keys)}
    stack.stack_providers.all().delete()
    StackProvider.objects.bulk_create(
        StackProvider(stack=stack, provider=found[key], position=position) for position, key in enumerate(keys)
    )


def _locked_or_new(kind: str, key: str, expected_revision: int | None) -> CatalogEntry:
    existing = find_entry(key)
    if existing:
        return lock_entry(existing, expected_revision=expected_revision)
    if expected_revision:
        raise RefusedError(f"There is no entry {key}.")
    return next(model for model in ENTRY_MODELS if model.kind == kind)()


def _set_relations(entry: CatalogEntry, key: str, fields: Mapping[str, Any]) -> None:
    set_aliases(key, fields["aliases"])
    if isinstance(entry, Provider):
        entry.incompatible_builders.set(Builder.objects.filter(slug__in=fields["incompatible_builders"]))
    if isinstance(entry, Stack):
        set_stack_providers(entry, fields["providers"])


def _name_of(kind: str, document: Any) -> str:
    """A name for messages about a document that may be anything."""
    name = document.get(f"{kind}_name") if isinstance(document, Mapping) else None
    return f"{kind} {str(name)[:64]!r}" if name else f"This {kind}"
