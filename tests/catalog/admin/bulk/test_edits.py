"""The pages of a bulk edit: choose, look, write; what is typed survives every step."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Provider, Revision
from tests.catalog.admin.pages import PROVIDERS, Browsers, messages
from tests.factories import SANITY, provider_document, sanity, save

pytestmark = pytest.mark.django_db
EDIT = f"{PROVIDERS}bulk-edit/"
ATTACK = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
TOO_LONG = "This has 5,001 characters; 5,000 are allowed."
EURO = {"op-currency": "set", "value-currency": "EUR"}


def save_three() -> str:
    save("provider", SANITY)
    save("provider", provider_document("decap", currency="EUR"))
    save("provider", provider_document("tina"))
    return ",".join(str(pk) for pk in Provider.objects.values_list("pk", flat=True))


def select(client: Client, **more: Any) -> Any:
    pks = list(Provider.objects.values_list("pk", flat=True))
    return client.post(PROVIDERS, {"action": "edit_selected", "_selected_action": pks, **more}, follow=True)


def preview(client: Client, entries: str, **sent: str) -> Any:
    return client.post(EDIT, {"step": "preview", "entries": entries, **sent})


def test_selection_is_edited_in_three_steps(browsers: Browsers) -> None:
    save_three()
    client = browsers["editor"]

    chosen = select(client)
    shown = preview(client, chosen.context["entries"], **EURO)
    sent = {"step": "write", "entries": shown.context["entries"], "note": "To euros", **EURO}
    written = client.post(EDIT, sent, follow=True)

    assert chosen.context["title"] == "Edit 3 providers"
    assert [(row["name"], row["verdict"]) for row in shown.context["rows"]] == [
        ("Sanity CMS", "update"),
        ("Tina", "update"),
        ("Decap", "unchanged"),
    ]
    assert "Save 2 drafts" in shown.content.decode()
    assert written.redirect_chain == [(PROVIDERS, 302)]
    assert messages(written) == ["2 providers changed; each has a new draft revision to approve."]
    assert set(Provider.objects.values_list("currency", flat=True)) == {"EUR"}
    assert Revision.objects.filter(change_note="To euros", author__username="editor").count() == 2


def test_selection_of_all_is_edited_up_to_a_limit(browsers: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    save_three()

    every = select(browsers["editor"], _selected_action=[sanity().pk], select_across="1")
    monkeypatch.setattr("catalog.admin.bulk.list_actions.MAX_ENTRIES", 2)
    refused = select(browsers["editor"], _selected_action=[sanity().pk], select_across="1")

    assert every.context["title"] == "Edit 3 providers"
    assert messages(refused) == [
        "3 entries are selected; 2 can be edited at once. Filter the list, or export it, change the file and import it."
    ]


@pytest.mark.parametrize(
    ("sent", "column", "error"),
    [
        ({"value-currency": "EUR"}, "currency", "Choose what to do with this value."),
        ({"op-currency": "set"}, "currency", "Give a value."),
        ({"op-currency": "clear", "value-currency": "EUR"}, "currency", "To empty it, leave the value empty."),
        ({"op-currency": "add", "value-currency": "EUR"}, "currency", "Choose what to do."),
        ({"op-key_features": ATTACK, "value-key_features": ATTACK}, "key_features", "Choose what to do."),
        ({"op-best_for": "set", "value-best_for": "x" * 5_001}, "best_for", TOO_LONG),
    ],
)
@pytest.mark.parametrize("step", ["preview", "write"])
def test_choice_that_is_wrong_is_said_at_its_field_and_kept(
    sent: dict[str, str], column: str, error: str, step: str, browsers: Browsers
) -> None:
    entries = save_three()

    answer = browsers["editor"].post(EDIT, {"entries": entries, "step": step, "note": "Kept", **sent})

    fields = {field.column: field for field in answer.context["fields"]}
    assert (fields[column].error, fields[column].value) == (error, sent.get(f"value-{column}", ""))
    assert [field.column for field in fields.values() if field.error] == [column]
    assert (answer.context["entries"], answer.context["note"]) == (entries, "Kept")
    assert "<script>alert(1)" not in answer.content.decode()
    assert Revision.objects.count() == 3


def test_no_choice_is_said(browsers: Browsers) -> None:
    answer = preview(browsers["editor"], save_three())

    assert answer.context["error"] == "Choose at least one field to change."


def test_entries_that_cannot_take_it_are_shown_and_left_out(browsers: Browsers) -> None:
    entries = save_three()
    ssg = provider_document("astro", provider_type="ssg", implementation_language="js", cms_type=None)
    save("provider", ssg)
    entries += f",{Provider.objects.get(slug='astro').pk}"
    sent = {"op-cms_type": "set", "value-cms_type": "hybrid"}

    shown = preview(browsers["editor"], entries, **sent)
    rest = preview(browsers["editor"], shown.context["entries"], without_errors="yes", **sent)

    assert shown.context["rows"][0]["problems"] == [
        {"column": "CMS type", "message": "This does not belong to an entry of this type."}
    ]
    assert "Write " not in shown.content.decode()
    assert [row["name"] for row in rest.context["rows"]] == ["Decap", "Sanity CMS", "Tina"]
    assert "Save 3 drafts" in rest.content.decode()


def test_stale_preview_is_refused_and_shown_again(browsers: Browsers) -> None:
    client = browsers["editor"]
    shown = preview(client, save_three(), **EURO)
    save("provider", {**SANITY, "icon": "theirs"})
    sent = {"step": "write", "entries": shown.context["entries"], "note": "To euros", **EURO}

    refused = client.post(EDIT, sent)
    again = client.post(EDIT, {**sent, "entries": refused.context["entries"]}, follow=True)

    assert "providers/cms/sanity (revision 2, was 1)" in refused.context["error"]
    assert refused.context["note"] == "To euros"
    assert messages(again) == ["2 providers changed; each has a new draft revision to approve."]
    assert (sanity().icon, sanity().currency) == ("theirs", "EUR")


def test_missing_note_is_said_at_the_note(browsers: Browsers) -> None:
    shown = preview(browsers["editor"], save_three(), **EURO)

    answer = browsers["editor"].post(EDIT, {"step": "write", "entries": shown.context["entries"], "note": " ", **EURO})

    assert answer.context["note_error"] == "Say in the change note why this changes."
    assert Revision.objects.count() == 3


def test_going_back_keeps_what_was_chosen(browsers: Browsers) -> None:
    entries = save_three()

    answer = browsers["editor"].post(EDIT, {"step": "choose", "entries": entries, "note": "Kept", **EURO})

    chosen = [(field.column, field.operation, field.value) for field in answer.context["fields"] if field.operation]
    assert chosen == [("currency", "set", "EUR")]
    assert answer.context["note"] == "Kept"


@pytest.mark.parametrize("entries", ["", "a,b", "-1", ",,,", ATTACK, "9" * 50])
def test_no_selection_goes_back_to_the_list(entries: str, browsers: Browsers) -> None:
    answer = browsers["editor"].post(EDIT, {"step": "preview", "entries": entries, **EURO}, follow=True)

    assert messages(answer) == ["Select entries in the list first."]
    assert browsers["editor"].get(EDIT).status_code == 302


def test_more_than_is_allowed_is_refused(browsers: Browsers) -> None:
    answer = preview(browsers["editor"], ",".join(map(str, range(1, 2_000))), **EURO)

    assert answer.context["error"].endswith("entries are too many at once; 1,000 are allowed.")


def test_attack_is_escaped_in_the_preview(browsers: Browsers) -> None:
    save("provider", {**SANITY, "display_name": ATTACK, "best_for": ATTACK})

    for value in (f"{ATTACK}2", "a\0b"):
        page = preview(
            browsers["editor"], str(sanity().pk), **{"op-best_for": "set", "value-best_for": value}
        ).content.decode()
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page


def test_bulk_edit_is_for_who_may_change(browsers: Browsers) -> None:
    entries = save_three()
    sent = {"step": "write", "entries": entries, "note": "a", **EURO}

    answers = {name: browsers[name].post(EDIT, sent).status_code for name in ("anonymous", "publisher")}
    select(browsers["publisher"])
    page = browsers["publisher"].get(PROVIDERS).content.decode()
    unknown = browsers["editor"].post("/admin/catalog/user/bulk-edit/", sent).status_code

    assert (answers, unknown) == ({"anonymous": 302, "publisher": 403}, 404)
    assert "edit_selected" not in page
    assert "edit_selected" in browsers["editor"].get(PROVIDERS).content.decode()
    assert Revision.objects.count() == 3


def test_preview_costs_the_same_for_one_and_three(browsers: Browsers) -> None:
    def count() -> int:
        entries = ",".join(str(pk) for pk in Provider.objects.values_list("pk", flat=True))
        with CaptureQueriesContext(connection) as queries:
            assert preview(browsers["editor"], entries, **EURO).status_code == 200
        return len(queries)

    editor = User.objects.get(username="editor")
    save("provider", SANITY, editor)
    browsers["editor"].get(PROVIDERS)
    for_one = count()
    for slug in ("decap", "tina"):
        save("provider", provider_document(slug), editor)

    assert count() == for_one


def test_long_preview_is_shown_in_pages(browsers: Browsers) -> None:
    for number in range(52):
        save("provider", provider_document(f"p{number:02}"), User.objects.get(username="editor"), approved=False)
    entries = ",".join(str(pk) for pk in Provider.objects.values_list("pk", flat=True))

    page = preview(browsers["editor"], entries, page="2", **EURO)

    assert [row["name"] for row in page.context["rows"]] == ["P50", "P51"]
    assert len(page.context["entries"].split(",")) == 52


def test_preview_calls_a_choice_by_its_label(browsers: Browsers) -> None:
    save_three()
    entries = select(browsers["editor"]).context["entries"]

    shown = preview(
        browsers["editor"], entries, **{"op-complexity_level": "set", "value-complexity_level": "low_to_medium"}
    )

    assert '<span class="rg-chip"><bdi>Low to medium</bdi></span>' in shown.content.decode()
