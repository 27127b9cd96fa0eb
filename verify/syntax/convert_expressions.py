"""tree-sitter's expressions to ours (C17 6.5), and literals (C17 6.4.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from verify.patterns import pattern
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.convert_piece import Piece
from verify.syntax.prepare import ARGUMENT_PREFIX

if TYPE_CHECKING:
    from tree_sitter import Node

_NUMBER = pattern(r"(0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)([uUlL]*)")
_MOST_DIGITS = 100  # no number of 64 bits needs more
_ESCAPES = {"n": 10, "t": 9, "r": 13, "0": 0, "a": 7, "b": 8, "f": 12, "v": 11, "\\": 92, "'": 39, '"': 34, "?": 63}
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


class Expressions(Piece):
    """Converts expressions; declarations and statements inside of them are converted by others."""

    def items(self, node: Node) -> Iterator[ast.Stmt]:
        raise NotImplementedError

    def type_descriptor(self, node: Node) -> ast.TypeSyntax:
        raise NotImplementedError

    def type_or_expression(self, start: int, end: int) -> ast.Expr | ast.TypeSyntax:
        """What the text `start` to `end` of the source is."""
        raise NotImplementedError

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

    def generic(self, node: Node) -> ast.Expr:
        operand, *parts = (n for n in node.named_children if n.type != "comment")
        choices: list[tuple[ast.TypeSyntax | None, ast.Expr]] = []
        for type_node, value in zip(parts[::2], parts[1::2], strict=True):
            if type_node.type != "type_descriptor":
                return ast.BadExpr("this _Generic isn't understood", self.span(node))
            type_ = None if self.word(type_node) == "default" else self.type_descriptor(type_node)
            choices.append((type_, self.expression(value)))
        return ast.Generic(self.expression(operand), tuple(choices), self.span(node))

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


_HANDLERS: dict[str, Callable[[Expressions, Node], ast.Expr]] = {
    "identifier": Expressions.identifier,
    "true": Expressions.identifier,
    "false": Expressions.identifier,
    "null": Expressions.identifier,
    "number_literal": Expressions.number,
    "char_literal": Expressions.character,
    "string_literal": Expressions.string,
    "concatenated_string": Expressions.string,
    "parenthesized_expression": Expressions.parenthesized,
    "unary_expression": Expressions.unary,
    "pointer_expression": Expressions.unary,
    "update_expression": Expressions.update,
    "binary_expression": Expressions.binary,
    "conditional_expression": Expressions.conditional,
    "assignment_expression": Expressions.assignment,
    "call_expression": Expressions.call,
    "field_expression": Expressions.field_access,
    "subscript_expression": Expressions.subscript,
    "cast_expression": Expressions.cast,
    "sizeof_expression": Expressions.sizeof,
    "comma_expression": Expressions.comma,
    "initializer_list": Expressions.init_list,
    "compound_literal_expression": Expressions.compound_literal,
    "generic_expression": Expressions.generic,
}
