"""Who may do what with which service: their team's, or every team's for those who may see all.

A service that somebody may not see does not exist for them, wherever they ask.
"""

from django.contrib.auth.models import Group, User
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from catalog.actions.roles import ROLES
from catalog.models.collation import by_code_point
from deployments.actions.errors import NotAllowedError
from deployments.models import Deployment, Service

VIEW = "deployments.view_service"
ADD = "deployments.add_service"
CHANGE = "deployments.change_service"
REMOVE = "deployments.delete_service"
DEPLOY = "deployments.deploy_service"
SEE_EVERY = "deployments.see_every_service"


def services_of(person: User) -> QuerySet[Service]:
    """Those that the person may look at, removed ones too; none for who may not look at services at all."""
    if not person.has_perm(VIEW):
        return Service.objects.none()
    return Service.objects.filter(_within(person, "team"))


def deployments_of(person: User) -> QuerySet[Deployment]:
    """Those of the services that the person may look at."""
    if not person.has_perm(VIEW):
        return Deployment.objects.none()
    return Deployment.objects.filter(_within(person, "service__team"))


def by_name(services: QuerySet[Service]) -> QuerySet[Service]:
    """In the order of their names, whatever their case; the same on every database."""
    return services.order_by(Lower(by_code_point("name")), "name", by_code_point("environment"), "pk")


def teams_of(person: User) -> QuerySet[Group]:
    """The teams that the person may give a service to. A role is none: whoever has it would see the service."""
    return _teams() if person.has_perm(SEE_EVERY) else own_teams(person)


def own_teams(person: User) -> QuerySet[Group]:
    """The groups that the person belongs to, but for the roles."""
    return _teams().filter(user=person.pk)


def refuse_without(person: User | None, permission: str, *, deed: str) -> None:
    """Raises NotAllowedError for somebody without the permission; `person` is None for commands and hooks."""
    if person is not None and not person.has_perm(permission):
        raise NotAllowedError(f"You may not {deed}.")


def refuse_team(person: User | None, team: Group | None) -> None:
    """Raises NotAllowedError if the person may not give a service to this team; None is whoever sees every service."""
    if person is None or person.has_perm(SEE_EVERY):
        return
    if team is None or not own_teams(person).filter(pk=team.pk).exists():
        raise NotAllowedError("Give the service to a team that you belong to.")


def _teams() -> QuerySet[Group]:
    return Group.objects.exclude(name__in=ROLES).order_by("name")


def _within(person: User, column: str) -> Q:
    if person.has_perm(SEE_EVERY):
        return Q()
    return Q(**{f"{column}__in": own_teams(person).order_by().values("pk")})
