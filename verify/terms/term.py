"""Immutable, hash-consed terms: two terms are the same object iff they are built alike.

Sorts
    a positive integer w      bit-vectors of w bits
    BOOL (0)                  Booleans
    WORLD (-1)                worlds: what the outside has seen so far.  A world is an initial world or one call
                              (`step`) after another world; worlds are a free algebra: equal iff all calls are.
    MEMORY (-2)               the content of one location of every object of one type, by address

Every constructor checks widths (`AssertionError` is a bug of the caller) and folds constants, equal branches and reads
over writes.  Bit-vector operators have SMT-LIB's names and meaning, division by zero and over-wide shifts included;
whether C gives them a meaning is the executor's business.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from typing import Any, TypeVar

BOOL = 0
WORLD = -1
MEMORY = -2

_Key = TypeVar("_Key")
_Found = TypeVar("_Found")
Payload = int | str | tuple[object, ...] | None


class Term:
    """One node.  `value` is a constant's value, a variable's name, or an operator's parameters."""

    __slots__ = ("args", "id", "op", "sort", "value")

    op: str
    args: tuple[Term, ...]
    value: Payload
    sort: int
    id: int

    def __repr__(self) -> str:
        return f"<{self.op} {self.value if self.value is not None else ''} {len(self.args)} args #{self.id}>"


_table: dict[tuple[object, ...], Term] = {}
_before = 0  # terms that were made and forgotten
_kept: list[dict[Any, Any]] = []


def _make(op: str, args: tuple[Term, ...], value: Payload, sort: int) -> Term:
    key = (op, args, value, sort)  # terms are compared by identity
    found = _table.get(key)
    if found is None:
        found = Term.__new__(Term)
        found.op, found.args, found.value, found.sort, found.id = op, args, value, sort, _before + len(_table)
        _table[key] = found
    return found


TRUE = _make("true", (), None, BOOL)
FALSE = _make("false", (), None, BOOL)


def kept(found: dict[_Key, _Found]) -> dict[_Key, _Found]:
    """A table of what was found out about terms, which `forget` empties."""
    _kept.append(found)
    return found


def forget() -> None:
    """Forgets all terms but `TRUE` and `FALSE`; no other may be used any more.

    What is asked next, and so the model that a solver finds, then doesn't depend on what was asked before.
    """
    global _before
    count = _before + len(_table)
    _table.clear()
    for term in (TRUE, FALSE):
        _table[term.op, term.args, term.value, term.sort] = term
    _before = count - len(_table)
    for found in _kept:
        found.clear()


def number_of(term: Term) -> int:
    """Which term it is of those that aren't forgotten, counted in the order in which they were made."""
    return term.id - _before


def const(value: int, width: int) -> Term:
    """The bit-vector `value` modulo 2**width."""
    assert width > 0
    return _make("const", (), value & ((1 << width) - 1), width)


def var(name: str, sort: int) -> Term:
    """The free variable `name` (a bit-vector or a Boolean)."""
    assert sort >= 0
    return _make("var", (), name, sort)


def boolean(value: bool) -> Term:
    return TRUE if value else FALSE


def is_const(term: Term) -> bool:
    return term.op == "const"


def const_value(term: Term) -> int | None:
    """The value of a bit-vector constant, else None."""
    return term.value if term.op == "const" else None  # type: ignore[return-value]


def signed(value: int, width: int) -> int:
    """The two's complement reading of `value`."""
    return value - (1 << width) if value >> (width - 1) else value


def not_(term: Term) -> Term:
    assert term.sort == BOOL
    if term is TRUE:
        return FALSE
    if term is FALSE:
        return TRUE
    return term.args[0] if term.op == "not" else _make("not", (term,), None, BOOL)


_FLATTEN_LIMIT = 16  # longer conjunctions nest, so that building a chain of n stays linear


def _junction(op: str, unit: Term, zero: Term, terms: Iterable[Term]) -> Term:
    parts: dict[int, Term] = {}
    for term in terms:
        assert term.sort == BOOL
        if term is zero:
            return zero
        if term.op == op and len(term.args) <= _FLATTEN_LIMIT:
            for inner in term.args:
                parts[inner.id] = inner
        elif term is not unit:
            parts[term.id] = term
    for part in parts.values():
        if part.op == "not" and part.args[0].id in parts:
            return zero
    if len(parts) < 2:
        return next(iter(parts.values()), unit)
    return _make(op, tuple(parts[i] for i in sorted(parts)), None, BOOL)


def and_(*terms: Term) -> Term:
    return _junction("and", TRUE, FALSE, terms)


def or_(*terms: Term) -> Term:
    return _junction("or", FALSE, TRUE, terms)


def implies(one: Term, other: Term) -> Term:
    return or_(not_(one), other)


def ite(condition: Term, then: Term, otherwise: Term) -> Term:
    """If-then-else of any sort."""
    assert condition.sort == BOOL
    assert then.sort == otherwise.sort
    if condition is TRUE or then is otherwise:
        return then
    if condition is FALSE:
        return otherwise
    if condition.op == "not":
        condition, then, otherwise = condition.args[0], otherwise, then
    if then.op == "ite" and then.args[0] is condition:
        then = then.args[1]
    if otherwise.op == "ite" and otherwise.args[0] is condition:
        otherwise = otherwise.args[2]
    if then is otherwise:
        return then
    if then.sort == BOOL:
        if then is TRUE:
            return or_(condition, otherwise)
        if then is FALSE:
            return and_(not_(condition), otherwise)
        if otherwise is TRUE:
            return or_(not_(condition), then)
        if otherwise is FALSE:
            return and_(condition, then)
        if then is not_(otherwise):
            return eq(condition, then)
    return _make("ite", (condition, then, otherwise), None, then.sort)


def _constant_ite(term: Term) -> bool:
    """True for an if-then-else between two constants."""
    return term.op == "ite" and term.args[1].op == "const" and term.args[2].op == "const"


def eq(one: Term, other: Term) -> Term:
    """Equality of Booleans or bit-vectors (worlds: `verify.terms.worlds`)."""
    assert one.sort == other.sort >= 0, (one, other)
    if one is other:
        return TRUE
    if one.op == "const" and other.op == "const":
        return FALSE
    if one.sort == BOOL:
        for a, b in ((one, other), (other, one)):
            if a is TRUE:
                return b
            if a is FALSE:
                return not_(b)
        if one is not_(other):
            return FALSE
    if one.op == "const":
        one, other = other, one
    if other.op == "const":
        found = _eq_const(one, other)
        if found is not None:
            return found
    if one.op == "ite" and other.op == "ite" and one.args[0] is other.args[0]:
        return ite(one.args[0], eq(one.args[1], other.args[1]), eq(one.args[2], other.args[2]))
    for a, b in ((one, other), (other, one)):
        if a.op == "ite":
            if a.args[1] is b:
                return or_(a.args[0], eq(a.args[2], b))
            if a.args[2] is b:
                return or_(not_(a.args[0]), eq(a.args[1], b))
    if distinct(one, other):
        return FALSE
    if one.id > other.id:
        one, other = other, one
    return _make("=", (one, other), None, BOOL)


_equal_to_const: dict[tuple[Term, Term], Term] = kept({})  # of if-then-elses, which may share branches


def _eq_const(one: Term, constant: Term) -> Term | None:
    value = constant.value
    assert isinstance(value, int)
    if one.op == "ite" and (one.args[1].op == "const" or one.args[2].op == "const"):
        found = _equal_to_const.get((one, constant))
        if found is None:
            found = ite(one.args[0], eq(one.args[1], constant), eq(one.args[2], constant))
            _equal_to_const[one, constant] = found
        return found
    if one.op == "zero_extend":
        inner = one.args[0]
        return eq(inner, const(value, inner.sort)) if value >> inner.sort == 0 else FALSE
    if one.op == "sign_extend":
        inner = one.args[0]
        low = const(value, inner.sort)
        return eq(inner, low) if sign_extend(low, one.sort) is constant else FALSE
    if one.op == "bvadd" and one.args[1].op == "const":
        return eq(one.args[0], sub(constant, one.args[1]))
    if one.op == "bvnot":
        return eq(one.args[0], bvnot(constant))
    if one.op == "concat":
        high, low = one.args
        return and_(eq(high, const(value >> low.sort, high.sort)), eq(low, const(value, low.sort)))
    if one.sort == 1 and one.op == "bvxor" and one.args[1].op == "const":
        return eq(one.args[0], bvxor(constant, one.args[1]))
    return None


def ne(one: Term, other: Term) -> Term:
    return not_(eq(one, other))


LOWEST_ADDRESS = 1 << 20  # no stack lies so near to either end of x86-64's address space, NULL and ERR_PTR() included


def distinct(one: Term, other: Term) -> bool:
    """True only if the two bit-vectors differ whatever their variables are."""
    base, offset = base_and_offset(one)
    other_base, other_offset = base_and_offset(other)
    if base is other_base:
        return offset != other_offset
    if base is None or other_base is None:
        # NULL and error pointers are no object's address (C17 6.3.2.3p3).
        known = base if base is not None else other_base
        apart = signed((offset - other_offset) % (1 << one.sort), one.sort)
        return known is not None and known.op == "local" and abs(apart) <= LOWEST_ADDRESS
    # Two objects of automatic storage don't overlap (C17 6.5.9p6), but one may begin where the other ends.
    return base.op == "local" and other_base.op == "local" and offset == other_offset == 0


def base_and_offset(term: Term) -> tuple[Term | None, int]:
    """What an address is counted from (None: from 0), and how far it is away in bytes, modulo 2 to the width."""
    if term.op == "const":
        return None, term.value  # type: ignore[return-value]
    if term.op == "bvadd" and term.args[1].op == "const":
        return term.args[0], term.args[1].value  # type: ignore[return-value]
    return term, 0


def bool_to_bv(condition: Term, width: int) -> Term:
    """1 if `condition` holds, else 0."""
    return ite(condition, const(1, width), const(0, width))


def nonzero(term: Term) -> Term:
    return ne(term, const(0, term.sort))


def _same_width(one: Term, other: Term) -> int:
    assert one.sort == other.sort > 0, (one, other)
    return one.sort


def _constant_last(one: Term, other: Term) -> tuple[Term, Term]:
    if one.op == "const" or (other.op != "const" and one.id > other.id):
        return other, one
    return one, other


def add(one: Term, other: Term) -> Term:
    width = _same_width(one, other)
    one, other = _constant_last(one, other)
    if other.op == "const":
        offset = other.value
        assert isinstance(offset, int)
        if one.op == "const":
            return const(one.value + offset, width)  # type: ignore[operator]
        if offset == 0:
            return one
        if one.op == "bvadd" and one.args[1].op == "const":
            return add(one.args[0], const(one.args[1].value + offset, width))  # type: ignore[operator]
        if _constant_ite(one):
            return ite(one.args[0], add(one.args[1], other), add(one.args[2], other))
    for a, b in ((one, other), (other, one)):
        if a.op == "bvneg" and a.args[0] is b:
            return const(0, width)
        # (x - y) + y, whichever way it was nested
        if a.op == "bvadd":
            for k in (0, 1):
                if neg(a.args[k]) is b:
                    return a.args[1 - k]
        # (x + c) + y is kept as (x + y) + c
        if a.op == "bvadd" and a.args[1].op == "const" and b.op != "const":
            return add(add(a.args[0], b), a.args[1])
    return _make("bvadd", (one, other), None, width)


def neg(term: Term) -> Term:
    if term.op == "const":
        return const(-term.value, term.sort)  # type: ignore[operator]
    return term.args[0] if term.op == "bvneg" else _make("bvneg", (term,), None, term.sort)


def sub(one: Term, other: Term) -> Term:
    _same_width(one, other)
    return const(0, one.sort) if one is other else add(one, neg(other))


def mul(one: Term, other: Term) -> Term:
    width = _same_width(one, other)
    one, other = _constant_last(one, other)
    factor = const_value(other)
    if factor is not None:
        if one.op == "const":
            return const(one.value * factor, width)  # type: ignore[operator]
        if factor == 0:
            return other
        if factor == 1:
            return one
    return _make("bvmul", (one, other), None, width)


def udiv(one: Term, other: Term) -> Term:
    width = _same_width(one, other)
    if one.op == "const" and other.op == "const":
        return const(one.value // other.value if other.value else -1, width)  # type: ignore[operator]
    return one if const_value(other) == 1 else _make("bvudiv", (one, other), None, width)


def urem(one: Term, other: Term) -> Term:
    width = _same_width(one, other)
    if one.op == "const" and other.op == "const":
        return const(one.value % other.value, width) if other.value else one  # type: ignore[operator]
    return const(0, width) if const_value(other) == 1 else _make("bvurem", (one, other), None, width)


def sdiv(one: Term, other: Term) -> Term:
    """Truncating signed division, as in C; by zero it is 1 for negative and -1 for other dividends."""
    width = _same_width(one, other)
    if one.op == "const" and other.op == "const":
        a, b = signed(one.value, width), signed(other.value, width)  # type: ignore[arg-type]
        if b == 0:
            return const(1 if a < 0 else -1, width)
        quotient = abs(a) // abs(b)
        return const(quotient if (a < 0) == (b < 0) else -quotient, width)
    return one if const_value(other) == 1 else _make("bvsdiv", (one, other), None, width)


def srem(one: Term, other: Term) -> Term:
    """The remainder with the dividend's sign, as in C; by zero it is the dividend."""
    width = _same_width(one, other)
    if one.op == "const" and other.op == "const":
        a, b = signed(one.value, width), signed(other.value, width)  # type: ignore[arg-type]
        if b == 0:
            return one
        remainder = abs(a) % abs(b)
        return const(-remainder if a < 0 else remainder, width)
    return const(0, width) if const_value(other) == 1 else _make("bvsrem", (one, other), None, width)


def bvnot(term: Term) -> Term:
    if term.op == "const":
        return const(~term.value, term.sort)  # type: ignore[operator]
    if _constant_ite(term):
        return ite(term.args[0], bvnot(term.args[1]), bvnot(term.args[2]))
    return term.args[0] if term.op == "bvnot" else _make("bvnot", (term,), None, term.sort)


def bvand(one: Term, other: Term) -> Term:
    width = _same_width(one, other)
    one, other = _constant_last(one, other)
    if one is other:
        return one
    mask = const_value(other)
    if mask is not None:
        if one.op == "const":
            return const(one.value & mask, width)  # type: ignore[operator]
        if mask == 0:
            return other
        if mask == (1 << width) - 1:
            return one
        if one.op == "bvand" and one.args[1].op == "const":
            return bvand(one.args[0], const(one.args[1].value & mask, width))  # type: ignore[operator]
        if one.op == "zero_extend":
            inner = one.args[0]
            return zero_extend(bvand(inner, const(mask, inner.sort)), width)
        if _constant_ite(one):
            return ite(one.args[0], bvand(one.args[1], other), bvand(one.args[2], other))
    if bvnot(one) is other:
        return const(0, width)
    return _make("bvand", (one, other), None, width)


def bvor(one: Term, other: Term) -> Term:
    width = _same_width(one, other)
    one, other = _constant_last(one, other)
    if one is other:
        return one
    bits = const_value(other)
    if bits is not None:
        if one.op == "const":
            return const(one.value | bits, width)  # type: ignore[operator]
        if bits == 0:
            return one
        if bits == (1 << width) - 1:
            return other
        if one.op == "bvor" and one.args[1].op == "const":
            return bvor(one.args[0], const(one.args[1].value | bits, width))  # type: ignore[operator]
        if _constant_ite(one):
            return ite(one.args[0], bvor(one.args[1], other), bvor(one.args[2], other))
    if bvnot(one) is other:
        return const(-1, width)
    return _make("bvor", (one, other), None, width)


def bvxor(one: Term, other: Term) -> Term:
    width = _same_width(one, other)
    one, other = _constant_last(one, other)
    if one is other:
        return const(0, width)
    bits = const_value(other)
    if bits is not None:
        if one.op == "const":
            return const(one.value ^ bits, width)  # type: ignore[operator]
        if bits == 0:
            return one
        if bits == (1 << width) - 1:
            return bvnot(one)
    return _make("bvxor", (one, other), None, width)


def shl(one: Term, count: Term) -> Term:
    return _shift("bvshl", one, count)


def lshr(one: Term, count: Term) -> Term:
    return _shift("bvlshr", one, count)


def ashr(one: Term, count: Term) -> Term:
    return _shift("bvashr", one, count)


def _shift(op: str, one: Term, count: Term) -> Term:
    width = _same_width(one, count)
    amount = const_value(count)
    if amount is not None:
        if amount == 0:
            return one
        if amount >= width and op != "bvashr":
            return const(0, width)
        value = const_value(one)
        if value is not None:
            return const(_shifted(op, value, amount, width), width)
    elif const_value(one) == 0:
        return one
    return _make(op, (one, count), None, width)


def _shifted(op: str, value: int, amount: int, width: int) -> int:
    if op == "bvshl":
        return value << amount if amount < width else 0
    if op == "bvlshr":
        return value >> amount if amount < width else 0
    return signed(value, width) >> min(amount, width)


def extract(high: int, low: int, term: Term) -> Term:
    """Bits `high` down to `low`, counted from 0."""
    assert 0 <= low <= high < term.sort, (high, low, term)
    width = high - low + 1
    if width == term.sort:
        return term
    if term.op == "const":
        return const(term.value >> low, width)  # type: ignore[operator]
    if term.op == "extract":
        inner_low = term.value[1]  # type: ignore[index]
        return extract(high + inner_low, low + inner_low, term.args[0])  # type: ignore[operator]
    if term.op in ("zero_extend", "sign_extend"):
        inner = term.args[0]
        if high < inner.sort:
            return extract(high, low, inner)
        if low == 0:
            return (zero_extend if term.op == "zero_extend" else sign_extend)(inner, width)
        if term.op == "zero_extend" and low >= inner.sort:
            return const(0, width)
    if term.op == "concat":
        upper, lower = term.args
        if high < lower.sort:
            return extract(high, low, lower)
        if low >= lower.sort:
            return extract(high - lower.sort, low - lower.sort, upper)
    if _constant_ite(term):
        return ite(term.args[0], extract(high, low, term.args[1]), extract(high, low, term.args[2]))
    return _make("extract", (term,), (high, low), width)


def concat(high: Term, low: Term) -> Term:
    """`high` above `low`."""
    assert high.sort > 0 and low.sort > 0
    width = high.sort + low.sort
    if high.op == "const" and low.op == "const":
        return const((high.value << low.sort) | low.value, width)  # type: ignore[operator]
    if const_value(high) == 0:
        return zero_extend(low, width)
    if high.op == "extract" and low.op == "extract" and high.args[0] is low.args[0]:
        (top, middle), (below, bottom) = high.value, low.value  # type: ignore[misc]
        if middle == below + 1:  # type: ignore[operator]
            return extract(top, bottom, high.args[0])  # type: ignore[arg-type]
    return _make("concat", (high, low), None, width)


def zero_extend(term: Term, width: int) -> Term:
    """`term` in `width` bits, zeros above."""
    assert width >= term.sort > 0
    if width == term.sort:
        return term
    if term.op == "const":
        return const(term.value, width)  # type: ignore[arg-type]
    if term.op == "zero_extend":
        return zero_extend(term.args[0], width)
    if _constant_ite(term):
        return ite(term.args[0], zero_extend(term.args[1], width), zero_extend(term.args[2], width))
    return _make("zero_extend", (term,), width - term.sort, width)


def sign_extend(term: Term, width: int) -> Term:
    """`term` in `width` bits, copies of its sign above."""
    assert width >= term.sort > 0
    if width == term.sort:
        return term
    if term.op == "const":
        return const(signed(term.value, term.sort), width)  # type: ignore[arg-type]
    if term.op == "zero_extend":
        return zero_extend(term.args[0], width)
    if term.op == "sign_extend":
        return sign_extend(term.args[0], width)
    if _constant_ite(term):
        return ite(term.args[0], sign_extend(term.args[1], width), sign_extend(term.args[2], width))
    return _make("sign_extend", (term,), width - term.sort, width)


def _compare(op: str, one: Term, other: Term, holds: bool, equal: bool) -> Term:
    if one is other:
        return boolean(equal)
    if one.op == "const" and other.op == "const":
        return boolean(holds)
    for a, b in ((one, other), (other, one)):
        if _constant_ite(a) and b.op == "const":
            left = _COMPARISONS[op](a.args[1], b) if a is one else _COMPARISONS[op](b, a.args[1])
            right = _COMPARISONS[op](a.args[2], b) if a is one else _COMPARISONS[op](b, a.args[2])
            return ite(a.args[0], left, right)
    return _make(op, (one, other), None, BOOL)


def ult(one: Term, other: Term) -> Term:
    """Unsigned less-than."""
    _same_width(one, other)
    if const_value(other) == 0 or const_value(one) == (1 << one.sort) - 1:
        return FALSE
    if one.op == "zero_extend" and other.op == "zero_extend" and one.args[0].sort == other.args[0].sort:
        return ult(one.args[0], other.args[0])
    a, b = const_value(one), const_value(other)
    return _compare("bvult", one, other, a is not None and b is not None and a < b, False)


def ule(one: Term, other: Term) -> Term:
    """Unsigned at-most."""
    return not_(ult(other, one))


def slt(one: Term, other: Term) -> Term:
    """Signed less-than."""
    width = _same_width(one, other)
    a, b = const_value(one), const_value(other)
    holds = a is not None and b is not None and signed(a, width) < signed(b, width)
    return _compare("bvslt", one, other, holds, False)


def sle(one: Term, other: Term) -> Term:
    """Signed at-most."""
    return not_(slt(other, one))


_COMPARISONS = {"bvult": ult, "bvslt": slt}


def world(name: str) -> Term:
    """An initial world."""
    return _make("world", (), name, WORLD)


def step(function: str, before: Term, arguments: tuple[Term, ...], dirty: tuple[tuple[str, Term], ...]) -> Term:
    """The world after the call `function(arguments)` in world `before`.

    `dirty` are the locations that were written since `before` and their content, sorted by name: the callee sees them.
    """
    assert before.sort == WORLD
    keys = tuple(k for k, _ in dirty)
    return _make("step", (before, *arguments, *(t for _, t in dirty)), (function, len(arguments), keys), WORLD)


def base(location: str, at: Term, width: int, indices: tuple[int, ...]) -> Term:
    """What `location` held, for every address, in world `at`; `indices` are the widths of its indices."""
    assert at.sort == WORLD
    if at.op == "ite":
        return _in_either(at, (location, width, indices), lambda world: base(location, world, width, indices))
    return _make("base", (at,), (location, width, indices), MEMORY)


_by_world: dict[tuple[Term, object], Term] = kept({})


def _in_either(at: Term, what: object, held: Callable[[Term], Term]) -> Term:
    """`what` in world `at`, an if-then-else, by what was `held` in its branches; each is asked once."""
    found = _by_world.get((at, what))
    if found is None:
        condition, then, otherwise = at.args
        found = _by_world[at, what] = ite(condition, held(then), held(otherwise))
    return found


def store(memory: Term, indices: tuple[Term, ...], value: Term) -> Term:
    """`memory` with `value` written at `indices`."""
    assert memory.sort == MEMORY
    if memory.op == "store" and memory.args[1:-1] == indices:
        memory = memory.args[0]
    if select(memory, indices, value.sort) is value:
        return memory
    return _make("store", (memory, *indices, value), None, MEMORY)


_selected: dict[tuple[int, ...], Term] = kept({})


def select(memory: Term, indices: tuple[Term, ...], width: int) -> Term:
    """The content of `memory` at `indices`, as a term over reads of initial contents (`read`)."""
    assert memory.sort == MEMORY
    key = (memory.id, *[i.id for i in indices])
    found = _selected.get(key)
    if found is None:
        found = _selected[key] = _select(memory, indices, width)
    assert found.sort == width, (found, width)
    return found


def _select(memory: Term, indices: tuple[Term, ...], width: int) -> Term:
    if memory.op == "store":
        written, value = memory.args[1:-1], memory.args[-1]
        assert len(written) == len(indices)
        same = and_(*(eq(a, b) for a, b in zip(written, indices, strict=True)))
        if same is TRUE:
            return value
        rest = select(memory.args[0], indices, width)
        return ite(same, value, rest)
    if memory.op == "ite":
        condition, then, otherwise = memory.args
        return ite(condition, select(then, indices, width), select(otherwise, indices, width))
    location, own_width, _ = memory.value  # type: ignore[misc]
    assert own_width == width
    return read(location, memory.args[0], indices, width)  # type: ignore[arg-type]


def read(location: str, at: Term, indices: tuple[Term, ...], width: int) -> Term:
    """What `location` held at `indices` in world `at`: an unknown value, the same for equal questions."""
    if at.op == "ite":
        return _in_either(at, (location, indices, width), lambda world: read(location, world, indices, width))
    return _make("read", (at, *indices), location, width)


def local_address(name: str) -> Term:
    """The address of an object of automatic storage: differs from every other object's."""
    return _make("local", (), name, 64)


def postorder(roots: Iterable[Term], but: Container[int] = ()) -> list[Term]:
    """Every term below `roots` once, arguments before what they are arguments of: in the order in which they were made.

    Nothing is looked for below terms whose ids are in `but`.
    """
    found = {root.id: root for root in roots}
    waiting = list(found.values())
    for term in waiting:  # it grows
        if term.args and term.id not in but:
            for argument in term.args:
                if argument.id not in found:
                    found[argument.id] = argument
                    waiting.append(argument)
    return [found[i] for i in sorted(found)]


REBUILD = {
    "not": not_, "and": and_, "or": or_, "ite": ite, "=": eq, "bvadd": add, "bvneg": neg, "bvmul": mul,
    "bvudiv": udiv, "bvurem": urem, "bvsdiv": sdiv, "bvsrem": srem, "bvnot": bvnot, "bvand": bvand, "bvor": bvor,
    "bvxor": bvxor, "bvshl": shl, "bvlshr": lshr, "bvashr": ashr, "concat": concat, "bvult": ult, "bvslt": slt,
}  # fmt: skip


def rebuild(term: Term, args: tuple[Term, ...]) -> Term:
    """`term` with other arguments, simplified again."""
    if args == term.args:  # by identity
        return term
    if term.op in REBUILD:
        return REBUILD[term.op](*args)
    if term.op == "extract":
        high, low = term.value  # type: ignore[misc]
        return extract(high, low, args[0])  # type: ignore[arg-type]
    if term.op == "zero_extend":
        return zero_extend(args[0], term.sort)
    if term.op == "sign_extend":
        return sign_extend(args[0], term.sort)
    if term.op == "read":
        assert isinstance(term.value, str)
        return read(term.value, args[0], args[1:], term.sort)
    if term.op == "store":
        return store(args[0], args[1:-1], args[-1])
    if term.op == "base":
        location, width, indices = term.value  # type: ignore[misc]
        return base(location, args[0], width, indices)  # type: ignore[arg-type]
    return _make(term.op, args, term.value, term.sort)


def substitute(roots: tuple[Term, ...], table: dict[int, Term]) -> tuple[Term, ...]:
    """`roots` with each term whose id is in `table` replaced, simplified on the way up."""
    changed = dict(table)
    for term in postorder(roots, table):
        for argument in () if term.id in changed else term.args:
            if argument.id in changed:
                changed[term.id] = rebuild(term, tuple([changed.get(a.id, a) for a in term.args]))
                break
    return tuple([changed.get(root.id, root) for root in roots])
