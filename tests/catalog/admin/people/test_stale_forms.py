"""Two people with the form of one person or one role: nobody takes back unseen what the other one gave."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User

from catalog.admin.people.versions import BOTH, THEIRS
from catalog.models import AuditRecord, TypeLimit
from tests.catalog.admin.pages import Browsers, Fields, errors, fill_in, send

pytestmark = pytest.mark.django_db
ROLES = "/admin/auth/group/"


def person() -> User:
    return User.objects.get(username="Viewer")


def page() -> str:
    return f"/admin/auth/user/{person().pk}/change/"


def role_page() -> str:
    return f"{ROLES}{role('Viewer')}/change/"


def role(name: str) -> int:
    return Group.objects.get(name=name).pk


def permission(codename: str) -> int:
    return Permission.objects.get(codename=codename).pk


def held() -> dict[str, Any]:
    return {
        "first_name": person().first_name,
        "groups": sorted(person().groups.values_list("name", flat=True)),
        "user_permissions": sorted(person().user_permissions.values_list("codename", flat=True)),
        "type_limits": list(TypeLimit.objects.filter(person=person()).values_list("provider_type", flat=True)),
        "is_active": person().is_active,
    }


def again(answer: Any) -> Fields:
    """What the form that came back would send."""
    return {
        bound.html_name: bound.value() for bound in answer.context["adminform"].form if bound.value() not in (None, "")
    }


def give(by: str) -> Fields:
    """What somebody else saves meanwhile, by field, as fields of the form."""
    meanwhile: dict[str, dict[str, Any]] = {
        "groups": {"groups": [role("Viewer"), role("Editor")]},
        "user_permissions": {"user_permissions": [permission("publish_snapshot")]},
        "type_limits": {"type_limits": ["cms", "ssg"]},
        "is_active": {"is_active": ""},
        "first_name": {"first_name": "Vera"},
    }
    return meanwhile[by]


@pytest.mark.parametrize("given", ["groups", "user_permissions", "type_limits", "is_active", "first_name"])
def test_save_over_what_was_given_meanwhile_is_refused_and_keeps_what_was_typed(given: str, by_role: Browsers) -> None:
    sent = {**fill_in(by_role["Administrator"], page()), "last_name": "Weber"}
    send(by_role["Superuser"], page(), **give(given))
    stored, noted = held(), AuditRecord.objects.filter(verb="permissions_changed").count()

    answer = by_role["Administrator"].post(page(), sent)

    assert errors(answer) == {given: [THEIRS]}
    assert (held(), person().last_name) == (stored, "")
    assert AuditRecord.objects.filter(verb="permissions_changed").count() == noted
    assert again(answer)["last_name"] == "Weber"

    saved = by_role["Administrator"].post(page(), again(answer))

    assert saved.status_code == 302
    assert (held(), person().last_name) == (stored, "Weber")


def test_what_both_changed_stays_as_typed_and_says_what_is_stored(by_role: Browsers) -> None:
    sent = {**fill_in(by_role["Administrator"], page()), "groups": [role("Approver")], "type_limits": ["ecommerce"]}
    send(by_role["Superuser"], page(), **give("groups"), **give("type_limits"))

    answer = by_role["Administrator"].post(page(), sent)

    assert errors(answer) == {
        "groups": [BOTH.format("Viewer, Editor")],
        "type_limits": [BOTH.format("CMS, Static-site generator")],
    }
    assert (held()["groups"], held()["type_limits"]) == (["Editor", "Viewer"], ["cms", "ssg"])

    by_role["Administrator"].post(page(), again(answer))

    assert (held()["groups"], held()["type_limits"]) == (["Approver"], ["ecommerce"])


def test_both_typed_the_same_is_no_conflict(by_role: Browsers) -> None:
    sent = {**fill_in(by_role["Administrator"], page()), **give("groups")}
    send(by_role["Superuser"], page(), **give("groups"))

    answer = by_role["Administrator"].post(page(), sent)

    assert (answer.status_code, held()["groups"]) == (302, ["Editor", "Viewer"])


@pytest.mark.parametrize("marks", ["", "x", "groups:", "\0", "groups:0 groups:1"])
def test_form_that_does_not_say_what_it_showed_gives_nothing_unseen(marks: str, by_role: Browsers) -> None:
    sent = {**fill_in(by_role["Administrator"], page()), "groups": [role("Editor")], "opened_with": marks}

    answer = by_role["Administrator"].post(page(), sent)

    assert errors(answer)["groups"] == [BOTH.format("Viewer")]
    assert held()["groups"] == ["Viewer"]


def test_permission_of_a_role_given_meanwhile_is_not_taken_back(by_role: Browsers) -> None:
    sent = {**fill_in(by_role["Administrator"], role_page()), "name": "Reader"}
    before = [*Group.objects.get(name="Viewer").permissions.values_list("pk", flat=True)]
    send(by_role["Superuser"], role_page(), permissions=[*before, permission("publish_snapshot")])

    address = role_page()
    answer = by_role["Administrator"].post(address, sent)

    assert errors(answer) == {"permissions": [THEIRS]}
    assert not Group.objects.filter(name="Reader").exists()

    by_role["Administrator"].post(address, again(answer))

    given = Group.objects.get(name="Reader").permissions.values_list("pk", flat=True)
    assert sorted(given) == sorted([*before, permission("publish_snapshot")])


def test_role_renamed_by_both_keeps_the_name_that_was_typed(by_role: Browsers) -> None:
    address = role_page()
    sent = {**fill_in(by_role["Administrator"], address), "name": "Reader"}
    send(by_role["Superuser"], address, name="Onlooker")

    answer = by_role["Administrator"].post(address, sent)

    assert errors(answer) == {"name": [BOTH.format("“Onlooker”")]}
    assert again(answer)["name"] == "Reader"
    assert "Onlooker" in [*Group.objects.values_list("name", flat=True)]
