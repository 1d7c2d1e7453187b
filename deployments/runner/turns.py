"""Transactions that look at many rows before they write one: of those that come at once, each waits for the one before.

Reference: PostgreSQL, "Advisory Locks".
"""

from enum import IntEnum

from django.db import connection


class Turns(IntEnum):
    """What is done in turns, by the number of its lock in the database, which is nobody else's."""

    CLAIMING = 0x6465706C
    TAKING_PLACES = 0x706C6163


def take_turns(turns: Turns) -> None:
    """Wait until nobody else is at it; nobody else is until the end of the transaction. One query.

    SQLite lets one transaction write at a time, from its beginning: nothing is to be done there.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [turns.value])
