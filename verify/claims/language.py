"""The claim language: C expressions with `==>`, `<==>`, `old.x` and `new.x`.

`parse` turns an expression of a spec into `verify.syntax.ast`; an implication is a `Binary` whose operator is "==>" or
"<==>".  Both bind looser than everything else in C, "<==>" loosest; "==>" is right-associative.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import cast

from verify.claims.spec import Expression
from verify.errors import SpecError, UnsupportedC
from verify.patterns import pattern
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.convert import convert_expression
from verify.syntax.lexer import is_balanced
from verify.tuples import NamedTuple

# C's loosest operator is the comma, which claims don't use.  So an arrow is parsed as a name between two commas, of the
# same length as the arrow.
_ARROWS = {"==>": ",_,", "<==>": ",__,"}
_ARROW = pattern(r"<==>|==>")
_NAMES = {"_": "==>", "__": "<==>"}
_WORD = pattern(r"(?P<member>(?:\.|->)\s*)?\b(?P<word>[A-Za-z_]\w*)")
SIDES = ("old", "new")
STATES = ("before", "old", "new")


class _Parsed(NamedTuple):
    """A tree, and which words that `asked` tells had to be types or not for it."""

    asked: dict[str, bool]
    tree: ast.Expr


_parsed: dict[Expression, list[_Parsed]] = {}  # operations and versions share their spec's expressions


def parse(expression: Expression, is_type: Callable[[str], bool]) -> ast.Expr:
    """The claim as a syntax tree.  Raises `SpecError` where it can't be read."""
    for known in _parsed.get(expression, ()):
        if all(is_type(word) is answer for word, answer in known.asked.items()):
            return known.tree
    asked: dict[str, bool] = {}

    def noted(word: str) -> bool:
        asked[word] = is_type(word)
        return asked[word]

    tree = _read(expression, noted)
    _parsed.setdefault(expression, []).append(_Parsed(asked, tree))
    return tree


def _read(expression: Expression, is_type: Callable[[str], bool]) -> ast.Expr:
    span = expression.span
    text = _ARROW.sub(lambda m: _ARROWS[m.group()], expression.text)
    if not is_balanced(text):
        raise SpecError("the brackets of this expression don't match", span)
    if not text.strip():
        raise SpecError("this expression is empty", span)
    try:
        tree, _ = convert_expression(span.source, span.start, span.end, is_type, text=text)
    except UnsupportedC as error:
        raise SpecError("this expression can't be read", error.span or span, "It must be one C expression.") from None
    tree = _arrows(tree)
    _refuse_chains(tree)
    return tree


_CHAINS = (("<", ">", "<=", ">="), ("==", "!="))


def _refuse_chains(tree: ast.Expr) -> None:
    """Raises for `a < b < c` and `a == b == c`, which compare the truth of `a < b` with `c`, unless that is written."""
    stack: list[object] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Binary) and isinstance(node.left, ast.Binary):
            inner = node.left
            ops = next((ops for ops in _CHAINS if node.op in ops), ())
            between = node.span.source.text[inner.span.end : node.right.span.start]
            if inner.op in ops and ")" not in between:
                first, middle, last = (n.span.text.strip() for n in (inner.left, inner.right, node.right))
                hint = f"Write `{first} {inner.op} {middle} && {middle} {node.op} {last}`, or put parentheses in."
                raise SpecError("C has no chained comparisons", node.span, hint)
        if isinstance(node, tuple) and not isinstance(node, Span):
            stack.extend(cast("tuple[object, ...]", node))


def _arrows(node: ast.Expr) -> ast.Expr:
    """`node` with each comma chain that holds arrows replaced by implications."""
    if isinstance(node, ast.Comma):
        return _implications([_arrows(part) for part in _chain(node)], node.span)
    if isinstance(node, ast.Ident) and node.name in _NAMES:
        raise SpecError("an arrow without its two sides", node.span, "Put parentheses around `a ==> b`.")
    if isinstance(node, ast.StatementExpr) and _ARROW.search(node.span.text):
        raise SpecError("an arrow within statements", node.span, "Put `a ==> b` into the claim itself.")
    if isinstance(node, ast.Call):
        arguments = tuple(map(_arrows, node.arguments))
        return node._replace(arguments=arguments, function=_arrows(node.function))
    changed = {}
    for field, value in zip(node._fields, node, strict=True):
        if isinstance(value, ast.Expr) and not isinstance(value, ast.InitList):
            changed[field] = _arrows(value)
    return node._replace(**changed) if changed else node


def _chain(node: ast.Expr) -> Iterator[ast.Expr]:
    """The parts of a comma chain.  A comma on the left stood between parentheses, as the comma nests to the right."""
    if isinstance(node, ast.Comma):
        yield from (node.left,) if isinstance(node.left, ast.Comma) else _chain(node.left)
        between = node.span.source.text[node.left.span.end : node.right.span.start]
        parenthesized = isinstance(node.right, ast.Comma) and "(" in between
        yield from (node.right,) if parenthesized else _chain(node.right)
    elif isinstance(node, ast.Ident) and node.name in _NAMES:
        yield node._replace(name=f" {node.name}")  # marks it as seen
    else:
        yield node


def _implications(parts: list[ast.Expr], span: Span) -> ast.Expr:
    names = [p.name.strip() if isinstance(p, ast.Ident) and p.name.startswith(" ") else "" for p in parts]
    for name in ("__", "_"):
        if name in names:
            i = names.index(name)
            if i == 0 or i == len(parts) - 1:
                raise SpecError("an arrow without its two sides", span)
            left, right = _implications(parts[:i], span), _implications(parts[i + 1 :], span)
            return ast.Binary(_NAMES[name], left, right, left.span._replace(end=right.span.end))
    if len(parts) != 1:
        raise SpecError("a comma in a claim", span, "Write && between two claims.")
    return parts[0]


def side_of(node: ast.Expr) -> tuple[str, ast.Expr] | None:
    """If `node` is a chain of postfix operators, `*`, `&` and casts on `old.x` or `new.x`: which side, and the chain on
    `x` alone.
    """
    match node:
        case ast.Field(ast.Ident(name, _, span), field, False, _) if name in SIDES:
            return name, ast.Ident(field, ast.PRIMARY, Span(span.source, span.end + 1, node.span.end, span.via))
        case ast.Field(inner, _, _, _) | ast.Index(inner, _, _):
            found = side_of(inner)
            return None if found is None else (found[0], node._replace(object=found[1]))
        case ast.Call(inner, _, _, _, _):
            found = side_of(inner)
            return None if found is None else (found[0], node._replace(function=found[1]))
        case ast.Unary("*" | "&", inner, _) | ast.Cast(operand=inner):
            found = side_of(inner)
            return None if found is None else (found[0], node._replace(operand=found[1]))
        case _:
            return None


def conjuncts(node: ast.Expr) -> tuple[ast.Expr, ...]:
    """The parts of a conjunction."""
    if isinstance(node, ast.Binary) and node.op == "&&":
        return (*conjuncts(node.left), *conjuncts(node.right))
    return (node,)


def asks_if_same(node: ast.Expr) -> bool:
    """True iff one of the conjuncts is `same(old, new)`, in either order."""
    return any(
        isinstance(part, ast.Call)
        and isinstance(part.function, ast.Ident)
        and part.function.name == "same"
        and sides_mentioned(part, {}) >= set(SIDES)
        for part in conjuncts(node)
    )


def sides_mentioned(node: ast.Expr, names: Mapping[str, ast.Expr]) -> frozenset[str]:
    """Which of "old" and "new" the expression speaks of; `names` are the spec's."""
    found: set[str] = set()
    expanded: set[str] = set()
    stack: list[object] = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, ast.Ident):
            if current.name in SIDES:
                found.add(current.name)
            elif current.name in names and current.name not in expanded:
                expanded.add(current.name)
                stack.append(names[current.name])
        elif isinstance(current, tuple) and not isinstance(current, Span):
            stack.extend(cast("tuple[object, ...]", current))
    return frozenset(found)


def versions_named(text: str, names: Mapping[str, str]) -> frozenset[str]:
    """Which of "old" and "new" a claim's text speaks of, as `sides_mentioned` finds, but without reading the code."""
    words = {m["word"] for m in _WORD.finditer(text) if not m["member"]}
    others = {k: v for k, v in names.items() if k not in words}
    inner = (versions_named(names[w], others) for w in words if w in names)
    return frozenset(words & set(SIDES)).union(*inner)


def said_of_old(text: str, names: Mapping[str, str]) -> str:
    """The claim that `text` makes, with all that it says of the new version said of the old one.

    Names that speak of a version themselves are spelt out.
    """

    def word(match: re.Match[str]) -> str:
        name = match["word"]
        if match["member"]:
            return match.group()
        if name in names and versions_named(names[name], {k: v for k, v in names.items() if k != name}):
            return f"({said_of_old(names[name], {k: v for k, v in names.items() if k != name})})"
        return "old" if name == "new" else name

    return _WORD.sub(word, text)
