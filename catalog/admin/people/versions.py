"""Forms that know what they showed: nobody takes back unseen what somebody else saved meanwhile.

The form carries a mark of each answer as it was when it was opened. A save over newer answers is refused once, at the
questions that differ; the form then holds both, and what nobody else touched stays as it was typed.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import QueryDict

MARKS = "opened_with"
THEIRS = "Somebody else changed this meanwhile, and you did not: it shows theirs now. Look at it, then save again."
BOTH = "Somebody else changed this meanwhile, to: {}. Yours is still here; save again to put it in the place of theirs."


def answers_of(stored: User | Group) -> dict[str, Any]:
    """Every answer that a form of a person or a role may show, as the database has it now; relations by their keys."""
    if isinstance(stored, Group):
        return {"name": stored.name, "permissions": _keys(stored.permissions)}
    names = ("username", "first_name", "last_name", "email", "is_active", "is_staff", "is_superuser")
    return {
        **{name: getattr(stored, name) for name in names},
        "groups": _keys(stored.groups),
        "user_permissions": _keys(stored.user_permissions),
        "type_limits": sorted(limit.provider_type for limit in stored.type_limits.all()),
    }


class VersionedForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form of a person or a role that exists already."""

    opened_with = forms.CharField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields[MARKS].initial = _written(marks_of(answers_of(self.instance)))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk:
            self._refuse_what_is_stale(cleaned)
        return cleaned

    def _refuse_what_is_stale(self, cleaned: dict[str, Any]) -> None:
        """Compare with the row as it is now, locked until the transaction ends."""
        now = answers_of(type(self.instance)._default_manager.select_for_update().get(pk=self.instance.pk))
        began, marks = _read(cleaned.get(MARKS, "")), marks_of(now)
        typed = {name: _plain(cleaned[name]) for name in now if name in cleaned}
        typed_marks = marks_of(typed)
        sent = QueryDict(mutable=True)
        sent.update(self.data)
        for name in [name for name in now if name in self.fields and began.get(name) != marks[name]]:
            if name in typed and typed[name] == now[name]:
                continue
            if name in typed and typed_marks[name] == began.get(name):
                _write(sent, self.add_prefix(name), now[name])
                self.add_error(name, THEIRS)
            else:
                self.add_error(name, BOTH.format(self._in_words(name, now[name])))
        sent[self.add_prefix(MARKS)] = _written(marks)
        self.data = sent

    def _in_words(self, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        if not isinstance(value, list):
            return f"“{value}”" if value else "nothing"
        field: Any = self.fields[name]
        labels = [str(label) for key, label in field.choices if getattr(key, "value", key) in value]
        return ", ".join(labels) or "none"


def marks_of(answers: Mapping[str, Any]) -> dict[str, str]:
    return {name: sha256(json.dumps(value).encode()).hexdigest()[:16] for name, value in answers.items()}


def _keys(related: Any) -> list[int]:
    return sorted(related.order_by().values_list("pk", flat=True))


def _plain(value: Any) -> Any:
    if isinstance(value, QuerySet):
        return _keys(value)
    return sorted(value) if isinstance(value, list) else value


def _written(marks: Mapping[str, str]) -> str:
    return " ".join(f"{name}:{mark}" for name, mark in marks.items())


def _read(text: str) -> dict[str, str]:
    return dict(pair.split(":", 1) for pair in text.split() if ":" in pair)


def _write(sent: QueryDict, name: str, value: Any) -> None:
    """As a browser would send it."""
    if isinstance(value, list):
        sent.setlist(name, [str(each) for each in value])
    elif value is False:
        sent.pop(name, None)
    else:
        sent[name] = "on" if value is True else str(value)
