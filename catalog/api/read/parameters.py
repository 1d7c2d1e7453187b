"""The query of an address: each name once, nothing unknown, every mistake named with what there is instead."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rest_framework.request import Request

from catalog.api.problems import BadRequestError

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAX_ECHO = 60
NUMBER = re.compile("[0-9]{1,9}")


@dataclass(slots=True)
class Query:
    """What was asked, and what is wrong with it; read every parameter, then `check`."""

    values: Mapping[str, str]
    problems: list[dict[str, Any]] = field(default_factory=list)

    def choice(self, name: str, choices: Collection[str], *, default: str = "") -> str:
        value = self.values.get(name, default)
        if name in self.values and value not in choices:
            self.refuse(name, "choice", f"{shown(value)} is none of {', '.join(choices)}.")
        return value

    def limit(self) -> int:
        return self.number("limit", default=DEFAULT_LIMIT, least=1, most=MAX_LIMIT)

    def number(self, name: str, *, default: int, least: int, most: int) -> int:
        text = self.values.get(name, str(default))
        number = int(text) if NUMBER.fullmatch(text) else -1
        if not least <= number <= most:
            self.refuse(name, "range", f"{name} is a number from {least} to {most}.")
        return number

    def members(self, name: str, known: Sequence[str]) -> tuple[str, ...]:
        """The names in a list with commas, each once; empty if it was not given."""
        if name not in self.values:
            return ()
        given = tuple(dict.fromkeys(self.values[name].split(",")))
        unknown = [each for each in given if each not in known]
        if unknown:
            listed = ", ".join(shown(each) for each in unknown[:10])
            self.refuse(name, "unknown_member", f"There is no {listed}; there are {', '.join(known)}.")
        return given

    def refuse(self, name: str, code: str, message: str) -> None:
        self.problems.append({"path": f"/{name}", "code": code, "message": message})

    def check(self) -> None:
        """Raises BadRequestError that lists everything that is wrong."""
        if self.problems:
            raise BadRequestError("The query has mistakes.", errors=self.problems)


def read_query(request: Request, allowed: Sequence[str], *, repeatable: Sequence[str] = ()) -> Query:
    """The query of a request that may have the parameters `allowed`, those of `repeatable` more than once."""
    query = Query({name: values[-1] for name, values in request.query_params.lists()})
    for name, values in request.query_params.lists():
        if name not in allowed:
            there_are = f"there are {', '.join(allowed)}" if allowed else "there are none here"
            path = name[:MAX_ECHO].replace("~", "~0").replace("/", "~1")
            query.refuse(path, "unknown_parameter", f"There is no parameter {shown(name)}; {there_are}.")
        elif len(values) > 1 and name not in repeatable:
            query.refuse(name, "repeated", f"{name} is given {len(values)} times.")
    del query.problems[20:]
    return query


def refuse_parameters(request: Request) -> None:
    """Raises BadRequestError for any parameter."""
    read_query(request, ()).check()


def shown(value: str) -> str:
    """What somebody sent, short and on one line."""
    return ascii(value if len(value) <= MAX_ECHO else f"{value[:MAX_ECHO]}...")
