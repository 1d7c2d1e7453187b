"""What the queue can be narrowed to: kind and type, person, waiting or rejected."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.admin.approvals.waiting import rejected_revisions, waiting_revisions
from catalog.models import Revision
from catalog.models.choices import BuilderCategory, ProviderType, StackCategory

FOLDERS = {"provider": "providers/", "builder": "builders/", "stack": "stacks/"}
TYPES = {"provider": ProviderType, "builder": BuilderCategory, "stack": StackCategory}
TITLES = {"provider": "Providers", "builder": "Builders", "stack": "Stacks"}


@dataclass(frozen=True, slots=True)
class Filters:
    """`what` is a kind, or kind and type (`provider:cms`); `person` a user name; an empty one does not narrow."""

    what: str
    person: str
    is_rejected: bool

    @property
    def are_set(self) -> bool:
        return bool(self.what or self.person)


def read_filters(request: HttpRequest) -> Filters:
    """The filters in the address; one that nobody could have chosen counts as empty."""
    what, person = request.GET.get("what", ""), request.GET.get("person", "")
    return Filters(
        what=what if what in {value for _, options in type_choices(list(FOLDERS)) for value, _ in options} else "",
        person=person if person.isprintable() and len(person) <= 150 else "",
        is_rejected=request.GET.get("show") == "rejected",
    )


def filtered_revisions(filters: Filters, kinds: list[str]) -> QuerySet[Revision]:
    """The revisions of these kinds that the filters leave, longest waiting first."""
    revisions = (rejected_revisions if filters.is_rejected else waiting_revisions)(kinds)
    kind, _, category = filters.what.partition(":")
    if kind:
        revisions = revisions.filter(entry_key__startswith=FOLDERS[kind])
    if category:
        revisions = revisions.filter(category=category)
    if filters.person:
        revisions = revisions.filter(author__username=filters.person)
    return revisions.select_related("author").order_by("created_at", "pk")


def type_choices(kinds: list[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """(title of the kind, its options) for a select with groups."""
    return [
        (
            TITLES[kind],
            [
                (kind, f"All {TITLES[kind].lower()}"),
                *((f"{kind}:{value}", str(label)) for value, label in TYPES[kind].choices),
            ],
        )
        for kind in kinds
    ]


def authors_of(revisions: QuerySet[Revision]) -> list[str]:
    """The names of everybody who has something among them. One query."""
    authors = User.objects.filter(pk__in=revisions.order_by().values("author"))
    return list(authors.order_by("username").values_list("username", flat=True))
