"""Names of entries and targets of symbolic links, judged before anything is touched; pure."""

from collections.abc import Sequence

from deployments.sources.archives.limits import Limits, refused

Parts = tuple[str, ...]
NAME_BYTES = 255


def clean_name(name: str, *, limits: Limits) -> Parts:
    """The folders and the name of an entry; none at all for the root (`./`). Raises PermanentError."""
    _check_characters(name, of=name)
    if name.startswith("/"):
        raise refused("has an absolute path", name=name)
    parts = _split(name)
    if ".." in parts:
        raise refused("leads out of its folder", name=name)
    if len(parts) > limits.depth:
        raise refused(f"lies more than {limits.depth} folders deep", name=name)
    if _is_long(parts, most=limits.path_bytes):
        raise refused("has too long a path", name=name)
    return parts


def check_target(target: str, *, at: Parts, limits: Limits) -> None:
    """Raise PermanentError unless a symbolic link at `at` stays inside, whatever the names of its target are.

    `..` may only stand at the start, where it climbs up real folders. Behind a name it could climb up from wherever
    another link leads to; without it, links that each stay inside cannot lead out together.
    """
    name = "/".join(at)
    _check_characters(target, of=name)
    parts = _split(target)
    ups = next((index for index, part in enumerate(parts) if part != ".."), len(parts))
    if target.startswith("/") or ups >= len(at) or ".." in parts[ups:]:
        reason = "is a symbolic link that leads out of its folder, or climbs (..) behind a name"
        raise refused(reason, name=name, hint="Let links lead straight to files and folders inside.")
    if not target or _is_long(parts, most=limits.path_bytes):
        raise refused("is a symbolic link whose target is empty or too long", name=name)


def split_path(path: str) -> Parts:
    """The folders of a path that a config names, such as `./packages/site/`; a schema has judged it."""
    return _split(path)


def drop_parts(parts: Parts, *, strip: int, below: Parts) -> Parts:
    """What is left of a name without its `strip` outer folders and the folder `below`; nothing if it is elsewhere."""
    inner = parts[strip:]
    return inner[len(below) :] if inner[: len(below)] == below else ()


def _split(name: str) -> Parts:
    return tuple(part for part in name.split("/") if part not in ("", "."))


def _check_characters(text: str, *, of: str) -> None:
    if not _is_unicode(text):
        raise refused("has a name that is not UTF-8", name=of, hint="Make the archive again with names in UTF-8.")
    if "\\" in text:
        raise refused("has a backslash in its name", name=of, hint="Make the archive with slashes between folders.")
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise refused("has a control character in its name", name=of)


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _is_long(parts: Sequence[str], *, most: int) -> bool:
    sizes = [len(part.encode()) for part in parts]
    return max(sizes, default=0) > NAME_BYTES or sum(sizes) + len(sizes) > most
