"""People of teams, for tests."""

from django.contrib.auth.models import Group, User


def team(name: str) -> Group:
    return Group.objects.get_or_create(name=name)[0]


def make_person(name: str, *groups: str) -> User:
    """Somebody of these roles and teams, who may use the admin."""
    person = User.objects.create_user(name, is_staff=True)
    person.groups.set([team(each) for each in groups])
    return person


def deployer(name: str = "deployer", *, of: str = "Web") -> User:
    """Somebody who makes and deploys the services of one team."""
    return make_person(name, "Deployer", of)
