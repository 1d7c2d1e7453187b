"""Files and the registry both change: which side has changed an entry since they last agreed on it. Pure.

Three digests tell: the file's, the registry's newest revision's, and the one of the *base*, on which both agreed.
"""

from django.db.models import TextChoices


class Side(TextChoices):
    SAME = "same", "the same on both sides"
    FILE = "file", "changed in the files"
    REGISTRY = "registry", "changed in the registry"
    BOTH = "both", "changed on both sides"
    GONE = "gone", "its file was taken away"


def side_of(*, file: str, base: str, newest: str, knows_base: bool) -> Side:
    """`file`, `base` and `newest` are digests, empty where there is none; a removed entry without a file has no
    `newest`. `knows_base` says whether the registry has ever had the base: if not, it is another registry than the one
    that was exported, and has not simply moved on.
    """
    if file == newest:
        return Side.SAME
    if not newest:
        # An entry is never deleted: this registry has not had it.
        return Side.FILE
    if not file:
        return Side.GONE if newest == base else Side.BOTH
    if file == base:
        return Side.REGISTRY if knows_base else Side.BOTH
    return Side.FILE if newest == base else Side.BOTH
