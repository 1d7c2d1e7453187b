"""Where the values of some names go in a module: whoever else holds one may change it. The module is never run.

A name is followed through every place that mentions it: reads are harmless; an assignment, a loop or a return gives the
value to another name, which is followed, too; anything that is not known to change nothing counts as a change.
"""

import ast
from collections.abc import Iterator

SEEING = frozenset({"len", "str", "repr", "bool", "isinstance", "any", "all", "print", "id", "hash", "type"})
# The one that has to be imported.
PROXY = "MappingProxyType"
# What they give holds the same values.
HOLDING = frozenset(
    {"sorted", "list", "dict", "tuple", "set", "frozenset", "enumerate", "zip", "iter", "reversed", "next"} | {PROXY}
)
SEEING_METHODS = frozenset(
    {"keys", "index", "count", "lower", "upper", "strip", "split", "replace", "startswith", "endswith", "title", "join"}
)
HOLDING_METHODS = frozenset({"get", "items", "values", "copy"})
# With these a module reaches names that nobody sees.
DYNAMIC = frozenset({"globals", "locals", "vars", "exec", "eval", "__dict__", "__setattr__", "__delattr__"})
BY_NAME = frozenset({"setattr", "delattr", "getattr"})
HARMLESS_DECORATORS = frozenset({"final", "dataclass"})
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
PASSING = (
    *(ast.BoolOp, ast.BinOp, ast.Starred, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.NamedExpr),
    *COMPREHENSIONS,
)
SEEN = (ast.Compare, ast.UnaryOp, ast.FormattedValue, ast.Expr, ast.If, ast.While, ast.Assert)


class Flows:
    """`find_changes` of one module."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        self._bound = {name for node in self._parents for name in _bound_by(node)}
        # Name -> lines that reach it by its text; "" for a text that is not written there, "*" for any import.
        self._by_name: dict[str, list[int]] = {}
        self._imported: dict[str, list[int]] = {}
        self._mentions: dict[str, list[ast.expr]] = {}
        for node in self._parents:
            if isinstance(node, ast.Name | ast.Attribute):
                self._mentions.setdefault(node.id if isinstance(node, ast.Name) else node.attr, []).append(node)
            elif isinstance(node, ast.alias) and node.name != "*":
                name = (node.asname or node.name).partition(".")[0]
                self._imported.setdefault(name, []).append(node.lineno)
            for name in _reached_by_text(node):
                self._by_name.setdefault(name, []).append(node.lineno)  # type: ignore[attr-defined]

    def find_changes(self, name: str, *, value: ast.expr | None, made_in: ast.expr) -> list[int]:
        """Lines in which what the name is bound to may be changed.

        `value`: its expression, None if there is none; `made_in`: that of the whole, which the name is a part of.
        """
        found, followed = set(self._hidden(name, made_in)), {name}
        # Nobody can change a text or a number, whoever holds it.
        names = [] if value is not None and _is_frozen(value) else [name]
        while names:
            mentions = self._mentions.get(names.pop(), [])
            for node in mentions:
                for heir in self._heirs(node):
                    if heir is None:
                        found.add(node.lineno)
                    elif heir not in followed:
                        followed.add(heir)
                        names.append(heir)
        return sorted(found)

    def _hidden(self, name: str, made_in: ast.expr) -> Iterator[int]:
        """Lines that may reach the name without a mention that can be followed."""
        yield from (node.lineno for word in DYNAMIC for node in self._mentions.get(word, ()))
        yield from self._by_name.get(name, ())
        yield from self._by_name.get("", ())
        yield from (line for line in self._by_name.get("*", ()) if line > made_in.lineno)
        if name in self._bound:
            yield from self._imported.get(name, ())
        around: ast.AST = made_in
        while around in self._parents:
            around = self._parents[around]
            if isinstance(around, ast.ClassDef):
                yield from (one.lineno for one in around.decorator_list if _called(one) not in HARMLESS_DECORATORS)
                yield from (one.value.lineno for one in around.keywords)

    def _heirs(self, node: ast.expr) -> Iterator[str | None]:
        """The names that get the value of this mention, or a part of it; None where it may be changed."""
        is_load = isinstance(getattr(node, "ctx", None), ast.Load)
        if not is_load and (isinstance(node, ast.Attribute) or isinstance(self._parents[node], ast.AugAssign)):
            yield None
        if not is_load:
            return
        while True:
            parent = self._parents[node]
            following = self._through(node, parent)
            if following is None:
                yield from self._taken(node, parent)
                return
            if following is node:
                return
            if isinstance(following, ast.NamedExpr):
                yield following.target.id
            node = following

    def _through(self, node: ast.expr, parent: ast.AST) -> ast.expr | None:
        """The expression that has the value then; the node itself if nothing can come of it, None to look closer."""
        match parent:
            case ast.Call():
                return self._through_call(node, parent)
            case ast.keyword():
                call = self._parents[parent]
                return call if isinstance(call, ast.Call) and self._builtin(call) == "dict" else None
            case ast.Attribute(ctx=ast.Load()):
                return self._through_method(node, parent)
            case ast.Subscript(ctx=ast.Load()):
                return parent if parent.value is node else node
            case ast.IfExp():
                return node if parent.test is node else parent
        return node if isinstance(parent, SEEN) else parent if isinstance(parent, PASSING) else None

    def _through_call(self, node: ast.expr, call: ast.Call) -> ast.expr | None:
        name = self._builtin(call)
        if call.func is node or name == "dict":
            return call
        if call.keywords:
            # A function in them may be given the values.
            return None
        joins = isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Constant)
        return node if joins or name in SEEING else call if name in HOLDING else None

    def _through_method(self, node: ast.expr, method: ast.Attribute) -> ast.expr | None:
        call = self._parents[method]
        if not isinstance(call, ast.Call) or call.func is not method:
            return None
        return node if method.attr in SEEING_METHODS else call if method.attr in HOLDING_METHODS else None

    def _builtin(self, call: ast.Call) -> str:
        """Its name, if it is one that the module has not given to something else."""
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        is_other = name in self._bound or (name in self._imported and name != PROXY)
        return "" if is_other else name

    def _taken(self, node: ast.expr, parent: ast.AST) -> Iterator[str | None]:
        match parent:
            case ast.Assign(targets=targets):
                yield from (name for target in targets for name in _names_in(target))
            case ast.AnnAssign(target=target, value=value) if value is node:
                yield from _names_in(target)
            case ast.AnnAssign(annotation=annotation) if annotation is node:
                return
            case ast.For(target=target, iter=source) | ast.comprehension(target=target, iter=source) if source is node:
                yield from _names_in(target)
            case ast.comprehension():
                return
            case ast.Return():
                yield self._function_around(parent)
            case _:
                yield None

    def _function_around(self, node: ast.AST) -> str | None:
        while node in self._parents:
            node = self._parents[node]
            if isinstance(node, FUNCTIONS):
                return node.name
        return None


def _bound_by(node: ast.AST) -> Iterator[str]:
    """What it gives a value to, but for imports: those may be of what is harmless."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name


def _reached_by_text(node: ast.AST) -> list[str]:
    match node:
        case ast.Call(func=ast.Name(id=word), args=[_, called, *_]) if word in BY_NAME:
            return [str(called.value) if isinstance(called, ast.Constant) else ""]
        case ast.Global(names=listed) | ast.Nonlocal(names=listed):
            return listed
        case ast.ImportFrom(names=[ast.alias(name="*")]):
            return ["*"]
    return []


def _is_frozen(value: ast.expr) -> bool:
    parts = value.elts if isinstance(value, ast.Tuple) else [value]
    return all(isinstance(part, ast.Constant) for part in parts)


def _names_in(target: ast.expr) -> Iterator[str | None]:
    """The names of an assignment's target; None for what else it may be."""
    match target:
        case ast.Name(id=name):
            yield name
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _names_in(part)
        case ast.Starred(value=inner):
            yield from _names_in(inner)
        case _:
            yield None


def _called(decorator: ast.expr) -> str:
    """`dataclass` of `@dataclass(frozen=True)` and `@dataclasses.dataclass`."""
    inner = decorator.func if isinstance(decorator, ast.Call) else decorator
    return inner.id if isinstance(inner, ast.Name) else inner.attr if isinstance(inner, ast.Attribute) else ""
