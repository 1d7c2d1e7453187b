"""How the pages tell moments."""

from datetime import datetime

from django.utils.formats import date_format


def when(moment: datetime | None) -> str:
    """`24 Nov 2026, 11:05 UTC`, on one line."""
    return f"{date_format(moment, 'j M Y, H:i')} UTC".replace(" ", "\N{NO-BREAK SPACE}") if moment else "—"
