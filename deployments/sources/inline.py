"""Source `inline`: the files are in the config."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import rfc8785

from catalog.schemas.problems import Problem, pointer_to
from deployments.configs.schemas import config_of
from deployments.contract import BackendInfo, Context, Kind, PermanentError, Source, SourceBackend
from deployments.sources.archives.limits import LIMITS
from deployments.sources.archives.names import clean_name
from deployments.sources.archives.tree import Tree
from deployments.sources.schemas import FILE_PATTERN

MAX_BYTES = 65_536
# JSON can speak of half a surrogate pair; UTF-8 cannot.
HALF_CHARACTER = re.compile("[\ud800-\udfff]")

SCHEMA = config_of(
    {
        "files": {
            "type": "object",
            "title": "Files",
            "description": "Path of each file and its text. All files together may have 64 KB.",
            "minProperties": 1,
            "maxProperties": 64,
            "propertyNames": {
                "description": "Path of a file in the source.",
                "examples": ["index.html", "css/site.css"],
                "pattern": FILE_PATTERN,
                "maxLength": 200,
            },
            "additionalProperties": {"type": "string", "maxLength": MAX_BYTES, "x-widget": "code"},
        }
    },
    required=["files"],
)


class Inline(SourceBackend):
    """Writes the files of the config."""

    info: ClassVar = BackendInfo(
        key="inline",
        version="1.0.0",
        name="Files in the settings",
        summary="The files themselves are part of the settings.",
        schema=SCHEMA,
        icon="file-code",
        category="inline",
    )
    produces: ClassVar = frozenset({Kind.TREE})

    def check_config(self, config: Mapping[str, Any]) -> list[Problem]:
        files: Mapping[str, str] = config["files"]
        size = sum(len(text.encode("utf-8", "surrogatepass")) for text in files.values())
        problems = [
            Problem(pointer_to(["files", path]), "text", "It holds half a character, which no file can.")
            for path, text in files.items()
            if HALF_CHARACTER.search(path + text)
        ]
        problems += [
            Problem(pointer_to(["files", path]), "path", f"{above} is a file, so nothing can be in it.")
            for path in files
            for above in _folders_above(path)
            if above in files
        ]
        if size > MAX_BYTES:
            message = f"All files together have {size} bytes; they may have {MAX_BYTES}."
            problems.append(Problem(pointer_to(["files"]), "size", message))
        return problems

    def resolve(self, config: Mapping[str, Any], context: Context) -> str:
        """The digest of the files."""
        return f"sha256:{hashlib.sha256(rfc8785.dumps(config['files'])).hexdigest()}"

    def fetch(self, config: Mapping[str, Any], revision: str, into: Path, context: Context) -> Source:
        problems = self.check_config(config)
        if problems:
            raise PermanentError(problems[0].message, hint="Change the files in the settings.")
        if self.resolve(config, context) != revision:
            raise PermanentError("The files in the settings are not those of this revision.")
        tree, size = Tree(into), 0
        for path, text in config["files"].items():
            tree.add_file(clean_name(path, limits=LIMITS), [text.encode()])
            size += len(text.encode())
        return Source(into, revision, size_bytes=size)


def _folders_above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
