"""With which headers a file of a site is served; the same on every machine, whatever types it knows."""

import mimetypes
import re
from pathlib import PurePosixPath

IMMUTABLE = "public, max-age=31536000, immutable"
SHORT = "public, max-age=60"
# Generators put nothing into these but files whose names change with their contents.
HASHED_FOLDERS = re.compile(r"(^|/)(_astro|_nuxt|_next/static|_app/immutable)/")
# A digit and a letter at least: eight digits are a date.
HASH = re.compile(r"[._-](?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{8,64}\.")
TYPES = mimetypes.MimeTypes(filenames=())
for _ending, _type in {
    ".avif": "image/avif",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".otf": "font/otf",
    ".ttf": "font/ttf",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}.items():
    TYPES.add_type(_type, _ending)


def content_type_of(name: str) -> str:
    kind, packed = TYPES.guess_type(PurePosixPath(name).name)
    if packed or kind is None:
        return "application/gzip" if packed == "gzip" else "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def cache_control_of(name: str) -> str:
    """For ever if the name changes with the content; else so short that a flip is soon seen."""
    is_page = name.endswith((".html", ".htm"))
    is_hashed = HASHED_FOLDERS.search(name) or HASH.search(PurePosixPath(name).name)
    return IMMUTABLE if is_hashed and not is_page else SHORT
