"""The list of removed entries, and bringing one back."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from catalog.models import Revision, TypeLimit, find_entry
from tests.catalog.admin.pages import Browsers, count_queries, messages, see_what_changed
from tests.factories import SANITY, builder_document, provider_document, publish, sanity, save, stack_document

pytestmark = pytest.mark.django_db
REMOVED = "/admin/catalog/removed/"
ATTACK = "\"'><script>alert(1)</script>"


def gone(since: str = "2026-01-01", **more: Any) -> dict[str, Any]:
    return {"state": "removed", "since": since, "reason": "No longer sold", **more}


def keys(answer: Any) -> list[str]:
    return [row["key"] for row in answer.context["page"]]


def undelete(client: Client, key: str = "providers/cms/sanity", address: str = REMOVED, **given: Any) -> Any:
    entry = find_entry(key)
    assert entry is not None
    assert entry.latest_revision is not None
    number = entry.latest_revision.number
    fields = {"kind": entry.kind, "pk": entry.pk, "expected_revision": number, "note": "Needed after all"}
    return client.post(address, {**fields, **given}, follow=True)


def save_removed() -> None:
    save("provider", {**SANITY, "lifecycle": gone("2026-03-01", reason=ATTACK)})
    save("builder", builder_document("hugo", lifecycle=gone("2026-02-01")))
    save("stack", stack_document(lifecycle=gone(replacement="providers/cms/sanity")))
    save("provider", provider_document("decap"))


def test_removed_entries_of_all_kinds_are_listed_latest_first(browsers: Browsers) -> None:
    save_removed()

    answers = {name: client.get(REMOVED) for name, client in browsers.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "anonymous": 302,
        "editor": 200,
        "publisher": 200,
        "administrator": 200,
    }
    assert keys(answers["editor"]) == ["providers/cms/sanity", "builders/hugo", "stacks/foundation/marketing"]
    buttons = {name: "Bring back</button>" in answers[name].content.decode() for name in ("editor", "publisher")}
    assert buttons == {"editor": True, "publisher": False}
    assert f'href="{REMOVED}"' in browsers["publisher"].get("/admin/").content.decode()
    assert "<script>alert(1)" not in answers["editor"].content.decode()
    assert "1 Mar 2026" in answers["editor"].content.decode()


def test_empty_list_says_so(browsers: Browsers) -> None:
    save("provider", SANITY)

    assert "Nothing is removed." in browsers["editor"].get(REMOVED).content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "SANITY"}, ["providers/cms/sanity"]),
        ({"q": "stacks/"}, ["stacks/foundation/marketing"]),
        ({"q": ATTACK}, []),
        ({"q": "\0sanity"}, ["providers/cms/sanity"]),
        ({"q": "x" * 10_000}, []),
        ({"page": "9" * 5000}, ["providers/cms/sanity", "builders/hugo", "stacks/foundation/marketing"]),
        ({"page": "-1"}, ["providers/cms/sanity", "builders/hugo", "stacks/foundation/marketing"]),
    ],
)
def test_list_is_searched_and_takes_any_address(query: dict[str, str], found: list[str], browsers: Browsers) -> None:
    save_removed()

    answer = browsers["editor"].get(REMOVED, query)

    assert (answer.status_code, keys(answer)) == (200, found)
    assert "<script>alert(1)" not in answer.content.decode()


def test_undelete_makes_an_active_draft(browsers: Browsers) -> None:
    save("provider", {**SANITY, "lifecycle": gone()})

    answer = undelete(browsers["editor"])

    words = "Sanity CMS is back as revision 2, a draft: readers get it after approval and publish."
    assert messages(answer) == [f"{words} {see_what_changed(sanity())}"]
    latest = sanity().latest_revision
    assert latest is not None
    assert (latest.document, latest.change_note, str(latest.author)) == (SANITY, "Needed after all", "editor")
    assert (keys(answer), sanity().is_approved) == ([], False)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"note": ""}, "Say in the change note why this changes."),
        ({"note": "x" * 501}, "The change note has 501 characters; 500 are allowed."),
        ({"expected_revision": "7"}, "Somebody else has saved providers/cms/sanity meanwhile"),
        ({"expected_revision": ATTACK}, "Somebody else has saved providers/cms/sanity meanwhile"),
        ({"expected_revision": "9" * 30}, "Somebody else has saved providers/cms/sanity meanwhile"),
    ],
)
def test_refusal_is_shown_and_keeps_the_note(given: dict[str, str], why: str, browsers: Browsers) -> None:
    save("provider", {**SANITY, "lifecycle": gone()})

    answer = undelete(browsers["editor"], **given)

    assert answer.status_code == 200
    assert answer.context["failed"]["error"].startswith(why)
    assert answer.context["note"] == given.get("note", "Needed after all")
    assert Revision.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"pk": "9999"}, 404),
        ({"pk": "x"}, 404),
        ({"pk": "9" * 30}, 404),
        ({"kind": "user"}, 404),
        ({"kind": ATTACK}, 404),
    ],
)
def test_what_is_no_entry_is_not_found(given: dict[str, str], status: int, browsers: Browsers) -> None:
    save("provider", {**SANITY, "lifecycle": gone()})

    assert undelete(browsers["editor"], **given).status_code == status


def test_entry_that_is_back_already_is_left_alone(browsers: Browsers) -> None:
    save("provider", SANITY)

    answer = undelete(browsers["editor"])

    assert answer.context["failed"]["error"] == "Sanity CMS is not removed any more."
    assert Revision.objects.count() == 1


@pytest.mark.parametrize(("name", "status"), [("anonymous", 200), ("publisher", 403)])
def test_undelete_is_refused_for_those_who_may_not(name: str, status: int, browsers: Browsers) -> None:
    save("provider", {**SANITY, "lifecycle": gone()})

    answer = undelete(browsers[name])

    assert answer.status_code == status
    assert (Revision.objects.count(), sanity().lifecycle_state) == (1, "removed")


def test_only_the_kinds_that_a_person_may_see_are_listed(browsers: Browsers) -> None:
    save_removed()
    person = User.objects.create_user("narrow", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_builder"))
    client = Client()
    client.force_login(person)

    shown = client.get(REMOVED)
    sent = undelete(client)
    person.user_permissions.clear()

    assert (keys(shown), sent.status_code) == (["builders/hugo"], 403)
    assert client.get(REMOVED).status_code == 403


def test_list_says_what_readers_still_get(browsers: Browsers) -> None:
    save("provider", SANITY)
    publish()
    save("provider", {**SANITY, "lifecycle": gone()})
    before = browsers["editor"].get(REMOVED).content.decode()
    publish()
    after = browsers["editor"].get(REMOVED).content.decode()

    assert ("readers still get it" in before, "readers still get it" in after) == (True, False)


def test_list_costs_the_same_for_one_and_three_and_has_pages(
    browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.admin.entries.removed.PER_PAGE", 2)
    counts = []
    for number in range(5):
        save("provider", provider_document(f"p-{number}", lifecycle=gone()))
        counts.append(count_queries(browsers["editor"], REMOVED, {"q": "p-"}))

    assert len(set(counts)) == 1
    answer = browsers["editor"].get(REMOVED, {"q": "p-"})
    assert 'href="?q=p-&amp;page=2"' in answer.content.decode()
    assert keys(browsers["editor"].get(REMOVED, {"q": "p-", "page": "3"})) == ["providers/cms/p-4"]


def test_person_with_limits_is_offered_only_their_types(browsers: Browsers) -> None:
    save("provider", {**SANITY, "lifecycle": gone()})
    save(
        "provider",
        provider_document(
            "git", provider_type="source", cms_type=None, source_type="archive", backend="git@1", lifecycle=gone()
        ),
    )
    TypeLimit.objects.create(person=User.objects.get(username="editor"), provider_type="source")

    shown = browsers["editor"].get(REMOVED)
    sent = undelete(browsers["editor"])

    assert shown.context["undeletable"] == {"providers/source/git"}
    assert (sent.status_code, sanity().lifecycle_state) == (403, "removed")
    assert undelete(browsers["editor"], "providers/source/git").status_code == 200
