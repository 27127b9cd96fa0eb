"""memset(), memcpy() and memmove() of whole objects for the concrete interpreter (C17 7.24).

Which calls are looked into is told by the executor; without one, those whose object, size and scalars are known here.
Bytes of a record that belong to no member are one number of it (`PADDING`), which these functions alone write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from verify.execution.concrete_statements import Statements
from verify.execution.concrete_values import Cell, Inside, NotReplayable, Place, Value, has_own_name, to_bits, wrap
from verify.execution.state import BLOCK_FUNCTIONS, PADDING, UNSET_PADDING, key_of
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.ctypes import (
    BOOL,
    UCHAR,
    ULONG,
    VOID,
    ArrayOf,
    CType,
    IntType,
    PointerTo,
    RecordType,
    VoidType,
    is_scalar,
    width_of,
)
from verify.syntax.types import name_of

_BYTE = 8


class BlockCalls(Statements):
    """Runs these calls.  `whole` tells which are looked into, by name and `key_of`; None: each that can be."""

    filled_padding = False
    whole: Mapping[tuple[str, str], bool | None] | None = None

    def is_block_call(self, node: ast.Call, name: str) -> bool:
        """True iff a call may be one of C's own functions of these names."""
        if name.removeprefix("__builtin_") not in BLOCK_FUNCTIONS or len(node.arguments) != 3:
            return False
        if self.whole is not None:
            decided = self.whole.get((name, key_of(node)), False)
            if decided is None:
                raise NotReplayable(f"whether {name}() fills a whole object depends on the path at {node.span}")
            return decided
        return not self.definitions.function_items(name)

    def block_call(self, node: ast.Call, name: str) -> Value:
        """The value of such a call.  Raises `NotReplayable` if what it fills isn't known."""
        copies = name.removeprefix("__builtin_") != "memset"
        pointers = [self._bare(a) for a in node.arguments[: 1 + copies]]
        values = [self.value(p) for p in pointers]
        rest = [self.integer(self.value(a), a.span)[0] for a in node.arguments[1 + copies :]]
        size = to_bits(rest[-1], width_of(ULONG))
        places = [p for p in (self._object(value, size, node.span) for value in values) if p is not None]
        if len(places) < len(values) or len({p.type for p in places}) > 1:
            raise NotReplayable(f"{name}() doesn't fill a whole object at {node.span}")
        target, source = places[0], places[-1]
        gaps = [list(self._gaps(place, node.span)) for place in places]
        if any(place.whole is not None for place in places) and any(True for _ in self._all_gaps(target, node.span)):
            raise NotReplayable(f"{name}() fills bytes of a union that no member names at {node.span}")
        if copies:
            if not name.endswith("memmove") and self._overlap(target, source):
                self.trouble("memcpy() between objects that overlap", node.span)
            kept = [self._gap(gap) for gap in gaps[1]]
            self.copy(target, source, node.span)
        else:
            byte = to_bits(rest[0], _BYTE)
            self.fill(target, byte, node.span)
            kept = [byte] * len(gaps[0])
        for gap, number in zip(gaps[0], kept, strict=True):
            self._set(gap, Cell(number, _BYTE, -1))
            self.filled_padding = True
        return self.convert(values[0], PointerTo(VOID), node.span)

    def _bare(self, node: ast.Expr) -> ast.Expr:
        """A pointer without the casts that tell less of what it points at."""
        while isinstance(node, ast.Cast):
            type_ = self.resolve(node.type)
            to = type_.target if isinstance(type_, PointerTo) else None
            if not isinstance(to, VoidType) and not (isinstance(to, IntType) and to.width == _BYTE):
                break
            node = node.operand
        return node

    def _object(self, pointer: Value, size: int, span: Span) -> Place | None:
        """The object of `size` bytes that a pointer points at the beginning of."""
        if not isinstance(pointer.type, PointerTo):
            return None
        to, seen = pointer.to, pointer.type.target
        if isinstance(to, Place):
            if self._measures(to.type, size):
                return self.deref(pointer._replace(type=PointerTo(to.type)), span)
            if not to.of or to.whole is not None or to.indices[-1] != 0:
                return None
            array = ArrayOf(to.type, to.of)
            whole = to._replace(type=array, indices=to.indices[:-1], of=None)
            return whole if self._measures(array, size) else None
        if isinstance(to, Inside) and to.object is None:
            to = None
        if to is not None or not has_own_name(seen) or not self._measures(seen, size):
            return None
        return self.deref(pointer, span)

    def _measures(self, type_: CType, size: int) -> bool:
        if not is_scalar(type_) and not isinstance(type_, ArrayOf | RecordType):
            return False
        try:
            return self.size(type_) == size
        except NotReplayable:
            return False

    def _overlap(self, one: Place, other: Place) -> bool:
        """True iff two objects of one type share bytes; of those that aren't one, only parts of a union do."""
        if one.owner is not other.owner or (one.location, one.indices) != (other.location, other.indices):
            return False
        return one.whole is None or abs(one.shift - other.shift) < self.size(one.type) * _BYTE

    def _gaps(self, place: Place, span: Span) -> Iterator[Place]:
        """Where the bytes between members are kept, for each struct in an object that isn't in a union."""
        if place.whole is None:
            for record in self._all_gaps(place, span):
                yield Place(record.owner, f"{record.location}.{PADDING}", record.indices, UCHAR, None)

    def _all_gaps(self, place: Place, span: Span) -> Iterator[Place]:
        """The structs in an object some of whose bits belong to no member, as far as that is known."""
        type_ = place.type
        if isinstance(type_, ArrayOf):
            for i in range(type_.length or 0):
                yield from self._all_gaps(self.element(place, i, span), span)
        elif isinstance(type_, RecordType) and type_.kind == "struct":
            record = self.types.record(type_, span)
            left = self.types.size_of(type_)
            left = None if left is None else left * _BYTE
            for i, (name, member) in enumerate(record.members):
                inner = self.types.member_type(record, i)
                if member.bits is not None:
                    named = name is not None and left is not None
                    left = left - self.types.constant(member.bits) if named and left is not None else None
                    continue
                size = self.types.size_of(inner)
                left = None if left is None or size is None else left - size * _BYTE
                if isinstance(inner, ArrayOf | RecordType):
                    yield from self._all_gaps(self._member(place, name_of(record, i), inner, None, span), span)
            if left != 0:
                yield place

    def _gap(self, gap: Place) -> int:
        """What lies there; in a local object where nothing was put there, what nobody may depend on."""
        owner = gap.owner
        unset = owner is not None and not gap.indices and (gap.location, ()) not in owner.cells
        if unset and owner is not None and not owner.escaped:
            return self.oracle.constant(UNSET_PADDING, _BYTE)
        return self._cell(gap).number

    def fill(self, place: Place, byte: int, span: Span) -> None:
        """Puts `byte` into each byte of an object's scalars."""
        for leaf in list(self.leaves(place, span)):
            self.store(leaf, self._filled(leaf, byte, span), span)

    def _filled(self, leaf: Place, byte: int, span: Span) -> Value:
        """The value of a scalar whose bytes are all `byte` (C17 7.24.6.1p2)."""
        type_ = leaf.type
        if byte == 0:
            return Value(type_)
        width = width_of(type_)
        if not isinstance(type_, IntType) or type_ == BOOL or (leaf.bits is not None and byte != (1 << _BYTE) - 1):
            raise NotReplayable(f"what a `{type_}` is that is filled with bytes isn't known at {span}")
        number = int.from_bytes(bytes([byte]) * (width // _BYTE), "little")
        return Value(type_, wrap(number, type_))
