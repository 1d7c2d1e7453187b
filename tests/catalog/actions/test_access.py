"""Who changes what people may do: noted from what to what, and never more than they hold."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User

from catalog.actions.access import (
    MAX_DETAIL,
    Access,
    access_of,
    access_of_role,
    may_manage,
    permissions_to_give,
    record_access_change,
    record_password_change,
    record_role_change,
    roles_to_give,
)
from catalog.actions.errors import RefusedError
from catalog.actions.roles import ROLES, create_roles
from catalog.models import AuditRecord, TypeLimit

pytestmark = pytest.mark.django_db


def make(name: str, *roles: str, is_superuser: bool = False, is_active: bool = True) -> User:
    person = User.objects.create_user(name, is_staff=True, is_superuser=is_superuser, is_active=is_active)
    person.groups.set(Group.objects.filter(name__in=roles))
    return person


@pytest.fixture
def root(db: None) -> User:
    create_roles()
    return make("root", is_superuser=True)


@pytest.fixture
def ruth(root: User) -> User:
    """An administrator by role."""
    return make("ruth", "Administrator")


def details() -> list[tuple[str | None, str, str]]:
    records = AuditRecord.objects.filter(verb="permissions_changed").order_by("pk")
    return list(records.values_list("by__username", "object_name", "detail"))


def change(person: User, *, by: User, **flags: Any) -> None:
    """Save flags, roles, permissions and limits as a form would, then record."""
    before, by_before = access_of(person), access_of(by)
    if "roles" in flags:
        person.groups.set(Group.objects.filter(name__in=flags.pop("roles")))
    if "permissions" in flags:
        person.user_permissions.set(Permission.objects.filter(codename__in=flags.pop("permissions")))
    for limit in flags.pop("limits", ()):
        TypeLimit.objects.create(person=person, provider_type=limit)
    User.objects.filter(pk=person.pk).update(**flags)
    record_access_change(person, before=before, by_before=by_before, by=by)


def test_change_is_noted_with_what_was_before(root: User) -> None:
    anna = make("anna", "Editor")

    change(
        anna,
        by=root,
        roles=["Approver"],
        permissions=["publish_snapshot"],
        limits=["cms"],
        is_staff=False,
        is_superuser=True,
    )

    assert details() == [
        (
            "root",
            "anna",
            (
                "may use the admin: yes → no; superuser: no → yes; role given: Approver; role taken: Editor; "
                "permission given: Can publish what is approved, and roll back; type limit given: CMS"
            ),
        )
    ]


def test_new_person_is_noted_with_what_they_may_do(root: User) -> None:
    anna = make("anna", "Editor")

    record_access_change(anna, before=None, by_before=access_of(root), by=root)

    assert details() == [
        ("root", "anna", "made; active: yes; may use the admin: yes; superuser: no; role given: Editor")
    ]


def test_no_change_is_no_record(root: User) -> None:
    change(make("anna", "Editor"), by=root)

    assert details() == []


def test_long_change_takes_several_records(root: User) -> None:
    role = Group.objects.create(name="Everything")
    before = access_of_role(role)
    role.permissions.set(Permission.objects.all())

    record_role_change(role, before=before, by_before=access_of(root), by=root)

    texts = [detail for _, _, detail in details()]
    assert len(texts) > 1
    assert all(len(text) <= MAX_DETAIL for text in texts)
    assert "; ".join(texts).count("permission given: ") == Permission.objects.count()


def test_password_change_is_noted_without_the_password(root: User) -> None:
    anna = make("anna")
    anna.set_password("a very secret word")
    record_password_change(anna, by=root)
    anna.set_unusable_password()
    record_password_change(anna, by=root)

    assert details() == [("root", "anna", "password changed"), ("root", "anna", "password taken away")]


@pytest.mark.parametrize(
    "flags",
    [{"is_superuser": True}, {"permissions": ["delete_user"]}, {"permissions": ["delete_provider"]}],
    ids=["superuser", "people", "entries"],
)
@pytest.mark.parametrize("target", ["anna", "ruth"])
def test_administrator_gives_nobody_more_than_they_hold(target: str, flags: dict[str, Any], ruth: User) -> None:
    make("anna", "Editor")

    with pytest.raises(RefusedError):
        change(User.objects.get(username=target), by=ruth, **flags)

    assert details() == []


def test_administrator_gives_every_role(ruth: User) -> None:
    anna = make("anna")

    change(anna, by=ruth, roles=list(ROLES))

    assert set(anna.groups.values_list("name", flat=True)) == set(ROLES)
    assert list(roles_to_give(ruth).values_list("name", flat=True)) == list(ROLES)


def test_role_beyond_an_administrator_is_not_theirs_to_give(ruth: User) -> None:
    strong = Group.objects.create(name="Strong")
    strong.permissions.set(Permission.objects.filter(codename="delete_user"))
    anna = make("anna")

    assert "Strong" not in roles_to_give(ruth).values_list("name", flat=True)
    with pytest.raises(RefusedError, match=r"auth\.delete_user"):
        change(anna, by=ruth, roles=["Strong"])


@pytest.mark.parametrize("active", [True, False])
def test_account_beyond_an_administrator_is_not_theirs_to_change(active: bool, ruth: User, root: User) -> None:
    """A new password for it, or waking it up, would be a way to sign in as somebody who may do more."""
    strong = make("strong", is_active=active)
    strong.user_permissions.set(Permission.objects.filter(codename="delete_user"))

    assert (may_manage(ruth, access_of(strong)), may_manage(root, access_of(strong))) == (False, True)
    assert (may_manage(ruth, access_of(root)), may_manage(ruth, access_of(ruth))) == (False, True)
    with pytest.raises(RefusedError):
        change(strong, by=ruth, is_active=True)


def test_role_beyond_an_administrator_is_not_theirs_to_change(ruth: User) -> None:
    """Not even to add what their own role then gives them."""
    own = Group.objects.get(name="Administrator")
    before, by_before = access_of_role(own), access_of(ruth)
    own.permissions.add(Permission.objects.get(codename="delete_user"))

    with pytest.raises(RefusedError):
        record_role_change(own, before=before, by_before=by_before, by=ruth)


def test_who_is_limited_by_type_changes_no_people(ruth: User) -> None:
    """Else they would lift their own limit, or make somebody without one."""
    TypeLimit.objects.create(person=ruth, provider_type="cms")
    anna = make("anna")

    assert may_manage(ruth, Access()) is False
    with pytest.raises(RefusedError, match="limited to some types"):
        record_access_change(anna, before=None, by_before=access_of(ruth), by=ruth)
    before = access_of(ruth)
    ruth.type_limits.all().delete()
    with pytest.raises(RefusedError, match="limited to some types"):
        record_access_change(ruth, before=before, by_before=before, by=ruth)


@pytest.mark.parametrize("flag", ["is_active", "is_staff", "is_superuser"])
def test_last_superuser_stays(flag: str, root: User) -> None:
    make("retired", is_superuser=True, is_active=False)

    with pytest.raises(RefusedError, match="Nobody else could manage everything"):
        change(root, by=root, **{flag: False})


def test_superuser_goes_while_another_stays(root: User) -> None:
    make("second", is_superuser=True)

    change(root, by=root, is_active=False)

    assert details() == [("root", "root", "active: yes → no")]


def test_permissions_to_give_are_those_held_or_of_use(ruth: User, root: User) -> None:
    held = set(ROLES["Administrator"])

    assert {permission.codename for permission in permissions_to_give(ruth)} == held
    assert {permission.codename for permission in permissions_to_give(root)} == held
    # What somebody was given otherwise can be seen, and taken.
    make("anna").user_permissions.set(Permission.objects.filter(codename="delete_session"))
    assert {permission.codename for permission in permissions_to_give(root)} == held | {"delete_session"}
