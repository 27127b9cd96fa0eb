"""Entry functions, before they are executed.

An argument that is a record is a copy of an object of the caller's (C17 6.5.2.2p4).  So `f(struct s x)` is the same as
a function that gets the address of such an object, of which nothing else is known, and begins with a copy of it.
"""

from __future__ import annotations

from typing import cast

from verify.errors import UnsupportedC
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.ctypes import RecordType
from verify.syntax.types import Types


def with_copies(function: ast.Function, types: Types) -> ast.Function:
    """`function` with each parameter that is a record replaced by the address of one, and a copy."""
    params: list[ast.Param] = []
    copies: list[ast.Declaration] = []
    for param in function.params:
        if param.name is None or not isinstance(types.resolve(param.type, ""), RecordType):
            params.append(param)
            continue
        address = f"{param.name} (the argument)"  # no name of C
        params.append(ast.Param(address, ast.PointerType(param.type, param.span), param.span))
        value = ast.Unary("*", ast.Ident(address, ast.PRIMARY, param.span), param.span)
        declarator = ast.Declarator(param.name, param.type, value, (), param.span)
        copies.append(ast.Declaration((declarator,), param.span))
    if not copies:
        return function
    body = function.body._replace(items=(*copies, *function.body.items))
    return function._replace(params=tuple(params), body=body)


def refuse_goto_backwards(function: ast.Function) -> None:
    """Raises `UnsupportedC` if a goto that certainly is compiled goes back into a nested statement.

    It would be met sooner or later, and no statement that holds it can be stepped over.
    """
    if "goto" not in function.span.text:
        return
    stack: list[tuple[object, dict[str, int]]] = [(function.body, {})]
    every: dict[str, int] = {}
    gotos: list[tuple[ast.Goto, dict[str, int]]] = []
    while stack:
        part, around = stack.pop()
        if isinstance(part, ast.Block | ast.Switch):
            around = {**around, **{item.name: item.span.start for item in part.items if isinstance(item, ast.Label)}}
        if isinstance(part, ast.Label):
            every[part.name] = part.span.start
        elif isinstance(part, ast.Goto):
            gotos.append((part, around))
        if isinstance(part, tuple) and not isinstance(part, ast.ConfigIf | Span):
            stack.extend((inner, around) for inner in cast("tuple[object, ...]", part))
    for goto, around in sorted(gotos, key=lambda pair: pair[0].span.start):
        if goto.label not in around and every.get(goto.label, goto.span.start) < goto.span.start:
            raise UnsupportedC("a goto backwards into a nested statement", goto.span)
