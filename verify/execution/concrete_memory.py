"""The concrete interpreter's memory: where lvalues lie, what they hold, and what a call may have done to them.

Local objects hold their scalars themselves.  Memory outside is a table of what the program wrote since the last call
with an effect, over an `Oracle` that knows the rest.  Its content has the names that the formulas use: "record.member"
by the record's address (and array indices), "*32" by address for scalars behind pointers, "global x"; a union of
integers is one integer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from verify.execution.concrete_values import (
    Cell,
    Inside,
    Local,
    NotReplayable,
    Oracle,
    Place,
    Value,
    has_own_name,
    local_of,
    seen_alike,
    signed_index,
    to_bits,
    wrap,
)
from verify.source.text import Span
from verify.syntax.conditions import truth
from verify.syntax.ctypes import (
    BOOL,
    POINTER_WIDTH,
    ArrayOf,
    CType,
    FunctionOf,
    IntType,
    PointerTo,
    RecordType,
    VoidType,
    is_scalar,
    width_of,
)
from verify.syntax.types import ANONYMOUS, Types, inside, name_of, of_bits
from verify.tuples import NamedTuple

_LARGEST_UNION = 4096  # bits; above, a union has no integer of its own in the formulas
_MOST_LEAVES = 4096
_BYTE = 8
_ELEMENTS = "*"  # stands for the location of an array behind a pointer: each element has a place of its own


class Held(NamedTuple):
    """What was written to one location on top of what it held at `epoch`: unsigned numbers by indices."""

    epoch: int
    written: dict[tuple[int, ...], int]
    width: int


class Storage:
    """All objects of one run.  `variant(kind, name)` is the suffix of names that the versions define differently."""

    def __init__(self, types: Types, oracle: Oracle, version: str, variant: Callable[[str, str], str]) -> None:
        self.types = types
        self.definitions = types.definitions
        self.oracle = oracle
        self.version = version
        self.variant = variant
        self.memory: dict[str, dict[tuple[int, ...], Cell]] = {}
        self.epochs: dict[str, int] = {}  # locations that a call left alone, and since when they are unwritten
        self.epoch = 0
        self.stores: list[tuple[str, tuple[int, ...], int]] = []
        self.problem: str | None = None
        self.escaped: list[Local] = []
        self._union_members: dict[str, str] = {}

    def trouble(self, text: str, span: Span) -> None:
        """Notes undefined behaviour; only the first is kept, since nothing that follows it means anything."""
        if self.problem is None:
            self.problem = f"{text} at {span}"

    def lies_in_others(self, record: CType, name: str) -> bool:
        """True iff the other version has a member in other anonymous records, or in none."""
        return isinstance(record, RecordType) and bool(self.variant("path", f"{record.kind} {record.key} {name}"))

    def offset(self, record: RecordType, name: str) -> int:
        """`offsetof(record, name)`."""
        known = self.types.place_of(record, name)
        if known is not None and not self.variant("layout", f"{record.kind} {record.key} {name}"):
            return known
        suffix = self.variant("record", record.key)
        return self.oracle.constant(f"offsetof({record.key}, {name}){suffix}", POINTER_WIDTH)

    def size(self, type_: CType) -> int:
        """`sizeof(type_)`."""
        known = self.types.size_of(type_)
        if known is not None and not self._has_moved(type_):
            return known
        if isinstance(type_, ArrayOf) and type_.length is not None:
            return to_bits(self.size(type_.element) * type_.length, POINTER_WIDTH)
        if isinstance(type_, RecordType) and type_.kind != "unknown":
            return self.oracle.constant(f"sizeof({type_.key}){self.variant('record', type_.key)}", POINTER_WIDTH)
        raise NotReplayable(f"the size of `{type_}` isn't known")

    def _has_moved(self, type_: CType) -> bool:
        """True iff the other version's records of the type, or those in such an array, have another size."""
        while isinstance(type_, ArrayOf):
            type_ = type_.element
        return isinstance(type_, RecordType) and bool(self.variant("layout", f"{type_.kind} {type_.key}"))

    def step(self, type_: CType) -> int:
        """How far a pointer to `type_` moves by one; GNU C counts void and functions as one byte."""
        return 1 if isinstance(type_, VoidType | FunctionOf) else self.size(type_)

    def is_bits(self, type_: CType) -> bool:
        """True iff an object of the type is integers and pointers only, at known places."""
        if isinstance(type_, ArrayOf):
            return type_.length is not None and self.is_bits(type_.element)
        if isinstance(type_, RecordType):
            record = self.types.record(type_)
            members = (self.types.member_type(record, i) for i in range(len(record.members)))
            return not (record.packed or record.conditional) and all(map(self.is_bits, members))
        return is_scalar(type_) and not (isinstance(type_, IntType) and type_.signed is None)

    def deref(self, pointer: Value, span: Span) -> Place:
        """The lvalue `*pointer` (C17 6.5.3.2p4)."""
        if not isinstance(pointer.type, PointerTo):
            raise NotReplayable(f"a `{pointer.type}` is used as a pointer at {span}")
        wanted, to = pointer.type.target, pointer.to
        if isinstance(to, Place):
            if to.of and to.whole is None and not 0 <= signed_index(to.indices[-1]) < to.of:
                self.trouble("array index out of bounds", span)
            if seen_alike(to.type, wanted):
                return to._replace(type=wanted)
            if to.owner is not None:
                to = Inside(to.owner, to.at)
            elif not has_own_name(wanted):
                raise NotReplayable(f"a `{to.type}` is seen as a `{wanted}` at {span}")
        if isinstance(to, Inside) and (to.object is not None or not has_own_name(wanted)):
            return self._found_inside(to, wanted, span)
        return self._outside(wanted, pointer.number, span)

    def _outside(self, wanted: CType, address: int, span: Span) -> Place:
        if isinstance(wanted, RecordType):
            if not has_own_name(wanted):
                raise NotReplayable(f"what this pointer to `{wanted}` points at isn't known at {span}")
            return Place(None, wanted.key, (address,), wanted, address)
        if isinstance(wanted, ArrayOf):
            return Place(None, _ELEMENTS, (), wanted, address)
        if not is_scalar(wanted):
            raise NotReplayable(f"a pointer to `{wanted}` is read through at {span}")
        return Place(None, f"*{width_of(wanted)}", (address,), wanted, address)

    def _found_inside(self, to: Inside, wanted: CType, span: Span) -> Place:
        """The part of a local object that a computed pointer to `wanted` points at."""
        if to.object is not None and to.offset is not None:
            found = self._part(Place(to.object, to.object.name, (), to.object.type, 0), to.offset, wanted, span)
            if found is not None:
                return found
        raise NotReplayable(f"what this computed pointer points at isn't known at {span}")

    def _part(self, place: Place, offset: int, wanted: CType, span: Span) -> Place | None:
        type_ = place.type
        if offset == 0 and seen_alike(type_, wanted):
            return place._replace(type=wanted)
        if isinstance(type_, ArrayOf) and type_.length:
            size = self.types.size_of(type_.element)
            if size and 0 <= offset < size * type_.length:
                return self._part(self.element(place, offset // size, span), offset % size, wanted, span)
        elif isinstance(type_, RecordType):
            record = self.types.record(type_)
            for i, (_, member) in enumerate(record.members):
                own = name_of(record, i)
                slot = None if member.bits is not None else self.types.slot_of(type_, own)
                if slot is not None and slot.offset <= offset * _BYTE < slot.offset + slot.width:
                    inner = self._member(place, own, self.types.member_type(record, i), None, span)
                    found = self._part(inner, offset - slot.offset // _BYTE, wanted, span)
                    if found is not None:
                        return found
        return None

    def member(self, record: Place, name: str, span: Span) -> Place:
        """The lvalue `record.name`; `name` may be a member of an anonymous member (C17 6.7.2.1p13), or a macro."""
        *outer, name = self.types.steps_to(name, span)
        for step in outer:
            record = self.member(record, step, span)
        if not isinstance(record.type, RecordType):
            raise NotReplayable(f"a `{record.type}` has no members at {span}")
        info = self.types.member(record.type, name, span)
        for anonymous in info.path:
            assert isinstance(record.type, RecordType)
            record = self._member(record, anonymous, self.types.anonymous_member(record.type, anonymous), None, span)
        return self._member(record, name, info.type, info.bits, span)

    def _member(self, record: Place, name: str, type_: CType, bits: int | None, span: Span) -> Place:
        around = (record.around or record) if name.startswith(ANONYMOUS) else None
        return self._part_of(record, name, type_, bits, span)._replace(around=around)

    def _part_of(self, record: Place, name: str, type_: CType, bits: int | None, span: Span) -> Place:
        outer = record.type
        assert isinstance(outer, RecordType)
        whole = record.around
        start = record if whole is None or not self.lies_in_others(whole.type, name) else whole
        at = self._address_in(start, name, bits)
        if record.whole is not None:
            slot = self.types.slot_of(outer, name)
            if slot is None:
                raise NotReplayable(f"the place of `{name}` in `{outer}` isn't known")
            return record._replace(type=type_, at=at, bits=bits, shift=record.shift + slot.offset, of=None)
        if outer.kind == "union":
            size = self.types.size_of(outer)
            slot = self.types.slot_of(outer, name)
            if size and slot and size * _BYTE <= _LARGEST_UNION and self.is_bits(outer):
                own = record._replace(location=of_bits(record.location), type=type_, at=at, bits=bits, of=None)
                return own._replace(whole=size * _BYTE, shift=slot.offset)
            if self._union_members.setdefault(record.location, name) != name:
                raise NotReplayable(f"`{outer}` is used through two members and its bytes aren't known")
        if record.owner is None and has_own_name(type_):
            if at is None:
                raise NotReplayable(f"the address of `{name}` isn't known at {span}")
            return Place(None, str(getattr(type_, "key", "")), (at,), type_, at)
        return Place(record.owner, inside(record.location, name), record.indices, type_, at, bits)

    def _address_in(self, record: Place, name: str, bits: int | None) -> int | None:
        outer = record.type
        assert isinstance(outer, RecordType)
        if record.at is None or bits is not None:
            return None
        if record.owner is not None:
            moved = self.variant("layout", f"{outer.kind} {outer.key} {name}")
            offset = None if moved else self.types.place_of(outer, name)
            return None if offset is None else record.at + offset
        return to_bits(record.at + self.offset(outer, name), POINTER_WIDTH)

    def element(self, array: Place, index: int, span: Span, last: int = 1) -> Place:
        """The lvalue `array[index]`; `last` is 0 where the place one past the end may be named (C17 6.5.6p8)."""
        assert isinstance(array.type, ArrayOf)
        element, length = array.type.element, array.type.length
        if length and not 0 <= index <= length - last:
            self.trouble("array index out of bounds", span)
        of = length or 0
        if array.whole is not None:
            shift = array.shift + index * self.size(element) * _BYTE
            if not 0 <= shift < array.whole:
                raise NotReplayable(f"an index leads outside of a union at {span}")
            at = None if array.at is None else array.at + index * self.size(element)
            return array._replace(type=element, at=at, shift=shift, of=of)
        at = None
        if array.at is not None:
            if array.owner is None:
                at = to_bits(array.at + index * self.size(element), POINTER_WIDTH)
            else:
                size = None if self._has_moved(element) else self.types.size_of(element)
                at = None if size is None else array.at + index * size
        if array.owner is None and (has_own_name(element) or array.location == _ELEMENTS):
            if at is None:
                raise NotReplayable(f"the address of this element isn't known at {span}")
            return self._outside(element, at, span)
        return Place(array.owner, array.location, (*array.indices, to_bits(index, POINTER_WIDTH)), element, at, of=of)

    def pointer_to(self, place: Place, span: Span) -> Value:
        """`&place`."""
        if place.bits is not None:
            raise NotReplayable(f"the address of a bit-field at {span}")
        kept = place if place.owner is not None or place.whole is not None or not has_own_name(place.type) else None
        if place.owner is None and place.at is None:
            raise NotReplayable(f"the address of this object isn't known at {span}")
        if place.location == _ELEMENTS or place.location.startswith("*"):
            kept = None
        return Value(PointerTo(place.type), 0 if place.owner else place.at or 0, kept)

    def decay(self, place: Place, span: Span) -> Value:
        """An array as a pointer to its first element (C17 6.3.2.1p3)."""
        assert isinstance(place.type, ArrayOf)
        if place.owner is None and place.at is None:
            raise NotReplayable(f"the address of this array isn't known at {span}")
        return self.pointer_to(self.element(place, 0, span, last=0), span)

    def moved(self, pointer: Value, count: int, span: Span) -> Value:
        """`pointer + count` (C17 6.5.6p8)."""
        assert isinstance(pointer.type, PointerTo)
        element, to = pointer.type.target, pointer.to
        if count == 0:
            return Value(pointer.type, pointer.number, to)
        distance = count * self.step(element)
        if isinstance(to, Place):
            at = None if to.at is None else to.at + distance
            if to.of is None or to.whole is not None or not seen_alike(to.type, element):
                to = Inside(to.owner, at)
            else:
                index = signed_index(to.indices[-1]) + count
                if to.of and not 0 <= index <= to.of:
                    self.trouble("pointer arithmetic leaves its array", span)
                to = to._replace(indices=(*to.indices[:-1], to_bits(index, POINTER_WIDTH)), at=at)
        elif isinstance(to, Inside):
            to = Inside(to.object, None if to.offset is None else to.offset + distance)
        return Value(pointer.type, to_bits(pointer.number + distance, POINTER_WIDTH), to)

    def number(self, value: Value) -> int:
        """The unsigned bits of a scalar; for a pointer to a local object these are asked for."""
        owner = local_of(value) if isinstance(value.type, PointerTo) else None
        if owner is None:
            return to_bits(value.number, width_of(value.type))
        offset = self.offset_in(value.to)
        if offset is None:
            raise NotReplayable("the address of a part of a local variable isn't known")
        return to_bits(self.oracle.constant(f"address of {owner.name}", POINTER_WIDTH) + offset, POINTER_WIDTH)

    def offset_in(self, to: Place | Inside | None) -> int | None:
        """How many bytes behind the beginning of its local object a place lies."""
        if isinstance(to, Inside):
            return to.offset
        if to is None or to.owner is None or to.at is not None or to.indices:
            return None if to is None else to.at
        outer, offset = to.owner.type, to.shift // _BYTE
        for name in to.location.removeprefix(to.owner.name).split(".")[1:]:
            assert isinstance(outer, RecordType)
            info = None if name.startswith(ANONYMOUS) else self.types.member(outer, name)
            if info is not None and self.lies_in_others(outer, name):
                offset += self.offset(outer, name)
                outer = info.type
                continue
            for step in (*(info.path if info else ()), name):
                assert isinstance(outer, RecordType)
                offset += self.offset(outer, step)
                outer = self.types.inner_type(outer, step)
        return offset

    def epoch_of(self, location: str) -> int:
        """Since which call with an effect what `location` holds is as it was found."""
        return self.epochs.get(location, self.epoch)

    def _cell(self, place: Place) -> Cell:
        """The content that `place` is, or is a part of."""
        width = place.whole or place.bits or width_of(place.type)
        owner = place.owner
        if owner is not None:
            found = owner.cells.get((place.location, place.indices))
            if found is None and owner.epoch is not None:
                if not owner.certain:
                    raise NotReplayable(f"what a call wrote to the local variable `{owner.name[6:]}` isn't known")
                number = self.oracle.read(owner.epoch, place.location, place.indices, width)
                return Cell(to_bits(number, width), width, -1)
            if found is None:
                name = f"uninitialised {place.location} in {self.version}"
                if place.indices:
                    number = self.oracle.read(0, name, place.indices, width)
                else:
                    number = self.oracle.constant(name, width)
                return Cell(to_bits(number, width), width, 0)
        else:
            found = self.memory.get(place.location, {}).get(place.indices)
            if found is None:
                number = self.table(place.location).get(*place.indices) if len(place.indices) == 1 else None
                if number is None:
                    number = self.oracle.read(self.epoch_of(place.location), place.location, place.indices, width)
                return Cell(to_bits(number, width), width, -1)
        if found.width != width:
            raise NotReplayable(f"`{place.location}` is used with two widths")
        return found

    def table(self, location: str) -> dict[int, int]:
        """What a constant array holds, by index."""
        raise NotImplementedError

    def _set(self, place: Place, cell: Cell) -> None:
        owner = place.owner
        if owner is not None:
            owner.cells[place.location, place.indices] = cell
        else:
            self.memory.setdefault(place.location, {})[place.indices] = cell
            self.stores.append((place.location, place.indices, cell.number))
        if cell.to is not None and (owner is None or owner.escaped):
            self.escape(cell.to)

    def load(self, place: Place, span: Span) -> Value:
        """The value of an lvalue (C17 6.3.2.1p2); arrays become pointers, records stay where they are."""
        type_ = place.type
        if isinstance(type_, RecordType):
            return Value(type_, 0, place)
        if isinstance(type_, ArrayOf):
            return self.decay(place, span)
        if not is_scalar(type_):
            raise NotReplayable(f"a value of type `{type_}` at {span}")
        cell = self._cell(place)
        width = self._own_width(place)
        defined = to_bits(cell.defined >> place.shift, width)
        if defined != (1 << width) - 1:
            self.trouble("uninitialised read", span)
        number = to_bits(cell.number >> place.shift, width)
        if isinstance(type_, PointerTo):
            return Value(type_, number, cell.to if place.whole is None else None)
        assert isinstance(type_, IntType)
        if type_ == BOOL:
            if number > 1:
                raise NotReplayable(f"a bool that is neither 0 nor 1 at {span}")
            return Value(type_, number, None, place.bits)
        own = type_ if place.bits is None else type_._replace(width=place.bits)
        return Value(type_, wrap(number, own), cell.to if place.whole is None else None, place.bits)

    def _own_width(self, place: Place) -> int:
        """The bits that `place` itself takes; inside of a union a bool is a byte (psABI 3.1.2)."""
        if place.bits is not None:
            return place.bits
        width = width_of(place.type)
        return max(width, _BYTE) if place.whole is not None else width

    def store(self, place: Place, value: Value, span: Span) -> None:
        """Writes `value`, which has the type of `place` (C17 6.5.16.1)."""
        if isinstance(place.type, RecordType):
            assert isinstance(value.to, Place)
            self.copy(place, value.to, span)
            return
        width = self._own_width(place)
        number = to_bits(self.number(value), width)
        if place.whole is None:
            self._set(place, Cell(number, width, -1, value.to))
            return
        if value.to is not None:
            self.escape(value.to)
        if place.shift + width > place.whole:
            raise NotReplayable(f"a member lies outside of its union at {span}")
        mask = ((1 << width) - 1) << place.shift
        before = self._cell(place) if width < place.whole else Cell(0, width, 0)
        self._set(place, Cell(before.number & ~mask | number << place.shift, place.whole, before.defined | mask))

    def copy(self, place: Place, source: Place, span: Span) -> None:
        """Record assignment; what has no value yet is copied without being looked at (C17 6.2.6.1p6)."""
        if source.type != place.type:
            raise NotReplayable(f"a `{source.type}` is copied to a `{place.type}` at {span}")
        targets, sources = list(self.leaves(place, span)), list(self.leaves(source, span))
        cells = [self._shifted_out(leaf) for leaf in sources]  # all are read first: the two may be one object
        for leaf, cell in zip(targets, cells, strict=True):
            if leaf.whole is None:
                width = self._own_width(leaf)
                self._set(leaf, Cell(to_bits(cell.number, width), width, cell.defined, cell.to))
                continue
            before = self._cell(leaf) if cell.width < leaf.whole else Cell(0, cell.width, 0)
            mask = ((1 << cell.width) - 1) << leaf.shift
            number = before.number & ~mask | cell.number << leaf.shift
            defined = before.defined & ~mask | (cell.defined << leaf.shift & mask)
            self._set(leaf, Cell(number, leaf.whole, defined))

    def _shifted_out(self, leaf: Place) -> Cell:
        cell = self._cell(leaf)
        width = self._own_width(leaf)
        return Cell(to_bits(cell.number >> leaf.shift, width), width, cell.defined >> leaf.shift, cell.to)

    def clear(self, place: Place, span: Span) -> None:
        """Zero in every scalar of an object (C17 6.7.9p10)."""
        for leaf in self.leaves(place, span):
            self.store(leaf, Value(leaf.type), span)

    def leaves(self, place: Place, span: Span) -> Iterator[Place]:
        """Every scalar of an object, each union of integers as one; raises where the members aren't certain."""
        type_ = place.type
        if isinstance(type_, ArrayOf):
            if type_.length is None or type_.length > _MOST_LEAVES:
                raise NotReplayable(f"an array without a known, small length is filled or copied at {span}")
            for i in range(type_.length):
                yield from self.leaves(self.element(place, i, span), span)
        elif not isinstance(type_, RecordType):
            yield place
        elif type_.kind == "union":
            size = self.types.size_of(type_)
            if size is None or size * _BYTE > _LARGEST_UNION or not self.is_bits(type_):
                raise NotReplayable(f"`{type_}` is filled or copied, but its bytes aren't known at {span}")
            width = size * _BYTE
            whole = IntType(f"the bits of {type_}", width, False)
            location = place.location if place.whole else of_bits(place.location)
            yield place._replace(location=location, type=whole, whole=place.whole or width, of=None)
        else:
            yield from self._member_leaves(place, type_, span)

    def _member_leaves(self, place: Place, type_: RecordType, span: Span) -> Iterator[Place]:
        record = self.types.record(type_, span)
        for i, (name, member) in enumerate(record.members):
            holds = truth(member.condition, self.definitions.config)
            if holds is None:
                raise NotReplayable(f"`{type_}` has members under `#if {member.condition}`")
            if holds and not (member.bits is not None and name is None):
                bits = None if member.bits is None else self.types.constant(member.bits)
                inner = self._member(place, name_of(record, i), self.types.member_type(record, i), bits, span)
                yield from self.leaves(inner, span)

    def escape(self, to: Place | Inside | None) -> None:
        """Code outside may from now on know the local object that `to` lies in, and those that it points at."""
        owner = to.owner if isinstance(to, Place) else to.object if to is not None else None
        if owner is not None and not owner.escaped:
            owner.escaped = True
            self.escaped.append(owner)
            for cell in owner.cells.values():
                self.escape(cell.to)

    def visible(self) -> dict[str, Held]:
        """What a callee can see of what was written since the last call with an effect."""
        found = {
            location: Held(self.epoch_of(location), {i: c.number for i, c in cells.items()}, _width(cells.values()))
            for location, cells in self.memory.items()
        }
        for location, epoch in self.epochs.items():
            found.setdefault(location, Held(epoch, {}, 0))
        for owner in self.escaped:
            for (location, indices), cell in owner.cells.items():
                held = found.setdefault(location, Held(owner.epoch or 0, {}, cell.width))
                held.written[indices] = cell.number
        return found

    def forget(self, preserved: Iterable[str]) -> None:
        """A call with an effect has returned: all that is visible is unknown, but for what it preserves."""
        preserved = tuple(preserved)
        epochs = {location: self.epoch_of(location) for location in preserved}
        self.memory = {location: self.memory[location] for location in preserved if location in self.memory}
        self.epochs = epochs
        self.epoch += 1
        for owner in self.escaped:
            owner.cells.clear()
            owner.epoch = self.epoch


def _width(cells: Iterable[Cell]) -> int:
    return next((c.width for c in cells), 0)
