"""What a random program's file scope holds: names, dice, enums, the features used; records and macros build on it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from verify.differential.scalars import DECLARED, Scalar

T = TypeVar("T")

# Widths and counts that keep a program small enough to be read when it fails.
MAX_ENUMERATORS = 5
_ENUM_WIDTH = 32


class Dice:
    """Seeded choices; every random decision of the generator goes through one of these."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, items: Sequence[T]) -> T:
        return items[self.random.randrange(len(items))]

    def weighted(self, items: Sequence[tuple[T, float]]) -> T:
        point = self.random.random() * sum(weight for _, weight in items)
        for item, weight in items:
            point -= weight
            if point < 0:
                return item
        return items[-1][0]

    def between(self, low: int, high: int) -> int:
        """A number from `low` to `high`, both included."""
        return self.random.randint(low, high)

    def subset(self, items: Sequence[T], probability: float) -> list[T]:
        return [item for item in items if self.chance(probability)]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        copy = list(items)
        self.random.shuffle(copy)
        return copy


@dataclass(frozen=True, slots=True)
class Enum:
    """`type` is what gcc makes of an object of it: unsigned int, or int if an enumerator is negative."""

    type: Scalar
    enumerators: tuple[tuple[str, int], ...]
    text: str


@dataclass(slots=True)
class Environment:
    """File-scope state while one program is generated; names carry the seed, so that programs can share a file.

    `delicate`: macros may regroup with their neighbours' operators.  Few programs have such, since a tool may well
    refuse them whole.
    """

    seed: int
    dice: Dice
    delicate: bool = False
    features: set[str] = field(default_factory=set[str])
    enums: list[Enum] = field(default_factory=list[Enum])
    _counters: dict[str, int] = field(default_factory=dict[str, int])

    def name(self, stem: str) -> str:
        """A new file-scope name."""
        return f"{stem}{self.count(stem)}_{self.seed}"

    def count(self, stem: str) -> int:
        """How often this was asked for `stem` before."""
        number = self._counters.get(stem, 0)
        self._counters[stem] = number + 1
        return number

    def scalar(self) -> Scalar:
        """A type for a declaration; enums included."""
        if self.enums and self.dice.chance(0.06):
            self.features.add("enum")
            return self.dice.pick(self.enums).type
        return self.dice.weighted(DECLARED)

    def add_enum(self) -> Enum:
        """Declares an enum with explicit, implicit and computed values."""
        dice = self.dice
        stem = self.name("E")
        entries: list[tuple[str, int]] = []
        lines: list[str] = []
        value = -1
        negative = dice.chance(0.3)
        for i in range(dice.between(2, MAX_ENUMERATORS)):
            name = f"{stem}_{'ABCDEFGH'[i]}"
            form = dice.pick(("next", "next", "number", "computed", "bit", "negative"))
            if form == "number":
                value = dice.pick((0, 3, 7, 16, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF))
                lines.append(f"{name} = {dice.pick((hex, str))(value)}")
            elif form == "computed" and entries:
                other, base = dice.pick(entries)
                value = base + 2
                lines.append(f"{name} = {other} + 2")
            elif form == "bit":
                bit = dice.between(0, 30)
                value = 1 << bit
                lines.append(f"{name} = 1 << {bit}")
            elif form == "negative" and negative:
                value = -dice.between(1, 9)
                lines.append(f"{name} = {value}")
            elif value < (1 << 31) - 1:
                value += 1
                lines.append(name)
            else:
                value = 0
                lines.append(f"{name} = 0")
            entries.append((name, value))
        signed = any(v < 0 for _, v in entries)
        declared = f"enum {self.name('e')}"
        text = f"{declared} {{\n\t" + ",\n\t".join(lines) + ",\n};"
        enum = Enum(Scalar(declared, _ENUM_WIDTH, signed, declared), tuple(entries), text)
        self.enums.append(enum)
        return enum
