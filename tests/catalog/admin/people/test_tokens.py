"""Pages of API tokens: made and shown once, warned about in time, revoked at once, seen by whom they concern."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core import serializers
from django.utils import timezone

from catalog.actions.tokens import find_token, make_token
from catalog.models import AuditRecord, ReadCount, Token, TypeLimit
from catalog.models.clients import SCOPES
from tests.catalog.admin.html import Page
from tests.catalog.admin.pages import Browsers, messages

pytestmark = pytest.mark.django_db
TOKENS = "/admin/tokens/"
NEW = {"name": "Nightly build", "scopes": ["entries:read"], "days": "30"}


def make(name: str, *, owner: str = "Editor", days: int = 90) -> tuple[Token, str]:
    person = User.objects.get(username=owner)
    return make_token(by=person, owner=person, name=name, scopes=["entries:read"], days=days)


def page_of(token: Token) -> str:
    return f"{TOKENS}{token.public_id}/"


def test_token_is_shown_once_and_kept_nowhere(by_role: Browsers) -> None:
    client = by_role["Editor"]

    made = client.post(TOKENS, {**NEW, "provider_types": ["cms"]})

    text = made.context["text"]
    token = Token.objects.get()
    assert find_token(text) == token
    assert (token.owner.username, token.provider_types) == ("Editor", ["cms"])
    assert made.content.decode().count(text) == 1
    assert "no-store" in made.headers["Cache-Control"]
    assert "Location" not in made.headers
    later = client.get(TOKENS).content.decode() + client.get(page_of(token)).content.decode()
    sessions = str([session.get_decoded() for session in Session.objects.all()])
    rows = serializers.serialize("json", [*Token.objects.all(), *AuditRecord.objects.all()])
    secret = text.split("_", 2)[2]
    assert secret not in later + sessions + rows + str(made.cookies)
    assert made.context["asked"].name == ""


@pytest.mark.parametrize(
    ("sent", "field", "message"),
    [
        ({**NEW, "name": ""}, "name", "Name it, in up to 100 characters that say what it is for."),
        ({**NEW, "scopes": []}, "scopes", "Choose scopes out of"),
        ({**NEW, "scopes": ["entries:approve"]}, "scopes", "Editor may not do this"),
        ({**NEW, "scopes": ["<script>"]}, "scopes", "not <script>"),
        ({**NEW, "days": "x"}, "days", "A token lives from 1 to 366 days."),
        ({**NEW, "days": "367"}, "days", "A token lives from 1 to 366 days."),
        ({**NEW, "provider_types": ["erp"]}, "provider_types", "There is no type of provider erp."),
        ({}, "name", "Name it"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(sent: dict[str, Any], field: str, message: str, by_role: Browsers) -> None:
    answer = by_role["Editor"].post(TOKENS, sent)

    assert answer.status_code == 200
    assert message in answer.context["asked"].errors[field]
    assert answer.context["asked"].name == sent.get("name", "")
    assert b"<script>&" not in answer.content.replace(b"&lt;", b"&")
    assert "not <script>" not in answer.content.decode()
    assert Token.objects.count() == 0


def test_two_mistakes_are_told_at_once(by_role: Browsers) -> None:
    answer = by_role["Editor"].post(TOKENS, {**NEW, "name": "", "days": "900"})

    assert answer.context["asked"].errors.keys() == {"name", "days"}


def test_new_token_can_be_copied_with_nothing_else_to_fill_in(by_role: Browsers) -> None:
    made = by_role["Editor"].post(TOKENS, NEW).content.decode()
    before = by_role["Editor"].get(TOKENS).content.decode()

    assert ('data-copy="new-token"' in made, 'id="new"' in made, "All tokens" in made) == (True, False, True)
    assert ('id="new"' in before, before.index('id="list"') < before.index('id="new"')) == (True, True)


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        ("Viewer", ["entries:read"]),
        ("Editor", ["entries:read", "entries:write"]),
        ("Superuser", list(SCOPES)),
    ],
)
def test_only_what_the_owner_may_is_offered(role: str, scopes: list[str], by_role: Browsers) -> None:
    answer = by_role[role].get(TOKENS)

    assert [scope for scope, _, _ in answer.context["scopes"]] == scopes


def test_only_types_of_the_owner_are_offered(by_role: Browsers) -> None:
    TypeLimit.objects.create(person=User.objects.get(username="Editor"), provider_type="cms")

    assert [value for value, _, _ in by_role["Editor"].get(TOKENS).context["types"]] == ["cms"]


def test_token_is_revoked_at_once(by_role: Browsers) -> None:
    token, text = make("Nightly build")
    client = by_role["Editor"]

    answer = client.post(page_of(token), follow=True)

    assert messages(answer) == ["“Nightly build” is revoked: from now on it opens nothing."]
    assert find_token(text) is None
    assert [form.action for form in Page(answer.content.decode()).forms if form.action == ""] == []
    assert messages(client.post(page_of(token), follow=True)) == ["This token is revoked already."]


def test_tokens_of_others_are_seen_by_who_reads_the_audit_log(by_role: Browsers) -> None:
    mine, _ = make("Mine")
    theirs, text = make("Theirs", owner="Viewer")

    lists = {
        name: [row.token.name for row in by_role[name].get(TOKENS, {"whose": "all"}).context["rows"]]
        for name in ("Editor", "Viewer", "Publisher", "Administrator")
    }

    assert lists == {"Editor": ["Mine"], "Viewer": ["Theirs"], "Publisher": [], "Administrator": ["Theirs", "Mine"]}
    assert by_role["Administrator"].get(TOKENS).context["rows"] == []
    assert by_role["Editor"].get(page_of(theirs)).status_code == 403
    assert by_role["Editor"].post(page_of(theirs)).status_code == 403
    assert find_token(text) is not None
    assert by_role["Administrator"].post(page_of(theirs)).status_code == 302
    assert find_token(text) is None
    assert by_role["Nobody"].get(TOKENS).status_code == by_role["Nobody"].get(page_of(mine)).status_code == 403
    assert by_role["Editor"].get(f"{TOKENS}nothing/").status_code == 404


def test_who_has_tokens_that_end_soon_is_warned(by_role: Browsers) -> None:
    make("Long")
    soon, _ = make("Soon", days=13)
    gone, _ = make("Gone", days=1)
    Token.objects.filter(pk=gone.pk).update(
        created_at=timezone.now() - timedelta(days=9), expires_at=timezone.now() - timedelta(days=2)
    )

    answer = by_role["Editor"].get(TOKENS)

    assert [token.name for token in answer.context["soon"]] == ["Soon"]
    assert "These end within two weeks" in answer.content.decode()
    assert {row.token.name: row.state for row in answer.context["rows"]} == {
        "Long": "in use", "Soon": "ends soon", "Gone": "expired",
    }  # fmt: skip
    by_role["Editor"].post(page_of(soon))
    assert "These end within two weeks" not in by_role["Editor"].get(TOKENS).content.decode()


def test_token_of_an_inactive_owner_is_told(by_role: Browsers) -> None:
    make("Nightly build")
    User.objects.filter(username="Editor").update(is_active=False)

    (row,) = by_role["Administrator"].get(TOKENS, {"whose": "all"}).context["rows"]

    assert (row.state, row.badge) == ("its owner is inactive", "bad")


def test_page_says_what_the_token_has_read(by_role: Browsers) -> None:
    token, _ = make("Nightly build")
    client = by_role["Editor"]
    assert "It has read nothing" in client.get(page_of(token)).content.decode()

    today = timezone.now().date()
    for name in ("providers/cms/sanity", "builders"):
        ReadCount.objects.create(consumer=f"token:{token.public_id}", object_name=name, day=today, count=2)

    usage = client.get(page_of(token)).context["usage"]
    assert (usage.reads, usage.objects) == (4, [("builders", 2), ("providers/cms/sanity", 2)])


def test_queries_do_not_grow_with_the_list(by_role: Browsers, django_assert_max_num_queries: Any) -> None:
    client = by_role["Administrator"]
    make("First")
    client.get(TOKENS, {"whose": "all"})
    with django_assert_max_num_queries(30) as one:
        client.get(TOKENS, {"whose": "all"})
    make("Second")
    make("Third", owner="Viewer")
    with django_assert_max_num_queries(30) as three:
        client.get(TOKENS, {"whose": "all"})

    assert len(three.captured_queries) == len(one.captured_queries)


def test_names_are_escaped(by_role: Browsers) -> None:
    token, _ = make("<b>bold</b>")

    for page in (TOKENS, page_of(token)):
        assert "<b>bold" not in by_role["Editor"].get(page).content.decode()
