"""C's integer conversions and operators on terms (C17 6.3.1, 6.5), as gcc compiles them for the kernel.

Arithmetic wraps in two's complement: the kernel builds with -fno-strict-overflow.  `>>` on negative values copies the
sign (gcc's documentation, "Integers implementation").
"""

from __future__ import annotations

from verify.syntax.ctypes import BOOL, CType, IntType, width_of
from verify.terms import term as t
from verify.terms.term import Term


def convert(value: Term, source: CType, target: CType) -> Term:
    """`value` of type `source` as type `target`, both scalars (C17 6.3.1.2, 6.3.1.3, 6.3.2.3)."""
    if target == BOOL:
        return value if value.sort == 1 else t.bool_to_bv(t.nonzero(value), 1)
    width = width_of(target)
    if width <= value.sort:
        return t.extract(width - 1, 0, value)
    if isinstance(source, IntType) and source.signed:
        return t.sign_extend(value, width)
    return t.zero_extend(value, width)


def arithmetic(op: str, one: Term, other: Term, type_: IntType) -> Term:
    """`one op other`, both already of the common type."""
    if op in ("/", "%"):
        table = {("/", True): t.sdiv, ("/", False): t.udiv, ("%", True): t.srem, ("%", False): t.urem}
        return table[op, bool(type_.signed)](one, other)
    return {"+": t.add, "-": t.sub, "*": t.mul, "&": t.bvand, "|": t.bvor, "^": t.bvxor}[op](one, other)


def comparison(op: str, one: Term, other: Term, signed: bool) -> Term:
    """`one op other` as a Boolean, both already of the common type."""
    less, at_most = (t.slt, t.sle) if signed else (t.ult, t.ule)
    match op:
        case "==":
            return t.eq(one, other)
        case "!=":
            return t.ne(one, other)
        case "<":
            return less(one, other)
        case ">":
            return less(other, one)
        case "<=":
            return at_most(one, other)
        case _:
            return at_most(other, one)


def shift(op: str, value: Term, count: Term, type_: IntType) -> tuple[Term, Term]:
    """`value op count` in the promoted type of `value`, and when it is undefined (C17 6.5.7p3).

    `count` is promoted too and has a width of its own.  A negative count is out of range as an unsigned one, too.
    """
    width = value.sort
    undefined = t.not_(t.ult(count, t.const(width, count.sort)))
    amount = t.zero_extend(count, width) if count.sort <= width else t.extract(width - 1, 0, count)
    if op == "<<":
        return t.shl(value, amount), undefined
    return (t.ashr if type_.signed else t.lshr)(value, amount), undefined
