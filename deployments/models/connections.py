"""Where a backend does its work, when there are several places: accounts, mirrors, hosts."""

from django.db import models
from django.db.models import Q

from deployments.models.specs import SPEC


class BackendKind(models.TextChoices):
    SOURCE = "source", "Source"
    BUILD = "build", "Build"
    TARGET = "target", "Target"


# A target never fails over: it would be live in two places.
CONNECTED = (BackendKind.SOURCE, BackendKind.BUILD)


class Connection(models.Model):
    """A place for one backend of a source or build. `config` goes before a service's; secrets in it are references to
    its own, and go only where `runner.lending` lets them.

    Lower `priority` comes first, `weight` shares the work within one. After failures in a row (`fails`) it rests until
    `open_until`, and is tried by one deployment then. `max_running` deployments at once, 0 for any number.
    """

    kind = models.CharField(max_length=8, choices=[(each.value, each.label) for each in CONNECTED])
    backend = models.CharField(max_length=64, validators=[SPEC])
    name = models.SlugField(max_length=64, unique=True)
    config = models.JSONField(default=dict, blank=True)
    labels = models.JSONField(default=dict, blank=True)
    priority = models.PositiveSmallIntegerField(default=0)
    weight = models.PositiveSmallIntegerField(default=1)
    max_running = models.PositiveSmallIntegerField(default=0)
    is_enabled = models.BooleanField(default=True)
    fails = models.PositiveSmallIntegerField(default=0, editable=False)
    open_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("kind", "backend", "priority", "name")
        constraints = (
            models.CheckConstraint(name="connection_is_of_source_or_build", condition=Q(kind__in=CONNECTED)),
            models.CheckConstraint(name="connection_has_a_weight", condition=Q(weight__gte=1)),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.backend})"
