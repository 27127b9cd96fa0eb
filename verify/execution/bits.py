"""gcc's builtins that count, find and swap bits, as terms ("Other Built-in Functions Provided by GCC").

`BIT_BUILTINS` tells them by name, with the types of their argument and result; `result` is the value of one.
"""

from __future__ import annotations

from verify.syntax.ctypes import INT, LLONG, LONG, UINT, ULLONG, ULONG, USHORT, IntType
from verify.terms import term as t
from verify.terms.term import Term
from verify.tuples import NamedTuple

_PREFIX = "__builtin_"
_COUNTING = ("popcount", "parity", "ctz", "clz", "ffs")
_BYTE = 8


class BitBuiltin(NamedTuple):
    """What is computed, and the types of the argument and of the result."""

    kind: str
    takes: IntType
    returns: IntType


def _table() -> dict[str, BitBuiltin]:
    found: dict[str, BitBuiltin] = {}
    for suffix, unsigned, signed in (("", UINT, INT), ("l", ULONG, LONG), ("ll", ULLONG, LLONG)):
        for kind in _COUNTING:
            found[f"{_PREFIX}{kind}{suffix}"] = BitBuiltin(kind, signed if kind == "ffs" else unsigned, INT)
    for type_ in (USHORT, UINT, ULONG):
        found[f"{_PREFIX}bswap{type_.width}"] = BitBuiltin("bswap", type_, type_)
    return found


BIT_BUILTINS = _table()
# gcc's builtins that compute exactly, store what fits, and say whether it doesn't ("Integer Overflow Builtins").
OVERFLOW_BUILTINS = {f"{_PREFIX}{kind}_overflow": op for kind, op in (("add", "+"), ("sub", "-"), ("mul", "*"))}
UNDEFINED_FOR_ZERO = frozenset(("ctz", "clz"))


def result(builtin: BitBuiltin, argument: Term) -> Term:
    """The value for an argument that has the type that the builtin takes; any for what is undefined."""
    match builtin.kind:
        case "popcount":
            found = _ones(argument)
        case "parity":
            found = t.bvand(_ones(argument), t.const(1, argument.sort))
        case "ctz":
            found = _zeros_below(argument)
        case "ffs":
            zero = t.const(0, argument.sort)
            found = t.ite(t.eq(argument, zero), zero, t.add(_zeros_below(argument), t.const(1, argument.sort)))
        case "clz":
            found = _ones(t.bvnot(_smeared(argument)))
        case _:
            found = argument
            for i in range(0, argument.sort, _BYTE):
                byte = t.extract(i + _BYTE - 1, i, argument)
                found = byte if not i else t.concat(found, byte)
    return found if found.sort == builtin.returns.width else t.extract(builtin.returns.width - 1, 0, found)


def _ones(x: Term) -> Term:
    """How many bits are set: neighbours are added up, then pairs, and so on."""
    width = x.sort
    step = 1
    while step < width:
        mask = t.const(sum(((1 << step) - 1) << i for i in range(0, width, 2 * step)), width)
        x = t.add(t.bvand(x, mask), t.bvand(t.lshr(x, t.const(step, width)), mask))
        step *= 2
    return x


def _zeros_below(x: Term) -> Term:
    """How many zeros are below the lowest bit that is set; all if none is."""
    return _ones(t.bvand(t.bvnot(x), t.sub(x, t.const(1, x.sort))))


def _smeared(x: Term) -> Term:
    """`x` with all bits set below its highest one."""
    step = 1
    while step < x.sort:
        x = t.bvor(x, t.lshr(x, t.const(step, x.sort)))
        step *= 2
    return x
