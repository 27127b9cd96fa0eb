"""The values and side effects of C expressions in Python integers (C17 6.5), for the concrete interpreter.

Operands whose order C leaves open are evaluated from left to right, the target of an assignment before its value.
"""

from __future__ import annotations

from verify.errors import UnsupportedC
from verify.execution.concrete_types import Typing, Variable
from verify.execution.concrete_values import (
    COMPARISONS,
    Inside,
    NotReplayable,
    Place,
    Value,
    arithmetic,
    compare,
    local_of,
    promoted_type,
    shift,
    signed_index,
    to_bits,
    to_integer,
)
from verify.execution.memory import OWN_NAME
from verify.execution.state import MIRRORED, PLAIN_NUMBERS, PROMOTED_TYPES, is_unknown_result, promoted_type_of
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
    is_scalar,
    usual_conversion,
    width_of,
)
from verify.syntax.tables import is_constant

_DEEPEST = 1000  # nested expressions; beyond is a macro that expands for ever
_LAST_ASCII = 127  # above, a character's value depends on whether char is signed


class Expressions(Typing):
    """Evaluates expressions in the current scopes and memory."""

    depth = 0

    def call(self, node: ast.Call) -> Value:
        raise NotImplementedError

    def block_value(self, block: ast.Block) -> Value:
        raise NotImplementedError

    def initialise(self, place: Place, init: ast.Expr, span: Span) -> None:
        raise NotImplementedError

    def convert(self, value: Value, target: CType, span: Span) -> Value:
        """`value` as if assigned to a `target` (C17 6.5.16.1p2) or cast to it (C17 6.5.4)."""
        source = value.type
        if isinstance(target, VoidType):
            return Value(VOID)
        if isinstance(target, RecordType):
            if source != target:
                raise NotReplayable(f"a `{source}` where `{target}` is meant at {span}")
            return value
        self.check_scalar(value, span)
        if target == BOOL:
            return Value(BOOL, int(self.truth(value, span)))
        if isinstance(target, PointerTo):
            if isinstance(source, PointerTo):
                return Value(target, value.number, value.to)
            # An integer is widened by its own signedness first (gcc, "Arrays and Pointers Implementation").
            to = value.to if width_of(source) == POINTER_WIDTH else None
            self._check_sign(source, POINTER_WIDTH, span)
            return Value(target, to_bits(value.number, POINTER_WIDTH), to)
        if not isinstance(target, IntType):
            raise NotReplayable(f"a conversion to `{target}` at {span}")
        if isinstance(source, PointerTo):
            return self._number_of_pointer(value, target)
        if source != target:
            self._check_sign(source, target.width, span)
        # To an enum, or a plain char, of unknown signedness: the bits are kept.
        number = to_integer(value.number, target)
        return Value(target, number, value.to if target.width == POINTER_WIDTH else None)

    def _check_sign(self, source: CType, width: int, span: Span) -> None:
        if isinstance(source, IntType) and source.signed is None and width > source.width:
            raise NotReplayable(f"whether `{source}` is signed isn't known at {span}")

    def _number_of_pointer(self, pointer: Value, target: IntType) -> Value:
        number = to_integer(self.number(pointer), target)
        owner = local_of(pointer)
        if owner is None:
            return Value(target, number, pointer.to if target.width == POINTER_WIDTH else None)
        self.escape(pointer.to)
        offset = pointer.to.at if isinstance(pointer.to, Place) else pointer.to.offset if pointer.to else None
        return Value(target, number, Inside(owner, offset) if target.width == POINTER_WIDTH else None)

    def check_scalar(self, value: Value, span: Span) -> None:
        if value.note:
            raise NotReplayable(f"{value.note} at {span}")
        if not is_scalar(value.type):
            raise NotReplayable(f"a value of type `{value.type}` is used as a number at {span}")

    def truth(self, value: Value, span: Span) -> bool:
        """`value != 0`; a pointer to an object isn't null (C17 6.3.2.3p3)."""
        self.check_scalar(value, span)
        if isinstance(value.type, PointerTo) and local_of(value) is not None:
            return True
        return value.number != 0

    def integer(self, value: Value, span: Span) -> tuple[int, IntType]:
        """An integer operand after the integer promotions."""
        self.check_scalar(value, span)
        type_ = promoted_type(value.type, value.bits)
        return to_integer(value.number, type_), type_

    def value(self, node: ast.Expr) -> Value:
        """The value of an expression, with its side effects."""
        self.depth += 1
        try:
            if self.depth > _DEEPEST:
                raise NotReplayable(f"an expression is nested too deeply at {node.span}")
            known = self.meaning(node)
            if known is None:
                return self._value(node)
            return known if isinstance(known, Value) else known.machine.value(known.expr)
        finally:
            self.depth -= 1

    def condition(self, node: ast.Expr) -> bool:
        """Whether an expression compares unequal to 0."""
        return self.truth(self.value(node), node.span)

    def _value(self, node: ast.Expr) -> Value:
        match node:
            case ast.Number():
                return Value(self.type_of(node).type, node.value)
            case ast.Character(value, span):
                if value > _LAST_ASCII:
                    raise NotReplayable(f"whether `char` is signed isn't known at {span}")
                return Value(INT, value)
            case ast.String():
                text = self.definitions.string_text(node)
                return Value(PointerTo(CHAR), self.oracle.constant(f"string {text}", POINTER_WIDTH))
            case ast.Ident():
                return self._named(node)
            case ast.Call():
                rewritten = self.rewritten(node)
                return self.call(node) if rewritten is None else self.value(rewritten)
            case ast.Unary(op, operand, span):
                return self._unary(node, op, operand, span)
            case ast.IncDec():
                return self._increment(node)
            case ast.Binary():
                return self._binary(node)
            case ast.Conditional():
                return self._conditional(node)
            case ast.Assign():
                return self._assign(node)
            case ast.Field() | ast.Index():
                return self.load(self.place(node), node.span)
            case ast.Cast(syntax, operand, span):
                return self.convert(self.value(operand), self.resolve(syntax), span)
            case ast.Sizeof(operand, _):
                type_ = self.resolve(operand) if isinstance(operand, ast.TypeSyntax) else self.type_of(operand).type
                return Value(ULONG, self.size(type_))
            case ast.Offsetof():
                return self._offsetof(node)
            case ast.Comma(left, right, _):
                self.value(left)
                return self.value(right)
            case ast.StatementExpr(block, _):
                return self.block_value(block)
            case ast.CompoundLiteral():
                return self.load(self.place(node), node.span)
            case ast.Generic():
                return self._generic(node)
            case ast.BadExpr(reason, span):
                raise UnsupportedC(reason, span)
            case ast.TypeArgument() | ast.InitList():
                raise UnsupportedC("this can't stand here", node.span)

    def _named(self, node: ast.Ident) -> Value:
        if node.name in ast.OWN_NAMES:
            return Value(PointerTo(CHAR), self.oracle.constant(OWN_NAME, POINTER_WIDTH))
        rewritten = self.rewritten(node)
        if rewritten is not None:
            return self.value(rewritten)
        local = self.variable(node.name)
        found = None if local is not None else self.file_scope(node.name, node.span)
        if found is not None:
            constant = self._constant_variable(found[0], found[1])
            if constant is not None:
                return constant
        elif local is None:
            number = self.types.enumerator(node.name, node.span)
            if number is not None:
                return Value(INT, number)
            type_ = self.type_of(node).type
            return Value(PointerTo(type_), self.function_address(node.name))
        return self.load(self.place(node), node.span)

    def function_address(self, name: str) -> int:
        return self.oracle.constant(f"&{name}{self.variant('function', name)}", POINTER_WIDTH)

    def _constant_variable(self, type_: CType, declarator: ast.Declarator) -> Value | None:
        """The value of a `const` scalar of file scope that is initialised."""
        if declarator.init is None or not is_constant(declarator, self.definitions) or not is_scalar(type_):
            return None
        outer, self.scopes = self.scopes, [{}]
        try:
            return self.convert(self.value(declarator.init), type_, declarator.span)
        except (NotReplayable, UnsupportedC):
            return None
        finally:
            self.scopes = outer

    def place(self, node: ast.Expr) -> Place:
        """The lvalue that `node` is, or the record that it yields."""
        known = self.meaning(node)
        if known is not None:
            return self._place_of_value(known, node) if isinstance(known, Value) else known.machine.place(known.expr)
        match node:
            case ast.Ident() | ast.Call():
                rewritten = self.rewritten(node)
                if rewritten is not None:
                    return self.place(rewritten)
                if isinstance(node, ast.Ident):
                    return self._variable_place(node)
            case ast.Field(record, name, arrow, span):
                outer = self.deref(self.value(record), span) if arrow else self.place(record)
                return self.member(outer, name, span)
            case ast.Index(array, index, span):
                return self._indexed(array, index, span, 1)
            case ast.Unary("*", operand, span):
                return self.deref(self.value(operand), span)
            case ast.Generic():
                return self.place(self.chosen(node))
            case ast.CompoundLiteral(syntax, init, span):
                type_ = self.array_length(self.resolve(syntax), syntax, init)
                literal = self.fresh("literal", type_, span)
                self.initialise(literal, init, span)
                return literal
            case _:
                pass
        return self._place_of_value(self.value(node), node)

    def _place_of_value(self, value: Value, node: ast.Expr) -> Place:
        if isinstance(value.type, RecordType) and isinstance(value.to, Place):
            return value.to
        raise NotReplayable(f"this isn't an object at {node.span}")

    def _variable_place(self, node: ast.Ident) -> Place:
        local = self.variable(node.name)
        if local is not None and local.place is not None:
            return local.place
        found = self.file_scope(node.name, node.span)
        if local is not None or found is None:
            raise UnsupportedC(f"`{node.name}` isn't known", node.span)
        return self.global_place(node.name, found[0])

    def _indexed(self, array: ast.Expr, index: ast.Expr, span: Span, last: int) -> Place:
        """The lvalue `array[index]` (C17 6.5.2.1p2)."""
        if isinstance(self.type_of(array).type, ArrayOf):
            outer = self.place(array)
            return self.element(outer, self._index(index), span, last)
        pointer = self.value(array)
        return self.deref(self.moved(pointer, self._index(index), span), span)

    def _index(self, node: ast.Expr) -> int:
        number, type_ = self.integer(self.value(node), node.span)
        return signed_index(number) if type_.width == POINTER_WIDTH else number

    def address(self, operand: ast.Expr, span: Span) -> Value:
        """`&operand` (C17 6.5.3.2p3)."""
        known = self.meaning(operand)
        rewritten = self.rewritten(operand) if known is None else None
        if rewritten is not None:
            return self.address(rewritten, span)
        if isinstance(operand, ast.Unary) and operand.op == "*":
            return self.value(operand.operand)
        if isinstance(operand, ast.Index):
            if isinstance(self.type_of(operand.object).type, ArrayOf):
                return self.pointer_to(self._indexed(operand.object, operand.position, span, 0), span)
            return self.moved(self.value(operand.object), self._index(operand.position), span)
        if isinstance(self.type_of(operand).type, FunctionOf):
            return self.value(operand)
        return self.pointer_to(self.place(operand), span)

    def _unary(self, node: ast.Unary, op: str, operand: ast.Expr, span: Span) -> Value:
        if op == "&":
            return self.address(operand, span)
        if op == "*":
            pointer = self.value(operand)
            if isinstance(pointer.type, PointerTo) and isinstance(pointer.type.target, FunctionOf):
                return pointer  # a function's name is a pointer to it again: C17 6.3.2.1p4
            return self.load(self.deref(pointer, span), span)
        if op == "!":
            return Value(INT, int(not self.condition(operand)))
        number, type_ = self.integer(self.value(operand), span)
        exact = -number if op == "-" else ~number if op == "~" else number
        return Value(type_, to_integer(exact, type_))

    def _increment(self, node: ast.IncDec) -> Value:
        place = self.place(node.operand)
        before = self.load(place, node.span)
        after = self.operate(node.op[0], before, Value(INT, 1), node.span)
        self.store(place, self.convert(after, place.type, node.span), node.span)
        return self.load(place, node.span) if node.prefix else before

    def _assign(self, node: ast.Assign) -> Value:
        place = self.place(node.target)
        value = self.value(node.value)
        if node.op != "=":
            value = self.operate(node.op[:-1], self.load(place, node.span), value, node.span)
        self.store(place, self.convert(value, place.type, node.span), node.span)
        return self.load(place, node.span)  # what the object then holds: C17 6.5.16p3

    def _binary(self, node: ast.Binary) -> Value:
        if node.op in ("&&", "||"):
            holds = self.condition(node.left)
            if holds == (node.op == "&&"):
                holds = self.condition(node.right)
            return Value(INT, int(holds))
        left = self.value(node.left)
        return self.operate(node.op, left, self.value(node.right), node.span)

    def operate(self, op: str, left: Value, right: Value, span: Span) -> Value:
        """A binary operator, but for && and ||, on two values."""
        self.check_scalar(left, span)
        self.check_scalar(right, span)
        if isinstance(left.type, PointerTo) or isinstance(right.type, PointerTo):
            return self._operate_on_pointers(op, left, right, span)
        if is_unknown_result(left.type) or is_unknown_result(right.type):
            return self._operate_on_unknown(op, left, right, span)
        one, one_type = self.integer(left, span)
        other, other_type = self.integer(right, span)
        if op in ("<<", ">>"):
            result, trouble = shift(op, one, other, one_type)
            common = one_type
        else:
            common = usual_conversion(one_type, other_type)
            one, other = to_integer(one, common), to_integer(other, common)
            if op in COMPARISONS:
                return Value(INT, int(compare(op, one, other)))
            result, trouble = arithmetic(op, one, other, common)
        if trouble:
            self.trouble(trouble, span)
        return Value(common, result, self._still_inside(op, left, right, common))

    def _operate_on_unknown(self, op: str, left: Value, right: Value, span: Span) -> Value:
        """A result of unknown type, known as 64 bits, and an integer."""
        if not is_unknown_result(left.type):
            left, right, op = right, left, MIRRORED.get(op, op)
        if op not in MIRRORED or is_unknown_result(right.type):
            raise NotReplayable(f"the type of this operand isn't known at {span}")
        number, type_ = self.integer(right, span)
        if op == "&":
            return Value(left.type, left.number & number)
        if op in ("==", "!=") and number in PLAIN_NUMBERS:
            return Value(INT, int(compare(op, left.number, number)))
        own = PROMOTED_TYPES[self.oracle.constant(promoted_type_of(left.type), 2)]
        common = usual_conversion(own, type_)
        one = to_integer(to_integer(left.number, own), common)
        return Value(INT, int(compare(op, one, to_integer(number, common))))

    def _still_inside(self, op: str, left: Value, right: Value, common: IntType) -> Inside | None:
        """Where a number made of a pointer to a local object points after it was added to."""
        if (left.to is None and right.to is None) or common.width != POINTER_WIDTH:
            return None
        if op == "+" or (op == "-" and right.to is None):
            base, by = (left, right) if left.to is not None else (right, left)
            offset = base.to.at if isinstance(base.to, Place) else base.to.offset if base.to else None
            if by.to is None and offset is not None:
                distance = signed_index(by.number)
                return Inside(local_of(base), offset + (distance if op == "+" else -distance))
        return Inside(local_of(left) or local_of(right), None)

    def _operate_on_pointers(self, op: str, left: Value, right: Value, span: Span) -> Value:
        if op in COMPARISONS:
            return Value(INT, int(self._compare_pointers(op, left, right, span)))
        if isinstance(left.type, PointerTo) and isinstance(right.type, IntType):
            if op in ("+", "-"):
                number, _ = self.integer(right, span)
                return self.moved(left, signed_index(number if op == "+" else -number), span)
        elif isinstance(left.type, IntType):
            if op == "+":
                number, _ = self.integer(left, span)
                return self.moved(right, signed_index(number), span)
        elif op == "-" and isinstance(left.type, PointerTo):
            exact = self._position(left, right, span)
            distance = signed_index(exact)
            size = self.step(left.type.target)
            if size <= 0 or distance % size or (size > 1 and distance != exact):
                self.trouble("a difference of pointers that aren't to elements of one array", span)
                return Value(LONG, 0)
            return Value(LONG, distance // size)  # C17 6.5.6p9
        raise NotReplayable(f"`{op}` between `{left.type}` and `{right.type}` at {span}")

    def _compare_pointers(self, op: str, left: Value, right: Value, span: Span) -> bool:
        """A comparison with at least one pointer; local objects have no address that a program could count on."""
        one, other = local_of(left), local_of(right)
        if one is not None and one is other:
            return compare(op, self._position(left, right, span), 0)
        if one is not None or other is not None:
            if op not in ("==", "!="):
                raise NotReplayable(f"pointers to different objects are ordered at {span}")
            ends = one is not None and other is not None and not (self._points_into(left) and self._points_into(right))
            if not ends and not self._may_come_from_outside(left, right):
                return op == "!="  # C17 6.5.9p6: they point at different objects, or one is null
        numbers = [self.number(v) if isinstance(v.type, PointerTo) else v.number for v in (left, right)]
        return compare(op, to_bits(numbers[0], POINTER_WIDTH), to_bits(numbers[1], POINTER_WIDTH))

    def _points_into(self, pointer: Value) -> bool:
        """True iff a pointer certainly points at a byte of its local object, not one past its end."""
        owner, offset = local_of(pointer), self.offset_in(pointer.to)
        size = None if owner is None else self.types.size_of(owner.type)
        return size is not None and offset is not None and 0 <= offset < size

    def _may_come_from_outside(self, left: Value, right: Value) -> bool:
        """True iff one points at a local object that escaped, and the other is an address that isn't null."""
        for pointer, address in ((left, right), (right, left)):
            owner = local_of(pointer)
            if owner is not None and owner.escaped and local_of(address) is None:
                return address.number != 0
        return False

    def _position(self, left: Value, right: Value, span: Span) -> int:
        """How many bytes `left` lies behind `right`."""
        if local_of(left) is None and local_of(right) is None:
            return left.number - right.number
        offsets = [self.offset_in(v.to) for v in (left, right)]
        if local_of(left) is not local_of(right) or offsets[0] is None or offsets[1] is None:
            raise NotReplayable(f"how far apart these pointers are isn't known at {span}")
        return offsets[0] - offsets[1]

    def _conditional(self, node: ast.Conditional) -> Value:
        """`condition ? then : otherwise`; GNU's `condition ?: otherwise` evaluates the condition once."""
        first = self.value(node.condition)
        holds = self.truth(first, node.condition.span)
        if holds and node.then is None:
            chosen = first
        else:
            chosen = self.value(node.then if holds and node.then is not None else node.otherwise)
        try:
            type_ = self.type_of(node).type
        except (NotReplayable, UnsupportedC):
            # What isn't chosen may be of a type that nobody knows, if that can't change the chosen one's value.
            if not isinstance(chosen.type, PointerTo | RecordType | VoidType):
                raise
            type_ = chosen.type
        if isinstance(type_, IntType) and isinstance(chosen.type, IntType):
            number, _ = self.integer(chosen, node.span)
            return Value(type_, to_integer(number, type_), chosen.to)
        return self.convert(chosen, type_, node.span)

    def _generic(self, node: ast.Generic) -> Value:
        """What `_Generic` stands for, or if that isn't certain, what each choice does."""
        choices = self.types.choices(node, self.value_type(node.operand).type, self.resolve)
        if len(choices) < 2 or any(map(self.definitions.has_effect, choices)):
            return self.value(self.chosen(node))
        first, *others = map(self.value, choices)
        return first if all(one == first for one in others) else self.value(self.chosen(node))

    def _offsetof(self, node: ast.Offsetof) -> Value:
        type_ = self.resolve(node.type)
        total = 0
        for name in node.path:
            if not isinstance(type_, RecordType):
                raise NotReplayable(f"a `{type_}` has no members at {node.span}")
            info = self.types.member(type_, name, node.span)
            if info.bits is not None:
                raise UnsupportedC("offsetof a bit-field", node.span)
            for anonymous in () if self.lies_in_others(type_, name) else info.path:
                assert isinstance(type_, RecordType)
                total += self.offset(type_, anonymous)
                type_ = self.types.anonymous_member(type_, anonymous)
            assert isinstance(type_, RecordType)
            total += self.offset(type_, name)
            type_ = info.type
        return Value(ULONG, to_bits(total, POINTER_WIDTH))

    def declare(self, name: str, type_: CType, place: Place) -> None:
        self.scopes[-1][name] = Variable(type_, place)
