"""tree-sitter's declarations to ours (C17 6.7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from verify.syntax import ast
from verify.syntax.convert_expressions import Expressions
from verify.syntax.prepare import TYPE_PREFIX, TYPEOF_PREFIX

if TYPE_CHECKING:
    from tree_sitter import Node

_SIZE_WORDS = ("char", "short", "int", "long", "float", "double", "_Bool", "bool", "void", "__int128")
# What may stand among members, or enumerators, and adds none.
HARMLESS_DIRECTIVES = frozenset("if ifdef ifndef elif else endif define undef error warning line pragma".split())
_HARMLESS = frozenset(("preproc_def", "preproc_function_def", "preproc_call", "comment"))


class Declarations(Expressions):
    """Converts types, members, enumerators and declarators."""

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
            directive is None or self.word(directive).lstrip("# \t") in HARMLESS_DIRECTIVES
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
