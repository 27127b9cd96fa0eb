"""Names and static types for the concrete interpreter: what an identifier means and what type an expression has.

The type of an expression is found from the text alone, as a compiler does it, so that `sizeof`, `typeof` and the
operand of `?:` that isn't chosen need no evaluation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from verify.errors import UnsupportedC
from verify.execution.concrete_bits import CHECKED, types_of
from verify.execution.concrete_memory import Storage
from verify.execution.concrete_values import (
    COMPARISONS,
    ConcreteRule,
    Local,
    NotReplayable,
    Oracle,
    Place,
    Value,
    promoted_type,
)
from verify.execution.state import GLOBAL, Site, site_of
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.ctypes import (
    BOOL,
    CHAR,
    INT,
    LONG,
    POINTER_WIDTH,
    ULONG,
    VOID,
    ArrayOf,
    CType,
    FunctionOf,
    IntType,
    PointerTo,
    RecordType,
    VoidType,
    decayed,
    is_scalar,
    literal_type,
    usual_conversion,
)
from verify.syntax.tables import constant_elements
from verify.syntax.types import Types, depends_on_scope
from verify.tuples import NamedTuple

if TYPE_CHECKING:
    from verify.execution.concrete_expressions import Expressions

BUILTIN_PREFIX = "__verify_"


class Typed(NamedTuple):
    """The type of an expression that isn't evaluated: arrays stay arrays, `bits` is a bit-field's width."""

    type: CType
    bits: int | None = None


class Variable(NamedTuple):
    """A name in scope; `place` is None where only types are asked for."""

    type: CType
    place: Place | None


class Elsewhere(NamedTuple):
    """An expression of a claim that is to be evaluated in another state: `old.x`, or a name of the spec."""

    machine: Expressions
    expr: ast.Expr


Special = Callable[[ast.Expr], "Value | Elsewhere | None"]


class Typing(Storage):
    """Look-up of names, and types of expressions, in the current scopes.

    `special` gives a meaning to expressions that only a claim knows; it isn't asked inside of functions.
    """

    def __init__(
        self,
        types: Types,
        oracle: Oracle,
        rules: Mapping[str, ConcreteRule],
        version: str,
        variant: Callable[[str, str], str],
    ) -> None:
        super().__init__(types, oracle, version, variant)
        self.rules = rules
        self.scopes: list[dict[str, Variable]] = [{}]
        self.special: Special | None = None
        self.active: list[ast.Function] = []
        self.sites: list[Site] = []  # of the active calls
        # What the formulas call the local objects that are the only ones of their place; None: there are no formulas.
        self.made: Mapping[Site, str] | None = None
        self._declared: dict[str, int] = {}
        self._globals: dict[str, tuple[CType, ast.Declarator] | None] = {}
        self._tables: dict[str, dict[int, int]] = {}
        self._prototypes: dict[str, FunctionOf | None] = {}

    def meaning(self, node: ast.Expr) -> Value | Elsewhere | None:
        """What a claim says that `node` means, or None."""
        return self.special(node) if self.special is not None and not self.active else None

    def variable(self, name: str) -> Variable | None:
        """The innermost local variable called `name` (C17 6.2.1p4)."""
        return next((scope[name] for scope in reversed(self.scopes) if name in scope), None)

    def rewritten(self, node: ast.Expr) -> ast.Expr | None:
        """What `node` stands for if it is the use of a macro."""
        if isinstance(node, ast.Ident):
            return self.definitions.expand_name(node)
        if not isinstance(node, ast.Call) or not isinstance(node.function, ast.Ident):
            return None
        name = node.function.name
        if name.startswith(BUILTIN_PREFIX) or name in self.rules:
            return None
        expanded = self.definitions.expand_call(node)
        if expanded is not None or self.variable(name) is not None:
            return expanded
        renamed = self.definitions.expand_name(node.function._replace(binding=ast.PRIMARY))
        return None if renamed is None else node._replace(function=renamed)

    def file_scope(self, name: str, span: Span) -> tuple[CType, ast.Declarator] | None:
        """The variable of file scope called `name`: its type and its declaration."""
        if name not in self._globals:
            self._globals[name] = None
            for declarator in self.definitions.declaration("globals", name, span) or ():
                if declarator.name == name and not isinstance(declarator.type, ast.FunctionType):
                    type_ = self.types.resolve(declarator.type, name)
                    if isinstance(type_, FunctionOf):
                        continue  # by a typedef
                    with suppress(NotReplayable, UnsupportedC):
                        type_ = self.array_length(type_, declarator.type, declarator.init)
                    self._globals[name] = type_, declarator
                    break
        return self._globals[name]

    def global_place(self, name: str, type_: CType) -> Place:
        """The place of a variable of file scope."""
        label = f"{name}{self.variant('global', name)}"
        address = self.oracle.constant(f"&{label}", POINTER_WIDTH)
        if isinstance(type_, RecordType):
            return Place(None, type_.key, (address,), type_, address)
        return Place(None, f"{GLOBAL}{label}", (), type_, address)

    def table(self, location: str) -> dict[int, int]:
        """What a `const` array of integers of file scope holds, by index; nothing if its initialiser isn't plain."""
        if location not in self._tables:
            name = location.removeprefix(GLOBAL).partition("@")[0]
            known = self._globals.get(name) if location.startswith(GLOBAL) else None
            numbers = None if known is None else constant_elements(self.types, *known)
            self._tables[location] = numbers or {}
        return self._tables[location]

    def know_table(self, location: str, numbers: dict[int, int]) -> None:
        """Notes what a constant array in a function holds."""
        self._tables[location] = numbers

    def prototype(self, name: str) -> FunctionOf | None:
        """The type of a function as far as it is known."""
        if name not in self._prototypes:
            self._prototypes[name] = declared_type(self.types, name)
        return self._prototypes[name]

    def is_function(self, name: str) -> bool:
        return bool(self.definitions.function_items(name)) or self.prototype(name) is not None

    def fresh(self, name: str, type_: CType, span: Span) -> Place:
        """A new local object."""
        if isinstance(type_, VoidType | FunctionOf):
            raise NotReplayable(f"a variable of type `{type_}` at {span}")
        if self.made is not None:
            known = self.made.get((*(self.sites[-1] if self.sites else ()), site_of(span)))
            if known is not None:
                return Place(Local(known, type_, certain=True), known, (), type_, 0)
        count = self._declared[name] = self._declared.get(name, 0) + 1
        location = f"local {name}" if count == 1 else f"local {name}#{count}"
        return Place(Local(location, type_, certain=self.made is None), location, (), type_, 0)

    def resolve(self, syntax: ast.TypeSyntax, scope: str = "") -> CType:
        """The C type of `syntax`; `typeof` depends on the scope, so what holds one is never looked up in a table."""
        match syntax:
            case ast.TypeofType(operand, _):
                known = isinstance(operand, ast.TypeSyntax)
                return self.resolve(operand, scope) if known else self.type_of(operand).type
            case ast.PointerType(to, _) if depends_on_scope(to):
                return PointerTo(self.resolve(to, scope))
            case ast.ArrayType(of, length, _) if depends_on_scope(of):
                return ArrayOf(self.resolve(of, scope), None if length is None else self.types.constant(length))
            case _:
                return self.types.resolve(syntax, scope)

    def array_length(self, type_: CType, syntax: ast.TypeSyntax, init: ast.Expr | None) -> CType:
        """`type_` with the length that the initialiser gives it (C17 6.7.9p22)."""
        if not isinstance(type_, ArrayOf) or type_.length is not None:
            return type_
        if not isinstance(syntax, ast.ArrayType) or syntax.length is not None or not isinstance(init, ast.InitList):
            raise NotReplayable("an array whose length isn't a known constant")
        position = length = 0
        for path, given in self.definitions.listed(init).items:
            item = self.definitions.initialiser(given)
            if path:
                if isinstance(path[0], str):
                    raise NotReplayable("this designator")
                position = self.types.constant(path[0])
            elif not is_scalar(type_.element) and not isinstance(item, ast.InitList | ast.CompoundLiteral):
                raise NotReplayable("an initialiser that may be that of a member")
            position += 1
            length = max(length, position)
        return ArrayOf(type_.element, length or None)

    def value_type(self, node: ast.Expr) -> Typed:
        """The type of `node` as a value."""
        found = self.type_of(node)
        return Typed(decayed(found.type), found.bits)

    def promoted(self, node: ast.Expr) -> IntType:
        found = self.type_of(node)
        return promoted_type(found.type, found.bits)

    def type_of(self, node: ast.Expr) -> Typed:
        """The type of `node` (C17 6.5)."""
        known = self.meaning(node)
        if isinstance(known, Value):
            return Typed(known.type, known.bits)
        if known is not None:
            return known.machine.type_of(known.expr)
        match node:
            case ast.Number(value, suffix, decimal, span):
                type_ = literal_type(value, suffix, decimal)
                if type_ is None:
                    raise UnsupportedC("this literal fits no type", span)
                return Typed(type_)
            case ast.Character():
                return Typed(INT)
            case ast.String(text, _):
                plain = text.startswith('"') and '"' not in text[1:-1] and "\\" not in text
                return Typed(ArrayOf(CHAR, len(text) - 1 if plain else None))
            case ast.Ident() | ast.Call():
                return self._type_of_name(node)
            case ast.Unary(op, operand, _):
                return self._type_of_unary(op, operand)
            case ast.IncDec(_, _, operand, _):
                return self.type_of(operand)
            case ast.Binary(op, left, right, _):
                return Typed(self._type_of_binary(op, left, right))
            case ast.Conditional(condition, then, otherwise, _):
                return Typed(self.common_type(condition if then is None else then, otherwise))
            case ast.Assign(_, target, _, _):
                return self.type_of(target)
            case ast.Field(record, name, arrow, span):
                return self._type_of_member(record, name, arrow, span)
            case ast.Index(array, _, _):
                return Typed(self._pointed_at(self.value_type(array).type, node.span))
            case ast.Cast(syntax, _, _):
                return Typed(self.resolve(syntax))
            case ast.Sizeof() | ast.Offsetof():
                return Typed(ULONG)
            case ast.Comma(_, right, _):
                return self.value_type(right)
            case ast.StatementExpr(block, _):
                return self._type_of_block(block)
            case ast.CompoundLiteral(syntax, init, _):
                return Typed(self.array_length(self.resolve(syntax), syntax, init))
            case ast.Generic():
                return self._type_of_generic(node)
            case ast.BadExpr(reason, span):
                raise UnsupportedC(reason, span)
            case ast.TypeArgument() | ast.InitList():
                raise UnsupportedC("this can't stand here", node.span)

    def _type_of_generic(self, node: ast.Generic) -> Typed:
        choices = self.types.choices(node, self.value_type(node.operand).type, self.resolve)
        found = list(map(self.type_of, choices)) or [self.type_of(self.chosen(node))]
        return found[0] if all(one == found[0] for one in found) else self.type_of(self.chosen(node))

    def chosen(self, node: ast.Generic) -> ast.Expr:
        """What `_Generic` stands for here."""
        return self.types.chosen(node, self.value_type(node.operand).type, self.resolve)

    def _type_of_name(self, node: ast.Ident | ast.Call) -> Typed:
        if isinstance(node, ast.Ident) and node.name in ast.OWN_NAMES:
            return Typed(ArrayOf(CHAR, None))
        rewritten = self.rewritten(node)
        if rewritten is not None:
            return self.type_of(rewritten)
        if isinstance(node, ast.Call):
            return Typed(self._type_of_call(node))
        local = self.variable(node.name)
        if local is not None:
            return Typed(local.type)
        found = self.file_scope(node.name, node.span)
        if found is not None:
            return Typed(found[0])
        if self.types.enumerator(node.name, node.span) is not None:
            return Typed(INT)
        if self.is_function(node.name):
            return Typed(self.prototype(node.name) or FunctionOf(VOID, (), False))
        raise UnsupportedC(f"`{node.name}` isn't known", node.span)

    def _type_of_call(self, node: ast.Call) -> CType:
        function = node.function
        if isinstance(function, ast.Ident):
            name = function.name
            if name.startswith(BUILTIN_PREFIX):
                return INT if name.endswith(("config", "constant")) else VOID
            rule = self.rules.get(name)
            if rule is not None and rule.silent:
                return VOID
            if self.variable(name) is None:
                bits = types_of(name) if rule is None else None
                if bits is not None:
                    return bits[1]
                if rule is None and name in CHECKED:
                    return BOOL
                known = self.prototype(name)
                if known is None:
                    raise NotReplayable(f"the type that {name}() returns isn't known")
                return known.returns
        return self.function_type(self.value_type(function).type, node.span).returns

    def function_type(self, type_: CType, span: Span) -> FunctionOf:
        """The function type behind a callee's type."""
        while isinstance(type_, PointerTo):
            type_ = type_.target
        if not isinstance(type_, FunctionOf):
            raise NotReplayable(f"a `{type_}` is called at {span}")
        return type_

    def _type_of_unary(self, op: str, operand: ast.Expr) -> Typed:
        if op == "!":
            return Typed(INT)
        if op == "&":
            return Typed(PointerTo(self.type_of(operand).type))
        if op == "*":
            type_ = self.value_type(operand).type
            return Typed(type_ if isinstance(type_, FunctionOf) else self._pointed_at(type_, operand.span))
        return Typed(self.promoted(operand))

    def _pointed_at(self, type_: CType, span: Span) -> CType:
        if not isinstance(type_, PointerTo):
            raise NotReplayable(f"a `{type_}` is used as a pointer at {span}")
        return type_.target

    def _type_of_binary(self, op: str, left: ast.Expr, right: ast.Expr) -> CType:
        if op in COMPARISONS or op in ("&&", "||", "==>", "<==>"):
            return INT
        if op in ("<<", ">>"):
            return self.promoted(left)
        if op in ("+", "-"):
            one, other = self.value_type(left).type, self.value_type(right).type
            if isinstance(one, PointerTo):
                return LONG if isinstance(other, PointerTo) else one
            if isinstance(other, PointerTo):
                return other
        return usual_conversion(self.promoted(left), self.promoted(right))

    def common_type(self, left: ast.Expr, right: ast.Expr) -> CType:
        """The type of `condition ? left : right` (C17 6.5.15p5, p6)."""
        one, other = self.value_type(left), self.value_type(right)
        a, b = one.type, other.type
        if isinstance(a, FunctionOf):
            a = PointerTo(a)
        if isinstance(b, FunctionOf):
            b = PointerTo(b)
        if isinstance(a, VoidType) or isinstance(b, VoidType):
            return VOID
        if isinstance(a, IntType) and isinstance(b, IntType):
            return usual_conversion(promoted_type(a, one.bits), promoted_type(b, other.bits))
        if a == b:
            return a
        if isinstance(a, PointerTo) and (isinstance(b, IntType) or self.is_null_constant(right)):
            return a
        if isinstance(b, PointerTo) and (isinstance(a, IntType) or self.is_null_constant(left)):
            return b
        if isinstance(a, PointerTo) and isinstance(b, PointerTo):
            return PointerTo(VOID)
        raise NotReplayable(f"`?:` between `{a}` and `{b}`")

    def is_null_constant(self, node: ast.Expr) -> bool:
        """True iff `node` is a null pointer constant: 0, or that cast to `void *` (C17 6.3.2.3p3)."""
        rewritten = self.rewritten(node)
        if rewritten is not None:
            return self.is_null_constant(rewritten)
        if isinstance(node, ast.Cast):
            return self.resolve(node.type) == PointerTo(VOID) and self.is_null_constant(node.operand)
        return isinstance(node, ast.Number) and node.value == 0

    def _type_of_member(self, record: ast.Expr, name: str, arrow: bool, span: Span) -> Typed:
        type_ = self.value_type(record).type if arrow else self.type_of(record).type
        if arrow:
            type_ = self._pointed_at(type_, span)
        found = Typed(type_)
        for step in self.types.steps_to(name, span):
            if not isinstance(found.type, RecordType):
                raise NotReplayable(f"a `{found.type}` has no members at {span}")
            info = self.types.member(found.type, step, span)
            found = Typed(info.type, info.bits)
        return found

    def _type_of_block(self, block: ast.Block) -> Typed:
        """The type of a GNU statement expression: that of its last statement."""
        self.scopes.append({})
        try:
            for item in block.items[:-1]:
                if isinstance(item, ast.Declaration):
                    for declarator in item.declarators:
                        if declarator.name:
                            type_ = self.resolve(declarator.type, self.scope_key(declarator.name))
                            type_ = self.array_length(type_, declarator.type, declarator.init)
                            self.scopes[-1][declarator.name] = Variable(type_, None)
            last = block.items[-1] if block.items else None
            return self.value_type(last.expr) if isinstance(last, ast.ExprStmt) else Typed(VOID)
        finally:
            self.scopes.pop()

    def scope_key(self, name: str) -> str:
        """What prefixes the keys of records without a tag in the declaration of the local variable `name`."""
        return f"{self.active[-1].name}@{name}" if self.active else name


def declared_type(types: Types, name: str) -> FunctionOf | None:
    """The type of the function `name` as far as it is known."""
    try:
        function = types.definitions.function(name)
        if function is not None:
            syntax: ast.TypeSyntax = ast.FunctionType(
                function.returns, function.params, function.variadic, function.span
            )
            found = types.resolve_target(syntax, name)
            return found if isinstance(found, FunctionOf) else None
        for declarator in types.definitions.declaration("globals", name) or ():
            if declarator.name == name and isinstance(declarator.type, ast.FunctionType | ast.NamedType):
                found = types.resolve_target(declarator.type, name)
                return found if isinstance(found, FunctionOf) else None
    except UnsupportedC:
        pass
    return None
