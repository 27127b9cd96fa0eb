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
    """Raises `UnsupportedC` if a goto that certainly is compiled has its label before it.

    It would be met sooner or later, and no statement that holds it can be stepped over.
    """
    labels: dict[str, int] = {}
    gotos: list[ast.Goto] = []
    stack: list[object] = [function.body]
    while stack:
        part = stack.pop()
        if isinstance(part, ast.Label):
            labels[part.name] = part.span.start
        elif isinstance(part, ast.Goto):
            gotos.append(part)
        if isinstance(part, tuple) and not isinstance(part, ast.ConfigIf | Span):
            stack.extend(cast("tuple[object, ...]", part))
    for goto in sorted(gotos, key=lambda g: g.span.start):
        if labels.get(goto.label, goto.span.start) < goto.span.start:
            raise UnsupportedC("a goto backwards", goto.span)
