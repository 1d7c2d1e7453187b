"""An entry for people who may only look: the same groups, with words instead of inputs."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from catalog.admin.entries.config_form import preview_schema
from catalog.admin.entries.fieldsets import Group
from catalog.admin.entries.wording import LABELS, spaced
from catalog.models import Alias, CatalogEntry, Stack

NOTHING = "—"
TAGS = ("target_market", "ssg_engine_options", "key_features", "template_variants", "rendering_modes", "key_benefits")
# Choices, and words with underscores.
WORDS = ("category", "complexity_level", "hosting_pattern", "performance_tier")
# What is asked for in the form -> what is shown of it; nothing for what only an editor needs.
SHOWN: dict[str, tuple[str, ...]] = {
    "monthly_cost_min": ("monthly_cost",),
    "monthly_cost_max": (),
    "setup_cost_min": ("setup_cost",),
    "setup_cost_max": (),
    "currency": (),
    "config_schema": ("settings_form",),
    "providers": ("providers_shown",),
    "aliases": ("aliases_shown",),
    "change_note": (),
    "breaking_schema_reason": (),
    "expected_revision": (),
    **{name: (f"{name}_shown",) for name in (*TAGS, *WORDS)},
}


def show_tags(name: str) -> Callable[[Any, Any], SafeString | str]:
    @admin.display(description=LABELS.get(name, spaced(name).capitalize()))
    def shown(self: Any, entry: Any) -> SafeString | str:
        return chips(spaced(tag) for tag in getattr(entry, name))

    return shown


def show_words(name: str) -> Callable[[Any, Any], str]:
    @admin.display(description=LABELS.get(name, spaced(name).capitalize()))
    def shown(self: Any, entry: Any) -> str:
        display = getattr(entry, f"get_{name}_display", None)
        return str(display() if display else spaced(getattr(entry, name))) or NOTHING

    return shown


def chips(words: Iterable[str]) -> SafeString | str:
    return format_html_join(" ", '<span class="rg-chip">{}</span>', ((word,) for word in words)) or NOTHING


def reading_groups(groups: Iterable[Group]) -> list[Group]:
    """The groups of the form without what only an editor needs; a group that is left empty goes."""
    found = []
    for title, options in groups:
        lines = [
            tuple(
                shown for name in (line if isinstance(line, tuple) else (line,)) for shown in SHOWN.get(name, (name,))
            )
            for line in options["fields"]
        ]
        if any(lines):
            found.append((title, {"fields": [line for line in lines if line], "classes": options["classes"]}))
    return found


class ReadingAdmin(ModelAdmin):  # type: ignore[misc]
    target_market_shown = show_tags("target_market")
    ssg_engine_options_shown = show_tags("ssg_engine_options")
    key_features_shown = show_tags("key_features")
    template_variants_shown = show_tags("template_variants")
    rendering_modes_shown = show_tags("rendering_modes")
    key_benefits_shown = show_tags("key_benefits")

    category_shown = show_words("category")
    complexity_level_shown = show_words("complexity_level")
    hosting_pattern_shown = show_words("hosting_pattern")
    performance_tier_shown = show_words("performance_tier")

    @admin.display(description=LABELS["aliases"])
    def aliases_shown(self, entry: CatalogEntry) -> SafeString | str:
        return chips(Alias.objects.filter(key=entry.key).values_list("old_key", flat=True))

    @admin.display(description="Providers")
    def providers_shown(self, entry: Stack) -> SafeString | str:
        return chips(place.provider.display_name for place in entry.stack_providers.select_related("provider"))

    @admin.display(description=LABELS["config_schema"])
    def settings_form(self, entry: Any) -> SafeString:
        form = render_to_string("admin/catalog/config_form.html", {"preview": preview_schema(entry.config_schema)})
        return format_html('<div class="rg-narrow">{}</div>', form)
