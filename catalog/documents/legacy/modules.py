"""Finds `STACK_METADATA` in the text of a Python module and reads it; the module is parsed, never run."""

import ast
import io
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeGuard

from catalog.documents.legacy.flows import PROXY, Flows
from catalog.documents.legacy.literals import UNREADABLE, Literals, Mistake

NAME = "STACK_METADATA"
MUTATORS = frozenset(
    {"add", "append", "clear", "extend", "insert", "pop", "popitem", "remove", "setdefault", "update", "__setitem__"}
)
# Statements that change nothing by mentioning a name.
HARMLESS = (ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


class ModuleError(ValueError):
    """The module cannot be read; `mistakes` says where and why, all of it."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = sorted(mistakes)
        super().__init__("\n".join(map(str, self.mistakes)))


@dataclass(slots=True)
class Scope:
    """The names that a module or a class binds, each with the expression it is bound to, None if that is unclear."""

    bound: dict[str, list[tuple[int, ast.expr | None]]] = field(default_factory=dict)

    def bind(self, name: str, line: int, value: ast.expr | None) -> None:
        self.bound.setdefault(name, []).append((line, value))


def read_module(content: bytes) -> object:
    """The value of the one `STACK_METADATA` of a module. Raises ModuleError."""
    text = _decode(content)
    tree = _parse(text)
    value_node, scopes = _find(tree)
    lines = text.split("\n")
    changes, flows = _changes(tree), Flows(tree)
    used: dict[str, tuple[int, int]] = {NAME: (value_node.lineno, 1)}

    def column_of(node: ast.expr) -> int:
        # Python counts bytes.
        return len(lines[node.lineno - 1].encode()[: node.col_offset].decode(errors="replace")) + 1

    def look_up(node: ast.Name) -> ast.expr | str:
        used.setdefault(node.id, (node.lineno, column_of(node)))
        return _look_up(node, scopes)

    def is_builtin(name: str) -> bool:
        if name == PROXY:
            return any(_imports_proxy(statement) for statement in tree.body)
        # What the module has bound itself is something else.
        return not any(name in scope.bound for scope in scopes)

    literals = Literals(look_up=look_up, is_builtin=is_builtin, column_of=column_of)
    value = literals.read(value_node)
    for name, (line, column) in used.items():
        for changed_at in sorted(
            {*changes.get(name, ()), *flows.find_changes(name, value=_value_of(name, scopes), made_in=value_node)}
        ):
            message = f"{name} may be changed in line {changed_at} after it was made; write its final value."
            literals.mistakes.append(Mistake(line, column, message))
    if literals.mistakes or value is UNREADABLE:
        raise ModuleError(literals.mistakes)
    return value


def _decode(content: bytes) -> str:
    if b"\0" in content:
        raise ModuleError(
            [Mistake(content.count(b"\n", 0, content.index(b"\0")) + 1, 1, "This is no text: NUL bytes.")]
        )
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        if encoding.removesuffix("-sig") != "utf-8":
            raise ModuleError([Mistake(1, 1, f"The module says that it is in {encoding}; save it as UTF-8.")])
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ModuleError([Mistake(line, 1, "This is not UTF-8; save the module in that encoding.")]) from error
    except (SyntaxError, LookupError) as error:
        raise ModuleError([Mistake(1, 1, "This is not UTF-8; save the module in that encoding.")]) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _parse(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            # About escapes and the like in code that is not ours.
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        message = f"This is no Python: {_words_of(error)}"
        raise ModuleError([Mistake(error.lineno or 1, max(error.offset or 1, 1), message)]) from error
    except (RecursionError, MemoryError) as error:
        raise ModuleError([Mistake(1, 1, "The module is nested too deeply to be read.")]) from error


def _words_of(error: SyntaxError) -> str:
    """Python's own, which say something else about a number of thousands of digits."""
    if "integer string conversion" in error.msg:
        return "a number in it is too long."
    return error.msg if error.msg.endswith(("?", ".", "!")) else f"{error.msg}."


def _imports_proxy(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.ImportFrom)
        and statement.module == "types"
        and any(alias.name == PROXY and alias.asname in (None, PROXY) for alias in statement.names)
    )


def _find(tree: ast.Module) -> tuple[ast.expr, list[Scope]]:
    """The expression of the one STACK_METADATA, and the scopes in which its names are looked up, innermost first."""
    module = _scope_of(tree.body)
    found: list[tuple[ast.expr, list[Scope]]] = []
    bodies: list[tuple[list[ast.stmt], list[Scope]]] = [(tree.body, [module])]
    while bodies:
        body, scopes = bodies.pop()
        found += [(value, scopes) for _, value in scopes[0].bound.get(NAME, ()) if value is not None]
        # The body of a class sees its own names and the module's, not those of classes around it.
        bodies += [(node.body, [_scope_of(node.body), module]) for node in body if isinstance(node, ast.ClassDef)]
    # What adds to it (`|=`) is one of its changes.
    added = {node.target for node in ast.walk(tree) if isinstance(node, ast.AugAssign)}
    stores = [node for node in ast.walk(tree) if _is_store(node) and node not in added]
    places = sorted((node.lineno, node.col_offset + 1) for node in stores)
    if not places:
        raise ModuleError([Mistake(1, 1, f"There is no {NAME} at the top of the module or of a class.")])
    if len(places) > 1:
        others = ", ".join(str(line) for line, _ in places[1:])
        message = f"{NAME} is made more than once (also in line {others}); leave one of them in the file."
        raise ModuleError([Mistake(*places[0], message)])
    if not found:
        message = f"{NAME} is made within other code; write it at the top of the module or of a class."
        raise ModuleError([Mistake(*places[0], message)])
    return found[0]


def _is_store(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and node.id == NAME and isinstance(node.ctx, ast.Store)


def _scope_of(body: list[ast.stmt]) -> Scope:
    scope = Scope()
    for statement in body:
        match statement:
            case ast.Assign(targets=targets, value=value) if all(isinstance(target, ast.Name) for target in targets):
                for target in targets:
                    scope.bind(target.id, statement.lineno, value)  # type: ignore[attr-defined]
            case ast.AnnAssign(target=ast.Name(id=name), value=value):
                if value is not None:
                    scope.bind(name, statement.lineno, value)
            case _:
                for name in _names_bound_in(statement):
                    scope.bind(name, statement.lineno, None)
    return scope


def _names_bound_in(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name


def _look_up(node: ast.Name, scopes: list[Scope]) -> ast.expr | str:
    for scope in scopes:
        bound = scope.bound.get(node.id)
        if bound is None:
            continue
        line, value = bound[0]
        if len(bound) > 1:
            return f"{node.id} is bound more than once (lines {', '.join(str(at) for at, _ in bound)})."
        if value is None:
            return f"{node.id} is not bound to a written value (line {line}); write the value here."
        if line > node.lineno:
            return f"{node.id} is bound below its use (line {line})."
        return value
    return f"{node.id} is not known in this module; write its value here."


def _value_of(name: str, scopes: list[Scope]) -> ast.expr | None:
    return next((scope.bound[name][0][1] for scope in scopes if name in scope.bound), None)


def _changes(tree: ast.Module) -> dict[str, list[int]]:
    """Name -> lines of code that changes what it is bound to, or may."""
    changes: dict[str, list[int]] = {}
    for node in ast.walk(tree):
        for name in _changed_by(node):
            changes.setdefault(name, []).append(node.lineno)  # type: ignore[attr-defined]
    for body in [tree.body, *(node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef))]:
        for statement in body:
            if isinstance(statement, HARMLESS):
                continue
            for name in {name for node in ast.walk(statement) for name in _name_of(node)}:
                changes.setdefault(name, []).append(statement.lineno)
    return {name: sorted(set(lines)) for name, lines in changes.items()}


def _changed_by(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in MUTATORS:
            yield from _base_of(value)
        case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()):
            yield from _base_of(value)
        case ast.AugAssign(target=target):
            yield from _base_of(target)
        case ast.Delete(targets=targets):
            for deleted in targets:
                yield from _base_of(deleted)


def _base_of(node: ast.AST) -> Iterator[str]:
    """`BASE` of `BASE["a"]["b"]`, `Factory.BASE` or `BASE.get("a")`."""
    while True:
        match node:
            case ast.Call(func=inner) | ast.Subscript(value=inner):
                node = inner
            case ast.Attribute(value=inner, attr=attr) if attr != NAME:
                node = inner
            case _:
                break
    yield from _name_of(node)


def _name_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute) and node.attr == NAME:
        yield NAME
