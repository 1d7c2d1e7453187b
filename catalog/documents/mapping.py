"""Row fields -> document, document -> row fields: pure, and inverse of each other.

*Fields* are a plain dict: column name -> value, plus relations by name: `aliases` (old keys), `incompatible_builders`
and `builder` (slugs), `providers` (keys). What is empty is left out of a document, and comes back empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from catalog.models import CatalogEntry, Provider, Stack
from catalog.models.choices import Lifecycle
from catalog.models.entries import Alias
from catalog.schemas.library import CURRENT_VERSIONS

Fields = Mapping[str, Any]
Document = dict[str, Any]


class Member(Protocol):
    """One member of a document and the fields it comes from."""

    @property
    def name(self) -> str:
        """The member's name in the document."""

    def to_document(self, fields: Fields) -> Any:
        """The member's value; None leaves it out."""

    def to_fields(self, value: Any) -> dict[str, Any]:
        """The fields for a member's value; None means that it is left out."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A member that is a column as it stands; `empty` is the column's value when the member is left out."""

    name: str
    field: str = ""
    empty: Any = ""

    def to_document(self, fields: Fields) -> Any:
        value = fields[self.field or self.name]
        return None if value == self.empty else value

    def to_fields(self, value: Any) -> dict[str, Any]:
        empty = type(self.empty)() if isinstance(self.empty, (list, dict)) else self.empty
        return {self.field or self.name: empty if value is None else value}


@dataclass(frozen=True, slots=True)
class SetOf:
    """A list whose order means nothing: always sorted."""

    name: str

    def to_document(self, fields: Fields) -> Any:
        return sorted(fields[self.name]) or None

    def to_fields(self, value: Any) -> dict[str, Any]:
        return {self.name: list(value or [])}


@dataclass(frozen=True, slots=True)
class Range:
    """`[least, most]` from the columns `<stem>_min` and `<stem>_max`."""

    name: str
    stem: str

    def to_document(self, fields: Fields) -> Any:
        least, most = fields[f"{self.stem}_min"], fields[f"{self.stem}_max"]
        return None if least is None or most is None else [least, most]

    def to_fields(self, value: Any) -> dict[str, Any]:
        least, most = value or (None, None)
        return {f"{self.stem}_min": least, f"{self.stem}_max": most}


@dataclass(frozen=True, slots=True)
class LifecycleMember:
    """Left out while the entry is active."""

    name: str = "lifecycle"

    def to_document(self, fields: Fields) -> Any:
        if fields["lifecycle_state"] == Lifecycle.ACTIVE:
            return None
        since = fields["lifecycle_since"]
        replacement = fields["lifecycle_replacement"]
        return {
            "state": str(fields["lifecycle_state"]),
            "reason": fields["lifecycle_reason"],
            **({"since": since.isoformat()} if since else {}),
            **({"replacement": replacement} if replacement else {}),
        }

    def to_fields(self, value: Any) -> dict[str, Any]:
        value = value or {}
        return {
            "lifecycle_state": value.get("state", Lifecycle.ACTIVE.value),
            "lifecycle_since": date.fromisoformat(value["since"]) if "since" in value else None,
            "lifecycle_reason": value.get("reason", ""),
            "lifecycle_replacement": value.get("replacement", ""),
        }


@dataclass(frozen=True, slots=True)
class ProvidersByType:
    """`{"cms": ["sanity"]}` from a list of keys; the order within a type is kept."""

    name: str = "providers"

    def to_document(self, fields: Fields) -> Any:
        by_type: dict[str, list[str]] = {}
        for key in fields["providers"]:
            _, provider_type, slug = key.split("/")
            by_type.setdefault(provider_type, []).append(slug)
        return by_type or None

    def to_fields(self, value: Any) -> dict[str, Any]:
        return {
            "providers": [f"providers/{kind}/{slug}" for kind, slugs in sorted((value or {}).items()) for slug in slugs]
        }


def _lists(*names: str) -> tuple[Plain, ...]:
    return tuple(Plain(name, empty=[]) for name in names)


ENTRY: tuple[Member, ...] = (
    Plain("category"),
    Plain("display_name"),
    Plain("description"),
    Plain("icon"),
    Plain("website_url"),
    Plain("best_for"),
    SetOf("aliases"),
    LifecycleMember(),
)
CONFIGURED: tuple[Member, ...] = (Plain("backend"), Plain("config_schema", empty={}))
PRICED: tuple[Member, ...] = (
    Plain("tier_name"),
    Plain("currency", empty="USD"),
    Range("monthly_cost_range", "monthly_cost"),
    Range("setup_cost_range", "setup_cost"),
    Plain("complexity_level"),
    Plain("hosting_pattern"),
    Plain("performance_tier"),
    *_lists("target_market", "ssg_engine_options", "template_variants", "key_features"),
)
MEMBERS: dict[str, tuple[Member, ...]] = {
    "provider": (
        Plain("provider_name", "slug"),
        Plain("provider_type"),
        *ENTRY,
        *PRICED,
        *CONFIGURED,
        Plain("cms_type"),
        Plain("ecommerce_type"),
        Plain("transaction_fee_basis_points", empty=None),
        Plain("implementation_language"),
        Plain("source_type"),
        *_lists("rendering_modes"),
        SetOf("incompatible_builders"),
    ),
    "builder": (Plain("builder_name", "slug"), *ENTRY, *CONFIGURED, *_lists("ssg_engine_options", "key_features")),
    "stack": (
        Plain("stack_name", "slug"),
        *ENTRY,
        *PRICED,
        *_lists("key_benefits"),
        ProvidersByType(),
        Plain("builder"),
    ),
}
RELATIONS = frozenset({"aliases", "incompatible_builders", "builder", "providers"})


def document_from_fields(kind: str, fields: Fields) -> Document:
    """The document of `kind` ("provider", "builder", "stack"); raises KeyError if a field is missing."""
    members = ((member.name, member.to_document(fields)) for member in MEMBERS[kind])
    return {
        **{name: value for name, value in members if value is not None},
        "schema_version": CURRENT_VERSIONS[kind],
    }


def fields_from_document(kind: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Every field of `kind`, empty where the document has no member for it. The document must be valid."""
    fields: dict[str, Any] = {}
    for member in MEMBERS[kind]:
        fields |= member.to_fields(document.get(member.name))
    return fields


def field_names(kind: str) -> list[str]:
    """The columns and relations that documents of `kind` come from."""
    return list(fields_from_document(kind, {}))


def field_of_member(kind: str, name: str) -> str:
    """The field that a person edits to change the member `name`; empty if there is none. For messages at a field."""
    for member in MEMBERS[kind]:
        if member.name == name:
            return next(iter(member.to_fields(None)))
    return ""


def fields_from_row(row: CatalogEntry) -> dict[str, Any]:
    """The fields of a saved row. One query for the aliases and one for each relation."""
    fields = {name: getattr(row, name) for name in field_names(row.kind) if name not in RELATIONS}
    fields["aliases"] = list(Alias.objects.filter(key=row.key).values_list("old_key", flat=True))
    if isinstance(row, Provider):
        fields["incompatible_builders"] = list(
            row.incompatible_builders.order_by("slug").values_list("slug", flat=True)
        )
    if isinstance(row, Stack):
        fields["builder"] = row.builder.slug if row.builder else ""
        fields["providers"] = list(row.stack_providers.values_list("provider__key", flat=True))
    return fields


def document_from_row(row: CatalogEntry) -> Document:
    return document_from_fields(row.kind, fields_from_row(row))


def key_of(kind: str, document: Mapping[str, Any]) -> str:
    """The key under which a valid document of `kind` is published."""
    if kind == "provider":
        return f"providers/{document['provider_type']}/{document['provider_name']}"
    if kind == "stack":
        return f"stacks/{document['category']}/{document['stack_name']}"
    return f"builders/{document['builder_name']}"


def listed_members(key: str, document: Mapping[str, Any]) -> dict[str, str]:
    """What every item of a list has, whatever its kind."""
    return {
        "id": key.rpartition("/")[2],
        "name": document["display_name"],
        "description": document.get("description", ""),
        "icon": document.get("icon", ""),
    }


def kind_of(key: str) -> str:
    """`providers/cms/sanity` -> `provider`."""
    return key.partition("/")[0].removesuffix("s")


def is_removed(document: Mapping[str, Any]) -> bool:
    """Whether only a tombstone of it is published."""
    return bool(document.get("lifecycle", {}).get("state") == Lifecycle.REMOVED)


def references_of(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(JSON Pointer, key) of every entry that this document names."""
    found: list[tuple[str, str]] = []
    for provider_type, slugs in document.get("providers", {}).items():
        found += [
            (f"/providers/{provider_type}/{at}", f"providers/{provider_type}/{slug}") for at, slug in enumerate(slugs)
        ]
    found += [
        (f"/incompatible_builders/{at}", f"builders/{slug}")
        for at, slug in enumerate(document.get("incompatible_builders", []))
    ]
    if "builder" in document:
        found.append(("/builder", f"builders/{document['builder']}"))
    if replacement := document.get("lifecycle", {}).get("replacement"):
        found.append(("/lifecycle/replacement", replacement))
    return found
