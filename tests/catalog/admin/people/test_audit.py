"""The activity feed and the audit log: who did what, for those who may read it, however long it is."""

import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.admin.people import records
from catalog.models import AuditRecord, Snapshot
from catalog.models.audit import Verb
from tests.catalog.admin.pages import Browsers, count_queries, messages, page_of
from tests.catalog.admin.people.records import FEED, LOG, open_list, shown
from tests.factories import SANITY, builder_document, publish, sanity, save, stack_document

pytestmark = pytest.mark.django_db
ATTACK = "\"'><script>alert(1)</script>"


def note(verb: Verb, name: str, *, by: str = "", day: int = 1, hour: int = 12) -> None:
    """One record of January 2030."""
    person = User.objects.filter(username=by).first()
    at = datetime(2030, 1, day, hour, 0, tzinfo=UTC)
    AuditRecord.objects.create(at=at, by=person, verb=verb, object_name=name)


@pytest.fixture
def story(by_role: Browsers) -> Browsers:
    """Five deeds of three people, a day apart, after those of signing in."""
    note(Verb.CREATED, "providers/cms/sanity", by="Editor", day=1)
    note(Verb.EDITED, "builders/hugo", by="Editor", day=2)
    note(Verb.APPROVED, "providers/cms/sanity", by="Approver", day=3)
    note(Verb.PUBLISHED, "Snapshot 1", by="Publisher", day=4)
    note(Verb.SIGN_IN_FAILED, "root", day=5, hour=23)
    return by_role


def test_feed_tells_the_life_of_the_catalogue_newest_first(by_role: Browsers) -> None:
    save("provider", SANITY)
    snapshot = publish(note="First")
    Client().login(username="Viewer", password="wrong")

    assert shown(by_role["Viewer"], FEED) == [
        ("published", "Snapshot 1"),
        ("publish_requested", f"Snapshot request {snapshot.pk}"),
        ("approved", "providers/cms/sanity"),
        ("created", "providers/cms/sanity"),
    ]


def test_rows_lead_to_what_they_are_about(by_role: Browsers) -> None:
    save("provider", SANITY)
    publish()
    snapshot = Snapshot.objects.get()

    page = open_list(by_role["Viewer"], FEED).content.decode()

    assert f'href="/admin/catalog/provider/{sanity().pk}/change/"><bdi>Sanity CMS</bdi></a>' in page
    assert page.count(f'href="/admin/catalog/snapshot/{snapshot.pk}/change/"') == 2


@pytest.mark.parametrize("few", [1000, 0], ids=["by key", "in order"])
def test_feed_is_filtered(few: int, story: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "FEW", few)
    expected: list[tuple[dict[str, str], list[str]]] = [
        ({"verb": "created"}, ["providers/cms/sanity"]),
        ({"kind": "builders/"}, ["builders/hugo"]),
        ({"kind": "providers/"}, ["providers/cms/sanity", "providers/cms/sanity"]),
        ({"kind": "Snapshot"}, ["Snapshot 1"]),
        ({"at_from": "2030-01-02", "at_to": "2030-01-03"}, ["providers/cms/sanity", "builders/hugo"]),
        ({"at_from": "2030-01-04"}, ["Snapshot 1"]),
        ({"kind": "providers/", "verb": "approved", "at_to": "2030-01-02"}, []),
        ({"q": "hug"}, ["builders/hugo"]),
        ({"q": "SNAPSHOT"}, ["Snapshot 1"]),
        ({"q": "serial"}, ["Snapshot 1"]),
        ({"q": "Serial 1"}, ["Snapshot 1"]),
        ({"q": "serial 12"}, []),
        ({"q": "serial 1234567890123"}, []),
        ({"q": "nothing like it"}, []),
    ]

    def names(filters: dict[str, str]) -> list[str]:
        return [name for _, name in shown(story["Viewer"], FEED, **filters)]

    assert [(filters, names(filters)) for filters, _ in expected] == expected


@pytest.mark.parametrize("few", [1000, 0], ids=["by key", "in order"])
def test_log_is_filtered(few: int, story: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is typed at the sign-in may look like an entry's key."""
    note(Verb.SIGN_IN_FAILED, "builders/hugo", day=5, hour=1)
    monkeypatch.setattr(records, "FEW", few)
    expected: list[tuple[dict[str, str], list[str]]] = [
        ({"verb": "sign_in_failed"}, ["root", "builders/hugo"]),
        ({"verb": "approved"}, ["providers/cms/sanity"]),
        ({"kind": "providers/"}, ["providers/cms/sanity", "providers/cms/sanity"]),
        ({"kind": "builders/"}, ["builders/hugo"]),
        ({"kind": "stacks/"}, []),
        ({"kind": "Snapshot"}, ["Snapshot 1"]),
        ({"at_from": "2030-01-02", "at_to": "2030-01-03"}, ["providers/cms/sanity", "builders/hugo"]),
        ({"at_from": "2030-01-05", "at_to": "2030-01-05"}, ["root", "builders/hugo"]),
        ({"q": "roo"}, ["root"]),
        ({"q": "HUGO"}, ["builders/hugo", "builders/hugo"]),
        ({"q": "hugo", "kind": "builders/", "verb": "edited", "at_from": "2030-01-02"}, ["builders/hugo"]),
        ({"q": "hugo", "kind": "providers/"}, []),
    ]

    def names(filters: dict[str, str]) -> list[str]:
        return [name for verb, name in shown(story["Administrator"], LOG, **filters) if verb != "signed_in"]

    assert [(filters, names(filters)) for filters, _ in expected] == expected


@pytest.mark.parametrize("few", [1000, 0], ids=["by key", "in order"])
def test_log_is_filtered_by_person(few: int, story: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "FEW", few)
    editor = str(User.objects.get(username="Editor").pk)

    assert shown(story["Administrator"], LOG, person=editor) == [
        ("edited", "builders/hugo"),
        ("created", "providers/cms/sanity"),
        ("signed_in", "Editor"),
    ]
    assert shown(story["Administrator"], LOG, person="0") == [("sign_in_failed", "root")]
    assert shown(story["Viewer"], FEED, person=editor, verb="edited") == [("edited", "builders/hugo")]


@pytest.mark.parametrize(
    "filters",
    [
        {"person": "abc"},
        {"person": "9" * 400},
        {"person": "-1"},
        {"verb": "'; drop table"},
        {"verb": "signed_in"},
        {"kind": "%"},
        {"q": "\0"},
        {"q": "%_\\" * 1000},
        {"q": ATTACK},
    ],
)
def test_filter_that_makes_no_sense_finds_nothing(filters: dict[str, str], story: Browsers) -> None:
    assert shown(story["Viewer"], FEED, **filters) in ([], shown(story["Viewer"], FEED))


@pytest.mark.parametrize("text", ["yesterday", "2030-13-01", "\0", ATTACK, "9" * 400])
def test_day_that_is_none_is_left_out_with_a_message(text: str, story: Browsers) -> None:
    answer = open_list(story["Viewer"], FEED, at_from=text, at_to="9999-12-31")

    assert len(answer.context["cl"].result_list) == 4
    assert "is no day, so it was left out" in messages(answer)[0]
    assert ATTACK not in answer.content.decode()


def test_unknown_filter_is_no_error(story: Browsers) -> None:
    queries = ("?nonsense=1", "?p=99999", "?p=x", "?o=1.2", "?all=", "?by__password=x")

    answers = [story["Administrator"].get(f"{LOG}{query}", follow=True).status_code for query in queries]

    assert answers == [200, 200, 200, 200, 200, 400]


def test_names_typed_at_the_sign_in_are_never_taken_for_entries(by_role: Browsers) -> None:
    save("provider", SANITY)
    Client().login(username="providers/cms/sanity", password="x")
    Client().login(username="Snapshot 1", password="x")
    Client().login(username=ATTACK, password="x")

    page = open_list(by_role["Superuser"], LOG, verb="sign_in_failed").content.decode()

    assert f"/admin/catalog/provider/{sanity().pk}/change/" not in page
    assert (ATTACK in page, "&lt;script&gt;alert(1)" in page) == (False, True)


def test_feed_escapes_what_people_typed(by_role: Browsers) -> None:
    editor = User.objects.get(username="Editor")
    User.objects.filter(pk=editor.pk).update(first_name=ATTACK, username="x" * 150)
    save("provider", {**SANITY, "display_name": ATTACK}, User.objects.get(pk=editor.pk))

    page = open_list(by_role["Viewer"], FEED).content.decode()

    assert (ATTACK in page, "&lt;script&gt;alert(1)" in page) == (False, True)


def test_feed_says_nothing_of_addresses_and_accounts(story: Browsers) -> None:
    AuditRecord.objects.create(at=datetime(2030, 1, 6, tzinfo=UTC), verb=Verb.EDITED, address="192.0.2.7")
    newest = AuditRecord.objects.first()
    assert newest is not None
    failed = AuditRecord.objects.get(verb=Verb.SIGN_IN_FAILED)

    pages = [story["Viewer"].get(address).content.decode() for address in (FEED, f"{FEED}{newest.pk}/change/")]

    assert ["192.0.2.7" in page for page in pages] == [False, False]
    assert story["Viewer"].get(f"{FEED}{failed.pk}/change/").status_code == 302
    assert "192.0.2.7" in story["Administrator"].get(f"{LOG}{newest.pk}/change/").content.decode()


@pytest.mark.parametrize("role", ["Administrator", "Superuser"])
def test_log_is_never_changed(role: str, story: Browsers) -> None:
    before = list(AuditRecord.objects.values())
    pk = before[0]["id"]

    answers = [
        story[role].post(f"{LOG}{page}", {"detail": "Other", "post": "yes"}).status_code
        for page in ("add/", f"{pk}/change/", f"{pk}/delete/")
    ]
    story[role].post(LOG, {"action": "delete_selected", "_selected_action": [pk], "post": "yes"})

    assert answers == [403, 403, 403]
    assert list(AuditRecord.objects.exclude(verb=Verb.REFUSED).values()) == before


def test_count_stops_where_nobody_pages_to(story: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_COUNTED", 2)

    assert len(shown(story["Viewer"], FEED)) == 4
    assert open_list(story["Viewer"], FEED).context["cl"].result_count == 2


@pytest.mark.parametrize("address", [FEED, LOG])
def test_lists_take_the_same_queries_however_long(address: str, by_role: Browsers) -> None:
    counts = []
    for number in (1, 2, 3):
        save("provider", {**SANITY, "provider_name": f"cms-{number}"}, User.objects.get(username="Editor"))
        save("builder", builder_document(f"builder-{number}"))
        save("stack", stack_document(f"stack-{number}"))
        publish()
        counts.append(count_queries(by_role["Superuser"], address))

    assert counts[1] == counts[2]


def test_record_names_what_it_is_about_and_leads_there(by_role: Browsers) -> None:
    save("provider", SANITY, User.objects.get(username="Editor"))
    snapshot = publish(by=User.objects.get(username="Publisher"))
    records = AuditRecord.objects.filter(verb__in=("created", "publish_requested")).order_by("pk")

    created, asked = (by_role["Viewer"].get(f"{FEED}{record.pk}/change/").content.decode() for record in records)

    assert ("Created Sanity CMS" in created, page_of(sanity()) in created) == (True, True)
    assert ("Publish asked for Serial 1" in asked, f"/admin/catalog/snapshot/{snapshot.pk}/change/" in asked) == (
        True,
        True,
    )


def test_refused_page_is_told_in_words(by_role: Browsers) -> None:
    by_role["Viewer"].get("/admin/catalog/provider/add/")

    record = AuditRecord.objects.get(verb="refused")

    assert record.detail == "Opening this page was refused"


def test_what_is_counted_below_the_list_are_events(story: Browsers) -> None:
    page = " ".join(story["Viewer"].get(FEED).content.decode().split())

    assert re.search(r"\d+ events <", page)
