"""What a person may do beyond roles, and how they like their lists."""

from django.conf import settings
from django.db import models

from catalog.models.choices import ProviderType


class TypeLimit(models.Model):
    """A person who may edit and approve providers of one type only; several rows are several types, none is all."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="type_limits")
    provider_type = models.CharField("provider type", max_length=16, choices=ProviderType)

    class Meta:
        ordering = ("provider_type",)
        constraints = (models.UniqueConstraint(name="person_has_type_limit_once", fields=("person", "provider_type")),)

    def __str__(self) -> str:
        return self.get_provider_type_display()


class ListColumns(models.Model):
    """The columns that a person has chosen for one list (`provider`, `builder`, `stack`), in their order."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16)
    columns = models.JSONField()

    class Meta:
        constraints = (models.UniqueConstraint(name="person_chooses_columns_once", fields=("person", "kind")),)

    def __str__(self) -> str:
        return f"{self.person}: {self.kind}"
