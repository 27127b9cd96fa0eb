"""tree-sitter's tree to ours; only the modules `convert*.py` know tree-sitter.

Takes a range of a source and what tells type names; returns nodes of `verify.syntax.ast`.  Raises `UnsupportedC` where
tree-sitter reports an error or a missing token, and makes a `Bad…` node of any construct it doesn't know: nothing is
skipped.  Trusted: that tree-sitter's tree is right where it reports no error and type names are marked
(`verify.syntax.prepare`); `tests/` prints trees back and compares them token by token.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar, cast

from verify.errors import UnsupportedC
from verify.patterns import pattern
from verify.source.text import Source, Span
from verify.syntax import ast
from verify.syntax.convert_declarations import HARMLESS_DIRECTIVES
from verify.syntax.convert_piece import IsType
from verify.syntax.convert_statements import Statements
from verify.syntax.index import DIRECTIVE_LINE
from verify.syntax.lexer import is_balanced
from verify.syntax.prepare import prepare

# They say nothing of the declaration that they stand in.
_DEFINITION_LINE = pattern(r"^[ \t]*#[ \t]*(?:define|undef)\b(?:[^\n\\]|\\.)*", re.M | re.S)
_FRAGMENT_HEAD = "void __f(void){"
_EXPRESSION_HEAD = _FRAGMENT_HEAD + "("

_Made = TypeVar("_Made")


def _kept(parse: Callable[[Source, int, int, IsType], _Made]) -> Callable[[Source, int, int, IsType], _Made]:
    """`parse` that does nothing twice: what it makes rests on the text, and on which of its words are types, alone."""

    def find(source: Source, start: int, end: int, is_type: IsType) -> _Made:
        known = source.parsed.setdefault((parse, start, end), [])
        for types, made in known:
            if all(is_type(word) is answer for word, answer in types.items()):
                return cast(_Made, made)
        asked: dict[str, bool] = {}

        def ask(word: str) -> bool:
            if word not in asked:
                asked[word] = is_type(word)
            return asked[word]

        made = parse(source, start, end, ask)
        known.append((asked, made))
        return made

    return find


@_kept
def convert_function(source: Source, start: int, end: int, is_type: IsType) -> ast.Function:
    """The function definition that is the text `start` to `end` of `source`, on no condition."""
    text = source.text[start:end]
    prepared = prepare(text, is_type, in_body=True, body_start=text.find("{"))
    converter = Converter(source, start, prepared, "", is_type, None)
    root = converter.parse()
    converter.refuse_errors(root)
    definitions = [n for n in root.named_children if n.type == "function_definition"]
    if len(definitions) != 1:
        raise UnsupportedC("this doesn't read as one function definition", Span(source, start, min(end, start + 60)))
    function = converter.function(definitions[0])
    converter.refuse_unused()
    return function


def convert_expression(
    source: Source, start: int, end: int, is_type: IsType, via: Span | None = None, text: str | None = None
) -> tuple[ast.Expr, int]:
    """The expression that is the text `start` to `end`, and how tightly it binds (ANYTHING, UNARY or PRIMARY).

    `text`, of the same length, is parsed in place of what stands there.
    """
    text = source.text[start:end] if text is None else text
    assert len(text) == end - start
    if not is_balanced(text) or not text.strip():
        raise UnsupportedC("this doesn't read as an expression", Span(source, start, max(end, start + 1), via))
    prepared = prepare(text, is_type, in_body=True)
    converter = Converter(source, start, prepared, _EXPRESSION_HEAD, is_type, via)
    root = converter.parse(");}")
    converter.refuse_errors(root)
    body = root.named_children[0].child_by_field_name("body") if root.named_children else None
    statements = body.named_children if body else []
    if len(statements) != 1 or statements[0].type != "expression_statement":
        raise UnsupportedC("this doesn't read as an expression", Span(source, start, end, via))
    wrapper = statements[0].named_children[0]
    if wrapper.type != "parenthesized_expression" or wrapper.end_byte != statements[0].end_byte - 1:
        raise UnsupportedC("this doesn't read as one expression", Span(source, start, end, via))
    if len(wrapper.named_children) == 1 and wrapper.named_children[0].type != "compound_statement":
        inner = wrapper.named_children[0]
        binds = ast.PRIMARY if inner.type in _TIGHT else ast.UNARY if inner.type in _UNARY else ast.ANYTHING
        found = converter.expression(inner), ast.UNARY if text.lstrip()[:1] in "-+" and binds else binds
    else:
        found = converter.expression(wrapper), ast.PRIMARY
    converter.refuse_unused()
    return found


def convert_type(span: Span, is_type: IsType) -> ast.TypeSyntax | None:
    """The type that the text of `span` names, or None if it is none."""
    text = span.source.text
    found = Converter(span.source, span.start, prepare("", is_type, in_body=True), "", is_type, span.via)
    type_ = found.type_or_expression(span.start, span.end) if is_balanced(text[span.start : span.end]) else None
    return type_ if isinstance(type_, ast.NamedType | ast.TagType) else None


def convert_initialiser(span: Span, is_type: IsType) -> ast.InitList:
    """The initialiser in braces that is the text of `span`."""
    prepared = prepare(span.source.text[span.start : span.end], is_type, in_body=True)
    converter = Converter(span.source, span.start, prepared, "struct __s __i = ", is_type, span.via)
    root = converter.parse(";")
    converter.refuse_errors(root)
    declared = [d for node in root.named_children if node.type == "declaration" for d in converter.declarators(node)]
    if len(declared) != 1 or not isinstance(declared[0].init, ast.InitList):
        raise UnsupportedC("this doesn't read as an initialiser", span)
    converter.refuse_unused()
    return declared[0].init


def convert_statements(source: Source, start: int, end: int, is_type: IsType, via: Span | None = None) -> ast.Block:
    """The statements that are the text `start` to `end`, as a block."""
    text = source.text[start:end]
    if not is_balanced(text):
        raise UnsupportedC("unbalanced brackets", Span(source, start, max(end, start + 1), via))
    prepared = prepare(text, is_type, in_body=True)
    converter = Converter(source, start, prepared, _FRAGMENT_HEAD, is_type, via)
    root = converter.parse("}")
    converter.refuse_errors(root)
    body = root.named_children[0].child_by_field_name("body")
    assert body is not None
    block = ast.Block(tuple(converter.items(body)), Span(source, start, end, via))
    converter.refuse_unused()
    return block


@_kept
def convert_declaration(source: Source, start: int, end: int, is_type: IsType) -> tuple[ast.Declarator, ...]:
    """The declarators of a top-level declaration or typedef; a bare `struct s { … };` gives one without a name."""
    text = _DEFINITION_LINE.sub(_blank, source.text[start:end])
    converter = Converter(source, start, prepare(text, is_type, in_body=False), "", is_type, None)
    root = converter.parse("" if text.rstrip().endswith(";") else ";")
    if root.has_error:
        split = _split_record(source, start, end, is_type)
        if split is None:
            converter.refuse_errors(root)
        else:
            return split
    found: list[ast.Declarator] = []
    for node in root.named_children:
        if node.type in ("declaration", "type_definition"):
            found.extend(converter.declarators(node))
        elif node.type in ("struct_specifier", "union_specifier", "enum_specifier"):
            found.append(ast.Declarator("", converter.base_type(node), None, (), converter.span(node)))
        elif node.type not in ("expression_statement", ";") and not node.type.startswith("preproc"):
            found.append(ast.Declarator("", ast.BadType("unknown declaration", converter.span(node)), None, (),
                                        converter.span(node)))  # fmt: skip
    return tuple(found)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _split_record(
    source: Source, start: int, end: int, is_type: IsType, via: Span | None = None
) -> tuple[ast.Declarator, ...] | None:
    """A struct or union that tree-sitter can't take whole: its members are parsed one at a time."""
    text = source.text[start:end]
    head = re.match(r"(?:\s|typedef\b|static\b|const\b)*(struct|union)\s+(\w+)?[^{;]*\{", text)
    closing = text.rfind("}")
    name = prepare(text[closing + 1 :], lambda _: False, in_body=False).text.strip("; \t\n")  # without annotations
    if not head or (name and not (name.isidentifier() and text.lstrip().startswith("typedef"))):
        return None
    members = tuple(_split_members(source, start + head.end(), start + closing, is_type, via))
    span = Span(source, start, end, via)
    record = ast.TagType(head.group(1), head.group(2), members, None, span)
    return (ast.Declarator(name, record, None, (), span),)


def convert_members(span: Span, is_type: IsType) -> Iterator[ast.Member]:
    """The members of a record that the text of `span` declares."""
    return _split_members(span.source, span.start, span.end, is_type, span.via)


def _split_members(
    source: Source, start: int, end: int, is_type: IsType, via: Span | None = None
) -> Iterator[ast.Member]:
    from verify.syntax.index import DIRECTIVE, Conditions
    from verify.syntax.lexer import without_comments

    text = without_comments(source.text[start:end])
    conditions = Conditions()
    depth = piece_start = 0
    for token in re.finditer(DIRECTIVE_LINE.pattern + "|[{}();]", text, re.M | re.S):
        symbol = token.group()
        if symbol.lstrip()[0] == "#":
            directive = DIRECTIVE.match(symbol)
            if directive and depth == 0:
                conditions.directive(directive.group(1), directive.group(2).strip())
                if not text[piece_start : token.start()].strip():
                    piece_start = token.end()
                if directive.group(1) not in HARMLESS_DIRECTIVES:
                    span = Span(source, start + token.start(), start + token.end(), via)
                    bad = ast.BadType(f"#{directive.group(1)} among members isn't supported", span)
                    yield ast.Member(None, bad, None, conditions.text, span)
            continue
        depth += (symbol in "{(") - (symbol in "})")
        if symbol == ";" and depth == 0:
            lead = len(text[piece_start : token.end()]) - len(text[piece_start : token.end()].lstrip())
            piece = start + piece_start + lead
            yield from _member_piece(source, piece, start + token.end(), is_type, conditions.text, via)
            piece_start = token.end()
    if DIRECTIVE_LINE.sub("", text[piece_start:]).strip():
        span = Span(source, start + piece_start, end, via)
        yield ast.Member(None, ast.BadType("a member without `;` isn't understood", span), None, conditions.text, span)


def _member_piece(
    source: Source, start: int, end: int, is_type: IsType, condition: str, via: Span | None
) -> Iterator[ast.Member]:
    prepared = prepare(source.text[start:end], is_type, in_body=False)
    converter = Converter(source, start, prepared, "struct __s {", is_type, via)
    root = converter.parse("};")
    members = None
    if not root.has_error and len(root.named_children) == 1 and root.named_children[0].type == "struct_specifier":
        members = converter.base_type(root.named_children[0])
    if isinstance(members, ast.TagType) and members.members is not None:
        yield from (m._replace(condition=condition or m.condition) for m in members.members)
        return
    span = Span(source, start, end, via)
    split = _split_record(source, start, end - 1, is_type, via)
    name = re.search(r"\}\s*(\w+)\s*;$", source.text[start:end])
    if split is not None or name:
        head = re.match(r"\s*(struct|union)\s*(\w+)?[^{;]*\{", source.text[start:end])
        if head:
            inner = tuple(
                _split_members(source, start + head.end(), start + source.text[start:end].rfind("}"), is_type, via)
            )
            tag = ast.TagType(head.group(1), head.group(2), inner, None, span)
            yield ast.Member(name.group(1) if name else None, tag, None, condition, span)
            return
    guess = re.search(r"(\w+)\s*(?:\[[^\]]*\]\s*)*;$", source.text[start:end]) or re.search(r"\(\s*(\w+)", span.text)
    bad = ast.BadType("this member isn't understood", span)
    yield ast.Member(guess.group(1) if guess else None, bad, None, condition, span)


_UNARY = frozenset("unary_expression pointer_expression cast_expression sizeof_expression update_expression".split())
_TIGHT = frozenset(
    """identifier number_literal char_literal string_literal concatenated_string call_expression field_expression
    subscript_expression parenthesized_expression generic_expression true false null""".split()
)


class Converter(Statements):
    """Converts one prepared piece, and what a macro's arguments in it may be."""

    def type_or_expression(self, start: int, end: int) -> ast.Expr | ast.TypeSyntax:
        try:
            text = self.source.text[start:end]
            prepared = prepare(text, self.is_type, in_body=True)
            if prepared.cleanups:
                return ast.BadType(
                    "this attribute may change what the code does", Span(self.source, start, end, self.via)
                )
            inner = Converter(self.source, start, prepared, _FRAGMENT_HEAD + "sizeof(", self.is_type, self.via)
            root = inner.parse(");}")
            if not root.has_error:
                stack = [root]
                while stack:
                    node = stack.pop()
                    if node.type == "sizeof_expression" and (type_node := node.child_by_field_name("type")):
                        return inner.type_descriptor(type_node)
                    if node.type == "sizeof_expression":
                        break
                    stack.extend(node.named_children)
            return convert_expression(self.source, start, end, self.is_type, self.via)[0]
        except UnsupportedC as error:
            return ast.BadType(error.message, Span(self.source, start, end, self.via))
