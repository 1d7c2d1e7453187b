"""The pages of people and roles: nobody gives more than they hold, and every change of access is kept."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from catalog.models import AuditRecord, TypeLimit
from tests.catalog.admin.pages import Browsers, count_queries, errors, fill_in, send

pytestmark = pytest.mark.django_db
PEOPLE = "/admin/auth/user/"
ROLES = "/admin/auth/group/"
PASSWORD = "long enough for all"
ATTACK = "<script>alert(1)</script>"


def person(name: str) -> User:
    return User.objects.get(username=name)


def page(name: str, part: str = "change") -> str:
    return f"{PEOPLE}{person(name).pk}/{part}/"


def role(name: str) -> Group:
    return Group.objects.get(name=name)


def kept() -> list[tuple[str | None, str, str]]:
    records = AuditRecord.objects.filter(verb="permissions_changed").order_by("pk")
    return list(records.values_list("by__username", "object_name", "detail"))


def flags_of(name: str) -> tuple[bool, bool, bool]:
    stored = person(name)
    return stored.is_active, stored.is_staff, stored.is_superuser


def test_new_person_can_sign_in_with_the_role_they_were_given(by_role: Browsers) -> None:
    fields = {"username": "anna", "password1": PASSWORD, "password2": PASSWORD, "groups": [role("Editor").pk]}

    send(by_role["Administrator"], f"{PEOPLE}add/", **fields, is_staff="on")

    client = Client()
    assert client.login(username="anna", password=PASSWORD)
    assert client.get("/admin/catalog/provider/add/").status_code == 200
    assert kept() == [
        ("Administrator", "anna", "made; active: yes; may use the admin: yes; superuser: no; role given: Editor")
    ]


def test_administrator_gives_roles_and_limits(by_role: Browsers) -> None:
    send(by_role["Administrator"], page("Viewer"), groups=[role("Editor").pk], type_limits=["cms"])

    assert list(TypeLimit.objects.values_list("person__username", "provider_type")) == [("Viewer", "cms")]
    assert kept() == [
        ("Administrator", "Viewer", "role given: Editor; role taken: Viewer; type limit given: CMS"),
    ]


def test_deactivated_person_is_signed_out_at_once(by_role: Browsers) -> None:
    fields = fill_in(by_role["Administrator"], page("Editor"))
    fields.pop("is_active")

    by_role["Administrator"].post(page("Editor"), fields)

    assert by_role["Editor"].get("/admin/").status_code == 302
    assert kept() == [("Administrator", "Editor", "active: yes → no")]


@pytest.mark.parametrize("target", ["Administrator", "Viewer"])
def test_administrator_makes_nobody_superuser(target: str, by_role: Browsers) -> None:
    form = by_role["Administrator"].get(page(target)).context["adminform"].form

    send(by_role["Administrator"], page(target), is_superuser="on")

    assert "is_superuser" not in form.fields
    assert flags_of(target) == (True, True, False)


@pytest.mark.parametrize("field", ["groups", "user_permissions"])
def test_administrator_is_not_offered_what_they_do_not_hold(field: str, by_role: Browsers) -> None:
    strong = Group.objects.create(name="Strong")
    beyond = strong.permissions.model.objects.get(codename="delete_user")
    strong.permissions.add(beyond)
    choice = {"groups": strong.pk, "user_permissions": beyond.pk}[field]

    answer = send(by_role["Administrator"], page("Viewer"), **{field: [choice]})

    assert list(errors(answer)) == [field]
    assert person("Viewer").get_all_permissions() == User.objects.get(username="Viewer").get_group_permissions()
    assert kept() == []


@pytest.mark.parametrize("part", ["change", "password"])
@pytest.mark.parametrize("target", ["Superuser", "Strong"])
def test_account_beyond_an_administrator_is_only_shown(part: str, target: str, by_role: Browsers) -> None:
    strong = User.objects.create_user("Strong", is_staff=True)
    strong.user_permissions.add(role("Editor").permissions.model.objects.get(codename="delete_user"))
    before = list(User.objects.values())
    fields = {"username": "taken", "password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}

    answer = by_role["Administrator"].post(page(target, part), fields)

    assert answer.status_code == 403
    assert list(User.objects.values()) == before
    shown = by_role["Administrator"].get(page(target))
    assert (shown.status_code, "_save" in shown.content.decode(), "pbkdf2" in shown.content.decode()) == (
        200,
        False,
        False,
    )


def test_role_beyond_an_administrator_is_only_shown(by_role: Browsers) -> None:
    strong = Group.objects.create(name="Strong")
    strong.permissions.set(strong.permissions.model.objects.filter(codename="delete_user"))
    address = f"{ROLES}{strong.pk}/change/"

    answers = [client(address).status_code for client in (by_role["Administrator"].get, by_role["Administrator"].post)]

    assert answers == [200, 403]


def test_role_is_changed_and_the_change_is_kept(by_role: Browsers) -> None:
    viewer = role("Viewer")
    held = [*viewer.permissions.values_list("pk", flat=True)]
    publish = viewer.permissions.model.objects.get(codename="publish_snapshot").pk

    send(by_role["Administrator"], f"{ROLES}{viewer.pk}/change/", name="Reader", permissions=[*held, publish])

    assert kept() == [
        (
            "Administrator",
            "role Reader",
            "name: Viewer → Reader; permission given: Can publish what is approved, and roll back",
        )
    ]


def test_who_is_limited_by_type_only_looks_at_people(by_role: Browsers) -> None:
    TypeLimit.objects.create(person=person("Administrator"), provider_type="cms")
    client = by_role["Administrator"]

    pages = [page("Viewer"), page("Administrator"), f"{ROLES}{role('Viewer').pk}/change/"]
    assert [client.get(address).status_code for address in pages] == [200, 200, 200]
    posts = [*pages, f"{PEOPLE}add/", f"{ROLES}add/", page("Viewer", "password")]
    assert [client.post(address).status_code for address in posts] == [403] * 6
    assert TypeLimit.objects.count() == 1


@pytest.mark.parametrize("flag", ["is_active", "is_staff", "is_superuser"])
def test_last_superuser_is_told_at_the_field(flag: str, by_role: Browsers) -> None:
    fields = fill_in(by_role["Superuser"], page("Superuser"))
    fields.pop(flag)

    answer = by_role["Superuser"].post(page("Superuser"), fields)

    assert list(errors(answer)) == [flag]
    assert flags_of("Superuser") == (True, True, True)


def test_password_change_is_kept_without_the_password(by_role: Browsers) -> None:
    fields = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true", "set-password": "1"}
    mistake = {**fields, "password2": "other"}

    by_role["Administrator"].post(page("Editor", "password"), mistake)
    by_role["Administrator"].post(page("Editor", "password"), fields)

    assert Client().login(username="Editor", password=PASSWORD)
    assert kept() == [("Administrator", "Editor", "password changed")]


def test_own_password_is_changed_and_kept(by_role: Browsers) -> None:
    viewer = person("Viewer")
    viewer.set_password("what it was before")
    viewer.save()
    by_role["Viewer"].force_login(viewer)
    fields = {"old_password": "what it was before", "new_password1": PASSWORD, "new_password2": PASSWORD}

    wrong = by_role["Viewer"].post("/admin/password_change/", {**fields, "old_password": "guess"})
    by_role["Viewer"].post("/admin/password_change/", fields)

    assert "old_password" in wrong.context["form"].errors
    assert by_role["Viewer"].get("/admin/").status_code == 200
    assert Client().login(username="Viewer", password=PASSWORD)
    assert kept() == [("Viewer", "Viewer", "password changed")]


@pytest.mark.parametrize(
    "name", ["x" * 151, "nul\0", ATTACK, "two words", ""], ids=["long", "nul", "script", "space", ""]
)
def test_wrong_name_is_an_error_at_the_field(name: str, by_role: Browsers) -> None:
    answer = send(by_role["Superuser"], f"{PEOPLE}add/", username=name, password1=PASSWORD, password2=PASSWORD)

    assert list(errors(answer)) == ["username"]
    assert kept() == []


@pytest.mark.parametrize("address", [f"{PEOPLE}99999/change/", f"{PEOPLE}99999/password/", f"{PEOPLE}x/password/"])
def test_account_that_is_not_there_is_no_error(address: str, by_role: Browsers) -> None:
    assert by_role["Superuser"].get(address).status_code in (302, 404)


def test_names_are_escaped_where_people_are_listed(by_role: Browsers) -> None:
    User.objects.create_user("anna", is_staff=True, first_name=ATTACK, last_name="x" * 150)
    Group.objects.create(name=ATTACK)
    person("anna").groups.add(role(ATTACK))

    for address in (PEOPLE, ROLES, page("anna"), f"{ROLES}{role(ATTACK).pk}/change/"):
        shown = by_role["Superuser"].get(address).content.decode()
        assert (ATTACK in shown, "&lt;script&gt;alert(1)" in shown) == (False, True)


def test_lists_take_the_same_queries_however_many_people(by_role: Browsers) -> None:
    for number in range(20):
        User.objects.create_user(f"person-{number}", is_staff=True).groups.add(role("Editor"))

    assert [count_queries(by_role["Superuser"], address) <= 12 for address in (PEOPLE, ROLES)] == [True, True]


def test_accounts_are_called_people_and_roles_everywhere(by_role: Browsers) -> None:
    pages = ["/admin/auth/user/", "/admin/auth/user/add/", "/admin/auth/group/", f"{ROLES}{role('Editor').pk}/change/"]

    seen = [by_role["Superuser"].get(page).content.decode() for page in pages]

    wrong = [
        word
        for page in seen
        for word in (">Users<", ">Groups<", "Add user", "Add group", "create a user")
        if word in page
    ]
    assert wrong == []
    assert [title in page for page, title in zip(seen, ("People", "People", "Roles", "Roles"), strict=True)] == [
        True
    ] * 4


def test_form_says_that_there_is_a_password_and_nothing_of_what_is_stored(by_role: Browsers) -> None:
    person = User.objects.get(username="Editor")
    person.set_password(PASSWORD)
    person.save()

    page = by_role["Superuser"].get(f"/admin/auth/user/{person.pk}/change/").content.decode()
    without = by_role["Superuser"].get(f"/admin/auth/user/{User.objects.get(username='Viewer').pk}/change/")

    assert ("Change the password" in page, 'href="../password/"' in page) == (True, True)
    assert [part in page for part in ("algorithm", person.password.split("$")[0], person.password[-8:])] == [False] * 3
    assert "Set a password" in without.content.decode()


def test_permissions_are_named_by_what_they_allow(by_role: Browsers) -> None:
    form = by_role["Superuser"].get("/admin/auth/group/add/").context["adminform"].form

    labels = [label for _, label in form.fields["permissions"].choices]

    assert {"See roles", "Change people", "Add providers", "See the audit log"} <= set(labels)
    assert {"Approve revisions for publishing", "Change config schemas"} <= set(labels)
    assert [label for label in labels if label.startswith("Can ")] == []
