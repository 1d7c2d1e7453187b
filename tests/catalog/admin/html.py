"""Reads a page as a browser would: where its links lead, and what its forms would send."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Form:
    """`fields` as they are filled in, `buttons` (name, value) that send them, `choices` of its selects by name."""

    method: str
    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)


class Page(HTMLParser):
    """`links` without fragments; `forms` in the order of the page."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._by_id: dict[str, Form] = {}
        self._form: Form | None = None
        self._select = self._textarea = ""
        # What is in a template is not on the page.
        self._templates = 0
        self._is_single = True
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._templates += tag == "template"
        if self._templates:
            return
        if tag == "a" and given.get("href"):
            self.links.append(given["href"].partition("#")[0])
        if tag == "form":
            self._form = Form(given.get("method", "get").lower(), given.get("action", ""))
            self.forms.append(self._form)
            self._by_id[given.get("id", "")] = self._form
        form = self._by_id.get(given["form"]) if given.get("form") else self._form
        if form is not None:
            self._take(tag, given, form)

    def _take(self, tag: str, given: dict[str, str], form: Form) -> None:
        name, kind = given.get("name", ""), given.get("type", "")
        value = given.get("value", "on" if kind == "checkbox" else "")
        if tag == "button" or (tag == "input" and kind == "submit"):
            form.buttons.append((name, value))
        elif tag == "input" and name and (kind not in ("checkbox", "radio") or "checked" in given):
            form.fields.setdefault(name, []).append(value)
        elif tag == "select":
            self._select = name
            self._is_single = "multiple" not in given
            form.choices[name] = []
        elif tag == "option" and self._select:
            form.choices[self._select].append(value)
            if "selected" in given:
                form.fields.setdefault(self._select, []).append(value)
        elif tag == "textarea":
            self._textarea = name
            form.fields[name] = [""]

    def handle_data(self, data: str) -> None:
        if self._textarea and self._form is not None and not self._templates:
            texts = self._form.fields[self._textarea]
            # Browsers leave the first line break of a textarea out.
            texts[0] += data if texts[0] else data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "template" or self._templates:
            self._templates -= tag == "template"
            return
        if tag == "form":
            self._form = None
        if tag == "select" and self._form is not None and self._is_single:
            # The first one is chosen where none is said to be.
            self._form.fields.setdefault(self._select, self._form.choices.get(self._select, [])[:1])
        if tag == "select":
            self._select = ""
        if tag == "textarea":
            self._textarea = ""
