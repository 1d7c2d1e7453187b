"""A registry that grows: every call adds one more of everything that the admin lists."""

import json
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone

from catalog.actions.approvals import reject
from catalog.actions.imports import try_import
from catalog.actions.tokens import make_token
from catalog.models import Snapshot, TypeLimit, find_entry
from catalog.models.choices import ProviderType
from catalog.models.snapshots import SnapshotState
from tests.factories import SANITY, builder_document, provider_document, publish, save, stack_document

REMOVED = {"state": "removed", "since": "2026-01-01", "reason": "Gone"}


def grow(number: int) -> None:
    """One more of everything, the `number`-th: made, published and changed by a person of its own."""
    person = _add_person(number)
    _add_to_what_is_there(number, person)
    save("builder", builder_document(f"b{number}", key_features=[f"f{number}"], ssg_engine_options=["hugo"]), person)
    save("provider", provider_document(f"p{number}", icon=f"i{number}", category=f"c{number}"), person)
    save("stack", stack_document(f"s{number}", builder=f"b{number}", providers={"cms": [f"p{number}"]}), person)
    _remove(number, person)
    publish(by=person, note=f"Note {number}")
    Snapshot.objects.create(
        state=SnapshotState.FAILED, requested_by=person, requested_at=timezone.now(), finished_at=timezone.now(),
        failure_reason=f"Reason {number}",
    )  # fmt: skip
    for earlier in range(1, number + 1):
        _change(earlier, note=f"c{number}", person=person)
    _add_files_and_keys(number)


def _add_person(number: int) -> User:
    role = Group.objects.create(name=f"Role {number}")
    role.permissions.set(Permission.objects.order_by("pk")[:number])
    person = User.objects.create_user(f"person-{number}", first_name=f"P{number}", is_staff=True)
    person.groups.add(role)
    viewer = User.objects.get(username="Viewer")
    viewer.groups.add(role)
    viewer.user_permissions.add(Permission.objects.order_by("pk")[number])
    TypeLimit.objects.create(person=viewer, provider_type=ProviderType.values[number])
    return person


def _add_to_what_is_there(number: int, person: User) -> None:
    """Sanity, Hugo and the stack of both, which the pages of single entries show."""
    numbers = range(1, number + 1)
    save("builder", builder_document(f"out-{number}"), person)
    save("provider", provider_document(f"in-{number}"), person)
    more: dict[str, Any] = {
        "incompatible_builders": [f"out-{at}" for at in numbers],
        "aliases": [f"providers/cms/old_{at}" for at in numbers],
        "best_for": f"Best {number}",
    }
    save("provider", {**SANITY, **more}, person, approved=False)
    save("builder", builder_document("hugo", key_features=[f"f{at}" for at in numbers]), person, approved=False)
    parts = {"cms": ["sanity", *(f"in-{at}" for at in numbers)]}
    save("stack", stack_document("marketing", providers=parts, builder="hugo"), person, approved=False)
    save("stack", stack_document(f"user-{number}", providers={"cms": ["sanity"]}, builder="hugo"), person)


def _remove(number: int, person: User) -> None:
    save("provider", provider_document(f"gone-{number}", lifecycle=REMOVED), person)
    save("builder", builder_document(f"gone-{number}", lifecycle=REMOVED), person)
    save("stack", stack_document(f"gone-{number}", lifecycle=REMOVED), person)


def _change(number: int, *, note: str, person: User) -> None:
    """What waits to be published, for approval, and for its author."""
    save("provider", provider_document(f"p{number}", icon=note), person)
    save("builder", builder_document(f"b{number}", icon=note), person)
    save("stack", stack_document(f"s{number}", icon=note), person)
    save("provider", provider_document(f"draft-{number}", icon=note), person, approved=False)
    save("builder", builder_document(f"draft-{number}", icon=note), person, approved=False)
    save("stack", stack_document(f"draft-{number}", icon=note), person, approved=False)
    superuser = User.objects.get(username="Superuser")
    entry = find_entry(save("provider", provider_document(f"no-{number}", icon=note), superuser, approved=False))
    assert entry is not None
    assert entry.latest_revision is not None
    reject(entry, number=entry.latest_revision.number, by=person, comment="No")


def _add_files_and_keys(number: int) -> None:
    for name in ("Superuser", "Viewer"):
        owner = User.objects.get(username=name)
        make_token(by=owner, owner=owner, name=f"t{number}", scopes=["entries:read"], days=1)
    rows = json.dumps([provider_document(f"new-{number}")]).encode()
    try_import(rows, file_name=f"{number}.json", by=User.objects.get(username="Superuser"))
