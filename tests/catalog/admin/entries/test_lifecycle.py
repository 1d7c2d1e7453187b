"""The page "Deprecate or remove": who may, what it asks, what it refuses, and that nothing typed is lost."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.actions.entries import save_entry
from catalog.models import Builder, Provider, Revision, Stack, TypeLimit
from catalog.usage import Use, forget_users, register_users
from tests.catalog.admin.pages import Browsers, count_queries, messages, page_of, save_one_of_each, see_what_changed
from tests.factories import SANITY, builder_document, change_by, provider_document, sanity, save, stack_document

pytestmark = pytest.mark.django_db
ATTACK = "\"'><script>alert(1)</script>"
DEPRECATE = {"state": "deprecated", "since": "2026-01-02", "reason": "Too dear", "replacement": "", "note": ""}


def post(browsers: Browsers, name: str = "editor", **given: Any) -> Any:
    fields = {**DEPRECATE, "expected_revision": "1", **given}
    return browsers[name].post(page_of(sanity(), "lifecycle"), fields, follow=True)


def page(browsers: Browsers, name: str = "editor") -> str:
    return browsers[name].get(page_of(sanity(), "lifecycle")).content.decode()


@pytest.fixture
def service() -> Iterator[None]:
    def find(key: str) -> list[Use]:
        return [Use("service", f"Shop {ATTACK}", "/services/1/")] if key == "providers/cms/sanity" else []

    register_users(find)
    yield
    forget_users(find)


@pytest.mark.parametrize("kind", ["provider", "builder", "stack"])
def test_page_is_for_those_who_may_change_the_entry(kind: str, browsers: Browsers) -> None:
    entry = save_one_of_each()[kind]
    address = page_of(entry, "lifecycle")

    shown = {name: client.get(address).status_code for name, client in browsers.items()}
    sent = {
        name: client.post(address, DEPRECATE).status_code
        for name, client in browsers.items()
        if name in ("anonymous", "publisher")
    }

    assert shown == {"anonymous": 302, "editor": 200, "publisher": 403, "administrator": 200}
    assert sent == {"anonymous": 302, "publisher": 403}
    assert Revision.objects.count() == 3
    tabs = {
        name: "Deprecate or remove" in browsers[name].get(page_of(entry)).content.decode()
        for name in ("editor", "publisher")
    }
    assert tabs == {"editor": True, "publisher": False}


def test_entry_is_deprecated_as_a_draft(browsers: Browsers) -> None:
    save("provider", SANITY)
    save("provider", provider_document("decap"))

    answer = post(browsers, replacement="providers/cms/decap")

    words = "Sanity CMS is deprecated as of revision 2, a draft: readers see it once it is approved and published."
    assert messages(answer) == [f"{words} {see_what_changed(sanity())}"]
    latest = sanity().latest_revision
    assert latest is not None
    assert latest.document["lifecycle"] == {
        "state": "deprecated",
        "since": "2026-01-02",
        "reason": "Too dear",
        "replacement": "providers/cms/decap",
    }
    assert (str(latest.author), latest.change_note, len(latest.request_id)) == ("editor", "Deprecated: Too dear", 32)


def test_replacement_may_be_given_by_its_name(browsers: Browsers) -> None:
    save("provider", SANITY)
    save("provider", provider_document("decap", display_name="Decap CMS"))

    post(browsers, replacement="  decap cms ")

    assert sanity().lifecycle_replacement == "providers/cms/decap"
    decap = Provider.objects.get(slug="decap")
    assert f'Use instead: <a class="rg-link" href="{page_of(decap)}"><bdi>Decap CMS</bdi></a>' in page(browsers)


def test_name_of_two_entries_is_no_replacement(browsers: Browsers) -> None:
    save("provider", SANITY)
    save("provider", provider_document("decap", display_name="Twin"))
    save("builder", builder_document("decap", display_name="Twin"))

    answer = post(browsers, replacement="Twin")

    assert answer.context["errors"] == {"replacement": "There is no entry Twin."}


def test_active_needs_only_a_note_and_ignores_the_rest(browsers: Browsers) -> None:
    save("provider", SANITY)
    post(browsers)

    refused = post(browsers, state="active", expected_revision="2")
    post(browsers, state="active", note="Needed after all", since="nonsense", expected_revision="2")

    assert refused.context["errors"] == {"note": "Say in the change note why this changes."}
    latest = sanity().latest_revision
    assert latest is not None
    assert (latest.document, latest.change_note) == (SANITY, "Needed after all")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"state": "gone"}, "state"),
        ({"state": ""}, "state"),
        ({"state": ATTACK}, "state"),
        ({"since": "tomorrow"}, "since"),
        ({"since": "2026-02-31"}, "since"),
        ({"since": "0203-01-01"}, "since"),
        ({"since": ATTACK}, "since"),
        ({"since": "9" * 5000}, "since"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"reason": "x" * 1_000_000}, "reason"),
        ({"reason": "\0"}, "reason"),
        ({"replacement": "providers/cms/sanity"}, "replacement"),
        ({"replacement": "providers/cms/nowhere"}, "replacement"),
        ({"replacement": f"{ATTACK}\0"}, "replacement"),
        ({"replacement": "x" * 100_000}, "replacement"),
        ({"note": "x" * 501}, "note"),
        ({"expected_revision": ""}, "stale"),
        ({"expected_revision": "9" * 30}, "stale"),
        ({"expected_revision": "one"}, "stale"),
    ],
)
def test_what_is_wrong_stands_at_its_place_and_nothing_is_lost(
    given: dict[str, str], field: str, browsers: Browsers
) -> None:
    save("provider", SANITY)

    answer = post(browsers, **given)

    assert (answer.status_code, list(answer.context["errors"])) == (200, [field])
    typed = {name: value for name, value in {**DEPRECATE, **given}.items() if name != "expected_revision"}
    assert answer.context["typed"] == typed
    assert "<script>alert(1)" not in answer.content.decode()
    assert Revision.objects.count() == 1


def test_removal_is_refused_and_says_who_uses_it(browsers: Browsers, service: None) -> None:
    save("provider", SANITY)
    save("stack", stack_document(display_name=ATTACK, providers={"cms": ["sanity"]}))

    before = page(browsers)
    answer = post(browsers, state="removed")

    stack = page_of(Stack.objects.get())
    for text in (before, answer.content.decode()):
        assert "It cannot be removed while this uses it (2)" in text
        assert f'href="{stack}"' in text
        assert 'href="/services/1/"' in text
        assert "<script>alert(1)" not in text
    assert answer.context["errors"]["page"] == (
        "Sanity CMS cannot be removed: 2 entries or services still use it (listed below)."
    )
    assert sanity().lifecycle_state == "active"


def test_stale_page_shows_what_changed_and_can_be_sent_again(browsers: Browsers) -> None:
    save("provider", SANITY)
    administrator = User.objects.get(username="administrator")
    save_entry("provider", {**SANITY, "icon": "theirs"}, change_by(administrator, ATTACK))

    stale = post(browsers)

    assert stale.context["theirs"]["revision"].number == 2
    assert [row.label for row in stale.context["theirs"]["differences"]] == ["Icon"]
    assert 'name="expected_revision" value="2"' in stale.content.decode()
    assert "<script>alert(1)" not in stale.content.decode()
    assert Revision.objects.count() == 2
    post(browsers, expected_revision="2")
    latest = sanity().latest_revision
    assert latest is not None
    assert (latest.document["icon"], latest.document["lifecycle"]["reason"]) == ("theirs", "Too dear")


def test_same_again_says_so(browsers: Browsers) -> None:
    save("provider", SANITY)
    post(browsers)

    assert messages(post(browsers, expected_revision="2")) == ["Nothing was different, so no revision was recorded."]


def test_ordinary_form_has_no_lifecycle_fields_and_takes_none(browsers: Browsers) -> None:
    for entry in save_one_of_each().values():
        form = browsers["editor"].get(page_of(entry)).context["adminform"].form

        assert [name for name in form.fields if name.startswith("lifecycle")] == []


def test_suggestions_are_entries_of_the_same_type_that_are_there(browsers: Browsers) -> None:
    save("provider", SANITY)
    save("provider", provider_document("decap"))
    save("provider", provider_document("gone", lifecycle={"state": "removed", "since": "2026-01-01", "reason": "Old"}))
    save("provider", provider_document("zola", provider_type="ssg", cms_type=None, implementation_language="rust"))

    answer = browsers["editor"].get(page_of(sanity(), "lifecycle"))

    assert answer.context["suggestions"] == [("providers/cms/decap", "Decap")]


def test_page_costs_the_same_for_one_and_three_users(browsers: Browsers) -> None:
    save("provider", SANITY)
    counts = []
    for number in range(3):
        save("stack", stack_document(f"stack-{number}", providers={"cms": ["sanity"]}))
        save("provider", provider_document(f"other-{number}"))
        counts.append(count_queries(browsers["editor"], page_of(sanity(), "lifecycle")))

    assert len(set(counts)) == 1


@pytest.mark.parametrize("address", ["provider/9999", f"provider/{10**30}", "nothing/1", "snapshot/1", "user/1"])
def test_page_of_no_entry_is_not_found(address: str, browsers: Browsers) -> None:
    pages = ("lifecycle", "history", "usage", "preview", "history/1/restore")

    answers = [browsers["administrator"].get(f"/admin/catalog/{address}/{page}/").status_code for page in pages]

    assert answers == [404] * 5


def test_nothing_can_be_deleted_and_nothing_offers_to(browsers: Browsers) -> None:
    entries = save_one_of_each()

    pages = [browsers["administrator"].get(page_of(entry)).content.decode() for entry in entries.values()]
    answers = [browsers["administrator"].post(page_of(entry, "delete"), {"post": "yes"}) for entry in entries.values()]

    assert ["/delete/" in page for page in pages] == [False] * 3
    assert [answer.status_code for answer in answers] == [403] * 3
    assert [model.objects.count() for model in (Provider, Builder, Stack)] == [1, 1, 1]


def test_person_with_limits_is_kept_out_of_other_types(browsers: Browsers) -> None:
    save("provider", SANITY)
    save("provider", {**SANITY, "icon": "new"}, User.objects.get(username="administrator"), approved=False)
    TypeLimit.objects.create(person=User.objects.get(username="editor"), provider_type="ssg")
    pages = [page_of(sanity(), name) for name in ("lifecycle", "history/1/restore")]

    history = browsers["editor"].get(page_of(sanity(), "history")).content.decode()

    assert [browsers["editor"].get(page).status_code for page in pages] == [403, 403]
    assert [browsers["editor"].post(page, DEPRECATE).status_code for page in pages] == [403, 403]
    assert [page in history for page in pages] == [False, False]
