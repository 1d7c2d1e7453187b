"""Names that are written from right to left: whole wherever they are shown, and nothing around them turns."""

from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.actions.direction import MESSAGE
from catalog.actions.errors import InvalidDocumentError
from catalog.actions.revisions import one_line
from catalog.admin.direction import isolated
from catalog.models import Revision, Snapshot
from tests.cases import spread
from tests.catalog.admin.pages import PROVIDERS, PUBLISH, SNAPSHOTS, STACKS, Browsers, errors, messages, page_of, send
from tests.factories import SANITY, provider_document, publish, sanity, save, stack_document

pytestmark = pytest.mark.django_db
HEBREW = "שלום (עולם) 42"
FAMILY = "👩‍👩‍👧‍👦 متجر"
TURNING = ["\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"]
TURNING += ["\u200e", "\u200f", "\u061c"]
AUTHOR = "דנה"


@pytest.fixture
def named(browsers: Browsers) -> Browsers:
    """A live provider and a stack of it with such names and notes, a draft that waits, an approved change."""
    author = User.objects.get(username="editor")
    User.objects.filter(pk=author.pk).update(username=AUTHOR)
    author.refresh_from_db()
    save("provider", {**SANITY, "display_name": HEBREW}, author)
    save("stack", stack_document(display_name=FAMILY, providers={"cms": ["sanity"]}), author)
    publish(by=author, note=FAMILY)
    save("provider", {**SANITY, "display_name": HEBREW, "best_for": FAMILY}, author)
    save("provider", provider_document("decap", display_name=FAMILY), author, approved=False)
    browsers["editor"].force_login(author)
    return browsers


PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "list": (PROVIDERS, (HEBREW, FAMILY, AUTHOR)),
    "stacks": (STACKS, (FAMILY,)),
    "queue": ("/admin/approvals/", (FAMILY, AUTHOR)),
    "plan": (PUBLISH, (HEBREW, FAMILY, AUTHOR)),
    "home": ("/admin/", (HEBREW, FAMILY, AUTHOR)),
    "activity": ("/admin/catalog/activity/", (HEBREW, FAMILY, AUTHOR)),
}


@pytest.mark.parametrize("name", PAGES)
def test_names_are_isolated_on_pages_of_everything(name: str, named: Browsers) -> None:
    columns = {"show": ["display_name", "changed_by"], "position-display_name": "1", "position-changed_by": "2"}
    named["administrator"].post(f"{PROVIDERS}columns/", columns)
    address, texts = PAGES[name]

    page = named["administrator"].get(address).content.decode()

    assert [text for text in texts if f"<bdi>{text}</bdi>" not in page] == []


@pytest.mark.parametrize("part", ["change", "history", "review", "lifecycle", "usage", "preview"])
def test_names_are_isolated_on_pages_of_an_entry(part: str, named: Browsers) -> None:
    page = named["administrator"].get(page_of(sanity(), part))

    if part == "change":
        assert " ".join(page.content.decode().split()).count(f"<bdi>{HEBREW}</bdi>") == 1
    else:
        assert f"\u2068{HEBREW}\u2069" in page.context["title"]
    if part in ("history", "review"):
        assert f"<bdi>{AUTHOR}</bdi>" in page.content.decode()


def test_note_and_names_of_a_snapshot_are_isolated(named: Browsers) -> None:
    page = named["administrator"].get(f"{SNAPSHOTS}{Snapshot.objects.get().pk}/change/").content.decode()

    assert [text for text in (HEBREW, FAMILY, AUTHOR) if f"<bdi>{text}</bdi>" not in page] == []


def test_saving_tells_the_name_isolated(named: Browsers) -> None:
    answer = send(named["editor"], page_of(sanity()), icon="other", change_note="Try")

    assert messages(answer)[0].startswith(f"\u2068{HEBREW}\u2069 is saved as revision 3.")


@pytest.mark.parametrize("turning", spread(TURNING, fast=3), ids=ascii)
@pytest.mark.parametrize("field", ["display_name", "tier_name", "best_for"])
def test_character_that_turns_text_is_told_at_its_field(field: str, turning: str, browsers: Browsers) -> None:
    save("provider", SANITY)

    answer = send(browsers["editor"], page_of(sanity()), **{field: f"abc{turning}def"}, change_note="Try")

    assert errors(answer) == {field: [f"{MESSAGE} (U+{ord(turning):04X}, character 4)."]}
    assert Revision.objects.count() == 1
    assert answer.context["adminform"].form[field].value() == f"abc{turning}def"


def test_character_that_turns_text_is_refused_in_a_document(editor: User) -> None:
    with pytest.raises(InvalidDocumentError) as refused:
        save("provider", {**SANITY, "display_name": "Sanity\u202e"}, editor)

    assert [(problem.path, problem.code) for problem in refused.value.problems] == [("/display_name", "direction")]
    assert Revision.objects.count() == 0


@pytest.mark.parametrize("address", ["user", "group"])
def test_character_that_turns_text_is_refused_in_people_and_roles(address: str, by_role: Browsers) -> None:
    fields: dict[str, Any] = {
        "user": {
            "username": "anna",
            "first_name": "An\u202ena",
            "password1": "long enough",
            "password2": "long enough",
        },
        "group": {"name": "An\u202ena"},
    }[address]

    answer = send(by_role["Superuser"], f"/admin/auth/{address}/add/", **fields)

    assert errors(answer) == {"first_name" if address == "user" else "name": [f"{MESSAGE}."]}


@pytest.mark.parametrize("name", [HEBREW, FAMILY, "می‌خواهم", "Sanity"])
def test_letters_and_emoji_stay_as_they_are(name: str, browsers: Browsers) -> None:
    save("provider", SANITY)

    answer = send(browsers["editor"], page_of(sanity()), display_name=name, change_note=f"To {name}")

    revision = sanity().latest_revision
    assert revision is not None
    assert (errors(answer), sanity().display_name, revision.change_note) == ({}, name, f"To {name}")
    for page in (PROVIDERS, page_of(sanity()), page_of(sanity(), "history")):
        assert f"<bdi>{name}</bdi>" in " ".join(unescape(browsers["editor"].get(page).content.decode()).split()) or (
            f"<bdi>To {name}</bdi>" in unescape(browsers["editor"].get(page).content.decode())
        )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Sanity", "Sanity"),
        ("é 👩", "é 👩"),
        (HEBREW, f"\u2068{HEBREW}\u2069"),
        ("a\u202eb", "\u2068a\u202eb\u2069"),
        ("א\u2069b", "\u2068אb\u2069"),
    ],
)
def test_sentence_isolates_what_could_turn_it(text: str, shown: str) -> None:
    assert isolated(text) == shown


def test_notes_lose_what_turns_text_and_keep_what_joins_letters() -> None:
    assert one_line("a\u202eb\n" + FAMILY) == f"a b {FAMILY}"
