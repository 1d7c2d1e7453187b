"""Two people edit one entry at once: both versions are shown, nothing is overwritten unseen, nothing typed is lost."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.actions.entries import save_entry
from catalog.actions.lifecycle import change_lifecycle
from catalog.models import Builder, CatalogEntry, Provider, Revision, Stack
from catalog.models.choices import ProviderType
from tests.catalog.admin.pages import Browsers, Fields, errors, fill_in, page_of
from tests.factories import SANITY, builder_document, change_by, provider_document, sanity, save, stack_document

pytestmark = pytest.mark.django_db
ATTACK = "\"'><script>alert(1)</script>"


def save_theirs(kind: str, document: dict[str, Any], note: str = "Their reason") -> None:
    save_entry(kind, document, change_by(User.objects.get(username="administrator"), note))


def form_in(answer: Any) -> Fields:
    """What the browser would send from the form that came back, the tick still open."""
    context = answer.context
    fields: Fields = {"merged_revision": str(context["conflict"].theirs.number)} if context["conflict"] else {}
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is not None and value is not False:
                fields[bound.html_name] = value
    return fields


def states(answer: Any) -> dict[str, str]:
    return {row.label: row.state for row in answer.context["conflict"].rows}


def cells(answer: Any, label: str) -> tuple[str, ...]:
    (row,) = [row for row in answer.context["conflict"].rows if row.label == label]
    return tuple(", ".join(part.text for part in side) for side in (row.began, row.theirs, row.yours))


def tick(answer: Any) -> Fields:
    return {**form_in(answer), "seen_revision": str(answer.context["conflict"].theirs.number)}


def document_of(entry: CatalogEntry) -> dict[str, Any]:
    entry.refresh_from_db()
    assert entry.latest_revision is not None
    return entry.latest_revision.document


def start(client: Client, entry: CatalogEntry, **typed: Any) -> Fields:
    return {**fill_in(client, page_of(entry)), "change_note": "My reason", **typed}


def test_both_versions_are_shown_and_nothing_is_saved(browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine", icon="mine", display_name="Mine")
    save_theirs("provider", {**SANITY, "best_for": "Theirs", "tier_name": "Theirs", "monthly_cost_range": [1, 2]})

    answer = browsers["editor"].post(page_of(sanity()), mine)

    assert answer.status_code == 200
    assert states(answer) == {
        "Best for": "both",
        "Tier name": "theirs",
        "Monthly cost": "theirs",
        "Icon": "yours",
        "Display name": "yours",
    }
    assert cells(answer, "Best for") == (SANITY["best_for"], "Theirs", "Mine")
    assert cells(answer, "Monthly cost") == ("65 to 280", "1 to 2", "1 to 2")
    assert cells(answer, "Icon") == ("", "", "mine")
    page = answer.content.decode()
    assert "administrator saved this entry while you were editing" in page
    assert "Their reason" in page
    assert "I have seen revision 2 by administrator; save mine on top." in page
    assert errors(answer)["__all__"][0].startswith("administrator saved revision 2 of this entry")
    assert (Revision.objects.count(), document_of(sanity())["best_for"]) == (2, "Theirs")


def test_merged_form_saves_both_after_the_tick(browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine", icon="mine")
    theirs = {
        **SANITY,
        "best_for": "Theirs",
        "tier_name": "Theirs",
        "key_features": ["a", "b"],
        "complexity_level": "low",
    }
    save_theirs("provider", theirs)
    shown = browsers["editor"].post(page_of(sanity()), mine)

    answer = browsers["editor"].post(page_of(sanity()), tick(shown))

    assert answer.status_code == 302
    assert document_of(sanity()) == {**theirs, "best_for": "Mine", "icon": "mine"}
    latest = sanity().latest_revision
    assert latest is not None
    assert (latest.number, latest.change_note, str(latest.author)) == (3, "My reason", "editor")


@pytest.mark.parametrize("seen", ["", "1", "3", "x", "9" * 30, "2; DROP TABLE"])
def test_without_the_right_tick_it_is_shown_again_and_keeps_what_was_typed(seen: str, browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine")
    save_theirs("provider", {**SANITY, "best_for": "Theirs", "icon": "theirs"})
    shown = browsers["editor"].post(page_of(sanity()), mine)

    answer = browsers["editor"].post(page_of(sanity()), {**form_in(shown), "icon": "", "seen_revision": seen})

    assert answer.status_code == 200
    assert states(answer) == {"Best for": "both", "Icon": "both"}
    form = answer.context["adminform"].form
    assert (form["best_for"].value(), form["icon"].value(), form["change_note"].value()) == ("Mine", "", "My reason")
    assert document_of(sanity())["best_for"] == "Theirs"


def test_third_save_is_shown_again_although_the_second_was_ticked(browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine")
    save_theirs("provider", {**SANITY, "icon": "second"})
    shown = browsers["editor"].post(page_of(sanity()), mine)
    save_theirs("provider", {**SANITY, "icon": "third", "best_for": "Third"}, "Third reason")

    again = browsers["editor"].post(page_of(sanity()), tick(shown))

    assert again.status_code == 200
    assert again.context["conflict"].theirs.number == 3
    assert [revision.number for revision in again.context["conflict"].later] == [3, 2]
    assert states(again) == {"Best for": "both", "Icon": "theirs"}
    assert again.context["adminform"].form["icon"].value() == "third"
    saved = browsers["editor"].post(page_of(sanity()), tick(again))
    assert saved.status_code == 302
    assert document_of(sanity()) == {**SANITY, "icon": "third", "best_for": "Mine"}


def test_what_the_person_set_back_on_purpose_is_not_taken_from_them_again(browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine")
    save_theirs("provider", {**SANITY, "icon": "theirs"})
    shown = browsers["editor"].post(page_of(sanity()), mine)

    browsers["editor"].post(page_of(sanity()), {**tick(shown), "icon": ""})

    assert document_of(sanity()) == {**SANITY, "best_for": "Mine"}


def test_field_that_cannot_be_read_stays_as_typed_beside_theirs(browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), monthly_cost_min="a lot", icon="Not An Icon", change_note="")
    save_theirs("provider", {**SANITY, "monthly_cost_range": [1, 2]})

    answer = browsers["editor"].post(page_of(sanity()), mine)

    assert cells(answer, "Monthly cost") == ("65 to 280", "1 to 2", "a lot to 280")
    assert {"monthly_cost_min", "icon", "change_note", "__all__"} - errors(answer).keys() == set()
    assert answer.context["adminform"].form["monthly_cost_min"].value() == "a lot"
    assert states(answer) == {"Icon": "yours", "Monthly cost": "both"}


def test_half_a_range_counts_as_a_change(browsers: Browsers) -> None:
    document = {name: value for name, value in SANITY.items() if name != "setup_cost_range"}
    save("provider", document)
    mine = start(browsers["editor"], sanity(), setup_cost_min="5")
    save_theirs("provider", {**document, "setup_cost_range": [7, 9]})

    answer = browsers["editor"].post(page_of(sanity()), mine)

    assert cells(answer, "Setup cost") == ("", "7 to 9", "5 to ?")
    assert answer.context["adminform"].form["setup_cost_min"].value() == "5"


def test_error_after_the_tick_does_not_ask_again(browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine", change_note="")
    save_theirs("provider", {**SANITY, "icon": "theirs"})
    shown = browsers["editor"].post(page_of(sanity()), mine)
    without_note = browsers["editor"].post(page_of(sanity()), tick(shown))

    assert (without_note.context["conflict"], list(errors(without_note))) == (None, ["change_note"])
    answer = browsers["editor"].post(page_of(sanity()), {**form_in(without_note), "change_note": "Now with a note"})

    assert answer.status_code == 302
    assert document_of(sanity()) == {**SANITY, "best_for": "Mine", "icon": "theirs"}


@pytest.mark.parametrize("expected", ["0", "7", "999999999"])
def test_number_that_is_none_of_the_entry_keeps_what_was_typed(expected: str, browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine", expected_revision=expected)

    answer = browsers["editor"].post(page_of(sanity()), mine)

    assert answer.status_code == 200
    assert answer.context["conflict"].began is None
    assert answer.context["adminform"].form["best_for"].value() == "Mine"
    assert Revision.objects.count() == 1


@pytest.mark.parametrize("expected", ["9" * 10, "9" * 40, "-1", " 1x"])
def test_number_beyond_reason_is_a_message(expected: str, browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine", expected_revision=expected)

    answer = browsers["editor"].post(page_of(sanity()), mine)

    assert (answer.status_code, Revision.objects.count()) == (200, 1)
    assert errors(answer) != {}


def test_lifecycle_that_somebody_else_changed_is_shown_and_kept(browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine")
    change_lifecycle(
        sanity(), state="deprecated", reason="Old", by=User.objects.get(username="administrator"), expected_revision=1
    )

    shown = browsers["editor"].post(page_of(sanity()), mine)
    browsers["editor"].post(page_of(sanity()), tick(shown))

    assert states(shown) == {"Best for": "yours", "Lifecycle": "theirs"}
    assert (document_of(sanity())["lifecycle"]["reason"], document_of(sanity())["best_for"]) == ("Old", "Mine")


def test_what_both_say_is_escaped(browsers: Browsers) -> None:
    save("provider", {**SANITY, "best_for": ATTACK})
    mine = start(browsers["editor"], sanity(), best_for=f"Mine {ATTACK}", icon=ATTACK)
    save_theirs("provider", {**SANITY, "best_for": f"Theirs {ATTACK}"}, ATTACK)

    page = browsers["editor"].post(page_of(sanity()), mine).content.decode()

    assert "<script>alert(1)" not in page
    assert "Theirs &quot;&#x27;&gt;&lt;script&gt;alert(1)" in page


# Every member that a form may change, as a document has it before, and after somebody else's save.
PROVIDER_BY_TYPE: dict[ProviderType, tuple[dict[str, Any], dict[str, Any]]] = {
    ProviderType.CMS: ({"cms_type": "hybrid"}, {"cms_type": "api_based"}),
    ProviderType.ECOMMERCE: (
        {"ecommerce_type": "hosted_cart", "transaction_fee_basis_points": 0},
        {"ecommerce_type": "cart_overlay", "transaction_fee_basis_points": 250},
    ),
    ProviderType.SSG: (
        {"implementation_language": "go", "rendering_modes": ["static"]},
        {"implementation_language": "rust", "rendering_modes": ["static", "server"]},
    ),
    ProviderType.SOURCE: (
        {"source_type": "archive", "backend": "zip@1"},
        {"source_type": "inline", "backend": "zip@2"},
    ),
}
COMMON: dict[str, Any] = {
    "display_name": "Other",
    "description": "Two\nlines",
    "icon": "other",
    "website_url": "https://other.example",
    "best_for": "Others",
    "aliases": ["providers/cms/older", "providers/cms/oldest"],
}
PRICED: dict[str, Any] = {
    "tier_name": "Other",
    "currency": "EUR",
    "monthly_cost_range": [0, 2],
    "setup_cost_range": [0, 0],
    "complexity_level": "high",
    "hosting_pattern": "other",
    "performance_tier": "basic",
    "target_market": ["b", "a"],
    "ssg_engine_options": ["hugo"],
    "template_variants": ["x"],
    "key_features": ["y", "x"],
}


@pytest.mark.parametrize("provider_type", list(ProviderType))
def test_every_member_that_only_they_changed_is_taken_over(provider_type: ProviderType, browsers: Browsers) -> None:
    save("builder", builder_document("hugo"))
    before, after = PROVIDER_BY_TYPE[provider_type]
    document = provider_document("one", provider_type=provider_type.value, cms_type=None) | before
    theirs = document | COMMON | PRICED | after | {"category": "other", "incompatible_builders": ["hugo"]}
    theirs["config_schema"] = {"type": "object", "properties": {"a": {"default": 1}}}
    save("provider", document)
    entry = Provider.objects.get()
    mine = start(browsers["editor"], entry)
    save_theirs("provider", theirs)

    shown = browsers["editor"].post(page_of(entry), mine)
    answer = browsers["editor"].post(page_of(entry), tick(shown))

    assert set(states(shown).values()) == {"theirs"}
    assert len(states(shown)) == len([name for name in theirs if theirs[name] != document.get(name)])
    assert answer.status_code == 302
    assert (document_of(entry), Revision.objects.filter(entry_key=entry.key).count()) == (theirs, 2)


def test_every_member_of_a_builder_is_taken_over(browsers: Browsers) -> None:
    save("builder", builder_document("hugo"))
    entry = Builder.objects.get()
    mine = start(browsers["editor"], entry)
    theirs = builder_document("hugo", **COMMON, category="generic", ssg_engine_options=["a"], key_features=["b"])
    save_theirs("builder", theirs)

    browsers["editor"].post(page_of(entry), tick(browsers["editor"].post(page_of(entry), mine)))

    assert document_of(entry) == theirs


@pytest.fixture
def stack(browsers: Browsers) -> Stack:
    for slug in ("a", "b", "c", "d"):
        save("provider", provider_document(slug))
    save("builder", builder_document("hugo"))
    save("stack", stack_document(providers={"cms": ["a", "b", "c"]}))
    return Stack.objects.get()


def keys(*slugs: str) -> str:
    return ", ".join(f"providers/cms/{slug}" for slug in slugs)


def test_every_member_of_a_stack_is_taken_over(stack: Stack, browsers: Browsers) -> None:
    mine = start(browsers["editor"], stack)
    theirs = stack_document(
        **COMMON, **PRICED, key_benefits=["b", "a"], builder="hugo", providers={"cms": ["d", "c", "a"]}
    )
    save_theirs("stack", theirs)

    shown = browsers["editor"].post(page_of(stack), mine)
    answer = browsers["editor"].post(page_of(stack), tick(shown))

    assert states(shown)["Providers"] == "theirs"
    assert answer.status_code == 302
    assert document_of(stack) == theirs


def test_providers_that_only_this_person_changed_stay_although_all_rows_are_new(
    stack: Stack, browsers: Browsers
) -> None:
    mine = start(browsers["editor"], stack, providers=keys("b", "c", "d"))
    save_theirs("stack", stack_document(providers={"cms": ["a", "b", "c"]}, icon="theirs"))

    shown = browsers["editor"].post(page_of(stack), mine)
    assert states(shown) == {"Icon": "theirs", "Providers": "yours"}
    answer = browsers["editor"].post(page_of(stack), tick(shown))

    assert answer.status_code == 302
    assert document_of(stack) == stack_document(providers={"cms": ["b", "c", "d"]}, icon="theirs")


def test_providers_that_both_changed_are_marked_and_stay_as_typed(stack: Stack, browsers: Browsers) -> None:
    mine = start(browsers["editor"], stack, providers=keys("c", "b", "a"))
    save_theirs("stack", stack_document(providers={"cms": ["d", "b"]}))

    shown = browsers["editor"].post(page_of(stack), mine)

    assert states(shown) == {"Providers": "both"}
    (row,) = shown.context["conflict"].rows
    assert [[part.text for part in side] for side in (row.theirs, row.yours)] == [
        ['{"cms": ["d", "b"]}'],
        ['{"cms": ["c", "b", "a"]}'],
    ]
    browsers["editor"].post(page_of(stack), tick(shown))
    assert document_of(stack)["providers"] == {"cms": ["c", "b", "a"]}


@pytest.mark.parametrize("provider", ["9" * 30, "99999", "x", "<script>"])
def test_provider_that_does_not_exist_is_no_error_page(provider: str, stack: Stack, browsers: Browsers) -> None:
    mine = start(browsers["editor"], stack, providers=provider)
    save_theirs("stack", stack_document(providers={"cms": ["d", "b"]}))

    shown = browsers["editor"].post(page_of(stack), mine)
    answer = browsers["editor"].post(page_of(stack), tick(shown))

    assert (shown.status_code, answer.status_code) == (200, 200)
    assert states(shown) == {"Providers": "both"}
    assert document_of(stack)["providers"] == {"cms": ["d", "b"]}


def test_conflict_costs_the_same_however_much_was_saved_meanwhile(browsers: Browsers) -> None:
    save("provider", SANITY)
    client = browsers["editor"]
    mine = start(client, sanity(), best_for="Mine")
    save_theirs("provider", {**SANITY, "icon": "icon-0"})
    with CaptureQueriesContext(connection) as for_one:
        client.post(page_of(sanity()), mine)
    for number in range(1, 15):
        save_theirs("provider", {**SANITY, "icon": f"icon-{number}"})
    with CaptureQueriesContext(connection) as for_many:
        answer = client.post(page_of(sanity()), mine)

    assert len(for_many) == len(for_one)
    assert (len(answer.context["conflict"].later), answer.context["conflict"].more) == (5, 10)


def test_huge_text_is_cut_in_the_table_and_whole_in_the_form(browsers: Browsers) -> None:
    save("provider", SANITY)
    huge = "x" * 1_000_000
    mine = start(browsers["editor"], sanity(), best_for=huge)
    save_theirs("provider", {**SANITY, "best_for": "Theirs"})

    answer = browsers["editor"].post(page_of(sanity()), mine)

    assert len(cells(answer, "Best for")[2]) == 2000
    assert answer.context["adminform"].form["best_for"].value() == huge


@pytest.mark.parametrize("name", ["anonymous", "publisher"])
def test_nobody_without_permission_gets_to_see_a_conflict(name: str, browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine")
    save_theirs("provider", {**SANITY, "icon": "theirs"})

    answer = browsers[name].post(page_of(sanity()), mine)

    assert answer.status_code == {"anonymous": 302, "publisher": 403}[name]
    assert Revision.objects.count() == 2
