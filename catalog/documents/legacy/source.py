"""Files with a hard-coded dictionary: a Python module, or JSON."""

from pathlib import PurePath
from typing import Any

from catalog.documents.legacy.literals import Mistake
from catalog.documents.legacy.modules import NAME, ModuleError, read_module
from catalog.documents.strict_json import JsonError, read_json

MAX_BYTES = 1_000_000


def read_dictionary(content: bytes, *, file_name: str) -> Any:
    """The dictionary, which may be any value; nothing is run. Raises ModuleError with every place that is wrong."""
    if len(content) > MAX_BYTES:
        message = f"The file has more than {MAX_BYTES // 1_000_000} MB, which no dictionary has that people wrote."
        raise ModuleError([Mistake(1, 1, message)])
    if not _is_json(content, file_name):
        return read_module(content)
    try:
        value = read_json(content)
    except JsonError as error:
        raise ModuleError([Mistake(error.line or 1, error.column or 1, f"This is no JSON: {error.message}")]) from error
    return value[NAME] if isinstance(value, dict) and value.keys() == {NAME} else value


def _is_json(content: bytes, file_name: str) -> bool:
    """By its name; a file of another name by how it begins."""
    suffix = PurePath(file_name).suffix.lower()
    return suffix == ".json" or (suffix != ".py" and content.lstrip().startswith((b"{", b"[")))
