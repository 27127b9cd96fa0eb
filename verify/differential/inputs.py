"""Inputs for a program: boundary values, the program's own constants, and random ones."""

from __future__ import annotations

import re

from verify.differential.environment import Dice
from verify.differential.program import Input, Program
from verify.differential.scalars import Scalar

_SMALL = range(-2, 10)
_NUMBER = re.compile(r"\b(?:0[xX][0-9a-fA-F]+|\d+)(?=[uUlL]*\b)")
_BOUNDARIES = ("zero", "one", "maximum", "minimum", "minus-one")


def inputs_for(program: Program, count: int, seed: int = 0) -> list[Input]:
    """`count` inputs, the same for the same program and `seed`; the first few set every leaf to one boundary."""
    dice = Dice(program.seed * 1_000_003 + seed)
    pool = _constants(program.text)
    given: list[Input] = []
    for i in range(count):
        if i < len(_BOUNDARIES):
            values = [_boundary(slot.type, _BOUNDARIES[i]) for slot in program.slots]
        else:
            style = dice.weighted((("mixed", 6), ("small", 2), ("random", 2)))
            values = [_value(slot.type, dice, style, pool) for slot in program.slots]
        aliased = program.alias is not None and i > 0 and dice.chance(0.4)
        if aliased and program.alias:
            offset = len(program.scalar_params)
            for own, other in program.alias.twins:
                values[offset + own] = values[offset + other]
        given.append(Input(tuple(values), aliased))
    return given


def _boundary(type_: Scalar, name: str) -> int:
    values = {"zero": 0, "one": 1, "minus-one": -1, "maximum": type_.maximum, "minimum": type_.minimum}
    return type_.wrap(values[name])


def _value(type_: Scalar, dice: Dice, style: str, pool: list[int]) -> int:
    if style == "small":
        return type_.wrap(dice.pick(_SMALL))
    kind = "random" if style == "random" else dice.pick(("small", "power", "edge", "constant", "random", "sparse"))
    if kind == "small":
        value = dice.pick(_SMALL)
    elif kind == "power":
        value = (1 << dice.between(0, type_.value_bits)) + dice.between(-1, 1)
        value = -value if dice.chance(0.2) else value
    elif kind == "edge":
        value = dice.pick((type_.minimum, type_.maximum)) + dice.between(-1, 1)
    elif kind == "constant":
        value = dice.pick(pool) + dice.pick((0, 0, 0, -1, 1))
    elif kind == "sparse":
        value = dice.random.getrandbits(64) & dice.random.getrandbits(64) & dice.random.getrandbits(64)
    else:
        value = dice.random.getrandbits(64)
    return type_.wrap(value)


def _constants(text: str) -> list[int]:
    """The numbers in the program's text (octal ones read as decimal: any number does)."""
    return [int(n, 16 if n[:2] in ("0x", "0X") else 10) for n in _NUMBER.findall(text)] or [0]
