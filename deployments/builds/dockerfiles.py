"""Reads of a Dockerfile which images it starts from, because they are fetched before the network is taken away.

It need not understand everything: what it misses is an image that is not there, and the build says so.
Reference: https://docs.docker.com/reference/dockerfile/.
"""

import re
from collections.abc import Iterator, Mapping

COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
CONTINUED = re.compile(r"\\[ \t]*\n")
ARG = re.compile(r"^ARG\s+([A-Za-z_]\w*)(?:=(.*))?$", re.IGNORECASE)
FROM = re.compile(r"^FROM\s+(?:--\w+=\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?$", re.IGNORECASE)
OTHERS = re.compile(r"(?:^|[\s,])(?:--)?from=([^\s,]+)")
VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})")


def base_images(text: str, arguments: Mapping[str, str]) -> list[str]:
    """Each image once, in order, without stages of its own and `scratch`; `arguments` are the build's."""
    found: dict[str, None] = {}
    stages = {"scratch"}
    values: dict[str, str] = {}
    for line in _lines(text):
        if argument := ARG.match(line):
            name, default = argument[1], (argument[2] or "").strip("\"'")
            values.setdefault(name, arguments.get(name, _filled(default, values)))
        if start := FROM.match(line):
            found.update(dict.fromkeys(_new(_filled(start[1], values), stages)))
            stages.add((start[2] or "").lower())
        elif line.upper().startswith(("COPY", "RUN")):
            for other in OTHERS.findall(line):
                found.update(dict.fromkeys(_new(_filled(other, values), stages)))
    return list(found)


def _lines(text: str) -> list[str]:
    joined = CONTINUED.sub(" ", COMMENT.sub("", text.replace("\r\n", "\n")))
    return [line.strip() for line in joined.split("\n") if line.strip()]


def _new(image: str, stages: set[str]) -> Iterator[str]:
    if image and image.lower() not in stages and not image.isdecimal():
        yield image


def _filled(text: str, values: Mapping[str, str]) -> str:
    return VARIABLE.sub(lambda found: values.get(found[1] or found[2], "") or (found[3] or ""), text)
