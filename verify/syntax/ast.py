"""The syntax tree: immutable nodes, each with the span of source text that it stands for.

Nodes are named tuples: they are made by the thousand, and a frozen dataclass costs 20 ms of import for this file alone
(docs/decisions.md).  Compare nodes by identity, never by `==`.  Type syntax is unresolved: names are looked up in
`verify.syntax.definitions` when the type is needed.
"""

from __future__ import annotations

from verify.source.text import Span
from verify.tuples import NamedTuple


class NamedType(NamedTuple):
    """A builtin type in canonical spelling ("unsigned long", "int", "_Bool", "void") or a typedef's name."""

    name: str
    span: Span


class TagType(NamedTuple):
    """`struct tag`, `union tag` or `enum tag`; `members` (or `enumerators`) are there iff the text defines it."""

    kind: str
    tag: str | None
    members: tuple[Member, ...] | None
    enumerators: tuple[Enumerator, ...] | None
    span: Span


class PointerType(NamedTuple):
    """`const`: the pointer itself never changes, as `T *const` says (but not `T *const volatile`)."""

    to: TypeSyntax
    span: Span
    const: bool = False


class ArrayType(NamedTuple):
    """`length` is None for `[]`."""

    of: TypeSyntax
    length: Expr | None
    span: Span


class FunctionType(NamedTuple):
    returns: TypeSyntax
    params: tuple[Param, ...]
    variadic: bool
    span: Span


class TypeofType(NamedTuple):
    """`typeof(x)`: `operand` is an expression or a type."""

    operand: Expr | TypeSyntax
    span: Span


class BadType(NamedTuple):
    """Type syntax that isn't understood; using it raises `UnsupportedC` with `reason`."""

    reason: str
    span: Span


TypeSyntax = NamedType | TagType | PointerType | ArrayType | FunctionType | TypeofType | BadType


class Member(NamedTuple):
    """A struct or union member; `name` is None for anonymous members; `bits` is a bit-field's width.

    `condition` is the text of the `#if` conditions it stands under ("" if none).
    """

    name: str | None
    type: TypeSyntax
    bits: Expr | None
    condition: str
    span: Span


class Enumerator(NamedTuple):
    name: str
    value: Expr | None
    condition: str
    span: Span


class Param(NamedTuple):
    name: str | None
    type: TypeSyntax
    span: Span


class Number(NamedTuple):
    """An integer literal: its value and its suffix, lower-case and sorted ("" | "u" | "l" | "lu" | "ll" | "llu")."""

    value: int
    suffix: str
    decimal: bool
    span: Span


class Character(NamedTuple):
    """A character literal; C gives it type int."""

    value: int
    span: Span


class String(NamedTuple):
    text: str
    span: Span


OWN_NAMES = frozenset(("__func__", "__FUNCTION__"))  # the name of the function that they stand in


# How tightly text must bind to stand where a macro's use stands without being torn apart by its neighbours.
ANYTHING = 0  # e.g. between parentheses
UNARY = 1  # an operand of an operator: a unary expression or tighter
PRIMARY = 2  # before [ ( . -> ++ or --


class Ident(NamedTuple):
    """A name.  `binding`: how tightly a macro's text must bind to stand in its place (ANYTHING, UNARY or PRIMARY)."""

    name: str
    binding: int
    span: Span


class Unary(NamedTuple):
    """op: one of - + ! ~ * &"""

    op: str
    operand: Expr
    span: Span


class IncDec(NamedTuple):
    """op: "++" or "--"; `prefix` tells ++x from x++."""

    op: str
    prefix: bool
    operand: Expr
    span: Span


class Binary(NamedTuple):
    """op: one of * / % + - << >> < > <= >= == != & ^ | && ||"""

    op: str
    left: Expr
    right: Expr
    span: Span


class Conditional(NamedTuple):
    """`condition ? then : otherwise`; `then` is None for GNU's `condition ?: otherwise`."""

    condition: Expr
    then: Expr | None
    otherwise: Expr
    span: Span


class Assign(NamedTuple):
    """op: "=" or a compound one such as "+=" """

    op: str
    target: Expr
    value: Expr
    span: Span


class Call(NamedTuple):
    """A call or a use of a function-like macro.  `arguments_text` is each argument's text, for macro expansion.

    An argument that doesn't parse as an expression or a type is a `BadExpr`; a type is a `TypeArgument`.
    """

    function: Expr
    arguments: tuple[Expr, ...]
    arguments_text: tuple[str, ...]
    binding: int
    span: Span


class TypeArgument(NamedTuple):
    """A type where an expression would stand, e.g. the second argument of `container_of`."""

    type: TypeSyntax
    span: Span


class Field(NamedTuple):
    """`object.name`, or `object->name` if `arrow`."""

    object: Expr
    name: str
    arrow: bool
    span: Span


class Index(NamedTuple):
    object: Expr
    position: Expr
    span: Span


class Cast(NamedTuple):
    type: TypeSyntax
    operand: Expr
    span: Span


class Sizeof(NamedTuple):
    """`sizeof(type)` or `sizeof expression`."""

    operand: Expr | TypeSyntax
    span: Span


class Offsetof(NamedTuple):
    """`offsetof(type, a.b.c)`; `path` is ("a", "b", "c")."""

    type: TypeSyntax
    path: tuple[str, ...]
    span: Span


class Comma(NamedTuple):
    left: Expr
    right: Expr
    span: Span


class StatementExpr(NamedTuple):
    """GNU `({ … })`; its value is that of the last statement if that is an expression."""

    block: Block
    span: Span


class InitList(NamedTuple):
    """`{ .a = 1, [2] = 3, 4 }`; each item is its designators (member names or index expressions) and its value."""

    items: tuple[tuple[tuple[str | Expr, ...], Expr], ...]
    span: Span


class CompoundLiteral(NamedTuple):
    type: TypeSyntax
    init: InitList
    span: Span


class Generic(NamedTuple):
    """`_Generic(operand, type: value, default: value)`; the type of `default` is None."""

    operand: Expr
    choices: tuple[tuple[TypeSyntax | None, Expr], ...]
    span: Span


class BadExpr(NamedTuple):
    """Text that isn't understood; evaluating it raises `UnsupportedC` with `reason`."""

    reason: str
    span: Span


Expr = (
    Number | Character | String | Ident | Unary | IncDec | Binary | Conditional | Assign | Call | TypeArgument | Field
    | Index | Cast | Sizeof | Offsetof | Comma | StatementExpr | InitList | CompoundLiteral | Generic
    | BadExpr
)  # fmt: skip


class Block(NamedTuple):
    items: tuple[Stmt, ...]
    span: Span


class Declarator(NamedTuple):
    """One declared name.  `storage` holds words such as "static" and "extern".

    `cleanup` is the function that gets the variable's address where its scope is left (GNU's attribute), or "".
    """

    name: str
    type: TypeSyntax
    init: Expr | None
    storage: tuple[str, ...]
    span: Span
    cleanup: str = ""


class Declaration(NamedTuple):
    declarators: tuple[Declarator, ...]
    span: Span


class Scoped(NamedTuple):
    """A variable that is cleaned up where its scope is left, and the rest of the block, which is that scope."""

    declaration: Declaration
    items: tuple[Stmt, ...]
    span: Span


class ExprStmt(NamedTuple):
    expr: Expr
    span: Span


class If(NamedTuple):
    condition: Expr
    then: Stmt
    otherwise: Stmt | None
    span: Span


class Switch(NamedTuple):
    """The body's labels (`Case`, `Default`, `Label`) are items of `items` of their own, before what they label."""

    value: Expr
    items: tuple[Stmt, ...]
    span: Span


class Case(NamedTuple):
    """`case low:` or GNU's `case low ... high:`."""

    low: Expr
    high: Expr | None
    span: Span


class Default(NamedTuple):
    span: Span


class Label(NamedTuple):
    name: str
    span: Span


class While(NamedTuple):
    """`while`, or `do … while` if `body_first`."""

    condition: Expr
    body: Stmt
    body_first: bool
    span: Span


class For(NamedTuple):
    init: Stmt | None
    condition: Expr | None
    step: Expr | None
    body: Stmt
    span: Span


class ForEach(NamedTuple):
    """`for_each_thing(arguments) body`: a loop whose head is a macro."""

    head: Call
    body: Stmt
    span: Span


class Break(NamedTuple):
    span: Span


class Continue(NamedTuple):
    span: Span


class Return(NamedTuple):
    value: Expr | None
    span: Span


class Goto(NamedTuple):
    label: str
    span: Span


class ConfigIf(NamedTuple):
    """`#if` inside a body: `condition` is its text after `#if` (`defined(X)` for `#ifdef X`)."""

    condition: str
    then: tuple[Stmt, ...]
    otherwise: tuple[Stmt, ...]
    span: Span


class BadStmt(NamedTuple):
    """Text that isn't understood; executing it raises `UnsupportedC` with `reason`."""

    reason: str
    span: Span


Stmt = (
    Block | Declaration | ExprStmt | If | Switch | Case | Default | Label | While | For | ForEach | Break | Continue
    | Return | Goto | ConfigIf | Scoped | BadStmt
)  # fmt: skip


class Function(NamedTuple):
    """A function definition.  `condition` is the text of the `#if` conditions it stands under ("" if none)."""

    name: str
    returns: TypeSyntax
    params: tuple[Param, ...]
    variadic: bool
    storage: tuple[str, ...]
    body: Block
    condition: str
    span: Span
