"""What the memory behind pointers is seen as, so that no bytes are taken for two things.

Memory is modelled by field (`verify.execution.memory`): what is written through a record of one type isn't seen through
another one at the same address, whichever casts lie between.  `Sightings.note` tells where code does that.
"""

from __future__ import annotations

from collections.abc import Iterator

from verify.errors import UnsupportedC
from verify.syntax.ctypes import POINTER_WIDTH, ArrayOf, CType, RecordType
from verify.syntax.types import Record, Types, anonymous_name
from verify.terms import term as t
from verify.terms.term import Term
from verify.tuples import NamedTuple

_MOST_ORIGINS = 8


class Sighting(NamedTuple):
    """Memory at `address`, which is `offset` bytes behind some origin (None: unknown), seen on `path` as a `type`."""

    address: Term
    offset: int | None
    type: CType
    path: tuple[Term, ...]


class Sightings:
    """All that was seen so far, by the origin's term and the type."""

    def __init__(self, types: Types) -> None:
        self.types = types
        self._seen: dict[int, dict[CType, list[Sighting]]] = {}
        self._noted: set[tuple[int, CType, tuple[int, ...]]] = set()

    def note(self, address: Term, type_: CType, path: tuple[Term, ...]) -> list[tuple[Sighting, Sighting]]:
        """Notes that a record or a scalar is reached at `address`; the pairs with what else these bytes may be.

        Where these certainly are something else, nothing is noted: the code is refused.
        """
        key = (address.id, type_, tuple([p.id for p in path]))
        if key in self._noted:
            return []
        found: list[tuple[Sighting, Sighting]] = []
        nows = [(origin, Sighting(address, offset, type_, path)) for origin, offset in origins(address)]
        for origin, now in nows:
            others = (held for other, held in self._seen.get(origin.id, {}).items() if other != type_)
            found += [(one, now) for held in others for one in held if self._clash(one, now)]
        if not any(definite(*pair) for pair in found):
            for origin, now in nows:
                self._seen.setdefault(origin.id, {}).setdefault(type_, []).append(now)
        if not found:
            self._noted.add(key)
        return found

    def _clash(self, one: Sighting, other: Sighting) -> bool:
        """True unless the two lie apart, on paths that exclude each other, or one is a part of the other."""
        if not isinstance(one.type, RecordType) and not isinstance(other.type, RecordType):
            return False  # `Memory.reached` tells numbers of different widths apart
        if excluding(one.path, other.path):
            return False
        distance = None if one.offset is None or other.offset is None else other.offset - one.offset
        if distance is not None:
            sizes = [self.types.size_of(s.type) for s in (one, other)]
            before, behind = (1 << POINTER_WIDTH if size is None else size for size in sizes)
            if not -behind < distance < before:
                return False
        back = None if distance is None else -distance
        return not self._holds(one.type, other.type, distance) and not self._holds(other.type, one.type, back)

    def _holds(self, outer: CType, inner: CType, offset: int | None) -> bool:
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
        name = record.members[position][0] or anonymous_name(position)
        start = 0 if outer.kind == "union" else self.types.offset_of(outer, name)
        while isinstance(type_, ArrayOf):
            size = self.types.size_of(type_.element)
            type_ = type_.element
            if offset is not None and start is not None and size and offset >= start:
                offset = start + (offset - start) % size
        inside = None if offset is None or start is None else offset - start
        return (type_ == inner and inside in (None, 0)) or self._holds(type_, inner, inside)


def origins(address: Term) -> Iterator[tuple[Term, int | None]]:
    """What an address may be computed from, with its distance in bytes from there; None if that is unknown."""
    stack: list[tuple[Term, int | None]] = [(address, 0)]
    left = _MOST_ORIGINS
    while stack and left:
        left -= 1
        term, offset = stack.pop()
        if term.op == "ite":
            stack += [(arg, offset) for arg in term.args[1:]]
        elif term.op == "bvadd":
            known = t.const_value(term.args[1])
            if known is not None:
                stack.append((term.args[0], None if offset is None else offset + t.signed(known, POINTER_WIDTH)))
            else:
                stack += [(arg, None) for arg in term.args]
        elif term.op in ("bvand", "bvor"):
            stack += [(arg, None) for arg in term.args if arg.op != "const"]
        elif term.op in ("var", "read", "local"):
            yield term, offset


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


def definite(one: Sighting, other: Sighting) -> bool:
    """True iff whoever comes to one of the two has certainly met both, at addresses that are known to overlap."""
    if one.offset is None or other.offset is None or "ite" in (one.address.op, other.address.op):
        return False
    paths = [{part.id for part in s.path} for s in (one, other)]
    return paths[0] <= paths[1] or paths[1] <= paths[0]
