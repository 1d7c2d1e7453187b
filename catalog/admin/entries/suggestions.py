"""What people have typed before, as suggestions while somebody types: tags, categories, icons, keys of entries.

Every answer reads a bounded number of rows, however large the catalogue is.
"""

from collections import Counter
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, TextField
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, JsonResponse

from catalog.admin.entries.wording import spaced
from catalog.admin.pages import may_view
from catalog.models import ENTRY_MODELS, Builder, CatalogEntry, Provider
from catalog.models.choices import Lifecycle
from catalog.models.fields import TagListField, normalise_tag

SHOWN = 20
READ = 1000
MAX_TYPED = 100
WORDS = ("category", "hosting_pattern", "icon", "implementation_language", "backend")
# Name of the suggestions -> the models whose keys they are.
KEYS: dict[str, tuple[type[CatalogEntry], ...]] = {
    "providers": (Provider,),
    "builders": (Builder,),
    "entries": ENTRY_MODELS,
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`value` is what is put into the input, `label` what it means; empty if it says the same."""

    value: str
    label: str = ""


def suggestions_page(request: HttpRequest, name: str) -> JsonResponse:
    """`{"suggestions": [{"value", "label"}]}` for what is typed (`q`), from what the person may look at."""
    models = [model for model in KEYS.get(name, ENTRY_MODELS) if may_view(request, model.kind)]
    if not models:
        raise PermissionDenied
    typed = request.GET.get("q", "").replace("\0", "").strip()[:MAX_TYPED]
    if name in KEYS:
        found = suggest_keys(models, typed=typed)
    elif any(_tag_field(model, name) for model in ENTRY_MODELS):
        found = suggest_tags([model for model in models if _tag_field(model, name)], name=name, typed=typed)
    elif name in WORDS:
        found = suggest_words(models, name=name, typed=typed)
    else:
        raise Http404
    return JsonResponse({"suggestions": [{"value": each.value, "label": each.label} for each in found]})


def suggest_tags(models: list[type[CatalogEntry]], *, name: str, typed: str) -> list[Suggestion]:
    """Tags of the lists `name` that hold what is typed, the most used first. One query for each model."""
    part = normalise_tag(typed)
    counted: Counter[str] = Counter()
    for model in models:
        rows = model._default_manager.annotate(text=Cast(name, TextField())).filter(text__contains=part)
        for tags in rows.order_by("-pk").values_list(name, flat=True)[:READ]:
            counted.update(tag for tag in tags if part in tag)
    return [Suggestion(tag) for tag, _ in sorted(counted.items(), key=lambda each: (-each[1], each[0]))[:SHOWN]]


def suggest_words(models: list[type[CatalogEntry]], *, name: str, typed: str) -> list[Suggestion]:
    """Values of the column `name` that hold what is typed, the most used first. One query for each model."""
    counted: Counter[str] = Counter()
    for model in models:
        field = next((field for field in model._meta.fields if field.name == name), None)
        if field is None or field.choices:
            continue
        values = model._default_manager.exclude(**{name: ""}).filter(**{f"{name}__icontains": typed})
        # `order_by` last: an order that stays would become part of the groups.
        counted.update(dict(values.values_list(name).annotate(uses=Count("pk")).order_by("-uses")[:SHOWN]))
    return [Suggestion(word, spaced(word) if "_" in word else "") for word, _ in counted.most_common(SHOWN)]


def suggest_keys(models: list[type[CatalogEntry]], *, typed: str) -> list[Suggestion]:
    """Keys of entries that are not removed and whose key or name holds what is typed. One query for each model."""
    found = []
    for model in models:
        rows = model._default_manager.exclude(lifecycle_state=Lifecycle.REMOVED)
        rows = rows.filter(Q(("key__icontains", typed)) | Q(display_name__icontains=typed)).order_by(
            "display_name", "key"
        )
        found += [Suggestion(row.key, row.display_name) for row in rows.defer("description")[:SHOWN]]
    return found[:SHOWN]


def most_used(model: type[CatalogEntry], name: str) -> list[str]:
    """The values of a column that most rows have, for a list that is there before anything is typed. One query."""
    return [each.value for each in suggest_words([model], name=name, typed="")]


def _tag_field(model: type[CatalogEntry], name: str) -> bool:
    return any(isinstance(field, TagListField) for field in model._meta.fields if field.name == name)
