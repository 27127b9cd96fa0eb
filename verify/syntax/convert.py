"""tree-sitter's tree to ours; the only module that knows tree-sitter.

Takes a range of a source and what tells type names; returns nodes of `verify.syntax.ast`.  Raises `UnsupportedC` where
tree-sitter reports an error or a missing token, and makes a `Bad…` node of any construct it doesn't know: nothing is
skipped.  Trusted: that tree-sitter's tree is right where it reports no error and type names are marked
(`verify.syntax.prepare`); `tests/` prints trees back and compares them token by token.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, TypeVar, cast

from verify.errors import InternalError, UnsupportedC
from verify.patterns import pattern
from verify.source.text import Source, Span
from verify.syntax import ast
from verify.syntax.lexer import is_balanced
from verify.syntax.prepare import (
    ARGUMENT_PREFIX,
    FOR_EACH_PREFIX,
    REFUSED,
    TYPE_PREFIX,
    TYPEOF_PREFIX,
    Prepared,
    prepare,
)

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_NUMBER = pattern(r"(0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)([uUlL]*)")
# What may stand among members, or enumerators, and adds none.
_HARMLESS_DIRECTIVES = frozenset("if ifdef ifndef elif else endif define undef error warning line pragma".split())
_HARMLESS = frozenset(("preproc_def", "preproc_function_def", "preproc_call", "comment"))
_MOST_DIGITS = 100  # no number of 64 bits needs more
_ESCAPES = {"n": 10, "t": 9, "r": 13, "0": 0, "a": 7, "b": 8, "f": 12, "v": 11, "\\": 92, "'": 39, '"': 34, "?": 63}
_SIZE_WORDS = ("char", "short", "int", "long", "float", "double", "_Bool", "bool", "void", "__int128")
# The parents of an expression that bind looser than any operator.
_ISOLATING = frozenset(
    """parenthesized_expression argument_list return_statement expression_statement initializer_list
    translation_unit""".split()
)
_ISOLATING_FIELDS = {
    "assignment_expression": "right",
    "init_declarator": "value",
    "subscript_expression": "index",
    "case_statement": "value",
    "for_statement": "condition",
    "initializer_pair": "value",
}
_POSTFIX = frozenset(("subscript_expression", "field_expression", "call_expression", "update_expression"))
_DIRECTIVE_LINE = pattern(r"^[ \t]*#(?:[^\n\\]|\\.)*", re.M | re.S)
_FRAGMENT_HEAD = "void __f(void){"
_EXPRESSION_HEAD = _FRAGMENT_HEAD + "("

IsType = Callable[[str], bool]
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


@cache
def _parser() -> Parser:
    from tree_sitter import Language, Parser

    return Parser(Language(_grammar()))


def _grammar() -> object:
    """tree-sitter-c's grammar.

    The package's own `__init__` imports importlib.resources for files that we don't need, which costs 16 ms; so the
    extension module in it is loaded alone.
    """
    from importlib.machinery import PathFinder
    from importlib.util import find_spec, module_from_spec

    package = find_spec("tree_sitter_c")
    found = PathFinder.find_spec("_binding", list(package.submodule_search_locations or ())) if package else None
    if found is None or found.loader is None:
        raise InternalError(
            "tree-sitter-c isn't installed as expected", hint="pip install --force-reinstall tree-sitter-c"
        )
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module.language()


def parse_literal(text: str, span: Span) -> ast.Number | None:
    """The integer literal that is `text` (C17 6.4.4.1, and GNU's binary ones), or None if it is something else."""
    match = _NUMBER.fullmatch(text)
    if not match:
        return None
    digits = match.group(1)
    octal = len(digits) > 1 and digits.startswith("0") and digits.isdigit()
    suffix = "".join(sorted(match.group(2).lower()))
    if (octal and set(digits) & set("89")) or suffix not in ("", "u", "l", "lu", "ll", "llu"):
        return None
    if len(digits) > _MOST_DIGITS:
        return None
    value = int(digits, 8) if octal else int(digits, 0)
    return ast.Number(value, suffix, digits.isdigit() and not octal, span)


@_kept
def convert_function(source: Source, start: int, end: int, is_type: IsType) -> ast.Function:
    """The function definition that is the text `start` to `end` of `source`, on no condition."""
    text = source.text[start:end]
    prepared = prepare(text, is_type, in_body=True, body_start=text.find("{"))
    converter = _Converter(source, start, prepared, "", is_type, None)
    root = converter.parse()
    converter.refuse_errors(root)
    definitions = [n for n in root.named_children if n.type == "function_definition"]
    if len(definitions) != 1:
        raise UnsupportedC("this doesn't read as one function definition", Span(source, start, min(end, start + 60)))
    return converter.function(definitions[0])


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
    converter = _Converter(source, start, prepared, _EXPRESSION_HEAD, is_type, via)
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
        return converter.expression(inner), ast.UNARY if text.lstrip()[:1] in "-+" and binds else binds
    return converter.expression(wrapper), ast.PRIMARY


def convert_statements(source: Source, start: int, end: int, is_type: IsType, via: Span | None = None) -> ast.Block:
    """The statements that are the text `start` to `end`, as a block."""
    text = source.text[start:end]
    if not is_balanced(text):
        raise UnsupportedC("unbalanced brackets", Span(source, start, max(end, start + 1), via))
    prepared = prepare(text, is_type, in_body=True)
    converter = _Converter(source, start, prepared, _FRAGMENT_HEAD, is_type, via)
    root = converter.parse("}")
    converter.refuse_errors(root)
    body = root.named_children[0].child_by_field_name("body")
    assert body is not None
    return ast.Block(tuple(converter.items(body)), Span(source, start, end, via))


@_kept
def convert_declaration(source: Source, start: int, end: int, is_type: IsType) -> tuple[ast.Declarator, ...]:
    """The declarators of a top-level declaration or typedef; a bare `struct s { … };` gives one without a name."""
    text = source.text[start:end]
    converter = _Converter(source, start, prepare(text, is_type, in_body=False), "", is_type, None)
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


def _split_record(source: Source, start: int, end: int, is_type: IsType) -> tuple[ast.Declarator, ...] | None:
    """A struct or union that tree-sitter can't take whole: its members are parsed one at a time."""
    text = source.text[start:end]
    head = re.match(r"(?:\s|typedef\b|static\b|const\b)*(struct|union)\s+(\w+)?[^{;]*\{", text)
    if not head or text.rstrip().rstrip(";").rstrip()[-1:] != "}":
        return None
    members = tuple(_split_members(source, start + head.end(), start + text.rfind("}"), is_type))
    span = Span(source, start, end)
    return (ast.Declarator("", ast.TagType(head.group(1), head.group(2), members, None, span), None, (), span),)


def _split_members(source: Source, start: int, end: int, is_type: IsType) -> Iterator[ast.Member]:
    from verify.syntax.index import DIRECTIVE, Conditions
    from verify.syntax.lexer import without_comments

    text = without_comments(source.text[start:end])
    conditions = Conditions()
    depth = piece_start = 0
    for token in re.finditer(_DIRECTIVE_LINE.pattern + "|[{}();]", text, re.M | re.S):
        symbol = token.group()
        if symbol.lstrip()[0] == "#":
            directive = DIRECTIVE.match(symbol)
            if directive and depth == 0:
                conditions.directive(directive.group(1), directive.group(2).strip())
                if not text[piece_start : token.start()].strip():
                    piece_start = token.end()
                if directive.group(1) not in _HARMLESS_DIRECTIVES:
                    span = Span(source, start + token.start(), start + token.end())
                    bad = ast.BadType(f"#{directive.group(1)} among members isn't supported", span)
                    yield ast.Member(None, bad, None, conditions.text, span)
            continue
        depth += (symbol in "{(") - (symbol in "})")
        if symbol == ";" and depth == 0:
            lead = len(text[piece_start : token.end()]) - len(text[piece_start : token.end()].lstrip())
            yield from _member_piece(source, start + piece_start + lead, start + token.end(), is_type, conditions.text)
            piece_start = token.end()
    if _DIRECTIVE_LINE.sub("", text[piece_start:]).strip():
        span = Span(source, start + piece_start, end)
        yield ast.Member(None, ast.BadType("a member without `;` isn't understood", span), None, conditions.text, span)


def _member_piece(source: Source, start: int, end: int, is_type: IsType, condition: str) -> Iterator[ast.Member]:
    prepared = prepare(source.text[start:end], is_type, in_body=False)
    converter = _Converter(source, start, prepared, "struct __s {", is_type, None)
    root = converter.parse("};")
    members = None
    if not root.has_error and len(root.named_children) == 1 and root.named_children[0].type == "struct_specifier":
        members = converter.base_type(root.named_children[0])
    if isinstance(members, ast.TagType) and members.members is not None:
        yield from (m._replace(condition=condition or m.condition) for m in members.members)
        return
    span = Span(source, start, end)
    split = _split_record(source, start, end - 1, is_type)
    name = re.search(r"\}\s*(\w+)\s*;$", source.text[start:end])
    if split is not None or name:
        head = re.match(r"\s*(struct|union)\s*(\w+)?[^{;]*\{", source.text[start:end])
        if head:
            inner = tuple(
                _split_members(source, start + head.end(), start + source.text[start:end].rfind("}"), is_type)
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
    subscript_expression parenthesized_expression true false null""".split()
)


class _Converter:
    """Converts the tree of one prepared piece; every `Span` it makes is in the original source."""

    def __init__(
        self, source: Source, base: int, prepared: Prepared, head: str, is_type: IsType, via: Span | None
    ) -> None:
        self.source = source
        self.base = base
        self.prepared = prepared
        self.head = len(head)
        self.head_text = head
        self.is_type = is_type
        self.via = via
        self.text = b""
        self._starts, self._ends = prepared.starts, prepared.ends

    def parse(self, tail: str = "") -> Node:
        self.text = (self.head_text + self.prepared.text + tail).encode("ascii", "replace")
        return _parser().parse(self.text).root_node

    def span(self, node: Node) -> Span:
        start, end = node.start_byte - self.head, node.end_byte - self.head - 1
        limit = len(self._starts) - 1
        if start < 0 or end < start or end > limit:  # a part of what was put around the text
            if limit < 0:
                return Span(self.source, self.base, self.base + 1, self.via)
            start, end = min(max(start, 0), limit), min(max(end, 0), limit)
        first, last = self._starts[start], self._ends[end]
        return Span(self.source, self.base + first, self.base + (last if last > first else first + 1), self.via)

    def refuse_errors(self, node: Node) -> None:
        """Raises `UnsupportedC` at the first error or missing token below `node`."""
        if not node.has_error:
            return
        refused = self.prepared.text.find(REFUSED)
        if refused >= 0:
            starts, ends = self.prepared.starts, self.prepared.ends
            span = Span(self.source, self.base + starts[refused], self.base + ends[refused], self.via)
            raise UnsupportedC("this attribute may change what the code does", span, "Only harmless ones are known.")
        stack = [node]
        while stack:
            current = stack.pop()
            if current.is_error or current.is_missing:
                raise UnsupportedC("this C can't be parsed", self.span(current), "See README, “The C subset”.")
            stack.extend(reversed([c for c in current.children if c.has_error or c.is_missing]))
        raise UnsupportedC("this C can't be parsed", self.span(node))

    def word(self, node: Node) -> str:
        return self.text[node.start_byte : node.end_byte].decode()

    # ------------------------------------------------------------------------------------------------ declarations

    def function(self, node: Node) -> ast.Function:
        base, storage = self.specifiers(node)
        declarator = node.child_by_field_name("declarator")
        body = node.child_by_field_name("body")
        if declarator is None or body is None:
            raise UnsupportedC("this doesn't read as a function definition", self.span(node))
        name, type_, _ = self.declarator(declarator, base)
        if not isinstance(type_, ast.FunctionType):
            raise UnsupportedC("this doesn't read as a function definition", self.span(node))
        block = ast.Block(tuple(self.items(body)), self.span(body))
        return ast.Function(name, type_.returns, type_.params, type_.variadic, storage, block, "", self.span(node))

    def specifiers(self, node: Node) -> tuple[ast.TypeSyntax, tuple[str, ...]]:
        """The base type and the storage words of a declaration."""
        storage: list[str] = []
        base: ast.TypeSyntax | None = None
        type_node = node.child_by_field_name("type")
        for child in node.children:
            if child.type in ("storage_class_specifier", "type_qualifier"):
                storage.append(self.word(child))
            elif child.type in ("attribute_specifier", "ms_declspec_modifier", "alignas_qualifier"):
                base = ast.BadType("this attribute isn't understood", self.span(child))
        if base is None:
            base = self.base_type(type_node) if type_node else ast.BadType("no type", self.span(node))
        return base, tuple(storage)

    def base_type(self, node: Node) -> ast.TypeSyntax:
        kind = node.type
        span = self.span(node)
        if kind in ("struct_specifier", "union_specifier", "enum_specifier"):
            return self.tag_type(node, kind.split("_")[0])
        if kind in ("primitive_type", "sized_type_specifier"):
            return ast.NamedType(_canonical_type(self.word(node).split()), span)
        if kind == "type_identifier":
            return ast.NamedType(self.word(node), span)
        return ast.BadType(f"this type isn't understood ({kind.replace('_', ' ')})", span)

    def tag_type(self, node: Node, kind: str) -> ast.TypeSyntax:
        name_node = node.child_by_field_name("name")
        body = node.child_by_field_name("body")
        tag = self.word(name_node) if name_node else None
        span = self.span(node)
        if tag and tag.startswith(TYPE_PREFIX):
            return ast.NamedType(tag.removeprefix(TYPE_PREFIX), span)
        if tag and tag.startswith(TYPEOF_PREFIX):
            start, end = self.prepared.typeofs[int(tag.removeprefix(TYPEOF_PREFIX))]
            return ast.TypeofType(self.type_or_expression(self.base + start, self.base + end), span)
        if body is None:
            return ast.TagType(kind, tag, None, None, span)
        if kind == "enum":
            return ast.TagType(kind, tag, None, tuple(self.enumerators(body, "")), span)
        return ast.TagType(kind, tag, tuple(self.members(body, "")), None, span)

    def type_or_expression(self, start: int, end: int) -> ast.Expr | ast.TypeSyntax:
        try:
            text = self.source.text[start:end]
            prepared = prepare(text, self.is_type, in_body=True)
            inner = _Converter(self.source, start, prepared, _FRAGMENT_HEAD + "sizeof(", self.is_type, self.via)
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

    def enumerators(self, node: Node, condition: str) -> Iterator[ast.Enumerator]:
        for child in node.named_children:
            if child.type == "enumerator":
                name = child.child_by_field_name("name")
                value = child.child_by_field_name("value")
                assert name is not None
                yield ast.Enumerator(
                    self.word(name), self.expression(value) if value else None, condition, self.span(child)
                )
            elif child.type.startswith("preproc_if") or child.type in ("preproc_else", "preproc_elif"):
                for part, parts in self.branches(child):
                    for inner in parts:
                        if inner.type == "enumerator":
                            name = inner.child_by_field_name("name")
                            value = inner.child_by_field_name("value")
                            assert name is not None
                            yield ast.Enumerator(self.word(name), self.expression(value) if value else None,
                                                 _both(condition, part), self.span(inner))  # fmt: skip
                        elif not self.adds_nothing(inner):
                            yield self.unknown_enumerator(inner, _both(condition, part))
            elif not self.adds_nothing(child):
                yield self.unknown_enumerator(child, condition)

    def adds_nothing(self, node: Node) -> bool:
        """True for what may stand among members or enumerators without adding any."""
        directive = node.child_by_field_name("directive") if node.type == "preproc_call" else None
        return node.type in _HARMLESS and (
            directive is None or self.word(directive).lstrip("# \t") in _HARMLESS_DIRECTIVES
        )

    def unknown_enumerator(self, node: Node, condition: str) -> ast.Enumerator:
        """What may be any number of enumerators: those behind it without a value are unknown."""
        span = self.span(node)
        return ast.Enumerator("", ast.BadExpr("this enumerator isn't understood", span), condition, span)

    def members(self, node: Node, condition: str) -> Iterator[ast.Member]:
        for child in node.named_children:
            if child.type == "field_declaration":
                yield from self.member(child, condition)
            elif child.type.startswith("preproc_if"):
                for part, parts in self.branches(child):
                    for inner in parts:
                        if inner.type == "field_declaration":
                            yield from self.member(inner, _both(condition, part))
                        elif inner.type.startswith("preproc_if"):
                            yield ast.Member(None, ast.BadType("nested #if", self.span(inner)), None,
                                             _both(condition, part), self.span(inner))  # fmt: skip
                        elif not self.adds_nothing(inner):
                            bad = ast.BadType("this member isn't understood", self.span(inner))
                            yield ast.Member(None, bad, None, _both(condition, part), self.span(inner))
            elif not self.adds_nothing(child):
                yield ast.Member(
                    None, ast.BadType("this member isn't understood", self.span(child)), None, "", self.span(child)
                )

    def member(self, node: Node, condition: str) -> Iterator[ast.Member]:
        base, _ = self.specifiers(node)
        span = self.span(node)
        pending: tuple[str | None, ast.TypeSyntax] | None = None
        after_type = False
        seen = False
        type_node = node.child_by_field_name("type")
        for child in node.children:
            if type_node is not None and child.start_byte == type_node.start_byte:
                after_type = True
                continue
            if not after_type:
                continue
            if child.type == "bitfield_clause":
                bits = self.expression(child.named_children[0])
                name, type_ = pending or (None, base)
                yield ast.Member(None if name == "__unnamed" else name, type_, bits, condition, span)
                pending, seen = None, True
            elif child.is_named and child.type not in ("type_qualifier", "comment"):
                if pending:
                    yield ast.Member(pending[0], pending[1], None, condition, span)
                name, type_, _ = self.declarator(child, base)
                pending, seen = (name, type_), True
        if pending:
            yield ast.Member(pending[0], pending[1], None, condition, span)
        elif not seen:
            yield ast.Member(None, base, None, condition, span)

    def declarators(self, node: Node) -> Iterator[ast.Declarator]:
        """The declarators of a `declaration` or `type_definition`."""
        base, storage = self.specifiers(node)
        if node.type == "type_definition":
            storage = (*storage, "typedef")
        found = False
        for child in node.children_by_field_name("declarator"):
            found = True
            name, type_, init = self.declarator(child, base)
            yield ast.Declarator(name, type_, init, storage, self.span(child))
        if not found:
            yield ast.Declarator("", base, None, storage, self.span(node))

    def declarator(self, node: Node, base: ast.TypeSyntax) -> tuple[str, ast.TypeSyntax, ast.Expr | None]:
        """The name, the type and the initialiser of one declarator over `base` (C17 6.7.6)."""
        kind = node.type
        span = self.span(node)
        if kind in ("identifier", "field_identifier", "type_identifier", "primitive_type"):
            return self.word(node), base, None
        if kind == "init_declarator":
            inner = node.child_by_field_name("declarator")
            value = node.child_by_field_name("value")
            assert inner is not None and value is not None
            name, type_, _ = self.declarator(inner, base)
            return name, type_, self.expression(value)
        if kind in ("parenthesized_declarator", "abstract_parenthesized_declarator"):
            return self.declarator(node.named_children[-1], base)
        inner = node.child_by_field_name("declarator")
        if kind in ("pointer_declarator", "abstract_pointer_declarator"):
            qualifiers = {self.word(c) for c in node.named_children if c.type == "type_qualifier"}
            wrapped: ast.TypeSyntax = ast.PointerType(
                base, span, "const" in qualifiers and "volatile" not in qualifiers
            )
        elif kind in ("array_declarator", "abstract_array_declarator"):
            size = node.child_by_field_name("size")
            wrapped = ast.ArrayType(base, self.expression(size) if size else None, span)
        elif kind in ("function_declarator", "abstract_function_declarator"):
            params, variadic = self.params(node)
            wrapped = ast.FunctionType(base, params, variadic, span)
        else:
            return "", ast.BadType(f"this declarator isn't understood ({kind.replace('_', ' ')})", span), None
        return self.declarator(inner, wrapped) if inner else ("", wrapped, None)

    def params(self, node: Node) -> tuple[tuple[ast.Param, ...], bool]:
        listing = node.child_by_field_name("parameters")
        found: list[ast.Param] = []
        variadic = False
        for child in listing.named_children if listing else []:
            if child.type == "variadic_parameter":
                variadic = True
            elif child.type == "parameter_declaration":
                base, _ = self.specifiers(child)
                inner = child.child_by_field_name("declarator")
                name, type_, _ = self.declarator(inner, base) if inner else ("", base, None)
                found.append(ast.Param(name or None, type_, self.span(child)))
            elif child.type != "comment":
                span = self.span(child)
                found.append(ast.Param(None, ast.BadType("this parameter isn't understood", span), span))
        if len(found) == 1 and found[0].name is None and getattr(found[0].type, "name", "") == "void":
            found = []
        return tuple(found), variadic

    def type_descriptor(self, node: Node) -> ast.TypeSyntax:
        base, _ = self.specifiers(node)
        inner = node.child_by_field_name("declarator")
        return self.declarator(inner, base)[1] if inner else base

    # -------------------------------------------------------------------------------------------------- statements

    def branches(self, node: Node) -> list[tuple[str, list[Node]]]:
        """Each branch of a `#if` with the text of its own condition, given that those before it are false."""
        found: list[tuple[str, list[Node]]] = []
        before = ""
        current: Node | None = node
        while current is not None:
            condition = self.directive_condition(current)
            alternative = current.child_by_field_name("alternative")
            head = {c.id for c in (current.child_by_field_name("condition"), current.child_by_field_name("name")) if c}
            parts = [
                c
                for c in current.named_children
                if c.id not in head and (alternative is None or c.id != alternative.id)
            ]
            found.append((_both(before, condition), parts))
            before = _both(before, f"!({condition})") if condition else before
            current = alternative
        return found

    def directive_condition(self, node: Node) -> str:
        if node.type == "preproc_else":
            return ""
        name = node.child_by_field_name("name")
        if name is not None:
            return f"{'!' if node.children[0].type.endswith('ndef') else ''}defined({self.word(name)})"
        condition = node.child_by_field_name("condition")
        return self.word(condition) if condition else ""

    def items(self, node: Node) -> Iterator[ast.Stmt]:
        for child in node.named_children:
            yield from self.statement(child)

    def statement(self, node: Node) -> Iterator[ast.Stmt]:
        """One statement of the tree as one or more of ours: labels become items of their own."""
        kind = node.type
        span = self.span(node)
        if kind == "expression_statement":
            if node.named_children:
                yield ast.ExprStmt(self.expression(node.named_children[0]), span)
        elif kind == "declaration":
            yield ast.Declaration(tuple(self.declarators(node)), span)
        elif kind == "compound_statement":
            yield ast.Block(tuple(self.items(node)), span)
        elif kind == "if_statement":
            yield self.if_statement(node)
        elif kind == "return_statement":
            value = node.named_children[0] if node.named_children else None
            yield ast.Return(self.expression(value) if value else None, span)
        elif kind == "switch_statement":
            value, body = self.field(node, "condition"), self.field(node, "body")
            items = self.items(body) if body.type == "compound_statement" else self.statement(body)
            yield ast.Switch(self.expression(value), tuple(items), span)
        elif kind == "case_statement":
            yield from self.case(node)
        elif kind == "labeled_statement":
            label = self.field(node, "label")
            yield ast.Label(self.word(label), self.span(label))
            for child in node.named_children:
                if child.id != label.id:
                    yield from self.statement(child)
        elif kind == "while_statement":
            body = self.single(self.field(node, "body"))
            yield ast.While(self.expression(self.field(node, "condition")), body, False, span)
        elif kind == "do_statement":
            body = self.single(self.field(node, "body"))
            yield ast.While(self.expression(self.field(node, "condition")), body, True, span)
        elif kind == "for_statement":
            yield self.for_statement(node)
        elif kind == "break_statement":
            yield ast.Break(span)
        elif kind == "continue_statement":
            yield ast.Continue(span)
        elif kind == "goto_statement":
            yield ast.Goto(self.word(self.field(node, "label")), span)
        elif kind in ("preproc_if", "preproc_ifdef"):
            yield self.config_if(node)
        elif kind == "preproc_include":  # not a BadStmt: what it includes may hold labels, also where nothing else gets
            raise UnsupportedC("an #include within a function isn't supported", span)
        elif kind in ("struct_specifier", "union_specifier", "enum_specifier"):
            declarator = ast.Declarator("", self.base_type(node), None, (), span)
            yield ast.Declaration((declarator,), span)
        elif kind not in ("preproc_def", "preproc_function_def", "comment"):
            yield ast.BadStmt(f"this statement isn't understood ({kind.replace('_', ' ')})", span)

    def field(self, node: Node, name: str) -> Node:
        found = node.child_by_field_name(name)
        if found is None:
            raise UnsupportedC("this C can't be parsed", self.span(node))
        return found

    def single(self, node: Node) -> ast.Stmt:
        found = tuple(self.statement(node))
        return found[0] if len(found) == 1 else ast.Block(found, self.span(node))

    def if_statement(self, node: Node) -> ast.Stmt:
        alternative = node.child_by_field_name("alternative")
        otherwise = self.single(alternative.named_children[0]) if alternative else None
        condition = self.expression(self.field(node, "condition"))
        return ast.If(condition, self.single(self.field(node, "consequence")), otherwise, self.span(node))

    def for_statement(self, node: Node) -> ast.Stmt:
        init_node = node.child_by_field_name("initializer")
        condition, update = node.child_by_field_name("condition"), node.child_by_field_name("update")
        if init_node is not None and init_node.type == "call_expression":
            head = self.expression(init_node)
            if isinstance(head, ast.Call) and isinstance(head.function, ast.Ident):
                name = head.function.name.removeprefix(FOR_EACH_PREFIX)
                if name != head.function.name:
                    head = head._replace(function=head.function._replace(name=name))
                    return ast.ForEach(head, self.single(self.field(node, "body")), self.span(node))
        init: ast.Stmt | None = None
        if init_node is not None:
            if init_node.type == "declaration":
                init = self.single(init_node)
            else:
                init = ast.ExprStmt(self.expression(init_node), self.span(init_node))
        return ast.For(
            init,
            self.expression(condition) if condition else None,
            self.expression(update) if update else None,
            self.single(self.field(node, "body")),
            self.span(node),
        )

    def case(self, node: Node) -> Iterator[ast.Stmt]:
        value = node.child_by_field_name("value")
        span = self.span(node)
        if value is None:
            yield ast.Default(Span(self.source, span.start, span.start + len("default"), self.via))
        elif value.type == "binary_expression" and self.is_range(value):
            low, high = self.field(value, "left"), self.field(value, "right")
            yield ast.Case(self.expression(low), self.expression(high), self.span(value))
        else:
            yield ast.Case(self.expression(value), None, self.span(value))
        for child in node.named_children:
            if value is None or child.id != value.id:
                yield from self.statement(child)

    def is_range(self, node: Node) -> bool:
        operator = node.child_by_field_name("operator")
        if operator is None:
            return False
        start = self.base + self.prepared.starts[operator.start_byte - self.head]
        return self.source.text[start : start + 3] == "..."

    def config_if(self, node: Node) -> ast.Stmt:
        branches = self.branches(node)
        condition, parts = branches[0]
        otherwise: tuple[ast.Stmt, ...] = ()
        alternative = node.child_by_field_name("alternative")
        if alternative is not None:
            if alternative.type == "preproc_else":
                otherwise = tuple(s for c in branches[-1][1] for s in self.statement(c))
            else:
                otherwise = (self.config_if(alternative),)
        then = tuple(s for c in parts for s in self.statement(c))
        return ast.ConfigIf(condition, then, otherwise, self.span(node))

    # ------------------------------------------------------------------------------------------------- expressions

    def expression(self, node: Node) -> ast.Expr:
        handler = _HANDLERS.get(node.type)
        if handler is None:
            return ast.BadExpr(f"this expression isn't understood ({node.type.replace('_', ' ')})", self.span(node))
        return handler(self, node)

    def binding(self, node: Node) -> int:
        """How tightly the text of a macro that stands at `node` must bind."""
        parent = node.parent
        if parent is None:
            return ast.ANYTHING
        kind = parent.type
        if kind in _ISOLATING:
            return ast.ANYTHING
        if kind in _ISOLATING_FIELDS:
            found = parent.child_by_field_name(_ISOLATING_FIELDS[kind])
            if found is not None and found.id == node.id:
                return ast.ANYTHING
        return ast.PRIMARY if kind in _POSTFIX else ast.UNARY

    def parenthesized(self, node: Node) -> ast.Expr:
        inner = node.named_children
        if len(inner) != 1:
            return ast.BadExpr("this expression isn't understood", self.span(node))
        if inner[0].type == "compound_statement":
            block = ast.Block(tuple(self.items(inner[0])), self.span(inner[0]))
            return ast.StatementExpr(block, self.span(node))
        return self.expression(inner[0])

    def identifier(self, node: Node) -> ast.Expr:
        word = self.word(node)
        if word.startswith(ARGUMENT_PREFIX):
            start, end = (self.base + int(n) for n in word.removeprefix(ARGUMENT_PREFIX).split("_"))
            found = self.type_or_expression(start, end)
            span = Span(self.source, start, end, self.via)
            if isinstance(found, ast.TypeSyntax):
                return ast.TypeArgument(found, span)
            return ast.BadExpr("this argument isn't understood", span)
        return ast.Ident(word, self.binding(node), self.span(node))

    def number(self, node: Node) -> ast.Expr:
        word = self.word(node)
        span = self.span(node)
        literal = parse_literal(word.lstrip("-+"), span)
        if literal is None:
            return ast.BadExpr("not an integer literal", span)
        return ast.Unary("-", literal, span) if word.startswith("-") else literal

    def character(self, node: Node) -> ast.Expr:
        body = self.word(node)
        span = self.span(node)
        if not body.startswith("'"):
            return ast.BadExpr("wide character literals aren't supported", span)
        body = body[1:-1]
        if len(body) == 1:
            return ast.Character(ord(body), span)
        if body[:1] == "\\" and len(body) == 2 and body[1] in _ESCAPES:
            return ast.Character(_ESCAPES[body[1]], span)
        return ast.BadExpr("this character literal isn't supported", span)

    def string(self, node: Node) -> ast.Expr:
        return ast.String(self.span(node).text, self.span(node))

    def unary(self, node: Node) -> ast.Expr:
        operator, operand = self.field(node, "operator"), self.field(node, "argument")
        return ast.Unary(self.word(operator), self.expression(operand), self.span(node))

    def update(self, node: Node) -> ast.Expr:
        operator, operand = self.field(node, "operator"), self.field(node, "argument")
        prefix = operator.start_byte < operand.start_byte
        if prefix:
            return ast.IncDec(self.word(operator), True, self.expression(operand), self.span(node))
        return self.postfix(operand, self.word(operator), self.span(node))

    def postfix(self, node: Node, operator: str, span: Span) -> ast.Expr:
        """`-x++` is -(x++): postfix operators bind tighter, though tree-sitter takes it for (-x)++."""
        if node.type in ("unary_expression", "pointer_expression"):
            operand = self.postfix(self.field(node, "argument"), operator, span)
            return ast.Unary(self.word(self.field(node, "operator")), operand, span)
        operand = self.expression(node)
        if isinstance(operand, ast.Ident | ast.Call):
            operand = operand._replace(binding=ast.PRIMARY)
        return ast.IncDec(operator, False, operand, span._replace(start=self.span(node).start))

    def binary(self, node: Node) -> ast.Expr:
        if self.is_range(node):
            return ast.BadExpr("a range outside of a case label", self.span(node))
        operator = self.word(self.field(node, "operator"))
        left, right = self.expression(self.field(node, "left")), self.expression(self.field(node, "right"))
        return ast.Binary(operator, left, right, self.span(node))

    def conditional(self, node: Node) -> ast.Expr:
        then = node.child_by_field_name("consequence")
        return ast.Conditional(
            self.expression(self.field(node, "condition")),
            self.expression(then) if then else None,
            self.expression(self.field(node, "alternative")),
            self.span(node),
        )

    def assignment(self, node: Node) -> ast.Expr:
        operator = self.word(self.field(node, "operator"))
        target, value = self.expression(self.field(node, "left")), self.expression(self.field(node, "right"))
        return ast.Assign(operator, target, value, self.span(node))

    def call(self, node: Node) -> ast.Expr:
        function = self.field(node, "function")
        span = self.span(node)
        if function.type == "parenthesized_expression" and function.named_children[0].type == "identifier":
            name = self.word(function.named_children[0])
            return ast.BadExpr(f"is `{name}` a type or a function? It isn't declared in what was read", span)
        listing = self.field(node, "arguments")
        nodes = [c for c in listing.named_children if c.type != "comment"]
        arguments: list[ast.Expr] = []
        for child in nodes:
            if child.type == "compound_statement":
                arguments.append(ast.BadExpr("a block as an argument", self.span(child)))
            else:
                arguments.append(self.expression(child))
        if self.word(function) == "__offsetof":
            return self.offsetof(arguments, span)
        texts = tuple(self.span(c).text for c in nodes)
        return ast.Call(self.expression(function), tuple(arguments), texts, self.binding(node), span)

    def offsetof(self, arguments: list[ast.Expr], span: Span) -> ast.Expr:
        path: list[str] = []
        place = arguments[1] if len(arguments) == 2 else None
        while isinstance(place, ast.Field) and not place.arrow:
            path.append(place.name)
            place = place.object
        if len(arguments) != 2 or not isinstance(place, ast.Ident) or not isinstance(arguments[0], ast.TypeArgument):
            return ast.BadExpr("this offsetof isn't supported", span)
        return ast.Offsetof(arguments[0].type, (place.name, *reversed(path)), span)

    def field_access(self, node: Node) -> ast.Expr:
        arrow = self.word(self.field(node, "operator")) == "->"
        name = self.word(self.field(node, "field"))
        return ast.Field(self.expression(self.field(node, "argument")), name, arrow, self.span(node))

    def subscript(self, node: Node) -> ast.Expr:
        array, index = self.field(node, "argument"), self.field(node, "index")
        return ast.Index(self.expression(array), self.expression(index), self.span(node))

    def cast(self, node: Node) -> ast.Expr:
        type_ = self.type_descriptor(self.field(node, "type"))
        return ast.Cast(type_, self.expression(self.field(node, "value")), self.span(node))

    def sizeof(self, node: Node) -> ast.Expr:
        type_node = node.child_by_field_name("type")
        if type_node is not None:
            inner = type_node.named_children
            if len(inner) == 1 and inner[0].type == "type_identifier":  # types are marked, so this is a variable
                return ast.Sizeof(ast.Ident(self.word(inner[0]), ast.ANYTHING, self.span(inner[0])), self.span(node))
            return ast.Sizeof(self.type_descriptor(type_node), self.span(node))
        return ast.Sizeof(self.expression(self.field(node, "value")), self.span(node))

    def comma(self, node: Node) -> ast.Expr:
        left, right = self.field(node, "left"), self.field(node, "right")
        return ast.Comma(self.expression(left), self.expression(right), self.span(node))

    def init_list(self, node: Node) -> ast.InitList | ast.BadExpr:
        items: list[tuple[tuple[str | ast.Expr, ...], ast.Expr]] = []
        for child in node.named_children:
            if child.type == "initializer_pair":
                path: list[str | ast.Expr] = []
                for designator in child.children_by_field_name("designator"):
                    if designator.type == "field_designator":
                        path.append(self.word(designator.named_children[0]))
                    elif designator.type == "subscript_designator":
                        path.append(self.expression(designator.named_children[0]))
                    else:
                        return ast.BadExpr("this initialiser isn't supported", self.span(designator))
                if not path:
                    return ast.BadExpr("this initialiser isn't supported", self.span(child))
                items.append((tuple(path), self.expression(self.field(child, "value"))))
            elif child.type.startswith("preproc"):
                return ast.BadExpr("#if in an initialiser isn't supported", self.span(child))
            elif child.type != "comment":
                items.append(((), self.expression(child)))
        return ast.InitList(tuple(items), self.span(node))

    def compound_literal(self, node: Node) -> ast.Expr:
        init = self.init_list(self.field(node, "value"))
        if isinstance(init, ast.BadExpr):
            return init
        return ast.CompoundLiteral(self.type_descriptor(self.field(node, "type")), init, self.span(node))


_HANDLERS: dict[str, Callable[[_Converter, Node], ast.Expr]] = {
    "identifier": _Converter.identifier,
    "true": _Converter.identifier,
    "false": _Converter.identifier,
    "null": _Converter.identifier,
    "number_literal": _Converter.number,
    "char_literal": _Converter.character,
    "string_literal": _Converter.string,
    "concatenated_string": _Converter.string,
    "parenthesized_expression": _Converter.parenthesized,
    "unary_expression": _Converter.unary,
    "pointer_expression": _Converter.unary,
    "update_expression": _Converter.update,
    "binary_expression": _Converter.binary,
    "conditional_expression": _Converter.conditional,
    "assignment_expression": _Converter.assignment,
    "call_expression": _Converter.call,
    "field_expression": _Converter.field_access,
    "subscript_expression": _Converter.subscript,
    "cast_expression": _Converter.cast,
    "sizeof_expression": _Converter.sizeof,
    "comma_expression": _Converter.comma,
    "initializer_list": _Converter.init_list,
    "compound_literal_expression": _Converter.compound_literal,
}


def _both(one: str, other: str) -> str:
    return f"({one}) && ({other})" if one and other else one or other


def _canonical_type(words: list[str]) -> str:
    """ "unsigned long" for `long unsigned int` and so on (C17 6.7.2)."""
    words = [w for w in words if w not in ("const", "volatile", "static")]
    unsigned = "unsigned" in words
    signed = "signed" in words or "__signed__" in words
    longs = words.count("long")
    for word in ("float", "double", "void", "bool", "_Bool", "char", "short", "__int128"):
        if word in words:
            word = "_Bool" if word == "bool" else word
            if word == "char":
                return "unsigned char" if unsigned else "signed char" if signed else "char"
            if word == "double" and longs:
                return "long double"
            return f"unsigned {word}" if unsigned else word
    if longs or "int" in words or unsigned or signed:
        base = "long " * (longs - 1) + "long" if longs else "int"
        return f"unsigned {base}" if unsigned else base
    return " ".join(words)
