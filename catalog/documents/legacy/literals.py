"""The value of an expression that is written out: what `ast.literal_eval` reads, with names, unpacking, a few calls and
operators. Nothing is executed, and what is made stays within limits.

Reference: the grammar of expressions in docs/moving-in.md.
"""

import ast
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_DEPTH = 100
# Nodes, and characters by tens: far more than a dictionary that people wrote, little enough to hold.
MAX_WEIGHT = 500_000
MAX_NUMBER = 10**15
CALLS = frozenset({"set", "frozenset", "tuple", "list", "dict", "MappingProxyType"})
CONSTANTS = (str, int, float, bool, type(None))


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One place that cannot be read: line and column from 1, and why."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}"


class Unreadable:
    """Stands for a value that could not be read; the mistake is noted where it was found."""


UNREADABLE = Unreadable()


class _UnreadableError(Exception):
    """Nothing but this part is lost."""

    def __init__(self, node: ast.expr, message: str) -> None:
        self.node, self.message = node, message
        super().__init__(message)


class _BeyondLimitsError(_UnreadableError):
    """It makes no sense to go on."""


@dataclass(slots=True)
class Literals:
    """Reads expressions. `look_up` gives the expression that a name is bound to, or a message why there is none;
    `is_builtin` says whether a name of CALLS is still what Python means by it.
    """

    look_up: Callable[[ast.Name], ast.expr | str]
    is_builtin: Callable[[str], bool]
    column_of: Callable[[ast.expr], int]
    mistakes: list[Mistake] = field(default_factory=list)
    _weight: int = 0
    _depth: int = 0
    # Of names that were read: the value, and what it weighs each time that it is used.
    _named: dict[ast.expr, tuple[Any, int]] = field(default_factory=dict)
    _reading: set[ast.expr] = field(default_factory=set)

    def read(self, node: ast.expr) -> Any:
        """The value, with UNREADABLE for each part that has none; `mistakes` say which."""
        try:
            return self._part(node)
        except _BeyondLimitsError as error:
            self._note(error)
            return UNREADABLE

    def _part(self, node: ast.expr) -> Any:
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                raise _BeyondLimitsError(node, f"This is nested more than {MAX_DEPTH} levels deep.")
            value = self._read(node)
            self._add(node, 1 + (len(value) // 10 if isinstance(value, str) else 0))
        except _BeyondLimitsError:
            raise
        except _UnreadableError as error:
            self._note(error)
            return UNREADABLE
        finally:
            self._depth -= 1
        return value

    def _read(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value) if isinstance(value, CONSTANTS):
                return value
            case ast.List() | ast.Tuple() | ast.Set():
                return self._collect(node, MAKERS[type(node)], self._items(node.elts))
            case ast.Dict():
                return self._dict(node)
            case ast.Name():
                return self._name(node)
            case ast.Call():
                return self._call(node)
            case ast.BinOp() | ast.UnaryOp():
                return self._operation(node)
        raise _UnreadableError(node, describe(node))

    def _add(self, node: ast.expr, weight: int) -> None:
        self._weight += weight
        if self._weight > MAX_WEIGHT:
            raise _BeyondLimitsError(node, "What is written here becomes too large.")

    def _note(self, error: _UnreadableError) -> None:
        mistake = Mistake(error.node.lineno, self.column_of(error.node), error.message)
        if mistake not in self.mistakes:
            self.mistakes.append(mistake)

    def _items(self, nodes: Iterable[ast.expr]) -> list[Any]:
        items: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                items += self._iterate(node.value)
            else:
                items.append(self._part(node))
        return items

    def _iterate(self, node: ast.expr) -> list[Any]:
        value = self._part(node)
        if value is UNREADABLE:
            return [UNREADABLE]
        if not isinstance(value, (list, tuple, set, frozenset, dict, str)):
            self._note(_UnreadableError(node, "This is no list, so it cannot be unpacked."))
            return [UNREADABLE]
        self._add(node, len(value))
        # In one order, whatever the run: the order of sets means nothing.
        return sorted(value, key=str) if isinstance(value, (set, frozenset)) else list(value)

    def _collect(self, node: ast.expr, make: Callable[[list[Any]], Any], items: list[Any]) -> Any:
        try:
            return make(items)
        except TypeError as error:
            raise _UnreadableError(node, "A list or dict cannot stand in a set.") from error

    def _dict(self, node: ast.Dict) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        written: set[Any] = set()
        for key_node, value_node in zip(node.keys, node.values, strict=True):
            if key_node is None:
                made |= self._mapping(value_node)
                continue
            key, value = self._part(key_node), self._part(value_node)
            if not isinstance(key, (*CONSTANTS, Unreadable)):
                self._note(_UnreadableError(key_node, "A key must be a text or a number."))
                continue
            if key in written and key is not UNREADABLE:
                message = f"The key {key!r} stands here twice; Python keeps only the last."
                self._note(_UnreadableError(key_node, message))
            written.add(key)
            made[key] = value
        return made

    def _mapping(self, node: ast.expr) -> dict[Any, Any]:
        value = self._part(node)
        if value is UNREADABLE:
            return {}
        if not isinstance(value, dict):
            self._note(_UnreadableError(node, "This is no dict, so it cannot be unpacked."))
            return {}
        self._add(node, len(value))
        return value

    def _name(self, node: ast.Name) -> Any:
        bound = self.look_up(node)
        if isinstance(bound, str):
            raise _UnreadableError(node, bound)
        if bound in self._named:
            value, weight = self._named[bound]
            self._add(node, weight)
            return value
        if bound in self._reading:
            raise _UnreadableError(node, f"{node.id} is made of itself.")
        self._reading.add(bound)
        before = self._weight
        value = self._part(bound)
        self._named[bound] = value, self._weight - before
        self._reading.discard(bound)
        return value

    def _call(self, node: ast.Call) -> Any:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in CALLS or not self.is_builtin(name):
            raise _UnreadableError(node, describe(node))
        if len(node.args) > 1 or (node.keywords and name != "dict"):
            raise _UnreadableError(node, f"{name}() is read with one argument here.")
        if name in ("dict", "MappingProxyType"):
            return self._call_dict(node)
        return self._collect(node, BUILTINS[name], self._iterate(node.args[0]) if node.args else [])

    def _call_dict(self, node: ast.Call) -> dict[Any, Any]:
        made = dict(self._mapping(node.args[0])) if node.args else {}
        for keyword in node.keywords:
            if keyword.arg is None:
                made |= self._mapping(keyword.value)
            else:
                made[keyword.arg] = self._part(keyword.value)
        return made

    def _operation(self, node: ast.BinOp | ast.UnaryOp) -> Any:
        operands = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.operand]
        values = [self._part(operand) for operand in operands]
        if UNREADABLE in values:
            return UNREADABLE
        operate = OPERATORS.get((type(node.op), _kind_of(values)))
        if operate is None:
            raise _UnreadableError(node, "This operator is not read between these values; write the result here.")
        self._add(node, sum(len(value) for value in values if isinstance(value, (list, tuple, dict))))
        try:
            result = operate(*values)
        except ZeroDivisionError as error:
            raise _UnreadableError(node, "This divides by zero.") from error
        if isinstance(result, (int, float)) and not (math.isfinite(result) and abs(result) < MAX_NUMBER):
            raise _UnreadableError(node, "This number is too large.")
        return result


def _kind_of(values: list[Any]) -> type | None:
    """What all of the values are; int for numbers of both kinds, None for a mixture."""
    kinds = {int if type(value) is float else type(value) for value in values}
    return kinds.pop() if len(kinds) == 1 else None


MAKERS: Mapping[type, Callable[[list[Any]], Any]] = {ast.List: list, ast.Tuple: tuple, ast.Set: set}
BUILTINS: Mapping[str, Callable[[list[Any]], Any]] = {"set": set, "frozenset": frozenset, "tuple": tuple, "list": list}
OPERATORS: Mapping[tuple[type, type | None], Callable[..., Any]] = {
    **{(ast.Add, kind): lambda a, b: a + b for kind in (int, str, list, tuple)},
    **{(ast.BitOr, kind): lambda a, b: a | b for kind in (dict, set, frozenset)},
    (ast.Sub, int): lambda a, b: a - b,
    (ast.Mult, int): lambda a, b: a * b,
    (ast.Div, int): lambda a, b: a / b,
    (ast.FloorDiv, int): lambda a, b: a // b,
    (ast.USub, int): lambda a: -a,
    (ast.UAdd, int): lambda a: a,
}
WORDS: Mapping[type, str] = {
    ast.ListComp: "A comprehension",
    ast.SetComp: "A comprehension",
    ast.DictComp: "A comprehension",
    ast.GeneratorExp: "A comprehension",
    ast.JoinedStr: "A text with values in it (f-string)",
    ast.Lambda: "A function",
    ast.IfExp: "A choice (if ... else)",
    ast.Subscript: "A part of something else (square brackets)",
    ast.Compare: "A comparison",
    ast.BoolOp: "A choice (and, or)",
    ast.Await: "Waiting (await)",
    ast.NamedExpr: "An assignment (:=)",
    ast.Constant: "A value of this type",
}


def describe(node: ast.expr) -> str:
    """Why this expression is not read, and what to do."""
    if isinstance(node, ast.Call):
        what = f"The call of {_dotted(node.func)}()"
    elif isinstance(node, ast.Attribute):
        what = _dotted(node)
    else:
        what = WORDS.get(type(node), "This expression")
    return f"{what} is not read, because nothing is run; write the value here."


def _dotted(node: ast.expr) -> str:
    """`os.environ.get` of a chain of names; what it begins with may be anything."""
    names: list[str] = []
    while isinstance(node, ast.Attribute) and len(names) < 5:
        names.append(node.attr)
        node = node.value
    names.append(node.id if isinstance(node, ast.Name) else "(...)")
    return ".".join(reversed(names))[:80]
