"""tree-sitter's statements and functions to ours (C17 6.8, 6.9.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from verify.errors import UnsupportedC
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.convert_declarations import Declarations
from verify.syntax.prepare import FOR_EACH_PREFIX

if TYPE_CHECKING:
    from tree_sitter import Node


_KEPT = frozenset(("static", "extern", "typedef"))  # what is declared so isn't cleaned up


class Statements(Declarations):
    """Converts statements: with these, everything that a function's body holds."""

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
            yield self.with_cleanups(tuple(self.declarators(node)), span)
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

    def with_cleanups(self, declarators: tuple[ast.Declarator, ...], span: Span) -> ast.Declaration:
        """The declaration with the functions that its attributes `cleanup` name, each at the declarator in front."""
        for position, function in self.prepared.cleanups:
            place = self.base + position
            if not span.start <= place < span.end or position in self.used_cleanups:
                continue
            self.used_cleanups.add(position)
            before = [i for i, d in enumerate(declarators) if d.span.start < place]
            meant = before[-1:] or range(len(declarators))
            between = self.source.text[declarators[before[-1]].span.end : place] if before else ""
            if "," in between:  # it belongs to the declarator behind it
                raise UnsupportedC("this attribute `cleanup` isn't understood", span)
            if any(d.cleanup or not d.name or _KEPT & {*d.storage} for d in (declarators[i] for i in meant)):
                raise UnsupportedC("this attribute `cleanup` isn't understood", span)
            declarators = tuple(d._replace(cleanup=function) if i in meant else d for i, d in enumerate(declarators))
        return ast.Declaration(declarators, span)

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
