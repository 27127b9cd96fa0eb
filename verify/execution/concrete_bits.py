"""gcc's builtins that count, find and swap bits, in Python integers, for the concrete interpreter."""

from __future__ import annotations

from operator import add, mul, sub

from verify.patterns import pattern
from verify.syntax.ctypes import INT, LLONG, LONG, UINT, ULLONG, ULONG, USHORT, IntType

_NAME = pattern(r"__builtin_(?:(popcount|parity|ctz|clz|ffs)(l{0,2})|bswap(16|32|64))")
_TAKEN = {"": UINT, "l": ULONG, "ll": ULLONG}
_SWAPPED = {"16": USHORT, "32": UINT, "64": ULONG}
# What those compute exactly that say whether the result fits.
CHECKED = {"__builtin_add_overflow": add, "__builtin_sub_overflow": sub, "__builtin_mul_overflow": mul}


def types_of(name: str) -> tuple[IntType, IntType] | None:
    """The types of the argument and of the result of such a builtin; None for any other name."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    kind, length, swapped = match.groups()
    if swapped:
        return _SWAPPED[swapped], _SWAPPED[swapped]
    return ({"": INT, "l": LONG, "ll": LLONG}[length] if kind == "ffs" else _TAKEN[length]), INT


def computed(name: str, argument: int, width: int) -> tuple[int, str]:
    """The result for an argument of `width` bits, and what is undefined about it, if anything."""
    bits = f"{argument & ((1 << width) - 1):0{width}b}"
    if "bswap" in name:
        return int.from_bytes(int(bits, 2).to_bytes(width // 8, "little"), "big"), ""
    if "popcount" in name:
        return bits.count("1"), ""
    if "parity" in name:
        return bits.count("1") % 2, ""
    trailing = len(bits) - len(bits.rstrip("0"))
    if "ffs" in name:
        return (trailing + 1 if "1" in bits else 0), ""
    trouble = "" if "1" in bits else f"{name}() of 0"
    return (trailing if "ctz" in name else len(bits) - len(bits.lstrip("0"))), trouble
