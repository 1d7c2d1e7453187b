"""The lists of entries: what they show and how they are searched, filtered, sorted and paged."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Case, F, IntegerField, OrderBy, QuerySet, Value, When
from django.forms import Script
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from catalog.admin.direction import isolated_html
from catalog.admin.entries.columns import COLUMNS, NAME, columns_of
from catalog.admin.entries.filters import FILTERS, EntryFilter, known_parameters
from catalog.admin.entries.search import find_words
from catalog.admin.entries.states import BADGES, LIFECYCLE_BADGES, STATE_ORDER, badges_html, with_decision
from catalog.admin.entries.wording import spaced
from catalog.admin.moments import when
from catalog.admin.narrowing import Active
from catalog.models import CatalogEntry, Provider, Stack
from catalog.models.choices import Complexity, PerformanceTier

NOTHING = "—"
# The column of names, with each name isolated from its surroundings.
SHOWN_NAME = "shown_name"
SHOWN_TAGS = 3
# The text of a revision is long and no list shows it.
UNREAD = ("latest_revision__canonical", "description", "config_schema")


class EmptyLast(OrderBy):
    """An order in which rows without a value come last, upwards and downwards."""

    def __init__(self, name: str) -> None:
        super().__init__(F(name), nulls_last=True)

    def reverse_ordering(self) -> "EmptyLast":
        self.descending = not self.descending
        return self


def order_of(name: str, values: list[str]) -> Case:
    """The order of the values of a column as people think of them: low before high."""
    places = [When(**{name: value}, then=Value(place)) for place, value in enumerate(values)]
    return Case(*places, default=Value(len(values)), output_field=IntegerField())


class EntryList(ChangeList):  # type: ignore[misc]
    """Django's list, but for addresses that make no sense: they show what they can instead of an error page."""

    filter_specs: list[EntryFilter]
    page_num: int

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the filters know; anything else in the address is ignored."""
        known = known_parameters(self.list_filter)
        given: dict[str, Any] = super().get_filters_params(params)
        return {name: values for name, values in given.items() if name in known}

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> "QuerySet[CatalogEntry]":
        entries: QuerySet[CatalogEntry] = super().get_queryset(request, exclude_parameters)
        return with_decision(entries)

    def get_results(self, request: HttpRequest) -> None:
        """One page; the last one for a number that is too high."""
        paginator = Paginator(self.queryset, self.list_per_page)
        self.page_num = min(max(self.page_num, 1), paginator.num_pages)
        # The keys first: a database sorts whole rows, with all that belongs to them, far slower.
        page: Any = paginator.page(self.page_num).object_list
        self.result_list = self.queryset.filter(pk__in=list(page.values_list("pk", flat=True)))
        self.result_count = paginator.count
        # The same: the header would say the number a second time.
        self.full_result_count = paginator.count
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = False
        self.multi_page = paginator.count > self.list_per_page
        self.paginator = paginator

    def narrowing(self) -> dict[str, Any]:
        """For `filter_bar.html`."""
        active = [
            Active(each.title, each.shown, self.get_query_string(dict.fromkeys(each.parameters)))
            for each in self.filter_specs
            if each.shown
        ]
        words, is_one = self.opts, self.result_count == 1
        wrong = any(getattr(each, "problem", "") for each in self.filter_specs)
        return {
            "active_filters": active,
            "filters_open": bool(active) or wrong,
            "without_search": self.get_query_string({"q": None}),
            "found_words": f"{self.result_count} {words.verbose_name if is_one else words.verbose_name_plural}",
        }

    def kept_parameters(self) -> list[tuple[str, str]]:
        """What the form of search and filters has to hand on: the order."""
        return [(name, value) for name, value in self.params.items() if name in ("o", "_popup", "_to_field")]


class EntryListAdmin(ModelAdmin):  # type: ignore[misc]
    """Columns, filters and search. `list_before_template` stays free for notices above a list."""

    class Media:
        js = (Script("catalog/suggest.js", defer=True), Script("catalog/lists.js", defer=True))

    change_list_template = "admin/catalog/entry_list.html"
    list_per_page = 50
    list_display_links = (SHOWN_NAME,)
    ordering = (NAME,)
    # Only says that there is a search; `get_search_results` does it.
    search_fields = (NAME,)
    search_help_text = "Search names, texts, tags and keys"
    show_facets = admin.ShowFacets.NEVER
    badges: ClassVar[list[Any]] = [*BADGES.values(), *LIFECYCLE_BADGES.values()]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[EntryList]:
        return EntryList

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return tuple(SHOWN_NAME if name == NAME else name for name in columns_of(request, self.model.kind))

    def get_sortable_by(self, request: HttpRequest) -> tuple[str, ...]:
        return (SHOWN_NAME, *COLUMNS[self.model.kind])

    def get_list_filter(self, request: HttpRequest) -> tuple[type[EntryFilter], ...]:
        return FILTERS[self.model.kind]

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[CatalogEntry]", search_term: str
    ) -> tuple["QuerySet[CatalogEntry]", bool]:
        return find_words(queryset, search_term), False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[CatalogEntry]":
        entries: QuerySet[CatalogEntry] = super().get_queryset(request)
        if request.resolver_match is None or not str(request.resolver_match.url_name).endswith("_changelist"):
            return entries
        columns = {field.name for field in self.model._meta.get_fields()}
        unread = [name for name in UNREAD if name.split("__")[0] in columns]
        return entries.select_related("latest_revision__author").defer(*unread)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        columns = reverse("pages:columns", args=(self.model.kind,))
        answer = super().changelist_view(request, {**(extra_context or {}), "columns_page": columns})
        shown = getattr(answer, "context_data", None) or {}
        if isinstance(shown.get("cl"), EntryList):
            shown |= shown["cl"].narrowing()
        return answer

    # --- What all kinds can show -----------------------------------------------------------------------------
    @admin.display(description="Display name", ordering=NAME)
    def shown_name(self, entry: CatalogEntry) -> SafeString:
        return isolated_html(entry.display_name)

    @admin.display(description="State", ordering=STATE_ORDER)
    def state(self, entry: CatalogEntry) -> SafeString:
        return badges_html(entry)

    @admin.display(description="Last change", ordering="latest_revision__created_at")
    def changed_at(self, entry: CatalogEntry) -> str:
        return when(entry.latest_revision.created_at if entry.latest_revision else None)

    @admin.display(description="Changed by", ordering="latest_revision__author__username")
    def changed_by(self, entry: CatalogEntry) -> str:
        revision = entry.latest_revision
        return isolated_html(revision.author or "the system") if revision else NOTHING

    @admin.display(description="Revision", ordering="latest_revision__number")
    def revision(self, entry: CatalogEntry) -> str:
        return str(entry.latest_revision.number) if entry.latest_revision else NOTHING

    @admin.display(description="Site engines", ordering="ssg_engine_options")
    def engines(self, entry: Any) -> str:
        return _tags(entry.ssg_engine_options)

    @admin.display(description="Key features", ordering="key_features")
    def features(self, entry: Any) -> str:
        return _tags(entry.key_features)

    @admin.display(description="Best for", ordering="best_for")
    def best_for(self, entry: CatalogEntry) -> SafeString | str:
        return _shortened(entry.best_for)

    @admin.display(description="Website", ordering="website_url")
    def website(self, entry: CatalogEntry) -> SafeString | str:
        if not entry.website_url.startswith("https://"):
            return NOTHING
        name = entry.website_url.removeprefix("https://").removeprefix("www.").rstrip("/")
        link = '<a class="rg-link" href="{}" rel="noopener noreferrer">{}</a>'
        return format_html(link, entry.website_url, Truncator(name).chars(40))


class PricedListAdmin(EntryListAdmin):
    """What lists of providers and stacks can show besides."""

    @admin.display(description="Monthly cost", ordering=EmptyLast("monthly_cost_min"))
    def monthly_cost(self, entry: Provider | Stack) -> str:
        return _range(entry.monthly_cost_min, most=entry.monthly_cost_max, currency=entry.currency)

    @admin.display(description="Setup cost", ordering=EmptyLast("setup_cost_min"))
    def setup_cost(self, entry: Provider | Stack) -> str:
        return _range(entry.setup_cost_min, most=entry.setup_cost_max, currency=entry.currency)

    @admin.display(description="Complexity", ordering=order_of("complexity_level", Complexity.values))
    def complexity(self, entry: Provider | Stack) -> str:
        return entry.get_complexity_level_display() or NOTHING

    @admin.display(description="Performance", ordering=order_of("performance_tier", PerformanceTier.values))
    def performance(self, entry: Provider | Stack) -> str:
        return entry.get_performance_tier_display() or NOTHING

    @admin.display(description="Hosting pattern", ordering="hosting_pattern")
    def hosting(self, entry: Provider | Stack) -> str:
        return _word(entry.hosting_pattern)

    @admin.display(description="Target market", ordering="target_market")
    def markets(self, entry: Provider | Stack) -> str:
        return _tags(entry.target_market)

    @admin.display(description="Template variants", ordering="template_variants")
    def variants(self, entry: Provider | Stack) -> str:
        return _tags(entry.template_variants)


class ProviderListAdmin(PricedListAdmin):
    @admin.display(description="Category", ordering="category")
    def category_name(self, entry: Provider) -> str:
        return _word(entry.category)


class StackListAdmin(PricedListAdmin):
    def get_queryset(self, request: HttpRequest) -> "QuerySet[CatalogEntry]":
        stacks: QuerySet[Any] = super().get_queryset(request)
        return stacks.select_related("builder").prefetch_related("stack_providers__provider")

    @admin.display(description="Builder", ordering="builder__display_name")
    def builder_name(self, entry: Stack) -> str:
        return isolated_html(entry.builder.display_name) if entry.builder else NOTHING

    @admin.display(description="Providers")
    def parts(self, entry: Stack) -> str:
        return _some([isolated_html(place.provider.display_name) for place in entry.stack_providers.all()])

    @admin.display(description="Key benefits", ordering="key_benefits")
    def benefits(self, entry: Stack) -> str:
        return _tags(entry.key_benefits)


def _range(least: int | None, *, most: int | None, currency: str) -> str:
    if least is None or most is None:
        return NOTHING
    amounts = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    return f"{amounts} {currency}"


def _word(tag: str) -> str:
    return spaced(tag) or NOTHING


def _tags(tags: list[str]) -> str:
    return _some([_word(tag) for tag in tags])


def _some(words: list[str]) -> str:
    more = len(words) - SHOWN_TAGS
    shown = format_html_join(", ", "{}", ((word,) for word in words[:SHOWN_TAGS]))
    return format_html("{}{}", shown, f" and {more} more" if more > 0 else "") or NOTHING


def _shortened(text: str) -> SafeString | str:
    return format_html('<bdi title="{}">{}</bdi>', text, Truncator(text).chars(60)) if text else NOTHING
