"""The list of snapshots and the page of each: changes with revisions and differences, and what else can be done."""

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from catalog.actions.snapshots import request_snapshot
from catalog.models import Snapshot
from tests.catalog.admin.pages import SNAPSHOTS, Browsers, count_queries, sentences
from tests.catalog.admin.plans import plan_of
from tests.factories import SANITY, provider_document, publish, sanity, save

pytestmark = pytest.mark.django_db
ATTACK = "\"'><script>alert(1)</script>"


def page_of(snapshot: Snapshot) -> str:
    return f"{SNAPSHOTS}{snapshot.pk}/change/"


def test_list_tells_state_who_and_how_many_changes(browsers: Browsers) -> None:
    publisher = User.objects.get(username="publisher")
    save("provider", SANITY)
    publish()
    save("provider", provider_document("decap"))
    save("provider", provider_document("tina"))
    publish(by=publisher, note=ATTACK)

    page = browsers["editor"].get(SNAPSHOTS).content.decode()
    found = browsers["editor"].get(SNAPSHOTS, {"q": "alert"}).content.decode()

    assert ("Serial 2" in page, "Serial 1" in page, ATTACK in page) == (True, True, False)
    assert 'rg-badge rg-badge--good">Live<' in page
    assert "field-changed" in page
    assert ">2<" in page.replace(" ", "").replace("\n", "")
    assert ("Serial 2" in found, "Serial 1" in found) == (True, False)
    for hostile in ({"q": "\0"}, {"q": ATTACK}, {"p": "x"}, {"o": "99"}, {"state__exact": ATTACK}):
        answer = browsers["editor"].get(SNAPSHOTS, hostile)
        assert answer.status_code in (200, 302)
        assert ATTACK not in answer.content.decode()


def test_list_takes_as_many_queries_for_three_as_for_one(browsers: Browsers) -> None:
    publisher, counts = User.objects.get(username="publisher"), []
    for slug in ("one", "two", "three"):
        save("provider", provider_document(slug))
        publish(by=publisher)
        counts.append(count_queries(browsers["publisher"], SNAPSHOTS))

    assert counts[0] == counts[2]


def test_page_shows_revisions_and_differences_with_links(browsers: Browsers) -> None:
    save("provider", SANITY)
    publish()
    save("provider", {**SANITY, "display_name": ATTACK})
    snapshot = publish(note=ATTACK)

    answer = browsers["editor"].get(page_of(snapshot))

    assert plan_of(answer) == [("providers/cms/sanity", "changed", [("/display_name", "Sanity CMS", ATTACK)])]
    page = answer.content.decode()
    assert ("revision 1 → 2" in page, ATTACK in page) == (True, False)
    assert f'<a class="rg-link" href="/admin/catalog/provider/{sanity().pk}/review/">' in page


def test_page_takes_as_many_queries_for_three_as_for_one(browsers: Browsers) -> None:
    counts = []
    for slugs in (["one"], ["two", "three", "four"]):
        for slug in slugs:
            save("provider", provider_document(slug))
        snapshot = publish()
        counts.append(count_queries(browsers["publisher"], page_of(snapshot)))

    assert counts[0] == counts[1]


def test_rolling_back_is_offered_to_those_who_may_where_it_can_be_done(browsers: Browsers) -> None:
    save("provider", SANITY)
    first = publish()
    save("provider", {**SANITY, "icon": "a"})
    live = publish()
    button = f'href="{SNAPSHOTS}{first.pk}/roll-back/"'

    offered = {name: button in browsers[name].get(page_of(first)).content.decode() for name in browsers}
    on_live = browsers["publisher"].get(page_of(live)).content.decode()
    Snapshot.objects.filter(pk=first.pk).update(collected_at=timezone.now())
    collected = browsers["publisher"].get(page_of(first)).content.decode()

    assert offered == {"anonymous": False, "editor": False, "publisher": True, "administrator": True}
    assert "roll-back" not in on_live
    assert (button in collected, "Its files were deleted to save space" in collected) == (False, True)


def test_page_is_for_those_who_may_look_at_snapshots(browsers: Browsers) -> None:
    save("provider", SANITY)
    snapshot = publish()
    editor = User.objects.get(username="editor")
    editor.groups.clear()
    editor.user_permissions.add(Permission.objects.get(codename="view_provider"))
    pages = [page_of(snapshot), f"{SNAPSHOTS}{snapshot.pk}/progress/", f"{SNAPSHOTS}{snapshot.pk}/compare/", SNAPSHOTS]

    assert [browsers["editor"].get(page).status_code for page in pages] == [403] * 4
    assert [browsers["anonymous"].get(page).status_code for page in pages] == [302] * 4
    assert [browsers["publisher"].post(page_of(snapshot), {"note": "x"}).status_code for _ in "1"] == [200]
    assert Snapshot.objects.get().note == ""


def test_request_that_waits_shows_what_was_asked_for(browsers: Browsers) -> None:
    save("provider", SANITY)
    snapshot = request_snapshot(by=None, in_background=False)

    answer = browsers["editor"].get(page_of(snapshot))

    page = answer.content.decode()
    assert ("1 change asked for" in page, "Compare serial" in page) == (True, False)
    assert '<noscript><meta http-equiv="refresh"' in page
    assert f'data-progress="{SNAPSHOTS}{snapshot.pk}/progress/"' in page
    assert 'aria-live="polite"' in page


def test_list_calls_what_has_no_serial_by_its_time_and_nobody_the_system(browsers: Browsers) -> None:
    save("provider", SANITY)
    failed = request_snapshot(by=None, in_background=False)
    Snapshot.objects.filter(pk=failed.pk).update(state="failed", requested_at="2030-01-02T03:04:00Z")
    publish(by=User.objects.get(username="publisher"))

    page = " ".join(sentences(browsers["editor"].get(SNAPSHOTS)).replace("\N{NO-BREAK SPACE}", " ").split())

    assert ("Publish of 2 Jan 2030, 03:04 UTC" in page, ">Serial 1<" in page) == (True, True)
    assert (">the system<" in page, ">publisher<" in page, "gets the next serial number" in page) == (True, True, True)
