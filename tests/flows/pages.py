"""A page as a browser without a screen sees it: its words, links and forms. The standard library's parser is enough."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

SILENT = ("script", "style", "template")
Attributes = list[tuple[str, str | None]]


@dataclass
class Form:
    """A form with what it would send if nobody touched it; buttons are left out."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """`text` is every word that is shown, `links` are (address, words) in the order of the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self._words: list[str] = []
        self._form: Form | None = None
        self._inside: dict[str, str] = {}
        self.feed(html)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._words).split())

    def link(self, part: str) -> str:
        """The first address whose words or own text hold `part`."""
        return next(address for address, words in self.links if part in words or part in address)

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "a":
            self.links.append((given.get("href", ""), ""))
            self._inside["a"] = ""
        elif tag in ("select", "textarea") or tag in SILENT:
            self._inside[tag] = given.get("name", "")
            if tag == "textarea":
                self._set(self._inside[tag], "")
        elif tag == "option" and "selected" in given:
            self._set(self._inside.get("select", ""), given.get("value", ""))
        elif tag == "input":
            self._input(given)

    def handle_endtag(self, tag: str) -> None:
        self._inside.pop(tag, None)
        if tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        if "textarea" in self._inside:
            self._set(self._inside["textarea"], data.removeprefix("\n"))
        elif not self._inside.keys() & set(SILENT):
            self._words.append(data)
            if "a" in self._inside:
                address, words = self.links[-1]
                self.links[-1] = (address, f"{words} {data.strip()}".strip())

    def _input(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        is_off = kind in ("checkbox", "radio") and "checked" not in given
        if kind not in ("submit", "button", "file") and not is_off:
            self._set(given.get("name", ""), given.get("value", ""))

    def _set(self, name: str, value: str) -> None:
        if self._form and name:
            self._form.fields[name] = value
