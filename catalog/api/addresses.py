"""How addresses name entries: `sanity` where that is one entry only, `cms/sanity` always, old names for a while.

`providers/<provider:name>` comes before `providers/<provider:name>/revisions` among the routes: `cms/revisions` is then
an entry of that name, and every entry has an address whatever it is called.
"""

from typing import Any

from django.urls import register_converter
from rest_framework import status
from rest_framework.exceptions import NotFound

from catalog.api.problems import ConflictError, ProblemError
from catalog.models import ENTRY_MODELS, Alias, CatalogEntry
from catalog.models.choices import ProviderType, StackCategory

WORD = "[a-z0-9][a-z0-9_-]{0,63}"
FOLDERS = {"provider": ProviderType.values, "builder": [], "stack": StackCategory.values}
MAX_NAMED = 5
MAX_SMALL = 999_999_999


def name_pattern(kind: str) -> str:
    """What names of this kind look like; for the documentation."""
    folders = FOLDERS[kind]
    return f"^(?:(?:{'|'.join(folders)})/)?{WORD}$" if folders else f"^{WORD}$"


class NameConverter:
    """A slug, or a folder and a slug; where folders are few, nothing else counts as one."""

    regex = WORD

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class ProviderName(NameConverter):
    regex = f"(?:(?:{'|'.join(FOLDERS['provider'])})/)?{WORD}"


class StackName(NameConverter):
    regex = f"(?:(?:{'|'.join(FOLDERS['stack'])})/)?{WORD}"


class SmallNumber:
    """A positive number that every database has room for."""

    regex = "[1-9][0-9]{0,8}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(NameConverter, "builder")
register_converter(ProviderName, "provider")
register_converter(StackName, "stack")
register_converter(SmallNumber, "number")


class MovedError(ProblemError):
    """An old name; the answer's `Location` is the address under the new one, for every method."""

    status_code = status.HTTP_308_PERMANENT_REDIRECT
    default_code = "moved"


def find_working(kind: str, name: str, *, path: str = "") -> CatalogEntry:
    """The working copy that `name` means, with its three revisions. One query; two more for names of none.

    Raises NotFound, ConflictError for a name of several, or MovedError for an old name: to `path` with the new one.
    """
    model = next(model for model in ENTRY_MODELS if model.kind == kind)
    entries = model.objects.select_related("latest_revision", "approved_revision", "live_revision")
    by = {"key": f"{kind}s/{name}"} if "/" in name or kind == "builder" else {"slug": name}
    found = list(entries.filter(latest_revision__isnull=False, **by).order_by("key")[: MAX_NAMED + 1])
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(address_of(entry.key) for entry in found[:MAX_NAMED])
        raise ConflictError(f"Several entries have this name; say which: {names}.")
    key = _renamed(kind, name)
    if key:
        place = f"/{kind}s/"
        base, _, rest = path.partition(f"{place}{name}")
        raise MovedError(f"It is called {key} now.", headers={"Location": f"{base}{place}{address_of(key)}{rest}"})
    raise NotFound(f"There is no {kind} {name}.")


def address_of(key: str) -> str:
    """The name that always means this entry: its key without the folder of its kind."""
    return key.partition("/")[2]


def _renamed(kind: str, name: str) -> str:
    """The key that an old name leads to, empty for none or several."""
    if "/" in name or kind == "builder":
        found: Any = Alias.objects.filter(old_key=f"{kind}s/{name}")
    else:
        found = Alias.objects.filter(old_key__in=[f"{kind}s/{folder}/{name}" for folder in FOLDERS[kind]])
    keys = set(found.values_list("key", flat=True)[:2])
    return keys.pop() if len(keys) == 1 else ""
