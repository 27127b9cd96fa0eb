"""memset(), memcpy() and memmove() of whole objects, as stores member by member (C17 7.24.2.1, 7.24.2.2, 7.24.6.1).

So it is where the object is known, the size is exactly its own, and each of its scalars is known; everything else stays
a call.  The bytes between members are one more unknown of a record, `PADDING`: these functions write it, assignment and
initialisers don't, and whoever sees the record's memory sees it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from verify.errors import UnsupportedC
from verify.execution.initialisers import Initialisers
from verify.execution.integers import convert
from verify.execution.memory import by_address, mentions_local, root
from verify.execution.state import (
    BLOCK_FUNCTIONS,
    PADDING,
    UNSET_PADDING,
    Place,
    Value,
    key_of,
)
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.ctypes import (
    BOOL,
    INT,
    POINTER_WIDTH,
    UCHAR,
    ULONG,
    VOID,
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
from verify.syntax.types import MemberInfo, name_of
from verify.terms import term as t
from verify.terms.term import Term

if TYPE_CHECKING:
    from verify.execution.calls import CallRule

_MOST_LEAVES = 256
_ONES = 0xFF
_PROBE = "local (probe)"


class Blocks(Initialisers):
    """Evaluates calls of the three functions.

    `whole` tells, for each that was met, by its name and `key_of`, whether it was looked into; None: in some states.
    """

    whole: dict[tuple[str, str], bool | None]

    def effect_call(self, node: ast.Call, name: str, rule: CallRule, evaluated: list[Value] | None = None) -> Value:
        raise NotImplementedError

    def is_declared(self, name: str) -> bool:
        raise NotImplementedError

    def is_block_function(self, node: ast.Call, name: str, ruled: bool) -> bool:
        """True iff `name` is C's own function, called as such; `ruled`: a table says that it is."""
        if name.removeprefix("__builtin_") not in BLOCK_FUNCTIONS or len(node.arguments) != 3:
            return False
        defined = [self.definitions.own_items(table, name) for table in ("functions", "macros")]
        if not ruled:
            defined += [self.definitions.function_items(name), self.definitions.macros(name)]
        if any(defined):
            return False
        if self.setting.variant("function", name):
            return False
        try:
            known = self.prototype(name)
        except UnsupportedC:
            return False
        return known is None or _is_its_type(known)

    def block_call(self, node: ast.Call, name: str, rule: CallRule) -> Value:
        """The value of a call of such a function."""
        sources = name.removeprefix("__builtin_") != "memset"
        for i, one in enumerate(node.arguments):
            for other in node.arguments[i + 1 :]:
                self.check_order(one, other)
        seen: list[Value] = []
        pointers = (True, sources, False)
        plain = zip(node.arguments, pointers, strict=True)
        evaluations = [partial(self._argument, argument, pointer, seen) for argument, pointer in plain]
        values = self.in_order(evaluations, node.span, node.arguments)
        key = name, key_of(node)
        taken = self._looked_into(node, name, values, seen)
        self.whole[key] = taken if self.whole.get(key, taken) is taken else None
        if not taken:
            return self.effect_call(node, name, rule, values)
        if not self.is_declared(name) and not name.startswith("__builtin_"):
            self.assume(undeclared(name))
        self.event("inlined", name, tuple(v.term for v in values if v.term is not None), node.span)
        return self.convert(values[0], PointerTo(VOID), node.span)

    def _argument(self, node: ast.Expr, is_pointer: bool, seen: list[Value]) -> Value:
        """An argument's value; of a pointer, `seen` gets what it was before casts that tell less of its object."""
        casts: list[CType] = []
        inner = node
        while is_pointer and isinstance(inner, ast.Cast):
            type_ = self.resolve(inner.type)
            if not isinstance(type_, PointerTo) or not _tells_nothing(type_.target):
                break
            casts.append(type_)
            inner = inner.operand
        value = self.value(inner)
        if is_pointer:
            seen.append(value)
        for type_ in reversed(casts):
            value = self.convert(value, type_, node.span)
        return value

    def _looked_into(self, node: ast.Call, name: str, values: list[Value], seen: list[Value]) -> bool:
        """Does what the call does if that is certain; nothing else if it isn't."""
        span = node.span
        found = [self._object(pointer, values[2], span) for pointer in seen]
        types = {type_ for type_, _ in filter(None, found)}
        if None in found or len(types) != 1:
            return False
        type_ = types.pop()
        byte = self._byte(values[1])
        if len(found) == 1 and (byte is None or None in (self._repeated(x, byte) for x in self._probe(type_, span))):
            return False
        try:
            target, *rest = (place() for _, place in filter(None, found))
        except UnsupportedC:
            return False
        if any(place.storage is not None for place in (target, *rest)) and self._is_padded(type_):
            return False  # its other bytes are seen through the union
        if rest:
            self._copy(target, rest[0], name, span)
        elif byte is not None:
            self._fill(target, byte, span)
        return True

    def _copy(self, target: Place, source: Place, name: str, span: Span) -> None:
        if not name.endswith("memmove"):
            overlap = _overlap(target, source, self.types.size_of(target.type))
            self.hazard(overlap, "memcpy() between objects that overlap", span)
        # All is read before anything is written: to memmove() the two may be one object.
        pairs = list(zip(self.leaves(target, span), self.leaves(source, span), strict=True))
        loaded = [self.load(leaf, span) for _, leaf in pairs]
        gaps = list(zip(self._gaps(target, span), self._gaps(source, span), strict=True))
        between = [self._padding(gap, span) for _, gap in gaps]
        for (leaf, _), value in zip(pairs, loaded, strict=True):
            self.store(leaf, value, span)
        for (gap, _), byte in zip(gaps, between, strict=True):
            self._write(gap, byte, span)

    def _object(self, pointer: Value, size: Value, span: Span) -> tuple[CType, Callable[[], Place]] | None:
        """The type and the place of the whole object of that size that `pointer` points at, if that is known."""
        if not isinstance(pointer.type, PointerTo) or pointer.term is None or size.term is None:
            return None
        if not isinstance(size.type, IntType) or size.type.signed is None:
            return None
        length = convert(size.term, size.type, ULONG)
        target, seen = pointer.target, pointer.type.target
        if target is None:
            by_type = isinstance(seen, RecordType) and by_address(seen) and not mentions_local(pointer.term)
            known = by_type and self._has_size(seen, length, span) and self._is_known(seen, span)
            return (seen, lambda: self.deref(pointer, span)) if known else None
        if not isinstance(target, Place) or target.bits is not None:
            return None
        if self._has_size(target.type, length, span):
            return (target.type, lambda: self.deref(pointer, span)) if self._is_known(target.type, span) else None
        if target.of <= 0 or target.storage is not None or t.const_value(target.indices[-1]) != 0:
            return None
        array = ArrayOf(target.type, target.of)  # its first element stands for it (C17 6.3.2.1p3)
        if not self._has_size(array, length, span) or not self._is_known(array, span):
            return None
        return array, lambda: target._replace(indices=target.indices[:-1], type=array, of=0)

    def _has_size(self, type_: CType, length: Term, span: Span) -> bool:
        """True iff `length` certainly is sizeof(type)."""
        innermost = type_
        while isinstance(innermost, ArrayOf):
            innermost = innermost.element
        if isinstance(innermost, VoidType | FunctionOf):
            return False
        if isinstance(innermost, RecordType) and innermost.kind == "unknown":
            return False
        known = self.types.size_of(type_)
        number = t.const_value(length)
        if known is not None and number is not None:
            return known == number and known > 0
        if known is not None or number is not None or not isinstance(innermost, RecordType):
            return False
        try:
            return self.size(type_, span) is length
        except UnsupportedC:
            return False

    def _is_known(self, type_: CType, span: Span) -> bool:
        """True iff each scalar in the type is known, and is the same in both versions."""
        try:
            if len(self._probe(type_, span)) > _MOST_LEAVES:
                return False
            records = [place.type for place in self._records(Place(_PROBE, (), type_, True, None), span)]
        except UnsupportedC:
            return False
        return not any(
            isinstance(r, RecordType)
            and (self.setting.variant("record's text", r.key) or self.setting.variant("layout", f"{r.kind} {r.key}"))
            for r in records
        )

    def _probe(self, type_: CType, span: Span) -> list[Place]:
        """Every scalar of an object of the type."""
        return list(islice(self.leaves(Place(_PROBE, (), type_, True, None), span), _MOST_LEAVES + 1))

    def _records(self, place: Place, span: Span) -> Iterator[Place]:
        """The records in an object, itself included; unions of integers are looked into no further."""
        type_ = place.type
        if isinstance(type_, ArrayOf):
            for i in range(type_.length or 0):
                yield from self._records(self.element(place, t.const(i, POINTER_WIDTH), span), span)
        elif isinstance(type_, RecordType):
            yield place
            if type_.kind == "struct":
                record = self.types.record(type_, span)
                for i, (_, member) in enumerate(record.members):
                    inner = self.types.member_type(record, i)
                    if member.bits is None and not is_scalar(inner):
                        own = name_of(record, i)
                        yield from self._records(self._member(place, own, MemberInfo(own, inner, None, ()), span), span)

    def _is_padded(self, type_: CType) -> bool:
        """True unless the members of each record in the type certainly take all of its bytes."""
        if isinstance(type_, ArrayOf):
            return self._is_padded(type_.element)
        if not isinstance(type_, RecordType) or type_.kind == "union":
            return False
        return self._has_gaps(type_) or any(
            self._is_padded(self.types.member_type(self.types.record(type_), i))
            for i in range(len(self.types.record(type_).members))
        )

    def _has_gaps(self, type_: RecordType) -> bool:
        """True unless the members of a struct itself certainly take all of its bits."""
        record, size = self.types.record(type_), self.types.size_of(type_)
        taken = 0
        for i, (name, member) in enumerate(record.members):
            bytes_ = self.types.size_of(self.types.member_type(record, i))
            if bytes_ is None or (member.bits is not None and name is None):
                return True
            bits = self.types.field_bits(record, i)
            taken += bytes_ * 8 if bits is None else bits
        return size is None or taken != size * 8

    def _gaps(self, place: Place, span: Span) -> Iterator[Place]:
        """The places of what lies between the members of the records in an object."""
        if place.storage is None:
            for record in self._records(place, span):
                if isinstance(record.type, RecordType) and record.type.kind == "struct":
                    if self._has_gaps(record.type):
                        yield Place(f"{record.location}.{PADDING}", record.indices, UCHAR, record.local, None)

    def _padding(self, gap: Place, span: Span) -> Term:
        """What lies in a gap; in a local variable where nothing was put there, what nobody may depend on."""
        unset = gap.local and not gap.indices and gap.location not in self.state.slots
        if unset and root(gap.location) not in self.escaped:
            return t.var(UNSET_PADDING, UCHAR.width)
        return self.raw(gap, span)

    def _byte(self, value: Value) -> Term | None:
        """The byte that memset() fills with: its second argument as an unsigned char."""
        if value.term is None or not isinstance(value.type, IntType) or value.type.signed is None:
            return None
        return t.extract(UCHAR.width - 1, 0, convert(value.term, value.type, INT))

    def _fill(self, target: Place, byte: Term, span: Span) -> None:
        for leaf in list(self.leaves(target, span)):
            value = self._repeated(leaf, byte)
            assert value is not None
            self.store(leaf, Value(leaf.type, value), span)
        for gap in list(self._gaps(target, span)):
            self._write(gap, byte, span)

    def _repeated(self, leaf: Place, byte: Term) -> Term | None:
        """What a scalar holds whose bytes are all `byte`."""
        width = width_of(leaf.type)
        number = t.const_value(byte)
        if number == 0 or (number == _ONES and isinstance(leaf.type, IntType) and leaf.type != BOOL):
            return t.const(0 if number == 0 else -1, width)
        if leaf.bits is not None or leaf.type == BOOL or not isinstance(leaf.type, IntType):
            return None  # where the bits of a field lie, what such a bool is, and such a pointer, isn't modelled
        repeated = byte
        for _ in range(width // UCHAR.width - 1):
            repeated = t.concat(repeated, byte)
        return repeated


def met_by_one(outcomes: Iterable[Mapping[tuple[str, str], bool | None]]) -> set[str]:
    """The functions that should be calls in both versions: one looks into a call of them, the other one doesn't.

    `outcomes` are what `Blocks.whole` told in each version.
    """
    counts = [Counter((name, taken) for (name, _), taken in whole.items()) for whole in outcomes]
    names = {name for one in counts for name, _ in one}
    return {n for n in names if all(len({one[n, taken] for one in counts}) > 1 for taken in (True, False))}


def undeclared(name: str) -> str:
    """What is assumed of a called `name` that nothing declares."""
    return f"{name}() is a function, not a macro, and has the same type everywhere: nothing that was read declares it"


def _is_its_type(type_: FunctionOf) -> bool:
    """True iff a function is declared as C's memset(), memcpy() and memmove() are."""
    pointers = [isinstance(p, PointerTo) for p in type_.params]
    sized = bool(type_.params) and isinstance(type_.params[-1], IntType) and type_.params[-1].width == POINTER_WIDTH
    return isinstance(type_.returns, PointerTo) and not type_.variadic and len(pointers) == 3 and pointers[0] and sized


def _tells_nothing(type_: CType) -> bool:
    return isinstance(type_, VoidType) or (isinstance(type_, IntType) and type_.width == UCHAR.width)


def _overlap(one: Place, other: Place, size: int | None) -> Term:
    """When two objects of one type overlap; objects that aren't one don't overlap partially (docs/soundness.md)."""
    if one.location != other.location or one.local != other.local or len(one.indices) != len(other.indices):
        return t.FALSE
    if one.storage is not None and (size is None or abs(one.offset - other.offset) >= size * 8):
        return t.FALSE
    return t.and_(*(t.eq(a, b) for a, b in zip(one.indices, other.indices, strict=True)))
