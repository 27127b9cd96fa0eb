"""Random structs: scalars, bit-fields, arrays, nested and anonymous members, unions of integers, links to others.

A field is addressed by a suffix such as "in.a" or "items[@2].b", where `@n` stands for an index below n.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from verify.differential.environment import Environment
from verify.differential.scalars import BOOL, DECLARED, INT, S8, S16, S32, S64, U8, U16, U32, U64, UINT, Scalar

INDEX = re.compile(r"@(\d+)")
MAX_LEAVES = 20
_BIT_FIELD_BASES = (U8, U16, U32, U32, U32, UINT, S32, INT)
_BY_WIDTH = {8: (U8, S8), 16: (U16, S16), 32: (U32, S32), 64: (U64, S64)}


@dataclass(frozen=True, slots=True)
class Field:
    """`canonical`: the leaves that together are the whole record; other members of a union aren't."""

    suffix: str
    type: Scalar
    canonical: bool


@dataclass(frozen=True, slots=True)
class Member:
    """One member's shape, for initialisers; `name` is None for anonymous ones.

    kind: "scalar", "record" (struct), "union", or "link"; `length` is an array's.
    """

    name: str | None
    kind: str
    type: Scalar | None
    length: int | None
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A struct: `embedded` are its tagged struct members by suffix, `links` its pointers to structs."""

    declared: str
    text: str
    fields: tuple[Field, ...]
    members: tuple[Member, ...]
    embedded: tuple[tuple[str, Record], ...]
    links: tuple[tuple[str, Record], ...]

    def leaves(self) -> Iterator[Field]:
        """The canonical fields with every index spelled out."""
        for field in self.fields:
            if field.canonical:
                yield from _spell_out(field)


def _spell_out(field: Field) -> Iterator[Field]:
    marker = INDEX.search(field.suffix)
    if not marker:
        yield field
        return
    before, after = field.suffix[: marker.start()], field.suffix[marker.end() :]
    for i in range(int(marker.group(1))):
        yield from _spell_out(replace(field, suffix=f"{before}{i}{after}"))


def make_record(environment: Environment, others: list[Record]) -> Record:
    """A new struct; `others` may be embedded or linked."""
    builder = _Builder(environment, others)
    dice = environment.dice
    builder.add_members(dice.between(2, 5), 0)
    if not any(field.canonical for field in builder.fields):
        builder.add_scalar()
    declared = f"struct {environment.name('s')}"
    text = f"{declared} {{\n" + "".join(f"\t{line}\n" for line in builder.lines) + "};"
    return Record(
        declared, text, tuple(builder.fields), tuple(builder.members), tuple(builder.embedded), tuple(builder.links)
    )


class _Builder:
    """Collects one record's members; a nested unnamed record is built by the same instance with a prefix."""

    def __init__(self, environment: Environment, others: list[Record]) -> None:
        self.environment = environment
        self.dice = environment.dice
        self.others = others
        self.lines: list[str] = []
        self.fields: list[Field] = []
        self.members: list[Member] = []
        self.embedded: list[tuple[str, Record]] = []
        self.links: list[tuple[str, Record]] = []
        self.prefix = ""
        self.names = 0

    def new_name(self) -> str:
        self.names += 1
        return f"{'abcdefghijklmnopqrstuvwxyz'[(self.names - 1) % 26]}{(self.names - 1) // 26 or ''}"

    @property
    def leaf_count(self) -> int:
        return sum(1 for field in self.fields if field.canonical for _ in _spell_out(field))

    def add_members(self, count: int, depth: int) -> None:
        for _ in range(count):
            choices: list[tuple[str, float]] = [("scalar", 8), ("bits", 3), ("union", 1.6)]
            if self.leaf_count < MAX_LEAVES // 2:
                choices += [("array", 2)]
                if depth == 0:
                    choices += [("nested", 1.2)]
                    if self.others:
                        choices += [("embedded", 4), ("link", 1.2), ("array-of-records", 0.8)]
            kind = self.dice.weighted(choices)
            if kind == "scalar":
                self.add_scalar()
            elif kind == "bits":
                self.add_bits(self.dice.between(1, 4))
            elif kind == "array":
                self.add_array()
            elif kind == "union":
                self.add_union()
            elif kind == "nested":
                self.add_nested(depth)
            else:
                self.add_other(kind)

    def add_field(self, name: str, type_: Scalar, canonical: bool = True, length: int | None = None) -> Member:
        suffix = f"{self.prefix}{name}" + (f"[@{length}]" if length else "")
        self.fields.append(Field(suffix, type_, canonical))
        return Member(name, "scalar", type_, length, ())

    def add_scalar(self) -> None:
        type_, name = self.environment.scalar(), self.new_name()
        self.lines.append(f"{type_.name} {name};")
        self.members.append(self.add_field(name, type_))

    def add_bits(self, count: int) -> None:
        self.environment.features.add("bit-field")
        base = self.dice.pick(_BIT_FIELD_BASES)
        for _ in range(count):
            if self.dice.chance(0.03):
                self.lines.append(f"{base.name} : {self.dice.pick((0, 1) if base is BOOL else (0, 1, 3))};")
                continue
            if self.dice.chance(0.3):
                base = self.dice.pick((*_BIT_FIELD_BASES, BOOL))
            width = 1 if base is BOOL else self.dice.pick((1, 2, 3, 5, 7, 8, 12, 17, 24, 31, 32))
            type_ = base.field(min(width, base.width))
            name = self.new_name()
            self.lines.append(f"{base.name} {name} : {type_.bits};")
            self.members.append(self.add_field(name, type_))

    def add_array(self) -> None:
        self.environment.features.add("array-in-struct")
        type_, name = self.dice.weighted(DECLARED), self.new_name()
        length = self.dice.pick((2, 2, 3, 4, 4, 5))
        self.lines.append(f"{type_.name} {name}[{length}];")
        self.members.append(self.add_field(name, type_, length=length))

    def add_union(self) -> None:
        """A union of integers; its widest member comes first and is the canonical one."""
        self.environment.features.add("union")
        dice = self.dice
        anonymous = dice.chance(0.5)
        union_name = None if anonymous else self.new_name()
        outer, self.prefix = self.prefix, self.prefix + ("" if anonymous else f"{union_name}.")
        width = dice.pick((16, 32, 32, 64))
        whole, name = dice.pick(_BY_WIDTH[width]), self.new_name()
        lines = [f"{whole.name} {name};"]
        members = [self.add_field(name, whole)]
        for _ in range(dice.between(1, 2)):
            form = dice.pick(("same", "narrow", "narrow", "array", "halves", "bits"))
            lines += self._overlay(form, width)
        self.prefix = outer
        self.lines += ["union {", *(f"\t{line}" for line in lines), f"}}{' ' + union_name if union_name else ''};"]
        self.members.append(Member(union_name, "union", None, None, tuple(members)))

    def _overlay(self, form: str, width: int) -> list[str]:
        """Another view of a union's `width` bits."""
        dice = self.dice
        if form == "array":
            element = dice.pick([w for w in _BY_WIDTH if w < width])
            type_, name = dice.pick(_BY_WIDTH[element]), self.new_name()
            self.add_field(name, type_, False, width // element)
            self.environment.features.add("union-array")
            return [f"{type_.name} {name}[{width // element}];"]
        if form == "halves":
            low, high = dice.pick(_BY_WIDTH[width // 2]), dice.pick(_BY_WIDTH[width // 2])
            names = self.new_name(), self.new_name()
            for type_, name in zip((low, high), names, strict=True):
                self.add_field(name, type_, False)
            self.environment.features.add("union-struct")
            return ["struct {", f"\t{low.name} {names[0]};", f"\t{high.name} {names[1]};", "};"]
        if form == "bits" and width >= U32.width:
            lines: list[str] = []
            left = U32.width
            while left > 0 and len(lines) < 4:
                bits = dice.between(1, min(left, 15))
                left -= bits
                name = self.new_name()
                self.add_field(name, U32.field(bits), False)
                lines.append(f"\tu32 {name} : {bits};")
            self.environment.features.add("union-bits")
            return ["struct {", *lines, "};"]
        narrower = width if form == "same" else dice.pick([w for w in _BY_WIDTH if w < width])
        type_, name = dice.pick(_BY_WIDTH[narrower]), self.new_name()
        self.add_field(name, type_, False)
        return [f"{type_.name} {name};"]

    def add_nested(self, depth: int) -> None:
        """A struct without a tag, named or anonymous."""
        self.environment.features.add("nested-struct")
        anonymous = self.dice.chance(0.5)
        name = None if anonymous else self.new_name()
        outer = self.prefix, self.lines, self.members
        self.prefix, self.lines, self.members = self.prefix + (f"{name}." if name else ""), [], []
        self.add_members(self.dice.between(1, 3), depth + 1)
        self.add_scalar()
        lines, members = self.lines, self.members
        self.prefix, self.lines, self.members = outer
        self.lines += ["struct {", *(f"\t{line}" for line in lines), f"}}{' ' + name if name else ''};"]
        self.members.append(Member(name, "record", None, None, tuple(members)))

    def add_other(self, kind: str) -> None:
        """A member made of an earlier record."""
        record, name = self.dice.pick(self.others), self.new_name()
        self.environment.features.add(kind)
        if kind == "link":
            self.lines.append(f"{record.declared} *{name};")
            self.links.append((f"{self.prefix}{name}", record))
            self.members.append(Member(name, "link", None, None, ()))
            return
        length = 2 if kind == "array-of-records" else None
        suffix = f"{self.prefix}{name}" + (f"[@{length}]" if length else "")
        if record.links or sum(1 for _ in record.leaves()) * (length or 1) + self.leaf_count > MAX_LEAVES:
            self.add_scalar()
            return
        self.lines.append(f"{record.declared} {name}" + (f"[{length}];" if length else ";"))
        self.fields += [replace(field, suffix=f"{suffix}.{field.suffix}") for field in record.fields]
        self.embedded.append((suffix, record))
        self.embedded += [(f"{suffix}.{inner}", other) for inner, other in record.embedded]
        self.members.append(Member(name, "record", None, length, record.members))
