"""What people and roles may do: who changed it, from what to what; and nobody gives more than they hold."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.db.models import Q, QuerySet

from catalog.actions.errors import RefusedError
from catalog.actions.roles import APPS, ROLES, limits_of
from catalog.models import AuditRecord, TypeLimit
from catalog.models.audit import Verb

Names = frozenset[str]
# Of the 500 characters that an audit record's detail has.
MAX_DETAIL = 480
LAST_SUPERUSER = "Nobody else could manage everything: make another active superuser first."


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What somebody, or a role, may do. `facts` are shown one by one, the rest as what came and what went.

    `allows` are all permissions, by whatever way they came (`catalog.publish_snapshot`).
    """

    facts: dict[str, str] = field(default_factory=dict)
    roles: Names = frozenset()
    permissions: Names = frozenset()
    limits: Names = frozenset()
    allows: Names = frozenset()
    is_superuser: bool = False
    # A superuser who can sign in.
    rules: bool = False


def access_of(person: User) -> Access:
    """As the database has it now, whether active or not. Four queries."""
    stored = User.objects.get(pk=person.pk)
    return Access(
        facts={
            "name": stored.username,
            "active": _yes(stored.is_active),
            "may use the admin": _yes(stored.is_staff),
            "superuser": _yes(stored.is_superuser),
        },
        roles=frozenset(stored.groups.values_list("name", flat=True)),
        permissions=frozenset(stored.user_permissions.order_by().values_list("name", flat=True)),
        limits=frozenset(str(limit) for limit in TypeLimit.objects.filter(person=stored)),
        allows=_labels(Permission.objects.filter(Q(user=stored) | Q(group__user=stored))),
        is_superuser=stored.is_superuser,
        rules=stored.is_superuser and stored.is_active and stored.is_staff,
    )


def access_of_role(role: Group) -> Access:
    stored = Group.objects.get(pk=role.pk)
    held = stored.permissions.order_by()
    return Access(
        facts={"name": stored.name}, permissions=frozenset(held.values_list("name", flat=True)), allows=_labels(held)
    )


def may_manage(by: User, access: Access) -> bool:
    """Whether the person may change this account or role: it may do no more than they, who are not limited by type."""
    return by.is_superuser or (not access.is_superuser and not limits_of(by) and access.allows <= access_of(by).allows)


def permissions_to_give(by: User) -> QuerySet[Permission]:
    """What they hold themselves; for superusers what some page asks for, or somebody holds already."""
    permissions = Permission.objects.select_related("content_type").order_by("content_type__model", "codename")
    if by.is_superuser:
        named = Q(content_type__app_label__in=APPS, codename__in=set().union(*ROLES.values()))
        return permissions.filter(named | Q(group__isnull=False) | Q(user__isnull=False)).distinct()
    return permissions.filter(Q(user=by) | Q(group__user=by)).distinct()


def roles_to_give(by: User) -> QuerySet[Group]:
    """The roles that allow nothing which they do not hold themselves."""
    if by.is_superuser:
        return Group.objects.order_by("pk")
    beyond = Permission.objects.exclude(pk__in=permissions_to_give(by).order_by().values("pk"))
    return Group.objects.exclude(permissions__in=beyond).order_by("pk")


@transaction.atomic
def record_access_change(person: User, *, before: Access | None, by_before: Access, by: User) -> None:
    """Check and note what was done to a person in this transaction; `before` is None for a new one.

    `by_before` is what `by` could do before, so that nobody lends themselves what they hand out. Raises RefusedError:
    more than `by` holds, or no superuser left; then the caller's transaction must not be committed.
    """
    after = access_of(person)
    _refuse_more_than_held(before or Access(), after, by_before=by_before, by=by)
    if before is not None and before.rules and not after.rules and is_last_superuser(person):
        raise RefusedError(LAST_SUPERUSER)
    _note(person.get_username(), before, after, by=by)


@transaction.atomic
def record_role_change(role: Group, *, before: Access | None, by_before: Access, by: User) -> None:
    """The same for a role."""
    after = access_of_role(role)
    _refuse_more_than_held(before or Access(), after, by_before=by_before, by=by)
    _note(f"role {after.facts['name']}", before, after, by=by)


@transaction.atomic
def set_type_limits(person: User, *, types: Collection[str]) -> None:
    """These types of providers only; none is all. `record_access_change` checks and notes it."""
    TypeLimit.objects.filter(person=person).exclude(provider_type__in=types).delete()
    held = limits_of(person)
    TypeLimit.objects.bulk_create(TypeLimit(person=person, provider_type=each) for each in types if each not in held)


def record_password_change(person: User, *, by: User) -> None:
    """That it was changed or taken away; never what it is."""
    detail = "password changed" if person.has_usable_password() else "password taken away"
    AuditRecord.objects.note(Verb.PERMISSIONS_CHANGED, by=by, object_name=person.get_username(), detail=detail)


def is_last_superuser(person: User) -> bool:
    """Whether nobody but this person can manage everything; the others are locked until the transaction ends."""
    others = User.objects.filter(is_superuser=True, is_active=True, is_staff=True).exclude(pk=person.pk)
    return not list(others.select_for_update().values_list("pk", flat=True))


def _refuse_more_than_held(before: Access, after: Access, *, by_before: Access, by: User) -> None:
    if by_before.is_superuser:
        return
    if before.is_superuser or after.is_superuser:
        raise RefusedError("Only a superuser may change superusers, or make them.")
    if limits_of(by) or by_before.limits:
        raise RefusedError("Who is limited to some types of providers may not change people or roles.")
    beyond = (before.allows | after.allows) - by_before.allows
    if beyond:
        raise RefusedError(f"You can only change people and roles that may do no more than you: {min(beyond)}.")


def _note(name: str, before: Access | None, after: Access, *, by: User) -> None:
    for detail in _details(before, after):
        AuditRecord.objects.note(Verb.PERMISSIONS_CHANGED, by=by, object_name=name, detail=detail)


def _details(before: Access | None, after: Access) -> list[str]:
    """What differs, in as many texts as it takes for none to be too long."""
    old = before or Access()
    parts = ["made"] if before is None else []
    for fact, value in after.facts.items():
        if old.facts.get(fact, value) != value:
            parts.append(f"{fact}: {old.facts[fact]} → {value}")
        elif before is None and fact != "name":
            parts.append(f"{fact}: {value}")
    parts += _moves("role", old.roles, after.roles)
    parts += _moves("permission", old.permissions, after.permissions)
    parts += _moves("type limit", old.limits, after.limits)
    return _joined(parts)


def _moves(what: str, old: Names, new: Names) -> list[str]:
    return [f"{what} given: {name}" for name in sorted(new - old)] + [
        f"{what} taken: {name}" for name in sorted(old - new)
    ]


def _joined(parts: Iterable[str]) -> list[str]:
    texts: list[str] = []
    for part in parts:
        if texts and len(texts[-1]) + len(part) + 2 <= MAX_DETAIL:
            texts[-1] += f"; {part}"
        else:
            texts.append(part[:MAX_DETAIL])
    return texts


def _labels(permissions: QuerySet[Permission]) -> Names:
    pairs = permissions.order_by().values_list("content_type__app_label", "codename")
    return frozenset(f"{app}.{codename}" for app, codename in pairs)


def _yes(flag: bool) -> str:  # noqa: FBT001
    return "yes" if flag else "no"
