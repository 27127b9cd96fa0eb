"""What the memory behind pointers is seen as, so that no bytes are taken for two things.

Memory is modelled by field (`verify.execution.memory`): what is written through a record of one type isn't seen through
another one at the same address, whichever casts lie between, nor through one of its type that begins in its middle.
`Sightings.note` tells where code does that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from verify.errors import UnsupportedC
from verify.syntax.ctypes import POINTER_WIDTH, ArrayOf, CType, RecordType, width_of
from verify.syntax.types import Record, Types, name_of
from verify.terms import term as t
from verify.terms.term import Term
from verify.tuples import NamedTuple

_MOST_ORIGINS = 8
_BYTE = 8
_LAYOUT = ("offsetof(", "sizeof(")  # how the names of unknown numbers of a layout begin, which are no pointers


class Start(NamedTuple):
    """Where memory begins: `origin` plus `offset` bytes, plus the terms with the ids in `added`.

    `odd` are those of them that may be no multiples of the size of what lies there, as an array's elements are.
    """

    origin: Term
    offset: int
    added: frozenset[int] = frozenset()
    odd: frozenset[int] = frozenset()


class Sighting(NamedTuple):
    """Memory at `address`, which begins at `start`, seen on `path` as a `type`."""

    address: Term
    start: Start
    type: CType
    path: tuple[Term, ...]


def distance(one: Start, other: Start) -> int | None:
    """How many bytes behind `one` the `other` begins, or None if that isn't known."""
    return other.offset - one.offset if one.added == other.added else None


class Sightings:
    """All that was seen so far, by the origin's term, the type and the beginning; `others` saw the same memory."""

    def __init__(self, types: Types, others: Iterable[Sightings] = ()) -> None:
        self.types = types
        self._others = tuple(others)
        self._seen: dict[int, dict[CType, dict[Start, list[Sighting]]]] = {}
        self._noted: set[tuple[int, CType, tuple[int, ...]]] = set()
        self._kinds = 0  # how many types at different beginnings were seen
        # Where sightings of an address as a type are kept, if it clashed with none of so many kinds.
        self._apart: dict[tuple[int, CType], tuple[int, list[tuple[Start, list[Sighting]]]]] = {}
        self.pointed: set[RecordType] = set()  # records that are reached through pointers
        self.overlaid: set[RecordType] = set()  # records in unions that are kept as bits

    def is_split(self, record: RecordType) -> bool:
        """True iff records of this type are reached through pointers, and others in unions that are kept as bits."""
        both = (*self._others, self)
        return any(record in s.pointed for s in both) and any(record in s.overlaid for s in both)

    def note(self, address: Term, type_: CType, path: tuple[Term, ...]) -> list[tuple[Sighting, Sighting]]:
        """Notes that a record or a scalar is reached at `address`; the pairs with what else these bytes may be.

        Where these certainly are something else, nothing is noted: the code is refused.
        """
        key = (address.id, type_, tuple([p.id for p in path]))
        if key in self._noted:
            return []
        everyone = (*self._others, self)
        kinds = sum([s._kinds for s in everyone])
        known, places = self._apart.get(key[:2], (-1, []))
        if known == kinds:
            for start, held in places:
                held.append(Sighting(address, start, type_, path))
            self._noted.add(key)
            return []
        found: list[tuple[Sighting, Sighting]] = []
        clash = False
        nows = [Sighting(address, start, type_, path) for start in starts(address, self._step(type_))]
        for now in nows:
            seen = (s._seen.get(now.start.origin.id, {}).items() for s in everyone)
            for other, by_start in chain.from_iterable(seen):
                for start, held in by_start.items():
                    if self._clash(start, other, now.start, type_):
                        clash = True
                        found += [(one, now) for one in held if not excluding(one.path, path)]
        if not any(self.definite(*pair) for pair in found):
            places = [(now.start, self._place_of(now)) for now in nows]
            for (_, held), now in zip(places, nows, strict=True):
                held.append(now)
            if not clash:
                self._apart[key[:2]] = kinds, places
        if not found:
            self._noted.add(key)
        return found

    def _place_of(self, sighting: Sighting) -> list[Sighting]:
        """Where sightings of this type and beginning are kept."""
        by_start = self._seen.setdefault(sighting.start.origin.id, {}).setdefault(sighting.type, {})
        if sighting.start not in by_start:
            by_start[sighting.start] = []
            self._kinds += 1
        return by_start[sighting.start]

    def _step(self, type_: CType) -> int | str:
        """How far apart the elements of an array lie: bytes, or the name of the unknown number of them."""
        size = self._size(type_)
        return f"sizeof({getattr(type_, 'key', '')})" if size is None else size

    def _size(self, type_: CType) -> int | None:
        return self.types.size_of(type_) if isinstance(type_, RecordType) else max(width_of(type_), _BYTE) // _BYTE

    def _partly(self, one: Start, other: Start, size: int | None) -> bool:
        """True unless two of what is kept alike, of `size` bytes, are the same or lie apart."""
        if one == other:
            return False
        apart = distance(one, other)
        if apart is not None:
            return size is None or abs(apart) < size
        if one.odd != other.odd:
            return True
        shift = other.offset - one.offset
        return shift % size != 0 if size else shift != 0

    def definite(self, one: Sighting, other: Sighting) -> bool:
        """True iff whoever comes to one of the two has certainly met both, at addresses that are known to overlap."""
        if distance(one.start, other.start) is None or "ite" in (one.address.op, other.address.op):
            return False
        if kept_as(one.type) == kept_as(other.type) and self._size(one.type) is None:
            return False
        paths = [{part.id for part in s.path} for s in (one, other)]
        return paths[0] <= paths[1] or paths[1] <= paths[0]

    def _clash(self, one: Start, type_: CType, other: Start, other_type: CType) -> bool:
        """True unless the two lie apart, one is a part of the other, or they are kept alike and are the same."""
        if kept_as(type_) == kept_as(other_type):
            return self._partly(one, other, self._size(type_))
        if not isinstance(type_, RecordType) and not isinstance(other_type, RecordType):
            return False  # `Memory.reached` tells numbers of different widths apart
        behind = distance(one, other)
        if behind is not None:
            sizes = [self.types.size_of(t_) for t_ in (type_, other_type)]
            own, others = (1 << POINTER_WIDTH if size is None else size for size in sizes)
            if not -others < behind < own:
                return False
        before = None if behind is None else -behind
        return not self._knows(type_, other_type, behind) and not self._knows(other_type, type_, before)

    def _knows(self, outer: CType, inner: CType, offset: int | None) -> bool:
        """True iff what is kept as `outer` has records `inner` in it that are kept as such: a union's bits haven't."""
        is_bits = isinstance(outer, RecordType) and bool(self.types.bits_of(outer))
        return not is_bits and self.holds(outer, inner, offset)

    def holds(self, outer: CType, inner: CType, offset: int | None) -> bool:
        """True iff a record `outer` has a record `inner` in it, at `offset` if that is known."""
        if not isinstance(outer, RecordType) or not isinstance(inner, RecordType) or (offset or 0) < 0:
            return False
        held, key = self.types.held, (outer, inner, offset)
        if key not in held:
            try:
                record = self.types.record(outer)
                held[key] = any(
                    member.bits is None and self._within(outer, record, position, inner, offset)
                    for position, (_, member) in enumerate(record.members)
                )
            except UnsupportedC:
                return True  # what the record is made of isn't certain
        return held[key]

    def _within(self, outer: RecordType, record: Record, position: int, inner: RecordType, offset: int | None) -> bool:
        type_ = self.types.member_type(record, position)
        name = name_of(record, position)
        start = self.types.offset_of(outer, name)
        while isinstance(type_, ArrayOf):
            size = self.types.size_of(type_.element)
            type_ = type_.element
            if offset is not None and start is not None and size and offset >= start:
                offset = start + (offset - start) % size
        inside = None if offset is None or start is None else offset - start
        return (type_ == inner and inside in (None, 0)) or self.holds(type_, inner, inside)


def starts(address: Term, step: int | str) -> Iterator[Start]:
    """What an address may be computed from, if elements lie `step` bytes apart (or an unknown number of that name)."""
    stack = [(address, Start(address, 0))]
    left = _MOST_ORIGINS
    while stack and left:
        left -= 1
        term, start = stack.pop()
        if term.op == "ite":
            stack += [(arg, start) for arg in term.args[1:]]
        elif term.op == "bvadd":
            known = t.const_value(term.args[1])
            if known is not None:
                stack.append((term.args[0], start._replace(offset=start.offset + t.signed(known, POINTER_WIDTH))))
            else:
                one, other = term.args
                stack += [(one, _moved(start, other, step)), (other, _moved(start, one, step))]
        elif term.op in ("bvand", "bvor"):
            inside = start._replace(added=start.added | {term.id}, odd=start.odd | {term.id})
            stack += [(arg, inside) for arg in term.args if arg.op != "const"]
        elif term.op in ("read", "local") or (term.op == "var" and not str(term.value).startswith(_LAYOUT)):
            yield start._replace(origin=term)


def _moved(start: Start, by: Term, step: int | str) -> Start:
    """`start`, further on by `by` bytes."""
    odd = start.odd if _is_multiple(by, step) else start.odd | {by.id}
    return start._replace(added=start.added | {by.id}, odd=odd)


def _is_multiple(term: Term, step: int | str) -> bool:
    """True only if a number is a multiple of `step`, as long as it doesn't overflow where `step` is no power of two."""
    if isinstance(step, str):
        if term.op == "var":
            return str(term.value).startswith(step)
    elif term.op == "const":
        return int(str(term.value)) % step == 0 if step else False
    args = [arg for arg in term.args if arg.sort != t.BOOL]
    match term.op:
        case "bvmul":
            return any(_is_multiple(arg, step) for arg in args)
        case "bvadd" | "bvneg" | "ite":
            return all(_is_multiple(arg, step) for arg in args)
        case "bvshl":
            count = t.const_value(args[1])
            return count is not None and (_is_multiple(args[0], step) or _divides(step, 1 << min(count, POINTER_WIDTH)))
        case "zero_extend" | "sign_extend":
            return _divides(step, 1 << POINTER_WIDTH) and _is_multiple(args[0], step)
        case "bvand":
            return _divides(step, 1 << POINTER_WIDTH) and any(_is_multiple(arg, step) for arg in args)
        case _:
            return False


def _divides(step: int | str, number: int) -> bool:
    return isinstance(step, int) and step > 0 and number % step == 0


def kept_as(type_: CType) -> CType | int:
    """What the memory of a type is told from others by: a record's type, a number's width (`Memory.deref`)."""
    return type_ if isinstance(type_, RecordType) else width_of(type_)


def excluding(one: tuple[Term, ...], other: tuple[Term, ...]) -> bool:
    """True only if no input takes both paths: one has what the other denies, or another case of the same switch."""
    known = {part.id for part in one}
    values = dict(filter(None, map(_case, one)))
    for part in other:
        if t.not_(part).id in known:
            return True
        case = _case(part)
        if case is not None and values.get(case[0], case[1]) != case[1]:
            return True
    return False


def _case(condition: Term) -> tuple[int, int] | None:
    """The term that is a number under `condition`, and the number."""
    if condition.op != "=":
        return None
    for one, other in (condition.args, condition.args[::-1]):
        value = t.const_value(other) if other.op == "const" else None
        if value is not None:
            return one.id, value
    return None
