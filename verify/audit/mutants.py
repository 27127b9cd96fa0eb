"""Mutants of one version's code: small changes of its text, made where the syntax tree says what the text is.

`mutants_of` takes a version, after it was executed, and gives each mutant of the functions and macros that were read
from its own file.  A mutant is text, which is parsed again as any other.  Raises nothing: what isn't C any more is
found out when the mutant is judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from verify.claims.versions import Version
from verify.errors import UnsupportedC
from verify.source.text import Source, Span
from verify.syntax import ast
from verify.syntax.convert import convert_expression
from verify.syntax.ctypes import BOOL, IntType
from verify.syntax.lexer import is_balanced
from verify.tuples import NamedTuple

_SWAPPED = {
    "==": ("!=",), "!=": ("==",), "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
    "&&": ("||",), "||": ("&&",), "&": ("|",), "|": ("&",), "^": ("&",), "+": ("-",), "-": ("+",), "*": ("+",),
    "/": ("*",), "%": ("/",), "<<": (">>",), ">>": ("<<",),
    "+=": ("-=",), "-=": ("+=",), "|=": ("&=",), "&=": ("|=",), "^=": ("|=",), "<<=": (">>=",), ">>=": ("<<=",),
    "*=": ("+=",), "/=": ("*=",), "%=": ("/=",), "++": ("--",), "--": ("++",),
}  # fmt: skip
_DROPPABLE = ("&&", "||", "&", "|", "^")  # either operand may be left out
_WORDS = {"true": "false", "false": "true", "NULL": "(void *)1"}
_NARROWER = {64: 32, 32: 16, 16: 8}
_SIGNED = {64: "long long", 32: "int", 16: "short", 8: "signed char"}
_UNSIGNED = {64: "unsigned long long", 32: "unsigned int", 16: "unsigned short", 8: "unsigned char"}
_DEFINE = re.compile(r"\s*#\s*define\s+\w+(?:\([^)]*\))?(?:[ \t]|\\\n)*")


class Mutant(NamedTuple):
    """One change: `kind` in words, the line (from 1), its text before and after, and the whole file's text after."""

    kind: str
    path: str
    line: int
    before: str
    after: str
    text: str


class _Edit(NamedTuple):
    kind: str
    start: int
    end: int
    replacement: str


def mutants_of(version: Version) -> tuple[Mutant, ...]:
    """The mutants of what was read from `version`'s own file, in the order of the text, none twice."""
    path = version.paths[0]
    source = version.files.index(path).source
    found: dict[str, Mutant] = {}
    for edit in sorted(_edits(version, source), key=lambda e: (e.start, e.end, e.kind, e.replacement)):
        text = source.text[: edit.start] + edit.replacement + source.text[edit.end :]
        if text != source.text and text not in found:
            line = source.position(edit.start)[0]
            before, after = _lines(source.text, edit.start, edit.end), ""
            after = _lines(text, edit.start, edit.start + len(edit.replacement))
            found[text] = Mutant(edit.kind, path, line, before, after, text)
    return tuple(found.values())


def _lines(text: str, start: int, end: int) -> str:
    """The whole lines that `start` to `end` touch."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    return text[first : last if last >= 0 else len(text)]


def _edits(version: Version, source: Source) -> Iterator[_Edit]:
    definitions = version.definitions
    index = version.files.index(version.paths[0])
    read = {version.entry.name, *definitions.read}
    for name in sorted(read & index.functions.keys()):
        function = definitions.function(name)
        if function is not None and function.span.source.name == source.name:
            yield from _Walk(version, source).visit(function, entry=name == version.entry.name)
    for name in sorted(read & index.macros.keys()):
        for macro in index.macros[name]:
            head = _DEFINE.match(source.text, macro.span.start, macro.span.end)
            if head is None or not macro.body:
                continue
            try:
                tree = convert_expression(source, head.end(), macro.span.end, definitions.is_type)
            except UnsupportedC:
                continue
            yield from _Walk(version, source).visit(tree)


class _Walk:
    """Walks over one function or expression."""

    def __init__(self, version: Version, source: Source) -> None:
        self.version = version
        self.text = source.text

    def visit(self, root: object, entry: bool = False) -> Iterator[_Edit]:
        stack: list[object] = [root]
        while stack:
            node = stack.pop()
            if not isinstance(node, tuple) or isinstance(node, Span):
                continue
            yield from self.edits(cast("tuple[object, ...]", node))
            children = list(cast("tuple[object, ...]", node))
            if isinstance(node, ast.Function):
                # The entry's parameters are the claims' inputs: with other types they would be others.
                children = [node.body] if entry else [node.params, node.returns, node.body]
            elif isinstance(node, ast.Call):
                children = list(node.arguments)  # what is called isn't a value
            elif isinstance(node, ast.Case):
                children = []
                yield from self.replaced("other case label", node.low.span, f"({node.low.span.text}) + 1")
            stack.extend(children)

    def whole(self, span: Span) -> tuple[int, int] | None:
        """The place of `span` in the file; None if it isn't there as it stands, e.g. in a macro's expansion."""
        here = span.source.text[span.start : span.end] == self.text[span.start : span.end]
        return (span.start, span.end) if here and span.via is None and is_balanced(span.text) else None

    def replaced(self, kind: str, span: Span, by: str) -> Iterator[_Edit]:
        place = self.whole(span)
        if place is not None:
            yield _Edit(kind, *place, by)

    def operator(self, start: int, end: int, op: str, kind: str) -> Iterator[_Edit]:
        """Other operators for the one between two operands."""
        gap = re.sub(r"/\*.*?\*/|//[^\n]*", lambda m: " " * len(m.group()), self.text[start:end], flags=re.S)
        at = gap.find(op)
        if at >= 0:
            for other in _SWAPPED.get(op, ()):
                yield _Edit(kind, start + at, start + at + len(op), other)

    def negated(self, condition: ast.Expr) -> Iterator[_Edit]:
        text = condition.span.text
        yield from self.replaced("negated condition", condition.span, f"!({text})")
        yield from self.replaced("condition always true", condition.span, "1")
        yield from self.replaced("condition always false", condition.span, "0")

    def edits(self, node: tuple[object, ...]) -> Iterator[_Edit]:
        match node:
            case ast.Binary(op, left, right, span):
                yield from self.operator(left.span.end, right.span.start, op, "other operator")
                if op in _DROPPABLE:
                    yield from self.replaced("dropped operand", span, f"({left.span.text})")
                    yield from self.replaced("dropped operand", span, f"({right.span.text})")
            case ast.Unary(op, operand, span) if op in "!~-":
                yield from self.replaced(f"dropped {op}", span, f"({operand.span.text})")
            case ast.Number(value, _, _, span):
                yield from self.replaced("other constant", span, f"{value + 1:#x}")
                if value:
                    yield from self.replaced("other constant", span, "0")
            case ast.Ident(name, _, span):
                yield from self.name(name, span)
            case ast.Conditional(condition, then, otherwise, span):
                yield from self.negated(condition)
                if then is not None:
                    swapped = f"({condition.span.text}) ? ({otherwise.span.text}) : ({then.span.text})"
                    yield from self.replaced("swapped branches", span, swapped)
            case ast.If(condition, then, otherwise, span):
                yield from self.negated(condition)
                if otherwise is not None:
                    one, other = self.whole(then.span), self.whole(otherwise.span)
                    if one is not None and other is not None:
                        middle = self.text[one[1] : other[0]]
                        swapped = f"{{ {otherwise.span.text} }}{middle}{{ {then.span.text} }}"
                        yield _Edit("swapped branches", one[0], other[1], swapped)
            case ast.While(condition) | ast.For(_, condition):
                if condition is not None:
                    yield from self.replaced("negated condition", condition.span, f"!({condition.span.text})")
            case ast.Assign(op, target, value, _):
                yield from self.operator(target.span.end, value.span.start, op, "other operator")
            case ast.IncDec(op, prefix, operand, span):
                start, end = (span.start, operand.span.start) if prefix else (operand.span.end, span.end)
                yield from self.operator(start, end, op, "other operator")
            case ast.Cast(_, operand, span):
                yield from self.replaced("dropped cast", span, f"({operand.span.text})")
            case ast.ExprStmt(expr, span):
                what = "store" if isinstance(expr, ast.Assign | ast.IncDec) else "call"
                yield from self.replaced(f"dropped {what}", span, ";")
            case ast.Break(span):
                yield from self.replaced("dropped break", span, ";")
            case ast.NamedType(_, span):
                yield from self.type(node)
            case _:
                pass

    def name(self, name: str, span: Span) -> Iterator[_Edit]:
        """A constant's name becomes another constant; a variable's name stays."""
        if name in _WORDS:
            yield from self.replaced("other constant", span, _WORDS[name])
            return
        try:
            value = self.version.types.constant(ast.Ident(name, ast.ANYTHING, span))
        except UnsupportedC:
            return
        yield from self.replaced("other constant", span, f"({name} + 1)" if value == 0 else "0")
        if value:
            yield from self.replaced("other constant", span, f"({name} << 1)")

    def type(self, node: ast.NamedType) -> Iterator[_Edit]:
        """An integer type becomes half as wide, or signed instead of unsigned."""
        try:
            type_ = self.version.types.resolve(node, "")
        except UnsupportedC:
            return
        if type_ == BOOL:
            yield from self.replaced("byte instead of a truth value", node.span, _UNSIGNED[8])
            return
        if not isinstance(type_, IntType) or type_.signed is None or type_.width not in _SIGNED:
            return
        same, other = (_SIGNED, _UNSIGNED) if type_.signed else (_UNSIGNED, _SIGNED)
        yield from self.replaced("other sign", node.span, other[type_.width])
        if type_.width in _NARROWER:
            yield from self.replaced("narrower type", node.span, same[_NARROWER[type_.width]])
