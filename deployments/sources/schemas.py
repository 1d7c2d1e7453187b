"""Parts that the config schemas of several sources share."""

from deployments.configs.schemas import PATH_PATTERN, Schema, folder

HOST_PATTERN = r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?"
FILE_PATTERN = f"^{PATH_PATTERN}$"

SUBFOLDER = folder("Subfolder", "Use only this folder of the source.")
STRIP: Schema = {
    "type": "integer",
    "title": "Leading folders to drop",
    "description": "How many outer folders to remove while unpacking.",
    "minimum": 0,
    "maximum": 10,
    "default": 0,
}
SHA256: Schema = {
    "type": "string",
    "title": "SHA-256 checksum",
    "description": "Checksum of the archive, 64 digits in small letters; any other content is refused.",
    "pattern": "^[0-9a-f]{64}$",
}
REF: Schema = {
    "type": "string",
    "pattern": "^[A-Za-z0-9_][A-Za-z0-9._/+@#=-]*$",
    "not": {"pattern": r"\.\.|//|/\.|\.lock(/|$)|[/.]$"},
    "maxLength": 255,
}
