"""Conversions and operators on values that are known already (C17 6.3, 6.5)."""

from __future__ import annotations

from functools import reduce

from verify.errors import UnsupportedC
from verify.execution import integers
from verify.execution.integers import convert
from verify.execution.memory import Memory, as_index, is_bytes, mentions_local, root, split_address
from verify.execution.state import (
    MIRRORED,
    PLAIN_NUMBERS,
    PROMOTED_TYPES,
    Lost,
    NullTest,
    Place,
    Value,
    is_unknown_result,
    promoted_type_of,
)
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.ctypes import (
    BOOL,
    INT,
    LONG,
    POINTER_WIDTH,
    UINT,
    ULONG,
    VOID,
    CType,
    IntType,
    PointerTo,
    RecordType,
    VoidType,
    is_scalar,
    promote,
    usual_conversion,
    width_of,
)
from verify.terms import term as t
from verify.terms.term import Term

_BYTE = 8
_CHOICES = 4  # of a pointer's values, one within another, that are looked at
CHAR_HINT = "Cast it to `signed char` or `unsigned char`."


def sign_unknown(type_: IntType) -> str:
    """Why a plain char can't be widened."""
    return f"whether `{type_}` is signed isn't known (the kernel changed it for char in 6.2)"


class Operators(Memory):
    """What C's operators make of values in the current state."""

    def convert(self, value: Value, target: CType, span: Span) -> Value:
        """`value` as if by assignment to an object of type `target` (C17 6.5.16.1), or by a cast."""
        if isinstance(target, VoidType):
            return Value(VOID, None)
        if isinstance(target, RecordType):
            if value.type != target:
                raise UnsupportedC(f"a `{value.type}` where `{target}` is meant", span)
            return value
        term = self.scalar(value, span)
        if not is_scalar(target):
            raise UnsupportedC(f"a conversion to `{target}`", span)
        if isinstance(value.type, IntType) and value.type.signed is None and value.type != target:
            if width_of(target) > value.type.width:
                raise UnsupportedC(sign_unknown(value.type), span, CHAR_HINT)
        converted = convert(term, value.type, target)
        if isinstance(target, PointerTo):
            return Value(target, converted, self._retarget(value, target, span))
        if isinstance(value.type, PointerTo) and target != BOOL:
            self.let_escape(value)
        return Value(target, converted)

    def _retarget(self, value: Value, target: PointerTo, span: Span) -> Place | Lost | None:
        """What a converted pointer points at: the same object iff it is seen through the same type."""
        found = value.target
        if found is None and isinstance(value.type, PointerTo) and isinstance(value.type.target, RecordType):
            seen = target.target
            if isinstance(seen, RecordType) and seen != value.type.target:
                self.assume(f"a `{value.type.target}` that is seen as a `{seen}` isn't used as what it is, too")
            elif is_bytes(target):
                self.show_bytes(value, span)
            elif isinstance(seen, IntType | PointerTo) and width_of(seen) > _BYTE:
                self.shown.setdefault(value.type.target)
                return Lost(f"it is a `{value.type.target}`, seen as a `{seen}`")
        if not isinstance(found, Place) or isinstance(value.type, IntType):
            return found if isinstance(value.type, PointerTo) else None
        aim = target.target
        if isinstance(aim, VoidType) or aim == found.type:
            return found
        if isinstance(aim, IntType) and isinstance(found.type, IntType) and aim.width == found.type.width:
            return found._replace(type=aim) if found.bits is None else found
        if isinstance(aim, PointerTo) and isinstance(found.type, PointerTo):
            return found
        self.show_bytes(value, span)
        return Lost(f"it is a `{found.type}`, seen as a `{aim}`")

    def scalar(self, value: Value, span: Span) -> Term:
        """The term of a scalar value; refuses anything else."""
        if value.term is None:
            raise UnsupportedC(value.note or f"a value of type `{value.type}` is used as a number", span)
        return value.term

    def truth(self, value: Value, span: Span) -> Term:
        """`value != 0` as a Boolean."""
        term = self.scalar(value, span)
        if not isinstance(value.type, PointerTo):
            self.count(value)
        else:
            self._note_null_test(term, self.state.condition)
        return self.under_facts(t.nonzero(term))

    def _note_null_test(self, term: Term, where: Term, depth: int = 0) -> None:
        """Notes that the code asks, if `where` holds, whether a member's or variable's address `term` is NULL."""
        if term.op == "ite" and depth < _CHOICES:
            condition, then, otherwise = term.args
            self._note_null_test(then, t.and_(where, condition), depth + 1)
            self._note_null_test(otherwise, t.and_(where, t.not_(condition)), depth + 1)
            return
        if term.id in self.members:
            text = self.members[term.id]
        elif term.op == "var" and str(term.value).startswith("&"):
            text = str(term.value).partition("@")[0]
        else:
            return
        asked = self.null_tests.get(term.id)
        self.null_tests[term.id] = NullTest(term, text, where if asked is None else t.or_(asked.where, where))

    def integer(self, value: Value, span: Span) -> tuple[Term, IntType]:
        """A promoted integer operand."""
        term = self.scalar(value, span)
        if not isinstance(value.type, IntType):
            raise UnsupportedC(f"a `{value.type}` where an integer is meant", span)
        if value.type.signed is None:
            raise UnsupportedC(sign_unknown(value.type), span, CHAR_HINT)
        type_ = promote(value.type, value.bits)
        if value.bits is not None and type_.width > INT.width and value.bits < type_.width:
            if value.bits > INT.width:
                raise UnsupportedC("arithmetic on a bit-field wider than int: compilers disagree about it", span)
            type_ = INT if type_.signed else UINT
        return convert(term, value.type, type_), type_

    def operate(self, op: str, left: Value, right: Value, span: Span) -> Value:
        """`left op right` for every binary operator but && and ||."""
        if isinstance(left.type, PointerTo) or isinstance(right.type, PointerTo):
            return self.operate_on_pointers(op, left, right, span)
        if is_unknown_result(left.type) or is_unknown_result(right.type):
            return self._operate_on_unknown(op, left, right, span)
        one, one_type = self.integer(left, span)
        other, other_type = self.integer(right, span)
        if op not in ("+", "-"):
            self.count(left)
            self.count(right)
        if op in ("<<", ">>"):
            result, undefined = integers.shift(op, one, other, one_type)
            self.hazard(undefined, "shift count out of range", span)
            return Value(one_type, result)
        common = usual_conversion(one_type, other_type)
        one, other = convert(one, one_type, common), convert(other, other_type, common)
        if op in ("==", "!=", "<", ">", "<=", ">="):
            holds = self.under_facts(integers.comparison(op, one, other, bool(common.signed)))
            return Value(INT, t.bool_to_bv(holds, INT.width))
        if op in ("/", "%"):
            self.hazard(t.eq(other, t.const(0, other.sort)), "division by zero", span)
            if common.signed:
                lowest = t.const(1 << (one.sort - 1), one.sort)
                overflow = t.and_(t.eq(one, lowest), t.eq(other, t.const(-1, one.sort)))
                self.hazard(overflow, "signed division overflow", span)
        return Value(common, integers.arithmetic(op, one, other, common))

    def _operate_on_unknown(self, op: str, left: Value, right: Value, span: Span) -> Value:
        """A comparison of a result of unknown type with an integer, or its lowest bits."""
        if not is_unknown_result(left.type):
            left, right, op = right, left, MIRRORED.get(op, op)
        if op not in MIRRORED or is_unknown_result(right.type):
            raise UnsupportedC(f"`{op}` on a result of unknown type", span)
        one = self.scalar(left, span)
        other, other_type = self.integer(right, span)
        number = t.const_value(other)
        plain = number is not None and number in PLAIN_NUMBERS
        if op == "&":
            if number is None or not plain:
                raise UnsupportedC("`&` of a result of unknown type with what may have a high bit set", span)
            return Value(left.type, t.bvand(one, t.const(number, one.sort)))
        kind = t.var(promoted_type_of(left.type), 2)
        if number is not None and plain and (op in ("==", "!=") or other_type == INT):
            unsigned = t.eq(t.extract(0, 0, kind), t.const(1, 1))
            other = t.const(number, one.sort)
            found = [integers.comparison(op, one, other, signed) for signed in (False, True)]
            holds = found[0] if op in ("==", "!=") else t.ite(unsigned, *found)
        else:
            holds = t.FALSE
            for i, type_ in enumerate(PROMOTED_TYPES):
                common = usual_conversion(type_, other_type)
                both = convert(convert(one, ULONG, type_), type_, common), convert(other, other_type, common)
                compared = integers.comparison(op, *both, bool(common.signed))
                holds = t.ite(t.eq(kind, t.const(i, 2)), compared, holds)
        return Value(INT, t.bool_to_bv(self.under_facts(holds), INT.width))

    def operate_on_pointers(self, op: str, left: Value, right: Value, span: Span) -> Value:
        one, other = self.scalar(left, span), self.scalar(right, span)
        if op in ("==", "!=", "<", ">", "<=", ">="):
            one, other = convert(one, left.type, ULONG), convert(other, right.type, ULONG)
            if op not in ("==", "!=") or left.type != right.type or left.type == PointerTo(VOID):
                self.count(left)
                self.count(right)
            if op in ("==", "!=") and self._are_apart(one, other):
                return Value(INT, t.const(int(op == "!="), INT.width))
            if op in ("==", "!=") and 0 in (t.const_value(one), t.const_value(other)):
                self._note_null_test(other if t.const_value(one) == 0 else one, self.state.condition)
            holds = integers.comparison(op, one, other, False)
            self.count_alone(holds if op not in ("==", "!=") else t.eq(*_without_common(one, other)))
            return Value(INT, t.bool_to_bv(self.under_facts(holds), INT.width))
        if op in ("+", "-") and isinstance(left.type, PointerTo) and isinstance(right.type, IntType):
            count = as_index(right, span)
            return self.offset_pointer(left, count if op == "+" else t.neg(count), span)
        if op == "+" and isinstance(right.type, PointerTo) and isinstance(left.type, IntType):
            return self.offset_pointer(right, as_index(left, span), span)
        if op == "-" and isinstance(left.type, PointerTo) and isinstance(right.type, PointerTo):
            return self._distance(left, right, span)
        raise UnsupportedC(f"`{op}` between `{left.type}` and `{right.type}`", span)

    def _distance(self, left: Value, right: Value, span: Span) -> Value:
        """How many elements `left` lies behind `right` (C17 6.5.6p9); a `void` takes one byte (GNU)."""
        assert isinstance(left.type, PointerTo) and isinstance(right.type, PointerTo)
        one, other = (
            t.const(1, POINTER_WIDTH) if isinstance(type_.target, VoidType) else self.size(type_.target, span)
            for type_ in (left.type, right.type)
        )
        end, start = self.scalar(left, span), self.scalar(right, span)
        distance = t.sub(end, start)
        size = t.const_value(one)
        if not size or one is not other or mentions_local(distance):
            raise UnsupportedC(f"`-` between `{left.type}` and `{right.type}`", span)
        self.count(Value(LONG, distance))
        if size == 1:
            return Value(LONG, distance)
        zero = t.const(0, POINTER_WIDTH)
        apart = t.ne(t.srem(distance, one), zero)
        if not {p.id for p in t.postorder((start,))}.isdisjoint(p.id for p in t.postorder((distance,))):
            apart = t.or_(apart, t.ne(t.ult(end, start), t.slt(distance, zero)))  # half of all addresses apart
        self.hazard(apart, "a difference of pointers that aren't to elements of one array", span)
        return Value(LONG, t.sdiv(distance, one))

    def _are_apart(self, one: Term, other: Term) -> bool:
        """True iff one is the address of a local variable that nothing outside knows, the other comes from there."""
        one, other = (one, other) if mentions_local(one) else (other, one)
        own, _ = split_address(one)
        if own.op != "local" or mentions_local(other) or t.const_value(other) is not None:
            return False
        return root(str(own.value)) not in self.escaped

    def operand(self, value: Value, type_: CType, span: Span) -> Value:
        if isinstance(type_, IntType) and isinstance(value.type, IntType):
            term, own = self.integer(value, span)
            return Value(type_, convert(term, own, type_))
        return self.convert(value, type_, span)

    def common_type(self, one: Value, other: Value, node: ast.Expr) -> CType:
        """The type of `?:` with these operands (C17 6.5.15)."""
        if isinstance(one.type, VoidType) or isinstance(other.type, VoidType):
            return VOID
        if isinstance(one.type, IntType) and isinstance(other.type, IntType):
            return usual_conversion(self.integer(one, node.span)[1], self.integer(other, node.span)[1])
        for a, b in ((one, other), (other, one)):
            if isinstance(a.type, PointerTo) and isinstance(b.type, IntType):
                return a.type
            if isinstance(a.type, PointerTo) and isinstance(b.type, PointerTo):
                if isinstance(b.type.target, VoidType) and b.term is not None and t.const_value(b.term) == 0:
                    return a.type
        if one.type == other.type:
            return one.type
        if isinstance(one.type, PointerTo) and isinstance(other.type, PointerTo):
            return PointerTo(VOID)
        raise UnsupportedC(f"`?:` between `{one.type}` and `{other.type}`", node.span)


def _without_common(one: Term, other: Term) -> tuple[Term, Term]:
    """The two sums without what is a summand of both: whether they are equal doesn't hang on it."""
    sums = [_summands(one), _summands(other)]
    for part in sums[0].copy():
        if part in sums[1]:
            for summands in sums:
                summands.remove(part)
    zero = t.const(0, one.sort)
    first, second = (reduce(t.add, summands, zero) for summands in sums)
    return first, second


def _summands(term: Term) -> list[Term]:
    return [part for arg in term.args for part in _summands(arg)] if term.op == "bvadd" else [term]
