"""Random integer literals in every spelling, with the type that C gives them (C17 6.4.4.1p5)."""

from __future__ import annotations

from verify.differential.environment import Dice
from verify.differential.fragments import POSTFIX, Fragment
from verify.differential.scalars import INT, LONG, S64, U64, UINT, ULONG, Scalar

_SMALL_LIMIT = 9
_PRINTABLE = (0x20, 0x7E)
_QUOTED = (0x27, 0x5C)  # ' and \ would need escapes
# Suffixes with the types they allow, decimal literals first (those never become unsigned by themselves).
_SUFFIXES: tuple[tuple[str, float, tuple[Scalar, ...], tuple[Scalar, ...]], ...] = (
    ("", 12, (INT, LONG), (INT, UINT, LONG, ULONG)),
    ("u", 2, (UINT, ULONG), (UINT, ULONG)),
    ("U", 2, (UINT, ULONG), (UINT, ULONG)),
    ("L", 1, (LONG,), (LONG, ULONG)),
    ("UL", 1, (ULONG,), (ULONG,)),
    ("ll", 1, (S64,), (S64, U64)),
    ("ULL", 2, (U64,), (U64,)),
)


def literal(dice: Dice, value: int | None = None) -> Fragment:
    """A literal, of `value` (not negative) if given."""
    if value is None:
        value = interesting(dice)
    if _PRINTABLE[0] <= value <= _PRINTABLE[1] and value not in _QUOTED and dice.chance(0.05):
        return Fragment(f"'{chr(value)}'", POSTFIX, INT)
    form = "decimal" if value <= _SMALL_LIMIT else dice.pick(("decimal", "hex", "hex", "HEX", "octal"))
    suffix, _, decimal_types, other_types = dice.weighted([(entry, entry[1]) for entry in _SUFFIXES])
    types = decimal_types if form == "decimal" else other_types
    fitting = [t for t in types if value <= t.maximum]
    if not fitting:
        suffix, fitting = "ULL", [U64]
    digits = {"decimal": str(value), "hex": f"{value:#x}", "HEX": f"0x{value:X}", "octal": f"0{value:o}"}[form]
    return Fragment(digits + suffix, POSTFIX, fitting[0])


def interesting(dice: Dice) -> int:
    """Small numbers, powers of two and their neighbours, masks, and anything."""
    form = dice.weighted((("small", 10), ("power", 4), ("below", 3), ("mask", 2), ("byte", 4), ("word", 2), ("any", 1)))
    if form == "small":
        return dice.between(0, _SMALL_LIMIT)
    if form == "power":
        return 1 << dice.between(0, 63)
    if form == "below":
        return (1 << dice.between(1, 64)) - 1
    if form == "mask":
        low = dice.between(0, 60)
        return ((1 << dice.between(1, 64 - low)) - 1) << low
    return dice.random.getrandbits({"byte": 8, "word": 32, "any": 64}[form])
