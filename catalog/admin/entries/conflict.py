"""Two people edit one entry: what each of them changed, member by member, and a form in which both survive.

A member that only the others changed is theirs in the form, one that only this person changed stays as typed, one that
both changed stays as typed and is marked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.http import QueryDict

from catalog.admin.differences import MAX_TEXT, Part, member_label, value_parts
from catalog.admin.pages import whole_number
from catalog.documents.canonical import DocumentError
from catalog.documents.diff import diff_documents
from catalog.documents.mapping import MEMBERS, Member
from catalog.models import CatalogEntry, Revision

EXPECTED, MERGED, SEEN = "expected_revision", "merged_revision", "seen_revision"
SHOWN_REVISIONS = 5
EMPTY: tuple[Any, ...] = ("", [], {}, None)
# Takes what was sent; None makes a form of the entry as it is now.
MakeForm = Callable[[QueryDict | None], "forms.ModelForm[Any]"]


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed and what the field cannot read."""

    text: str


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """One member on which the three versions differ; `state` is both, theirs or yours."""

    label: str
    state: str
    began: Sequence[Part]
    theirs: Sequence[Part]
    yours: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Conflict:
    """`began` is None if the number that the form came with is none of this entry's; `sent` is the merged form."""

    began: Revision | None
    theirs: Revision
    later: Sequence[Revision]
    more: int
    rows: Sequence[ConflictRow]
    sent: QueryDict

    @property
    def message(self) -> str:
        author = self.theirs.author or "The system"
        return (
            f"{author} saved revision {self.theirs.number} of this entry while you were editing. Nothing is saved yet, "
            "and nothing that you typed is lost: compare both versions above, then tick the box and save."
        )


def find_conflict(entry: CatalogEntry, sent: QueryDict, *, make_form: MakeForm) -> Conflict | None:
    """What stands between what was sent and saving it; None if the form is fresh, or the person has seen all.

    Call it with the entry's row locked. The number of queries does not grow with the revisions in between.
    """
    theirs = entry.latest_revision
    expected = whole_number(sent.get(EXPECTED, ""))
    if theirs is None or expected in (None, theirs.number) or whole_number(sent.get(SEEN, "")) == theirs.number:
        return None
    merged = whole_number(sent.get(MERGED, "")) or expected
    known = {row.number: row for row in Revision.objects.filter(entry_key=entry.key, number__in=(expected, merged))}
    began = known.get(expected or 0)
    base = known.get(merged or 0) or began
    form = _Sent(entry, sent.copy(), make_form=make_form)
    rows = [
        row
        for member in MEMBERS[entry.kind]
        if (row := form.merge(member, began=_of(began), base=_of(base), theirs=theirs.document))
    ]
    later = Revision.objects.filter(entry_key=entry.key, number__gt=began.number if began else theirs.number - 1)
    shown = later.select_related("author").defer("canonical").order_by("-number")[:SHOWN_REVISIONS]
    return Conflict(began, theirs, list(shown), max(later.count() - SHOWN_REVISIONS, 0), rows, form.sent)


def is_agreed(entry: CatalogEntry, sent: QueryDict) -> bool:
    """Whether the person has ticked that they saw the revision that is the newest now."""
    newest = entry.latest_revision
    return newest is not None and whole_number(sent.get(SEEN, "")) == newest.number


class _Sent:
    """What was sent, as values that can be compared, and as a form that can be changed."""

    def __init__(self, entry: CatalogEntry, sent: QueryDict, *, make_form: MakeForm) -> None:
        self.entry, self.sent = entry, sent
        self.form, self.now = make_form(sent), make_form(None)
        # Fills `cleaned_data`; the answer is of no interest here.
        self.form.is_valid()

    def merge(
        self, member: Member, *, began: Mapping[str, Any], base: Mapping[str, Any], theirs: Mapping[str, Any]
    ) -> ConflictRow | None:
        """Takes the member from them if only they changed it; a row for it if the three versions differ."""
        name = member.name
        values = [member.to_fields(document.get(name)) for document in (began, base, theirs)]
        fields_began, fields_base, fields_theirs = values
        mine = {field: self._value(field, fields_theirs[field]) for field in fields_theirs}
        if not same(fields_base, fields_theirs) and same(mine, fields_base):
            self._take(fields_theirs)
            mine = fields_theirs
        if same(mine, fields_began) and same(fields_theirs, fields_began):
            return None
        state = "theirs" if same(mine, fields_theirs) else "yours" if same(fields_theirs, fields_began) else "both"
        label = member_label(self.entry.kind, f"/{name}")
        return ConflictRow(
            label,
            state,
            value_parts(f"/{name}", began.get(name)),
            value_parts(f"/{name}", theirs.get(name)),
            _parts(member, mine),
        )

    def _value(self, name: str, theirs: Any) -> Any:
        """What the form says of one field; what is no part of the form is as it is now."""
        field = self.form.fields.get(name)
        if field is None or field.disabled:
            return theirs
        if name in self.form.cleaned_data:
            return _plain(self.form.cleaned_data[name])
        raw = field.widget.value_from_datadict(self.form.data, self.form.files, self.form.add_prefix(name))
        try:
            return _plain(field.clean(raw))
        except forms.ValidationError:
            return Typed(", ".join(map(str, raw)) if isinstance(raw, list) else str(raw or ""))

    def _take(self, fields: Mapping[str, Any]) -> None:
        """Put what the entry says now into the form."""
        for name in fields:
            if name in self.form.fields:
                self._write(name)

    def _write(self, name: str) -> None:
        widget: Any = self.now.fields[name].widget
        # Relations are wrapped in buttons of the admin.
        widget = getattr(widget, "widget", widget)
        value = widget.format_value(self.now[name].value())
        sent = value if isinstance(value, list) else ["" if value is None else str(value)]
        self.sent.setlist(self.form.add_prefix(name), sent)


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two sets of fields say the same; everything that is empty does."""
    first, second = ({name: _full(value) for name, value in fields.items()} for fields in (one, other))
    try:
        return not diff_documents(first, second)
    except DocumentError:
        # A date has no canonical form.
        return first == second


def _full(value: Any) -> Any:
    return None if value in EMPTY else value


def _of(revision: Revision | None) -> Mapping[str, Any]:
    return revision.document if revision else {}


def _plain(value: Any) -> Any:
    """A cleaned value as a document's fields have it: related entries by their slugs."""
    if isinstance(value, QuerySet):
        return sorted(value.values_list("slug", flat=True))
    if isinstance(value, str):
        # Browsers end the lines of a text in this way.
        return value.replace("\r\n", "\n")
    return getattr(value, "slug", value) if isinstance(value, Model) else value


def _parts(member: Member, fields: Mapping[str, Any]) -> list[Part]:
    if any(isinstance(value, Typed) for value in fields.values()):
        texts = [value.text if isinstance(value, Typed) else str(value) for value in fields.values() if value != ""]
        return [Part(" to ".join(texts)[:MAX_TEXT])]
    value = member.to_document(fields)
    if value is None and any(_full(part) is not None for part in fields.values()):
        return [Part(" to ".join("?" if part is None else f"{part:,}" for part in fields.values()))]
    return value_parts(f"/{member.name}", value)
