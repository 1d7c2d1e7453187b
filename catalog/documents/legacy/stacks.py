"""A hard-coded dictionary -> documents of stacks, and of the providers and builders that it names.

Reference: docs/moving-in.md, "From the dictionary to the registry".
"""

from collections.abc import Mapping
from typing import Any

from catalog.documents.legacy.members import (
    OF_PROVIDER,
    Meaning,
    UnknownMemberError,
    folder_of_type,
    put_together,
    registry_name,
    understand,
)
from catalog.documents.legacy.outcome import Choices, Complaint, Mapped, Registry, add_alias
from catalog.documents.legacy.providers import complain_of_new_providers, name_builder, name_providers
from catalog.documents.legacy.values import NAME, ValueMeaningError, legacy_of, slug_of
from catalog.documents.mapping import Document, kind_of
from catalog.models.choices import StackCategory
from catalog.schemas.library import CURRENT_VERSIONS

MAX_DISPLAY_NAME = 100


def map_dictionary(source: object, registry: Registry, choices: Choices | None = None) -> Mapped:
    """The documents that the registry would have; `complaints` is empty if nothing of the dictionary is lost."""
    choices, mapped = choices or Choices(), Mapped()
    if not isinstance(source, Mapping) or not source:
        mapped.complain("", "This is no dict of stacks, or an empty one.")
        return mapped
    for stack_type, entry in source.items():
        if not isinstance(stack_type, str) or not NAME.fullmatch(stack_type):
            message = "This is no name of a stack: letters and digits, joined by underscores or hyphens."
            mapped.complain(str(stack_type)[:80], message)
        elif not isinstance(entry, Mapping):
            mapped.complain(stack_type, "This must be a dict.")
        else:
            _map_stack(mapped, stack_type, entry, registry, choices)
    complain_of_new_providers(mapped, registry)
    for key, document in list(mapped.documents.items()):
        if kind_of(key) != "stack" and document == registry.documents.get(key):
            del mapped.documents[key]
    for name in sorted(choices.folders.keys() - source.keys()):
        mapped.complain(name, "A folder is given for it, but the dictionary has no such stack.")
    return mapped


def meaning_of(entry: Mapping[Any, Any]) -> tuple[Meaning, list[Complaint]]:
    """What an entry means, and the members that have no meaning, their names as paths."""
    meanings, complaints = [], []
    seen: dict[str, str] = {}
    for name, value in entry.items():
        try:
            meaning = understand(str(name), value)
        except UnknownMemberError as error:
            complaints.append(Complaint(str(name), str(error), str(name)))
            continue
        except ValueMeaningError as error:
            complaints.append(Complaint(str(name), str(error)))
            continue
        first = seen.setdefault(registry_name(str(name)), str(name))
        if first != name and not any(part.startswith("providers/") for part in meaning):
            complaints.append(Complaint(str(name), f"This says the same as {first}; keep one of them."))
        meanings.append(meaning)
    currencies = {meaning["currency"] for meaning in meanings if meaning.get("currency")}
    if len(currencies) > 1:
        complaints.append(Complaint("currency", f"A stack has one currency, not {' and '.join(sorted(currencies))}."))
    return put_together(meanings), complaints


def _map_stack(mapped: Mapped, stack_type: str, entry: Mapping[Any, Any], registry: Registry, choices: Choices) -> None:
    kept = {name: value for name, value in entry.items() if name not in choices.left_out}
    meaning, complaints = meaning_of(kept)
    for complaint in complaints:
        if complaint.path != "category" or stack_type not in choices.folders:
            mapped.complain(f"{stack_type}.{complaint.path}", complaint.message, complaint.unknown)
    name = entry.get("stack_name", stack_type)
    if not isinstance(name, str) or slug_of(name) != slug_of(stack_type):
        mapped.complain(f"{stack_type}.stack_name", "This is not the name that the entry has in the dictionary.")
    folder = choices.folders.get(stack_type) or meaning.get("folder") or folder_of_type(stack_type.lower())
    if folder not in StackCategory.values:
        mapped.complain(stack_type, f"Its folder cannot be told; say --category {stack_type}=FOLDER.")
        return
    old_key = f"stacks/{folder}/{stack_type.lower()}"
    key = registry.find(f"stacks/{folder}/{slug_of(stack_type)}", old_key)
    if key in mapped.documents:
        mapped.complain(stack_type, f"Another stack of the dictionary is {key} already.")
        return
    document = _stack_document(stack_type, key, meaning, registry.documents.get(key))
    add_alias(document, key, old_key)
    mapped.documents[key] = document
    mapped.keys[stack_type] = key
    name_providers(mapped, stack_type, document, meaning, registry)
    if meaning.get("builder"):
        name_builder(mapped, stack_type, document, registry)


def _stack_document(stack_type: str, key: str, meaning: Meaning, before: Document | None) -> Document:
    _, folder, slug = key.split("/")
    document = {**(before or {}), "stack_name": slug, "category": folder, "schema_version": CURRENT_VERSIONS["stack"]}
    document |= {
        name: value
        for name, value in meaning.items()
        if "/" not in name and name != "folder" and name not in OF_PROVIDER
    }
    document["display_name"] = document.get("display_name") or _display_name(stack_type, document)
    return {name: value for name, value in document.items() if value is not None}


def _display_name(stack_type: str, document: Mapping[str, Any]) -> str:
    first, dash, _ = (document.get("tier_name") or "").partition(" - ")
    words = legacy_of(stack_type).replace("_", " ")
    return (first if dash and first else words[:1].upper() + words[1:])[:MAX_DISPLAY_NAME]


def named_keys(source: object) -> set[str]:
    """Every key that an entry of the registry may have which this dictionary names, by old or new name."""
    keys: set[str] = set()
    for stack_type, entry in source.items() if isinstance(source, Mapping) else ():
        if not NAME.fullmatch(str(stack_type)):
            continue
        slug, old = slug_of(str(stack_type)), str(stack_type).lower()
        keys |= {f"stacks/{folder}/{name}" for folder in StackCategory.values for name in (slug, old)}
        meaning, _ = meaning_of(entry) if isinstance(entry, Mapping) else ({}, [])
        folders = {name: value for name, value in meaning.items() if value and name.startswith("providers/")}
        if meaning.get("builder"):
            folders["builders"] = [meaning["builder"]]
        keys |= {
            f"{folder}/{name}"
            for folder, slugs in folders.items()
            for each in slugs
            for name in (each, legacy_of(each))
        }
    return keys
