"""Texts in the order of their code points, the same on every database."""

from django.db import connection
from django.db.models.functions import Collate

COLLATIONS = {"postgresql": "C", "sqlite": "BINARY"}


def by_code_point(column: str) -> Collate:
    """To sort by; within `Lower`, letters A to Z count like a to z, and no others."""
    return Collate(column, COLLATIONS[connection.vendor])
