"""Judges policies as IAM does: a Deny wins, and what nothing allows is refused.

Reference: AWS IAM, "Policy evaluation logic". Conditions: the operators that the templates here use.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

Statement = Mapping[str, Any]


def is_allowed(
    statements: Sequence[Statement], action: str, resource: str, context: Mapping[str, str] | None = None
) -> bool:
    """Whether identity policies with these statements allow it."""
    fitting = [each["Effect"] for each in statements if _fits(each, action, resource, context or {})]
    return "Deny" not in fitting and "Allow" in fitting


def actions_of(statements: Sequence[Statement]) -> set[str]:
    return {action for each in statements if each["Effect"] == "Allow" for action in _listed(each["Action"])}


def _fits(statement: Statement, action: str, resource: str, context: Mapping[str, str]) -> bool:
    return (
        any(_matches(pattern.lower(), action.lower()) for pattern in _listed(statement["Action"]))
        and any(_matches(pattern, resource) for pattern in _listed(statement.get("Resource", "*")))
        and all(
            _holds(operator, context.get(key.lower()), _listed(expected))
            for operator, keys in statement.get("Condition", {}).items()
            for key, expected in keys.items()
        )
    )


def _holds(operator: str, value: str | None, expected: Sequence[str]) -> bool:
    if operator not in ("StringEquals", "ArnEquals", "Bool"):
        raise ValueError(f"{operator} is not known here.")
    if value is None:
        return False
    same = _matches if operator == "ArnEquals" else str.__eq__
    return any(same(each, value) for each in expected)


def _matches(pattern: str, text: str) -> bool:
    parts = [".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", pattern)]
    return re.fullmatch("".join(parts), text) is not None


def _listed(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value
