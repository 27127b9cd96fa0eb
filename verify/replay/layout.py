"""Lays out records whose layout the sources don't tell, for a replay: with the members that the code names, no others.

`struct vcpu_vmx` of a kernel tree has members of types from headers that aren't read.  Where its members lie is then an
unknown number of the formulas, and any layout without overlaps will do.  Here each such record keeps the members that
the functions that ran name, and those whose offsets are known anyway; natural alignment says the rest.  The C file
declares the same record, and has the compiler check each offset that the replay rests on.  Takes a version's types;
`number` tells the unknown numbers.  Whether a counterexample stands in this layout has to be judged anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from verify.claims.versions import Version
from verify.errors import UnsupportedC
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.conditions import decided, truth
from verify.syntax.ctypes import ArrayOf, CType, RecordType
from verify.syntax.lexer import names_in
from verify.syntax.prepare import LAYOUT_WORDS
from verify.syntax.types import Record, Slot, Types, name_of

_CONSTANT = re.compile(r"(offsetof|sizeof)\(([^,()]+)(?:, ([^()]+))?\)(?:@\w+)?")
_FIXED = 1 << 40  # where variables of file scope, functions and texts lie, if we choose
_ROOM = 1 << 24
ROUNDS = 100  # members that the versions' layouts may have to agree on
_LEFT_OUT = "0"  # the condition of a member that isn't there


def is_layout(constant: str) -> bool:
    """True iff an unknown number is a record's size or a member's offset."""
    return _CONSTANT.fullmatch(constant) is not None


def versions_of(constant: str, versions: Iterable[str]) -> Iterator[str]:
    """Those of the versions that a constant of the formulas belongs to."""
    _, _, only = constant.partition("@")
    return (name for name in versions if only in ("", name))


class Moved(Exception):
    """The layouts were changed so that the versions agree on one more number: what rests on them is void."""


class Numbers:
    """The numbers of what formulas leave open: what all versions' layouts tell alike, and addresses of our own."""

    def __init__(self, layouts: Mapping[str, Layout]) -> None:
        self._layouts = layouts
        self._known: dict[str, int | None] = {}

    def __call__(self, constant: str) -> int | None:
        """None if nothing tells the number.  Raises `Moved` where the layouts told different ones."""
        if constant not in self._known:
            self._known[constant] = self._number(constant)
        return self._known[constant]

    def _number(self, constant: str) -> int | None:
        if constant.startswith(("&", "string ")):
            return _FIXED + len(self._known) * _ROOM
        told = {n: self._layouts[n].number(constant) for n in versions_of(constant, self._layouts)}
        numbers = {number for number in told.values() if number is not None}
        if len(numbers) > 1:
            for name, number in told.items():
                if number is not None and number < max(numbers):
                    self._layouts[name].move(constant, max(numbers))
            raise Moved
        return numbers.pop() if numbers else None


def own_layouts(versions: Mapping[str, Version], functions: Iterable[str]) -> dict[str, Layout]:
    """A layout for each version, with the members that `functions` name."""
    functions = tuple(functions)
    words = frozenset(w for v in versions.values() for w in words_of(v, functions))
    return {name: Layout(v.types, words) for name, v in versions.items()}


def words_of(version: Version, functions: Iterable[str]) -> frozenset[str]:
    """All names in the text of `functions` and in the macros that they use."""
    definitions = version.definitions
    found: set[str] = set()
    queue = [i.span.text for name in functions for i in definitions.function_items(name)]
    while queue:
        for word in names_in(queue.pop()) - found:
            found.add(word)
            queue += [m.body for f in definitions.files for m in f.macros.get(word, ())]
    return frozenset(found)


class Layout(Types):
    """The types of one version, where each record has a layout; `words` are the members' names that are needed."""

    def __init__(self, base: Types, words: frozenset[str]) -> None:
        super().__init__(base.definitions)
        self._base = base
        self._words = words
        self._reduced: dict[str, Record] = {}
        self._begins: dict[tuple[str, str], int] = {}  # offsets in bits that members must not lie before
        self._ends: dict[str, int] = {}  # sizes in bits that records must have at least

    def record(self, type_: RecordType, use: Span | None = None) -> Record:
        if type_.key not in self._reduced:
            whole = super().record(type_, use)
            self._reduced[type_.key] = whole  # while its members are looked at
            self._reduced[type_.key] = self._reduce(type_, whole)
        return self._reduced[type_.key]

    def is_reduced(self, type_: RecordType) -> bool:
        """True iff the sources don't tell the layout of `type_`."""
        return self._base.size_of(type_) is None

    def _reduce(self, type_: RecordType, whole: Record) -> Record:
        if not self.is_reduced(type_):
            return whole
        kept = {i for i in range(len(whole.members)) if self._is_wanted(type_, whole, i)}
        starts = {_start(whole.members[i][1]) for i in kept}  # `int a, b;` stays or goes as one
        members = tuple(
            (name, m._replace(condition="" if _start(m) in starts and self._fits(whole, i) else _LEFT_OUT))
            for i, (name, m) in enumerate(whole.members)
        )
        return whole._replace(members=members, conditional=False, packed=False, shuffled=False)

    def _is_wanted(self, type_: RecordType, whole: Record, position: int) -> bool:
        name, member = whole.members[position]
        if name is None:
            return bool(names_in(member.span.text) & self._words)
        return name in self._words or self._base.offset_of(type_, name) is not None

    def _fits(self, whole: Record, position: int) -> bool:
        """True iff the member at `position` is there and its size can be told."""
        member = whole.members[position][1]
        if truth(member.condition, self.definitions.config) is False or self._has_odd_alignment(member.type):
            return False
        if isinstance(member.type, ast.BadType):
            return False
        inner = _record_in(member.type)
        text = member.span.text if inner is None else member.span.source.text[inner.span.end : member.span.end]
        if LAYOUT_WORDS.search(text):
            return False
        try:
            return self._shape(self.member_type(whole, position)) is not None
        except UnsupportedC:
            return False

    def number(self, constant: str) -> int | None:
        """What this layout says for a constant of the formulas, e.g. "offsetof(vcpu_vmx, nested)@old"."""
        match = _CONSTANT.fullmatch(constant)
        if match is None:
            return None
        what, key, member = match.groups()
        type_ = self._type_of(key)
        if type_ is None:
            return None
        try:
            return self.size_of(type_) if what == "sizeof" else self.place_of(type_, member)
        except UnsupportedC:
            return None

    def move(self, constant: str, number: int) -> None:
        """Gives what `constant` speaks of a larger number: there is room before the member, or at the record's end."""
        match = _CONSTANT.fullmatch(constant)
        assert match is not None
        what, key, member = match.groups()
        if what == "sizeof":
            self._ends[key] = 8 * number
        else:
            self._begins[key, member] = 8 * number
        self._layouts.clear()
        self._slots.clear()

    def _earliest(self, record: Record, position: int) -> int:
        _, member = record.members[position]
        begin = self._begins.get((record.key, name_of(record, position)), 0)
        return begin if member.bits is None and self.is_reduced(RecordType(record.kind, record.key)) else 0

    def _layout(self, record: Record, count: int) -> tuple[list[Slot], int, int] | None:
        found = super()._layout(record, count)
        if found is None or count < len(record.members):
            return found
        slots, size, alignment = found
        return slots, max(size, self._ends.get(record.key, 0)), alignment

    def _type_of(self, key: str) -> RecordType | None:
        for kind in ("struct", "union"):
            if any(f"{kind} {key}" in f.tags for f in self.definitions.files):
                return RecordType(kind, key)
        outer, _, _ = key.rpartition(".")
        if key not in self._records and outer:
            inside = self._type_of(outer)
            if inside is not None:
                self.size_of(inside)  # gives untagged members their keys
        return RecordType(self._records[key].kind, key) if key in self._records else None

    def text(self, tag: str) -> str | None:
        """The declaration of a record, e.g. "struct s", if its layout is ours; else None.

        Raises `UnsupportedC` if it can't be understood: nothing that ran uses its members.
        """
        kind, _, key = tag.partition(" ")
        if kind == "enum":
            return None
        type_ = RecordType(kind, key)
        return f"{tag} {self._body(self.record(type_))};" if self.is_reduced(type_) else None

    def _body(self, record: Record) -> str:
        lines: list[str] = []
        seen: set[tuple[int, int]] = set()
        laid_out = self._layout(record, len(record.members))
        used = 0
        for position, (_, member) in enumerate(record.members):
            if member.condition == _LEFT_OUT:
                continue
            if laid_out is not None and self._earliest(record, position):
                room = laid_out[0][position].offset - used
                lines += [f"\tchar verify_room_{position}[{room // 8}];\n"] if room else []
            used = used if laid_out is None else sum(laid_out[0][position])
            if _start(member) in seen:
                continue
            seen.add(_start(member))
            text = member.span.text.rstrip().rstrip(";")
            inner, type_ = _record_in(member.type), _element(self.member_type(record, position))
            if inner is not None and isinstance(type_, RecordType) and self.is_reduced(type_):
                behind = member.span.source.text[inner.span.end : member.span.end].rstrip().rstrip(";")
                text = f"{inner.kind} {inner.tag or ''} {self._body(self.record(type_))} {behind}"
            lines.append(f"\t{decided(text, self.definitions.config) if '#' in text else text};\n")
        room = self._ends.get(record.key, 0) - used
        lines += [f"\tchar verify_room[{room // 8}];\n"] if room > 0 else []
        return f"{{\n{''.join(lines)}}}"

    def asserted(self, constants: Iterable[str]) -> list[str]:
        """Declarations by which a compiler checks `constants`."""
        lines: list[str] = []
        for constant in dict.fromkeys(constants):
            match = _CONSTANT.fullmatch(constant)
            type_ = None if match is None else self._type_of(match.group(2))
            if match is None or type_ is None or "." in type_.key or "@" in (match.group(3) or ""):
                continue
            tag = f"{type_.kind} {type_.key}"
            what = f"sizeof({tag})" if match.group(1) == "sizeof" else f"__builtin_offsetof({tag}, {match.group(3)})"
            lines.append(f'_Static_assert({what} == {self.number(constant)}, "the layout of {tag}");')
        return lines


def _start(member: ast.Member) -> tuple[int, int]:
    """Where a member's declaration begins: in which text (a macro's use has one of its own), and where in it."""
    return id(member.span.source), member.span.start


def _record_in(syntax: ast.TypeSyntax) -> ast.TagType | None:
    """The record that a member's type defines, e.g. in `struct { int x; } a[2]`."""
    while isinstance(syntax, ast.ArrayType):
        syntax = syntax.of
    return syntax if isinstance(syntax, ast.TagType) and syntax.members is not None else None


def _element(type_: CType) -> CType:
    while isinstance(type_, ArrayOf):
        type_ = type_.element
    return type_
