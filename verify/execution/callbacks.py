"""Parameters that stand for functions: `apply(f, x)`, which calls what it is passed, calls `f`.

Both evaluators ask here, so that they agree on which calls these are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from verify.syntax import ast
from verify.syntax.definitions import Definitions
from verify.syntax.lexer import TOKEN
from verify.syntax.lookup import idioms

NO_CALLBACKS: Mapping[str, str] = {}
_BEFORE_CALLS = frozenset("return else do ; { } ( , = : ? ! && || == != < > <= >= + - ~".split())


def stands_for(name: str, known: Mapping[str, str], is_local: Callable[[str], bool]) -> str:
    """The function that the parameter `name` stands for; "" if that isn't `known`, or if its name means more here."""
    function = known.get(name, "")
    return "" if is_local(function) else function


def callbacks(
    function: ast.Function,
    node: ast.Call,
    known: Mapping[str, str],
    is_local: Callable[[str], bool],
    names_function: Callable[[str], bool],
) -> dict[str, str]:
    """The parameters of `function`, which `node` calls, that only pass on functions; and these functions' names.

    `known` are those of the function that makes the call.
    """
    found: dict[str, str] = {}
    for param, argument in zip(function.params, node.arguments, strict=False):
        if not param.name or not isinstance(argument, ast.Ident):
            continue
        if is_local(argument.name):
            name = stands_for(argument.name, known, is_local)
        else:
            name = argument.name if names_function(argument.name) else ""
        if name and _is_only_called(function, param.name):
            found[param.name] = name
    return found


def either_called(node: ast.Call, function: ast.Conditional) -> ast.Conditional:
    """`(c ? f : g)(x)` as `c ? f(x) : g(x)`; which of `c` and `x` is evaluated first isn't said (C17 6.5.2.2p10)."""
    then, otherwise = (
        None if part is None else node._replace(function=part) for part in (function.then, function.otherwise)
    )
    return function._replace(then=then, otherwise=otherwise)


def is_replaced(definitions: Definitions, name: str) -> bool:
    """True iff `name`, which is no local variable, may be a macro's or a variable's."""
    return bool(definitions.macros(name)) or name in idioms().macros or definitions.is_variable(name)


def _is_only_called(function: ast.Function, param: str) -> bool:
    """True iff the function's body calls its parameter `param` or passes it on, and nothing else.

    So it is neither assigned nor hidden by another variable of its name.
    """
    span = function.body.span
    tokens = [t.group() for t in TOKEN.finditer(span.source.text, span.start, span.end) if t.lastgroup != "space"]
    for before, word, behind in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if word == param and not (
            (behind == "(" and before in _BEFORE_CALLS) or (before in ("(", ",") and behind in (")", ","))
        ):
            return False
    return True


__all__ = ["NO_CALLBACKS", "callbacks", "either_called", "is_replaced", "stands_for"]
