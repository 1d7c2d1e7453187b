"""Field types of the catalogue: tags and lists of tags."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from catalog.models.validators import TAG_PATTERN


def normalise_tag(text: str) -> str:
    """`Real-Time APIs` -> `real_time_apis`. What cannot become a tag comes back changed as far as possible."""
    words = re.sub(r"[\s_./&+-]+", "_", unicodedata.normalize("NFKC", text).lower())
    return words.strip("_")


class TagListField(models.JSONField):
    """An ordered list of distinct tags, stored as JSON; cleaning it refuses duplicates and what is no tag."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", list)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        return super().clean(clean_tags(value), model_instance)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{**kwargs, "form_class": TagListFormField, "encoder": None, "decoder": None})


class TagListFormField(forms.CharField):
    """Tags as people type them: separated by commas or lines."""

    def __init__(self, *, encoder: None = None, decoder: None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        parts = value if isinstance(value, list) else re.split(r"[,\n]", value or "")
        return clean_tags([part.strip() if isinstance(part, str) else part for part in parts if str(part).strip()])

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool((initial or []) != self.to_python(data))
        except ValidationError:
            return True


def clean_tags(value: Any) -> list[str]:
    """Normalised tags in their order; ValidationError names each item that is no tag or stands there twice."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValidationError("Give a list of words.", code="tags")
    tags = [normalise_tag(item) for item in value]
    wrong = [given for given, tag in zip(value, tags, strict=True) if not re.fullmatch(TAG_PATTERN, tag)]
    if wrong:
        raise ValidationError(f"{_names(wrong)} cannot be written in letters a-z and digits.", code="tag")
    twice = sorted({tag for tag in tags if tags.count(tag) > 1})
    if twice:
        raise ValidationError(f"{_names(twice)} is there twice.", code="duplicate_tag")
    return tags


def _names(items: list[str]) -> str:
    return ", ".join(repr(item[:40]) for item in items[:5])
