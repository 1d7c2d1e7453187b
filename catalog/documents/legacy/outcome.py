"""What moving a dictionary in begins with, and what it leads to."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from catalog.documents.mapping import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """What is there: documents of entries and aliases by key; `starter` are documents that may be added."""

    documents: Mapping[str, Document] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    starter: Mapping[str, Document] = field(default_factory=dict)

    def find(self, *keys: str) -> str:
        """The entry that has one of these keys, or one of them as an alias; the first key if there is none."""
        for key in keys:
            found = key if key in self.documents else self.aliases.get(key, "")
            if found in self.documents:
                return found
        return keys[0]


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person decides: folders by stack type, and names of members that may be left out."""

    folders: Mapping[str, str] = field(default_factory=dict)
    left_out: Set[str] = frozenset()


@dataclass(frozen=True, slots=True, order=True)
class Complaint:
    """One thing that cannot be moved in: its place in the dictionary (`developer.support_hours`), and why."""

    path: str
    message: str
    # The member that could be left out.
    unknown: str = ""


@dataclass(slots=True)
class Mapped:
    """Documents by key, those of providers and builders only if they change; `keys` are those of the stack types."""

    documents: dict[str, Document] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)
    # The first stack type that names a provider.
    named_by: dict[str, str] = field(default_factory=dict)
    # What was first said about a provider: (key, member) -> (path, value).
    said: dict[tuple[str, str], tuple[str, Any]] = field(default_factory=dict)

    def complain(self, path: str, message: str, unknown: str = "") -> None:
        self.complaints.append(Complaint(path, message, unknown))

    def change(self, key: str, registry: Registry) -> Document:
        """The document of an entry, to be changed."""
        return self.documents.setdefault(key, dict(registry.documents.get(key, {})))


def add_alias(document: Document, key: str, old_key: str) -> None:
    if old_key != key:
        document["aliases"] = sorted({*document.get("aliases", []), old_key})
