"""A function's text without the statements that a run didn't reach.

Takes a parsed function and where the statements that ran begin; each other statement becomes a call that fails the
replay.  Labels and declarations stay.  So a C file of a large function needs only what its run uses.
"""

from __future__ import annotations

from collections.abc import Iterator

from verify.syntax import ast
from verify.syntax.lexer import is_balanced, without_comments

_KEPT = (ast.Case, ast.Default, ast.Label, ast.Declaration)


def pruned(function: ast.Function, ran: frozenset[tuple[str, int]]) -> str:
    """The text of `function` where only the statements in `ran` (file, offset) are spelt out."""
    span = function.span
    text, start = span.source.text, span.start
    parts: list[str] = []
    for first, last in _cuts(function.body.items, span.source.name, text, ran):
        line = text.count("\n", 0, first) + 1
        parts += [text[start:first], f'verify_unreached("line {line}");']
        start = last
    return "".join((*parts, text[start : span.end])).strip()


def _cuts(
    items: tuple[ast.Stmt, ...], name: str, text: str, ran: frozenset[tuple[str, int]]
) -> Iterator[tuple[int, int]]:
    """Where statements begin and end that didn't run, in order, none inside of another; neighbours as one."""
    held: tuple[int, int] | None = None
    for item in items:
        whole = text[item.span.start : item.span.end]
        runs = (name, item.span.start) in ran or isinstance(item, (*_KEPT, ast.ConfigIf))
        if not runs and is_balanced(whole) and whole.endswith((";", "}")):
            if held is not None and not without_comments(text[held[1] : item.span.start]).strip():
                held = held[0], item.span.end
                continue
            if held is not None:
                yield held
            held = item.span.start, item.span.end
            continue
        if held is not None:
            yield held
            held = None
        if isinstance(item, ast.ConfigIf):
            yield from _cuts((*item.then, *item.otherwise), name, text, ran)
        elif runs:
            yield from _cuts(_inner(item), name, text, ran)
    if held is not None:
        yield held


def _inner(item: ast.Stmt) -> tuple[ast.Stmt, ...]:
    match item:
        case ast.Block(items, _) | ast.Switch(_, items, _):
            return items
        case ast.If(_, then, otherwise, _):
            return (then,) if otherwise is None else (then, otherwise)
        case ast.While(_, body, _, _) | ast.For(_, _, _, body, _) | ast.ForEach(_, body, _):
            return (body,)
        case _:
            return ()
