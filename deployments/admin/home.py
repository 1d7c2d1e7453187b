"""The card of the home page that tells of unusual patterns, for whoever may see what they are about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from catalog.admin.home.parts import Part
from catalog.admin.pages import person_of
from catalog.models import AuditRecord, Token
from catalog.models.audit import Verb
from deployments.actions.services.teams import SEE_EVERY, VIEW, services_of
from deployments.runner.patterns import name_of_token, read_detail

SHOWN = 10
LOOKED_AT = 500
SHOWN_FOR = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Line:
    """A pattern, and the service that it is about; `service` is None for others, and where it has no page any more."""

    record: AuditRecord
    said: str
    service: UUID | None


def find_patterns(request: HttpRequest) -> Mapping[str, Any] | None:
    """Of services those of the person's teams, of tokens their own, of people and all others for who sees every
    service; None if there are none.
    """
    person = person_of(request)
    if not person.has_perm(VIEW):
        return None
    since = timezone.now() - SHOWN_FOR
    records = list(AuditRecord.objects.filter(verb=Verb.PATTERN_NOTED, at__gte=since)[:LOOKED_AT])
    if not records:
        return None
    services = set(services_of(person).filter(removed_at=None).values_list("pk", flat=True))
    tokens = Token.objects.filter(owner=person.pk).values_list("name", flat=True)
    own = {name_of_token(name, person.get_username()) for name in tokens}
    sees_all = person.has_perm(SEE_EVERY)
    lines = []
    for record in records:
        said, service = read_detail(record.detail)
        if sees_all or service in services or (service is None and record.object_name in own):
            lines.append(Line(record, said, service if service in services else None))
    return {"lines": lines[:SHOWN], "count": len(lines)} if lines else None


PATTERNS = Part("admin/deployments/home_patterns.html", find_patterns)
