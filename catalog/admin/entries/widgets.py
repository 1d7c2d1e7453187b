"""Inputs of the forms of entries. Each is a plain text input without scripts; scripts only make it quicker."""

from collections.abc import Callable, Sequence
from typing import Any

from django.forms import Textarea
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from catalog.admin.entries.config_form import preview

# Suggestions: name of the field's kind of word -> what to offer before anything is typed.
FindWords = Callable[[], Sequence[str]]


class SuggestingInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]
    """A text input with the browser's own list of suggestions: `find` for a start, `address` while somebody types."""

    template_name = "admin/catalog/widgets/suggesting.html"

    def __init__(self, *, suggestions: str = "", find: FindWords | None = None, **attrs: Any) -> None:
        super().__init__({"autocomplete": "off", **attrs})
        self.suggestions, self.find = suggestions, find

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        list_id = f"{(attrs or {}).get('id', f'id_{name}')}_list"
        more = {"list": list_id, **({"data-suggest": _address(self.suggestions)} if self.suggestions else {})}
        context: dict[str, Any] = super().get_context(name, value, {**(attrs or {}), **more})
        context["widget"] |= {"list_id": list_id, "words": self.find() if self.find else ()}
        return context


class TagsInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]
    """Words separated by commas; with scripts they become chips."""

    def __init__(self, *, suggestions: str) -> None:
        super().__init__({"autocomplete": "off", "data-tags": "words"})
        self.suggestions = suggestions

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> dict[str, Any]:
        return {**super().build_attrs(base_attrs, extra_attrs), "data-suggest": _address(self.suggestions)}


class KeysInput(TagsInput):
    """Keys of entries separated by commas; with scripts they become chips with names. `labels` is key -> name."""

    template_name = "admin/catalog/widgets/keys.html"

    def __init__(self, *, suggestions: str) -> None:
        super().__init__(suggestions=suggestions)
        self.attrs["data-tags"] = "keys"
        self.labels: dict[str, str] = {}

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["labels"] = self.labels
        context["labels_id"] = f"{(attrs or {}).get('id', f'id_{name}')}_labels"
        return context


class SchemaEditor(Textarea):
    """The text of a config schema with the form that it produces below; read-only for who may not change schemas."""

    template_name = "admin/catalog/widgets/schema_editor.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        plain = {"class": "rg-input rg-mono", "rows": "16", "spellcheck": "false", "autocomplete": "off", "wrap": "off"}
        super().__init__({**plain, **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, {**(attrs or {}), "data-preview": reverse("pages:config-form")})
        return {**context, "preview": preview(str(value or ""))}


class LinesInput(UnfoldAdminTextareaWidget):  # type: ignore[misc]
    """One thing a line."""

    def __init__(self, rows: int = 2) -> None:
        super().__init__({"rows": rows})


def _address(name: str) -> str:
    return reverse("pages:suggestions", args=(name,))
