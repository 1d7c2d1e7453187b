"""Tokens: no more than their owner may, shown once, found by nobody without the secret, revoked at once."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core import serializers
from django.db import OperationalError
from django.utils import timezone

from catalog.actions import tokens
from catalog.actions.access import access_of
from catalog.actions.errors import NotAllowedError, RefusedError, RefusedFieldError
from catalog.actions.roles import create_roles
from catalog.actions.tokens import (
    TokenState,
    acting_owner,
    find_token,
    make_token,
    revoke_token,
    scopes_for,
    state_of,
    types_for,
)
from catalog.models import AuditRecord, Token, TokenOwner, TypeLimit

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def owner(db: None) -> User:
    return person("owner", "Editor")


def person(name: str, role: str) -> User:
    create_roles()
    made = User.objects.create_user(name)
    made.groups.add(Group.objects.get(name=role))
    return User.objects.get(pk=made.pk)


def make(owner: User, *, scopes: Sequence[str] = ("entries:read",), **given: Any) -> tuple[Token, str]:
    values: dict[str, Any] = {"by": owner, "name": "Nightly build", "days": 90, **given}
    return make_token(owner=owner, scopes=scopes, **values)


def at(moment: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)


def test_token_is_found_by_its_text_and_by_nothing_else(owner: User) -> None:
    token, text = make(owner)
    prefix, public_id, secret = text.split("_", 2)
    wrong = [
        "", "reg_", public_id, secret, text[:-1], f"{text}A", text.upper(), f" {text}", f"{text}\n", f"{text}\0",
        f"{prefix}_{public_id}_{'A' * 43}", f"{prefix}_{'0' * 12}_{secret}", f"REG_{public_id}_{secret}",
        f"{prefix}_{public_id}_{token.secret_sha256[:43]}", "reg_" + "a" * 1_000_000, "日本_語_x",
    ]  # fmt: skip

    assert find_token(text) == token
    assert [find_token(each) for each in wrong] == [None] * len(wrong)


def test_text_is_kept_nowhere(owner: User, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        token, text = make(owner)
        find_token(text)
    secret = text.split("_", 2)[2]

    kept = serializers.serialize("json", [*Token.objects.all(), *AuditRecord.objects.all()])
    logged = "".join(record.getMessage() for record in caplog.records if record.name != "django.db.backends")
    assert secret not in kept + logged + repr(token) + str(vars(token))


def test_making_is_kept_in_the_audit(owner: User) -> None:
    token, _ = make(owner, scopes=["entries:write", "entries:read", "entries:read"], provider_types=["cms", "ssg"])

    record = AuditRecord.objects.get()
    assert (record.by, record.verb, record.object_name) == (owner, "permissions_changed", "owner")
    assert (
        record.detail == f"API token “Nightly build” ({token.public_id}) made for 90 days: entries:read, entries:write"
    )
    assert (token.scopes, token.provider_types) == (["entries:read", "entries:write"], ["cms", "ssg"])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " \0 "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "x" * 10_000_000}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["entries:read", "everything"]}, "scopes"),
        ({"scopes": ["entries:approve"]}, "scopes"),
        ({"scopes": ["x" * 1_000_000]}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": 367}, "days"),
        ({"days": -(2**70)}, "days"),
        ({"provider_types": ["erp"]}, "provider_types"),
    ],
)
def test_token_that_cannot_be_is_refused(given: dict[str, Any], field: str, owner: User) -> None:
    with pytest.raises(RefusedFieldError) as refused:
        make(owner, **given)

    assert refused.value.field == field
    assert len(str(refused.value)) < 500
    assert Token.objects.count() == AuditRecord.objects.count() == 0


def test_name_is_kept_in_one_line(owner: User) -> None:
    assert make(owner, name=" a\r\nX-Header: b\0 ")[0].name == "a X-Header: b"


def test_owner_with_type_limits_gives_them_to_their_tokens(owner: User) -> None:
    TypeLimit.objects.create(person=owner, provider_type="cms")

    assert make(owner)[0].provider_types == ["cms"]
    assert types_for(owner) == ["cms"]
    with pytest.raises(RefusedFieldError, match="owner is limited to cms"):
        make(owner, provider_types=["ssg"])


def test_nobody_makes_tokens_for_others_but_a_superuser_and_a_command(owner: User) -> None:
    with pytest.raises(NotAllowedError, match="for yourself only"):
        make(owner, by=person("other", "Administrator"))

    assert make(owner, by=None)[0].owner_id == owner.pk
    assert make(owner, by=User.objects.create_superuser("root"))[0].owner_id == owner.pk
    assert set(AuditRecord.objects.values_list("by__username", flat=True)) == {None, "root"}


def test_token_makes_and_revokes_no_tokens() -> None:
    root = User.objects.create_superuser("root")
    token, _ = make(root, scopes=scopes_for(root))
    program = acting_owner(token)

    with pytest.raises(NotAllowedError, match="A token makes no tokens"):
        make(root, by=program)
    with pytest.raises(NotAllowedError, match="A token makes no tokens"):
        make_token(by=root, owner=program, name="a", scopes=["entries:read"], days=1)
    with pytest.raises(NotAllowedError):
        revoke_token(token, by=program)

    assert Token.objects.filter(revoked_at=None).count() == 1


def test_inactive_owner_gets_no_token(owner: User) -> None:
    owner.is_active = False
    owner.save()

    with pytest.raises(RefusedError, match="owner is not active"):
        make(owner, by=None)


def test_tokens_in_use_are_bounded(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MAX_TOKENS", 2)
    first, _ = make(owner)
    make(owner)
    with pytest.raises(RefusedError, match="revoke some first"):
        make(owner)

    revoke_token(first, by=owner)

    assert make(owner)[0].pk


def test_token_ends_with_the_second_that_it_names(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    token, text = make(owner, days=20)
    second = timedelta(seconds=1)
    states = {}
    for name, moment in {
        "soon not": token.expires_at - timedelta(days=14),
        "soon": token.expires_at - timedelta(days=14) + second,
        "before": token.expires_at - timedelta(microseconds=1),
        "at": token.expires_at,
        "after": token.expires_at + second,
    }.items():
        at(moment, monkeypatch)
        states[name] = (state_of(token), find_token(text) is not None)

    assert states == {
        "soon not": (TokenState.ACTIVE, True),
        "soon": (TokenState.ENDS_SOON, True),
        "before": (TokenState.ENDS_SOON, True),
        "at": (TokenState.EXPIRED, False),
        "after": (TokenState.EXPIRED, False),
    }


def test_revoked_token_opens_nothing_at_once(owner: User) -> None:
    token, text = make(owner)
    kept = find_token(text)

    revoke_token(token, by=owner)

    assert kept is not None
    assert find_token(text) is None
    assert state_of(Token.objects.get()) == TokenState.REVOKED
    assert AuditRecord.objects.latest("pk").detail == f"API token “Nightly build” ({token.public_id}) revoked"
    with pytest.raises(RefusedError, match="revoked already"):
        revoke_token(token, by=owner)


def test_who_may_revoke(owner: User) -> None:
    with pytest.raises(NotAllowedError):
        revoke_token(make(owner)[0], by=person("other", "Editor"))

    revoke_token(make(owner)[0], by=person("auditor", "Administrator"))
    revoke_token(make(owner)[0], by=None)

    assert Token.objects.filter(revoked_at=None).count() == 1


def test_token_of_a_deactivated_owner_opens_nothing(owner: User) -> None:
    _, text = make(owner)
    User.objects.filter(pk=owner.pk).update(is_active=False)

    assert find_token(text) is None


def test_token_may_do_what_both_it_and_its_owner_may(owner: User) -> None:
    token, text = make(owner, scopes=["entries:write"])
    write, approve = "catalog.change_provider", "catalog.approve_revision"
    read = "catalog.view_provider"
    found = find_token(text)
    assert found is not None
    assert [acting_owner(found).has_perm(each) for each in (write, approve, read)] == [True, False, False]

    owner.groups.clear()

    found = find_token(text)
    assert found is not None
    assert not acting_owner(found).has_perm(write)
    assert isinstance(acting_owner(token), TokenOwner)


def test_use_is_noted_once_in_a_while(
    owner: User, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    _, text = make(owner)
    with django_assert_num_queries(2):
        found = find_token(text)
    used_at = Token.objects.values_list("last_used_at", flat=True)
    first = used_at.get()
    with django_assert_num_queries(1):
        find_token(text)
    at(timezone.now() + timedelta(minutes=2), monkeypatch)
    find_token(text)

    last = used_at.get()
    assert first is not None
    assert last is not None
    assert last - first > timedelta(minutes=1)
    assert found is not None
    with django_assert_num_queries(0):
        acting_owner(found)
        find_token("no token at all")


def test_reader_does_not_notice_that_use_cannot_be_noted(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    _, text = make(owner)

    def locked(*args: Any, **values: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("django.db.models.query.QuerySet.update", locked)

    assert find_token(text) is not None


def test_token_changes_nothing_about_what_its_owner_may(owner: User) -> None:
    before = access_of(owner)

    make(owner)

    assert access_of(owner) == before
