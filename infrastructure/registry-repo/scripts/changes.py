"""What changed in Git, and what in the registry, since both agreed. Nothing is guessed: what changed on both is named.

The last tag `registry-<serial>` holds what was deployed: the files, and in its message the digest that the registry
gave each entry. `.registry-export.json` holds the digests of what `export_registry` wrote.
"""

import json
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from registry_api import Api

KEY = re.compile(r"(providers/[a-z]+|stacks/[a-z-]+|builders)/[a-z0-9][a-z0-9_-]{0,63}")
MARK = ".registry-export.json"
TAG = re.compile(r"registry-[1-9][0-9]*")
Documents = dict[str, Any]


@dataclass(slots=True)
class Changes:
    """`writes` are documents by key, `numbers` the newest revision of each that the registry has (0 for none)."""

    writes: Documents = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    before: Documents = field(default_factory=dict)
    conflicts: dict[str, str] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)


def find_changes(api: Api, folder: Path) -> Changes:
    """One request for each file that changed in Git, and another for its document."""
    documents, tag = read_documents(folder), last_tag()
    deployed, exported = digests_of_tag(tag), digests_of_export(folder)
    touched = touched_keys(tag, folder)
    changes = Changes(digests={key: deployed[key] for key in documents if key in deployed})
    changes.gone = sorted(key for key in touched - documents.keys() if key in deployed or key in exported)
    for key in sorted(touched & documents.keys()):
        compare(api, changes, key, documents[key], bases={deployed.get(key), exported.get(key)})
    return changes


def compare(api: Api, changes: Changes, key: str, document: Any, *, bases: set[str | None]) -> None:
    newest = (api.find(f"/{key}/revisions?limit=1") or [None])[0]
    changes.numbers[key] = newest["number"] if newest else 0
    if newest is None:
        changes.writes[key] = document
        return
    stored = api.get(f"/{key}/revisions/{newest['number']}")["document"]
    changes.digests[key] = newest["sha256"]
    if stored == document:
        # Perhaps of a deployment that did not come to its end: it may still wait for approval.
        if "approved" not in newest["states"]:
            changes.writes[key] = document
            changes.before[key] = stored
    elif newest["sha256"] in bases:
        changes.writes[key] = document
        changes.before[key] = stored
    elif not is_a_base(api, key, document, bases=bases):
        author = newest["author"] or "the registry"
        changes.conflicts[key] = f"revision {newest['number']} by {author}: {newest['change_note'] or 'no note'}"
        changes.before[key] = stored


def is_a_base(api: Api, key: str, document: Any, *, bases: set[str | None]) -> bool:
    """Whether the file says what both sides agreed on: then the registry alone has moved on since."""
    revisions = api.get(f"/{key}/revisions?limit=200")
    numbers = [revision["number"] for revision in revisions if revision["sha256"] in bases]
    return any(api.get(f"/{key}/revisions/{number}")["document"] == document for number in numbers)


def read_documents(folder: Path) -> Documents:
    """Every entry below `folder`; the judge of their contents is validate_registry, and the API itself."""
    documents = {}
    for path in sorted(folder.rglob("*.json")):
        key = path.relative_to(folder).with_suffix("").as_posix()
        if KEY.fullmatch(key) and path.is_file() and not path.is_symlink():
            try:
                documents[key] = json.loads(path.read_text(encoding="utf-8"))
            except ValueError as error:
                raise ValueError(f"{path}: {error}") from error
    return documents


def last_tag() -> str:
    """Of the highest serial that was deployed from here; empty before the first."""
    found = [tag for tag in git("tag", "--list", "registry-*", "--merged", "HEAD").split() if TAG.fullmatch(tag)]
    return max(found, key=lambda tag: int(tag.partition("-")[2]), default="")


def digests_of_tag(tag: str) -> dict[str, str]:
    if not tag:
        return {}
    message = git("for-each-ref", "--format=%(contents:body)", f"refs/tags/{tag}")
    digests: dict[str, str] = json.loads(message or "{}")
    return digests


def digests_of_export(folder: Path) -> dict[str, str]:
    mark = folder / MARK
    digests: dict[str, str] = json.loads(mark.read_text(encoding="utf-8"))["entries"] if mark.is_file() else {}
    return digests


def touched_keys(tag: str, folder: Path) -> set[str]:
    """Keys of the files that differ from the tag's; before the first deployment, of all files."""
    listing = ["diff", "--name-only", "--no-renames", "-z", tag] if tag else ["ls-files", "-z"]
    names = git(*listing, "--", str(folder)).split("\0")
    top = Path(git("rev-parse", "--show-toplevel").strip())
    keys = set()
    for name in filter(None, names):
        at = top / name if tag else Path(name)
        relative = at.resolve().relative_to(folder.resolve()).with_suffix("").as_posix()
        keys |= {relative} if KEY.fullmatch(relative) else set()
    return keys


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout  # noqa: S603, S607
