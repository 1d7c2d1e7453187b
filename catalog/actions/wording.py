"""What is wrong with a cell, in the words that the forms use for the same field."""

from django.core.exceptions import FieldDoesNotExist
from django.core.validators import RegexValidator

from catalog.documents.tables import COLUMNS, Form, column_of
from catalog.models import ENTRY_MODELS
from catalog.models.validators import validate_slug, validate_tag
from catalog.schemas.validation import UNFIT, Problem

OLD_KEYS = "Write whole keys, such as providers/ecommerce/shopify_basic."
NOT_FITTING = (" does not fit the pattern ", f" {UNFIT}")


def plain_message(kind: str, problem: Problem) -> str:
    """The problem's message; what a pattern wants is said in words, with the text that does not fit."""
    if problem.code == "format" and problem.message.endswith(" is no date."):
        return f"{problem.message} Write it like 2026-11-24."
    for unfit in NOT_FITTING:
        given, wanted, _ = problem.message.partition(unfit)
        words = _words_for(kind, column_of(kind, problem.path)) if wanted else ""
        if words:
            return f"{given}: {words}"
    return problem.message


def _words_for(kind: str, name: str) -> str:
    column = COLUMNS.get(kind, {}).get(name)
    if column is None:
        return ""
    if name == "aliases":
        return OLD_KEYS
    if column.form is Form.TAGS:
        return str(validate_tag.message)
    if column.form.is_list or name in ("builder", f"{kind}_name"):
        return str(validate_slug.message)
    model = next(model for model in ENTRY_MODELS if model.kind == kind)
    try:
        validators = getattr(model._meta.get_field(name), "validators", [])
    except FieldDoesNotExist:
        return ""
    # Not Django's own for addresses, which says less than ours.
    return next((str(each.message) for each in validators if type(each) is RegexValidator), "")
