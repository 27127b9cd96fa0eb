"""Places and their contents: loads, stores, members, array elements, pointers.

The memory model (docs/soundness.md): one array of contents per field of a record type, indexed by the record's address,
so that two pointers of one type may alias; embedded records lie at their outer record's address plus an offset; local
variables are slots of their own until their address is passed to a call; a union of integers is one integer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from verify.errors import UnsupportedC
from verify.execution.integers import convert
from verify.execution.sightings import Sightings, kept_as
from verify.execution.state import (
    GLOBAL,
    KNOWN_SLOT,
    UNKNOWN_LENGTH,
    Event,
    Hazard,
    Lost,
    NullTest,
    Place,
    State,
    Value,
    content,
)
from verify.patterns import pattern
from verify.source.text import Span
from verify.syntax.ctypes import (
    BOOL,
    POINTER_WIDTH,
    ULONG,
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
from verify.syntax.types import ANONYMOUS, MemberInfo, Types, inside, name_of, of_bits
from verify.terms import term as t
from verify.terms.term import Term
from verify.tuples import NamedTuple

STRING = "string "  # before a string literal's text: the name of its address
OWN_NAME = f"{STRING}__func__"  # the same of that of the function; which one that is, isn't asked
_PLAIN_STRING = pattern(STRING + r'"[^"\\]*"')  # its text is its characters, so that others differ from it

_LARGEST_COPIED_ARRAY = 64
_MOST_ERRORS = 4095  # MAX_ERRNO: error pointers are the numbers from -4095 to -1
_BYTE = 8
OFFSET = "offsetof("  # how the names begin of unknown numbers that tell where a member lies
_BEHIND = "*"  # how the locations begin of what is reached through pointers and has no name


class Setting(NamedTuple):
    """What an execution may take for granted; shared by both versions unless named by version.

    `facts` replaces terms by what the assumptions say they are.  `variant(kind, name)` is "" if both versions define
    `name` alike, else a suffix that tells them apart.  `ranges` bounds terms (lowest, highest; unsigned).  `by_name`:
    members are compared by name, wherever they lie, so that an unknown layout is named only where it is a number.
    `locals` are other names for local variables.
    """

    version: str
    facts: dict[int, Term]
    variant: Callable[[str, str], str]
    ranges: dict[int, tuple[int, int]] = {}  # noqa: RUF012 (never changed)
    paired: bool = False  # there is another version
    by_name: bool = False
    locals: Mapping[str, str] = {}


class Reached(NamedTuple):
    """A number that is reached through a pointer, under conditions with the ids in `path`."""

    width: int
    address: Term
    path: frozenset[int]
    type: CType


class Followed(NamedTuple):
    """A pointer that is read or written through if all of `path` holds."""

    path: tuple[Term, ...]
    pointer: Term
    span: Span

    @property
    def crashes(self) -> Term:
        """When no object lies where it leads, and it is followed there."""
        return t.and_(*self.path, self.leads_nowhere)

    @property
    def leads_nowhere(self) -> Term:
        """When it lies in the page at 0 or among the error pointers, in front of it (include/linux/err.h)."""
        moved = t.add(self.pointer, t.const(_MOST_ERRORS, self.pointer.sort))
        return t.ult(moved, t.const(2 * _MOST_ERRORS + 1, self.pointer.sort))


class Embedded(NamedTuple):
    """A record of the type `key` at `address` that is read or written, in a `whole` that begins at `start`, if `path`
    holds.
    """

    path: tuple[Term, ...]
    key: str
    address: Term
    whole: RecordType
    start: Term

    def meets(self, other: Embedded) -> Term:
        """When the two are one record, but what they lie in isn't."""
        one = t.and_(*self.path, *other.path, t.eq(self.address, other.address))
        return t.and_(one, t.not_(t.eq(self.start, other.start))) if self.whole == other.whole else one


def apart(reached: Iterable[Mapping[int, Mapping[Reached, None]]]) -> tuple[str, ...]:
    """What is assumed of numbers that are reached through pointers: that those of different widths lie apart."""
    types = {width: next(iter(held)).type for by_width in reversed([*reached]) for width, held in by_width.items()}
    if len(types) < 2:
        return ()
    named = ", ".join(f"`{types[width]}`" for width in sorted(types))
    return (f"numbers of different widths that are reached through pointers ({named}) don't overlap",)


def smallest(objects: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The sizes in bytes of all objects; of one that has several, e.g. in two versions, the room it certainly takes."""
    found: dict[str, int] = {}
    for sizes in objects:
        found.update({name: min(size, found.get(name, size)) for name, size in sizes.items()})
    return found


def lie_apart(objects: Mapping[str, int], roots: Iterable[Term]) -> tuple[Term, ...]:
    """What is true of the addresses, among `objects` and in `roots`, of variables, functions and strings in the code.

    `objects` has the sizes in bytes, by the address's name.

    None is null and none overlap; one past a variable's end is an address, too (C17 6.5.8p5).  Variables that only one
    version has, each of another version, may lie at the same place.  Strings may overlap (C17 6.4.5p7), but two of
    different characters don't begin at the same place.
    """
    if not objects:
        return ()
    known = [x for x in t.postorder(tuple(roots)) if x.op in ("var", "local") and x.value in objects]
    found: list[Term] = []
    for i, address in enumerate(known):
        size = objects[str(address.value)]
        found.append(t.not_(t.eq(address, t.const(0, POINTER_WIDTH))))
        found.append(t.ult(address, t.const((1 << POINTER_WIDTH) - size, POINTER_WIDTH)))
        for other in known[:i]:
            names = str(address.value), str(other.value)
            strings = all(name.startswith(STRING) for name in names)
            versions = {name.partition("@")[2] for name in names} - {""}
            if all(map(_PLAIN_STRING.fullmatch, names)):
                found.append(t.not_(t.eq(address, other)))
            elif len(versions) < 2 and not strings:
                behind = t.add(other, t.const(objects[str(other.value)], POINTER_WIDTH))
                below = t.ule(t.add(address, t.const(size, POINTER_WIDTH)), other)
                found.append(t.or_(below, t.ule(behind, address)))
    return tuple(found)


class Memory:
    """The machine's memory, over the types of one version.  `state` is the current state."""

    def __init__(self, types: Types, setting: Setting, state: State) -> None:
        self.types = types
        self.definitions = types.definitions
        self.setting = setting
        self.state: State = state
        self.hazards: list[Hazard] = []
        self.events: list[Event] = []
        self.assumptions: dict[str, None] = {}  # in the order in which they were made
        self.written: dict[str, Place] = {}  # locations that outlive the function
        self.address_taken: dict[str, None] = {}  # local variables that a pointer may point at
        self.parts: dict[str, tuple[Place, str]] = {}  # of local records: the record and the member, by location
        self.members: dict[int, str] = {}  # the addresses of members, by their terms; how the code spells them
        self.null_tests: dict[int, NullTest] = {}  # of those, and of variables' addresses, by their terms
        self.room: dict[str, CType] = {}  # the types of local variables
        self.escaped: dict[str, None] = {}  # local variables that callees may have seen
        self.given_away: dict[tuple[str, int], CType] = {}  # objects that they may have seen, by location and depth
        self.shown: dict[RecordType, None] = {}  # records whose bytes they may have seen
        self.reached: dict[int, dict[Reached, None]] = {}  # numbers behind pointers, by width
        self.sightings = Sightings(types)
        self.objects: dict[str, int] = {}  # addresses of what the code defines, and their sizes
        self.reaches = True
        self.tables: dict[str, Term] = {}  # what constant arrays hold
        self.followed: dict[tuple[int, int, int], Followed] = {}  # pointers
        self.embedded: dict[tuple[int, str, int, int], Embedded] = {}  # records in others that are read or written
        self._enclosing: dict[int, tuple[RecordType, Term]] = {}  # the outermost record and its address, by a part's
        self._reaching: dict[tuple[str, tuple[Term, ...]], str] = {}  # what is assumed of flexible arrays, by place
        self._union_members: dict[str, str] = {}
        self.addresses: set[str] = set()  # functions that pointers are made of
        self.layouts: dict[str, str] = {}  # unknown numbers of a layout, by name, and what is assumed of them

    def hazard(self, condition: Term, text: str, span: Span) -> None:
        """Notes undefined behaviour that happens here if `condition` holds."""
        condition = t.and_(self.state.condition, self.under_facts(condition))
        if condition is not t.FALSE:
            self.hazards.append(Hazard(condition, text, span))

    def event(
        self,
        kind: str,
        text: str,
        terms: tuple[Term, ...],
        span: Span,
        world: Term | None = None,
        returns: bool = False,
    ) -> None:
        """Notes that something happens here, if this state is reached."""
        self.events.append(Event(kind, self.state.condition, text, terms, span, world, returns))

    def assume(self, text: str) -> None:
        """Names an assumption that the result rests on."""
        self.assumptions.setdefault(text)

    def count(self, value: Value) -> None:
        """Names what is assumed of the layouts that a value is computed from which counts as a number.

        That the place of a member is computed from them is no assumption where members are compared by name.
        """
        if self.layouts and value.term is not None:
            for name in sorted(_variables_of(value.term) & self.layouts.keys()):
                self.assume(self.layouts[name])

    def count_alone(self, condition: Term) -> None:
        """Names what is assumed of layouts if these alone tell whether `condition` holds."""
        names = _variables_of(condition) if self.layouts else frozenset[str]()
        if names <= self.layouts.keys():
            for name in sorted(names):
                self.assume(self.layouts[name])

    def under_facts(self, term: Term) -> Term:
        """`term`, or what the assumptions say that it is."""
        return self.setting.facts.get(term.id, term)

    def deref(self, pointer: Value, span: Span) -> Place:
        """The place that `pointer` points at."""
        if isinstance(pointer.target, Place):
            if pointer.target.of > 0:
                inside = t.ult(pointer.target.indices[-1], t.const(pointer.target.of, POINTER_WIDTH))
                self.hazard(t.not_(inside), "array index out of bounds", span)
            return pointer.target
        if isinstance(pointer.target, Lost):
            raise UnsupportedC(f"what this pointer points at isn't known: {pointer.target.why}", span)
        if not isinstance(pointer.type, PointerTo) or pointer.term is None:
            raise UnsupportedC(f"this isn't a pointer but `{pointer.type}`", span)
        if mentions_local(pointer.term):
            raise UnsupportedC("a pointer to a local variable that was computed", span)
        if self.escaped:
            self.assume("no pointer that is read from memory or returned by a call points at a local variable")
        target = pointer.type.target
        if isinstance(target, RecordType):
            if not by_address(target):
                raise UnsupportedC(f"what this pointer to `{target}` points at isn't known", span)
            self._see(target, pointer.term, span)
            if self.reaches:
                self.sightings.pointed.add(target)
                self._keep_from_unions(target)
            return Place(target.key, (pointer.term,), target, False, pointer.term)
        if isinstance(target, ArrayOf):
            return Place(_BEHIND, (), target, False, pointer.term)
        if not is_scalar(target):
            raise UnsupportedC(f"a pointer to `{target}` can't be read through", span)
        self.assume(
            f"a `{target}` that is reached through a pointer whose object isn't known is no field or variable "
            "that is also used by name"
        )
        self._reach(target, pointer.term, span)
        return Place(f"{_BEHIND}{width_of(target)}", (pointer.term,), target, False, pointer.term)

    def _reach(self, type_: CType, address: Term, span: Span) -> None:
        """Notes that a number is reached at `address`; refuses it where the path reaches its bytes by another width."""
        if not self.reaches:
            return
        self._see(type_, address, span)
        width = width_of(type_)
        path = frozenset(part.id for part in self.state.path)
        others = (other for width_, held in self.reached.items() if width_ != width for other in held)
        for other in others:
            if other.path <= path or path <= other.path:
                (base, start), (other_base, other_start) = split_address(address), split_address(other.address)
                distance = (start - other_start) % (1 << POINTER_WIDTH)
                size, other_size = max(width, 8) // 8, max(other.width, 8) // 8
                if base is other_base and (distance < other_size or -distance % (1 << POINTER_WIDTH) < size):
                    raise UnsupportedC(f"memory that is seen both as `{other.type}` and as `{type_}`", span)
        self.reached.setdefault(width, {}).setdefault(Reached(width, address, path, type_))

    def _see(self, type_: CType, address: Term, span: Span) -> None:
        """Notes what is reached at `address`; refuses it where its bytes are certainly seen as something else, too."""
        if not self.reaches:
            return
        for one, other in self.sightings.note(address, type_, self.state.path):
            named = f"two `{type_}`" if one.type == type_ else f"a `{one.type}` and a `{type_}`"
            overlap = "overlap in part" if kept_as(one.type) == kept_as(type_) else "overlap"
            if self.sightings.definite(one, other):
                raise UnsupportedC(f"memory that is seen as {named}, which {overlap}", span)
            self.assume(f"{named} that are reached from one pointer don't {overlap}")

    def member(self, record: Place, name: str, span: Span) -> Place:
        """The member `name` of a record's place, through anonymous members and those of a macro if need be."""
        *outer, name = self.types.steps_to(name, span)
        for step in outer:
            record = self.member(record, step, span)
        if not isinstance(record.type, RecordType):
            raise UnsupportedC(f"`{record.type}` has no members", span)
        info = self.types.member(record.type, name, span)
        for step in info.path:
            assert isinstance(record.type, RecordType)
            inner = self.types.anonymous_member(record.type, step)
            record = self._member(record, step, MemberInfo(step, inner, None, ()), span)
        return self._member(record, name, info, span)

    def _member(self, record: Place, name: str, info: MemberInfo, span: Span) -> Place:
        """The member `name` of a record's place; `name` may be one of `name_of`."""
        around = (record.around or record) if name.startswith(ANONYMOUS) else None
        found = self._part_of(record, name, info, span)
        if not is_scalar(info.type) and self.types.is_open(info.type):
            assert isinstance(record.type, RecordType)
            reaching = self._reaching.get((record.location, record.indices))
            if reaching is None and not self.types.is_last(record.type, name):
                reaching = self._alone(info.type)
            if reaching is not None:
                self._reaching.setdefault((found.location, found.indices), reaching)
        return found if found.around is around else found._replace(around=around)

    def _part_of(self, record: Place, name: str, info: MemberInfo, span: Span) -> Place:
        outer = record.type
        assert isinstance(outer, RecordType)
        if record.storage is not None:
            slot = self.types.slot_of(outer, name)
            if slot is None:
                raise UnsupportedC(f"the place of `{name}` in `{outer}` isn't known", span)
            offset = record.offset + slot.offset
            return record._replace(type=info.type, bits=info.bits, offset=offset, address=None, of=0)
        whole = record.around
        start = record if whole is None or not self.lies_in_others(whole.type, name) else whole
        address = None
        if start.address is not None and info.bits is None:
            address = self._member_address(start.address, start.type, name)
            if not record.local and not is_scalar(info.type):
                assert isinstance(start.type, RecordType)
                outermost = self._enclosing.get(start.address.id, (start.type, start.address))
                self._enclosing.setdefault(address.id, outermost)
        if outer.kind == "union":
            return self._union_member(record, outer, name, info, address, span)
        if record.local or not by_address(info.type):
            return self._own_part(record, name, info, address, start)
        assert address is not None and isinstance(info.type, RecordType)
        return Place(info.type.key, (address,), info.type, False, address)

    def _own_part(
        self, record: Place, name: str, info: MemberInfo, address: Term | None, start: Place | None = None
    ) -> Place:
        """A member that has contents of its own; where it lies is told from `start`, or else from `record`."""
        location = inside(record.location, name)
        if record.local and address is None:
            self.parts.setdefault(location, (start or record, name))
        return Place(location, record.indices, info.type, record.local, address, info.bits)

    def _member_address(self, record: Term, outer: CType, name: str) -> Term:
        assert isinstance(outer, RecordType)
        return t.add(record, self.offset(outer, name))

    def address_at(self, place: Place) -> Term | None:
        """Where an object lies, as far as it is known.

        A part of a local variable lies at its address plus an offset, which isn't asked for until it matters.
        """
        if place.address is not None or not place.local or place.indices:
            return place.address
        part = self.parts.get(place.location)
        if part is not None:
            record, name = part
            start = self.address_at(record)
            found = None if start is None else self._member_address(start, record.type, name)
        else:
            found = self._local_address(place.location)
        if found is None or place.offset % _BYTE:
            return None
        return t.add(found, t.const(place.offset // _BYTE, POINTER_WIDTH))

    def _local_address(self, location: str) -> Term | None:
        """The address of a local variable; None if it takes no room, so that others may lie there, too."""
        if location in self.room:
            size = self.types.size_of(self.room[location])
            if size == 0:
                return None
            if size is not None:
                self.objects[location] = size
        return t.local_address(location)

    def _union_member(
        self, record: Place, outer: RecordType, name: str, info: MemberInfo, address: Term | None, span: Span
    ) -> Place:
        width = self.types.bits_of(outer)
        if width:
            slot = self.types.slot_of(outer, name)
            assert slot is not None
            return self._as_bits(record, width, span)._replace(
                type=info.type, bits=info.bits, offset=slot.offset, address=address
            )
        key = f"{record.location}"
        chosen = self._union_members.setdefault(key, name)
        if chosen != name:
            raise UnsupportedC(
                f"`{outer}` is used through two members, `{chosen}` and `{name}`, and its bytes aren't known", span
            )
        self.assume(f"`union {outer.key}` is used through its member `{name}` only")
        if by_address(info.type) and not record.local:
            if address is None:
                raise UnsupportedC(f"the place of `{name}` isn't known", span)
            return Place(str(getattr(info.type, "key", "")), (address,), info.type, False, address)
        return self._own_part(record, name, info, address)

    def _as_bits(self, union: Place, width: int, span: Span) -> Place:
        """A union's place as one integer of `width` bits."""
        assert isinstance(union.type, RecordType)
        if not union.local and self.reaches:
            for record in self.types.records_in(union.type):
                self.sightings.overlaid.add(record)
                self._keep_from_unions(record)
            if union.address is not None:
                self._see(union.type, union.address, span)
        location = of_bits(union.location)
        if union.location in self.parts:
            self.parts.setdefault(location, self.parts[union.location])
        return union._replace(location=location, storage=width, offset=0, of=0)

    def _keep_from_unions(self, record: RecordType) -> None:
        """Names what is assumed if records of this type are known by their address, and in unions as bits, too."""
        if self.sightings.is_split(record):
            self.assume(f"a `{record}` that is reached through a pointer lies in no union that is also used by name")

    def lies_in_others(self, record: CType, name: str) -> bool:
        """True iff the other version has a member in other anonymous records, or in none.

        Where it is found then is one number of the whole record, as members are compared by name.
        """
        if not self.setting.paired or not isinstance(record, RecordType):
            return False
        return bool(self.setting.variant("path", f"{record.kind} {record.key} {name}"))

    def offset(self, record: RecordType, name: str) -> Term:
        """`offsetof(record, name)` as a 64-bit term: a number, or an unknown constant of this record's text."""
        known = self.types.place_of(record, name)
        if known is not None and not self._has_moved(record, name):
            return t.const(known, POINTER_WIDTH)
        return self._unknown_number(f"{OFFSET}{record.key}, {name})", record, known)

    def _has_moved(self, record: RecordType, *member: str) -> bool:
        """True iff a member, or a record's end, lies elsewhere in the other version."""
        what = " ".join((record.kind, record.key, *member))
        return self.setting.paired and bool(self.setting.variant("layout", what))

    def _unknown_number(self, name: str, record: RecordType, known: int | None, span: Span | None = None) -> Term:
        """The number `name` of the layout of `record`; in this version it is `known`, if it differs from the other's.

        Both versions share it iff their texts of `record` are equal, or members are compared by name.
        """
        if record.is_nameless:
            raise UnsupportedC(f"the layout of `{record}` isn't known", span)
        suffix = self.setting.variant("record", record.key)
        if self.setting.paired and not suffix and (known is not None or self.types.size_of(record) is None):
            assumed = f"the layout of `{record}`, which the text alone doesn't tell, is the same in both versions"
            if known is not None or self._has_moved(record):
                assumed = f"that `{record}` has another layout in the other version doesn't matter"
            if self.setting.by_name:
                self.layouts[name] = assumed
            else:
                self.assume(assumed)
        return t.var(name + suffix, POINTER_WIDTH)

    def show_bytes(self, value: Value, span: Span) -> None:
        """Notes the record whose bytes are open to code that gets the pointer `value`, and names its layout."""
        record = value.type.target if isinstance(value.type, PointerTo) else None
        if isinstance(value.target, Place):
            self._give_away(value.target)
            record = value.target.type
        while isinstance(record, ArrayOf):
            record = record.element
        if isinstance(record, RecordType) and record.kind != "unknown":
            self.shown.setdefault(record)
            if self.setting.by_name:
                self.count(Value(ULONG, self.size(record, span)))

    def _give_away(self, place: Place) -> None:
        """Notes that code outside may come to know where the object at `place` lies: of an element, the whole array."""
        type_ = ArrayOf(place.type, place.of) if place.of > 0 else place.type
        self.given_away.setdefault((place.location, len(place.indices)), type_)

    def size(self, type_: CType, span: Span) -> Term:
        """`sizeof(type_)` as a 64-bit term: a number, or an unknown constant of this type's text."""
        known = self.types.size_of(type_)
        innermost = type_
        while isinstance(innermost, ArrayOf):
            innermost = innermost.element
        moved = isinstance(innermost, RecordType) and self._has_moved(innermost)
        if known is not None and not moved:
            return t.const(known, POINTER_WIDTH)
        if isinstance(type_, ArrayOf) and type_.length is not None:
            return t.mul(self.size(type_.element, span), t.const(type_.length, POINTER_WIDTH))
        if not isinstance(type_, RecordType) or type_.kind == "unknown":
            raise UnsupportedC(f"the size of `{type_}` isn't known", span)
        return self._unknown_number(f"sizeof({type_.key})", type_, known, span)

    def element(self, array: Place, index: Term, span: Span) -> Place:
        """The element at `index` (64 bits) of an array's place."""
        assert isinstance(array.type, ArrayOf)
        self.count(Value(ULONG, index))
        element = array.type.element
        if array.type.length is not None:
            # One past the end may be pointed at; `load` and `store` are what must not go there.  Being strict here
            # only refuses more.
            inside = t.ult(index, t.const(array.type.length, POINTER_WIDTH))
            self.hazard(t.not_(inside), "array index out of bounds", span)
        if array.storage is not None:
            position = t.const_value(index)
            size = self.types.size_of(element)
            if position is None or size is None:
                raise UnsupportedC("a symbolic index into an array inside of a union", span)
            address = None if array.address is None else t.add(array.address, t.const(position * size, POINTER_WIDTH))
            return array._replace(type=element, offset=array.offset + position * size * 8, address=address, of=0)
        address = start = self.address_at(array)
        if start is not None:
            try:
                address = t.add(start, t.mul(index, self.size(element, span)))
            except UnsupportedC:
                address = None
            if address is not None and start.id in self._enclosing:
                self._enclosing.setdefault(address.id, self._enclosing[start.id])
        if is_behind(array):
            if address is None:
                raise UnsupportedC("the address of this element isn't known", span)
            return self.deref(Value(PointerTo(element), address), span)
        if array.type.length is None and (array.location, array.indices) in self._reaching:
            self.assume(self._reaching[array.location, array.indices])
        if isinstance(element, RecordType) and not array.local and by_address(element):
            if address is None:
                raise UnsupportedC("the address of this element isn't known", span)
            return self._one_of_many(Place(element.key, (address,), element, False, address))
        length = UNKNOWN_LENGTH if array.type.length is None else array.type.length
        found = Place(array.location, (*array.indices, index), element, array.local, address, of=length)
        return self._one_of_many(found) if isinstance(element, RecordType) else found

    def _one_of_many(self, place: Place) -> Place:
        """The place of an array's element, a record, with what is assumed of the array at its end."""
        if self.types.is_open(place.type):
            self._reaching.setdefault((place.location, place.indices), self._alone(place.type))
        return place

    @staticmethod
    def _alone(type_: CType) -> str:
        return f"that the array at the end of `{type_}` doesn't reach into what lies behind it"

    def address_of(self, place: Place, span: Span) -> Value:
        """`&place`."""
        if place.bits is not None:
            raise UnsupportedC("the address of a bit-field", span)
        address = self.address_at(place)
        if address is None:
            raise UnsupportedC("the address of this object isn't known", span)
        if place.local:
            self.address_taken.setdefault(root(place.location))
        precise = place.local or place.storage is not None or not (is_behind(place) or by_address(place.type))
        return Value(PointerTo(place.type), address, place if precise else None)

    def shape(self, place: Place) -> tuple[int, tuple[int, ...]]:
        """The widths of the content at `place` and of its indices."""
        width = place.storage if place.storage is not None else self._scalar_width(place)
        return width, tuple([i.sort for i in place.indices])

    def _scalar_width(self, place: Place) -> int:
        type_ = place.type
        while isinstance(type_, ArrayOf):
            type_ = type_.element
        return place.bits if place.bits is not None else width_of(type_)

    def raw(self, place: Place, span: Span) -> Term:
        """The content that `place` selects from: its whole storage if it is part of a union."""
        self._note_pointer(place, span)
        if place.indices:
            memory, width = self._memory(place, span)
            return self.under_facts(t.select(memory, place.indices, width))
        found = self.state.slots.get(place.location)
        width, _ = self.shape(place)
        if found is None:
            found = self._untouched(place, width)
        if found.sort != width:
            raise UnsupportedC(f"`{place.location}` is used with two widths", span)
        return found

    def _note_pointer(self, place: Place, span: Span) -> None:
        """Notes that what a pointer points at is read or written here."""
        if place.indices and not place.local and not place.location.startswith(GLOBAL):
            pointer, _ = split_address(place.indices[0])
            path = self.state.path
            if pointer.op in ("var", "read", "ite"):
                key = pointer.id, len(path), path[-1].id if path else 0
                self.followed.setdefault(key, Followed(path, pointer, span))
            whole = self._enclosing.get(place.indices[0].id)
            if whole is not None:
                record = place.location.partition(".")[0]
                at = place.indices[0].id, record, len(path), path[-1].id if path else 0
                self.embedded.setdefault(at, Embedded(path, record, place.indices[0], *whole))

    def _memory(self, place: Place, span: Span) -> tuple[Term, int]:
        """What `place.location` holds now, for every index; and how wide each is."""
        shape = self.shape(place)
        found = self.state.slots.get(place.location)
        if found is None:
            found = self.tables.get(place.location)
        if found is None:
            location = place.location
            if place.local and root(location) not in self.escaped:
                # No code may depend on it, so it may as well be the same in both versions.
                found = t.base(f"uninitialised {location}", t.world("stack"), *shape)
            else:
                found = content(self.state.world, location, t.base(location, t.world("any"), *shape))
        if _shape(found) != shape:
            raise UnsupportedC(f"`{place.location}` is used with two shapes", span)
        return found, shape[0]

    def _untouched(self, place: Place, width: int) -> Term:
        if place.local and root(place.location) not in self.escaped:
            return t.var(f"uninitialised {place.location} in {self.setting.version}", width)
        return self.under_facts(t.read(place.location, self.state.world, (), width))

    def load(self, place: Place, span: Span) -> Value:
        """The value at `place`; arrays become pointers to their first element, records stay places."""
        type_ = place.type
        if isinstance(type_, RecordType):
            return Value(type_, None, place)
        if isinstance(type_, ArrayOf):
            return self.decay(place, span)
        if isinstance(type_, FunctionOf | VoidType):
            raise UnsupportedC(f"a value of type `{type_}`", span)
        value = self.raw(place, span)
        if place.storage is not None:
            if type_ == BOOL and place.bits is None:
                raise UnsupportedC("a bool inside of a union", span)
            width = self._scalar_width(place)
            if place.offset + width > place.storage:
                raise UnsupportedC("this member lies outside of its union", span)
            value = t.extract(place.offset + width - 1, place.offset, value)
        value = convert(value, _unsigned_part(type_, place.bits), type_) if place.bits is not None else value
        target = self.state.targets.get(place.location) if isinstance(type_, PointerTo) else None
        if place.indices and target is not None:
            target = Lost("it was stored in an array or a record")
        return Value(type_, value, target, place.bits)

    def decay(self, place: Place, span: Span) -> Value:
        """An array's place as a pointer to its first element (C17 6.3.2.1p3)."""
        assert isinstance(place.type, ArrayOf)
        element = place.type.element
        first = self.element(place._replace(type=ArrayOf(element, None)), t.const(0, POINTER_WIDTH), span)
        address = self.address_at(place)
        if address is None:
            raise UnsupportedC("the address of this array isn't known", span)
        if is_behind(place):
            return Value(PointerTo(element), address)
        if place.local:
            self.address_taken.setdefault(root(place.location))
        if first.of and place.type.length:
            first = first._replace(of=place.type.length)
        precise = first.local or first.storage is not None or not by_address(element)
        return Value(PointerTo(element), address, first if precise else None)

    def store(self, place: Place, value: Value, span: Span) -> None:
        """Writes a scalar or a record; `value` already has the place's type."""
        if isinstance(place.type, RecordType):
            self.copy_record(place, value, span)
            return
        assert value.term is not None
        term = value.term
        if not isinstance(place.type, PointerTo) or place.storage is not None:
            self.count(value)
        if place.bits is not None:
            term = t.extract(place.bits - 1, 0, term)
        elif place.storage is not None and term.sort == 1:
            term = t.zero_extend(term, 8)
        if place.storage is not None:
            term = _insert(self.raw(place, span), place.offset, term)
        self._write(place, term, span)
        if place.storage is not None:
            # A union keeps addresses as numbers: they are followed no further.
            self.state.targets.pop(place.location, None)
            self.let_escape(value)
        elif isinstance(place.type, PointerTo) and place.local and not place.indices and value.target is not None:
            self.state.targets[place.location] = value.target
            if root(place.location) in self.escaped:
                self.let_escape(value)
        elif isinstance(place.type, PointerTo) and value.target is not None:
            self.state.targets[place.location] = Lost("it was stored in memory")
            self.let_escape(value)
        elif not place.indices:
            self.state.targets.pop(place.location, None)
        if not place.local:
            self.event("store", place.location, (*place.indices, term), span)

    def _write(self, place: Place, term: Term, span: Span) -> None:
        self._note_pointer(place, span)
        if not place.local:
            self.written.setdefault(place.location, place)
        if place.indices:
            term = t.store(self._memory(place, span)[0], place.indices, term)
        self.state.slots[place.location] = term

    def let_escape(self, value: Value) -> None:
        """Notes that code outside may come to know what the pointer `value` points at."""
        if value.term is not None and mentions_local(value.term):
            for part in _computed_from(value.term):
                if part.op == "local" and self.known_outside(str(part.value)) is not t.TRUE:
                    type_ = self.room.get(str(part.value), value.type)
                    self.let_escape(Value(value.type, None, Place(str(part.value), (), type_, True, None)))
        if isinstance(value.target, Place):
            self._give_away(value.target)
        if isinstance(value.target, Lost):
            self.escaped.update(self.address_taken)
            self.state.slots.update({f"{KNOWN_SLOT}{name}": t.TRUE for name in self.address_taken})
        elif isinstance(value.target, Place) and value.target.local:
            name = root(value.target.location)
            if self.known_outside(name) is not t.TRUE:
                self.escaped.setdefault(name)
                self.state.slots[f"{KNOWN_SLOT}{name}"] = t.TRUE
                for location, target in list(self.state.targets.items()):
                    if root(location) == name:
                        self.let_escape(Value(value.type, None, target))

    def known_outside(self, location: str) -> Term:
        """When the outside may know the address of the local variable that `location` is a part of."""
        return self.state.slots.get(f"{KNOWN_SLOT}{root(location)}", t.FALSE)

    def copy_record(self, place: Place, value: Value, span: Span) -> None:
        """Record assignment, leaf by leaf."""
        source = value.target
        if not isinstance(source, Place) or source.type != place.type:
            raise UnsupportedC(f"a `{value.type}` is copied from where it isn't known", span)
        # All leaves are read before any is written: the two may be one object.
        pairs = list(zip(self.leaves(place, span), self.leaves(source, span), strict=True))
        values = [self.load(leaf, span) for _, leaf in pairs]
        for (leaf, _), loaded in zip(pairs, values, strict=True):
            self.store(leaf, loaded, span)

    def leaves(self, place: Place, span: Span) -> Iterator[Place]:
        """Every scalar of an object; a union of integers is one integer.  Refuses what isn't certain."""
        type_ = place.type
        if isinstance(type_, ArrayOf):
            if type_.length is None or type_.length > _LARGEST_COPIED_ARRAY:
                raise UnsupportedC("an array of this size can't be copied or filled", span)
            for i in range(type_.length):
                yield from self.leaves(self.element(place, t.const(i, POINTER_WIDTH), span), span)
        elif not isinstance(type_, RecordType):
            yield place
        elif type_.kind == "union" and place.storage is None:
            width = self.types.bits_of(type_)
            if width is None:
                raise UnsupportedC(f"`{type_}` can't be copied or filled: its bytes aren't known", span)
            if width == 0:
                return  # a flexible array alone
            whole = IntType(f"bytes of {type_}", width, False)
            yield self._as_bits(place, width, span)._replace(type=whole)
        else:
            record = self.types.record(type_, span)
            if record.conditional:
                raise UnsupportedC(f"`{type_}` has members under #if; it can't be copied or filled", span)
            if type_.kind == "union":
                raise UnsupportedC("a union inside of a union can't be copied or filled", span)
            for i, (name, member) in enumerate(record.members):
                if member.bits is not None and name is None:
                    continue
                own = name_of(record, i)
                info = MemberInfo(own, self.types.member_type(record, i), self.types.field_bits(record, i), ())
                yield from self.leaves(self._member(place, own, info, span), span)

    def fill_zero(self, place: Place, span: Span) -> None:
        """Sets every scalar of an object to zero."""
        type_ = place.type
        if place.local and isinstance(type_, ArrayOf) and is_scalar(type_.element) and type_.length is None:
            raise UnsupportedC("an array of unknown length", span)
        for leaf in self.leaves(place, span):
            self.store(leaf, Value(leaf.type, t.const(0, width_of(leaf.type))), span)

    def offset_pointer(self, pointer: Value, count: Term, span: Span) -> Value:
        """`pointer + count`, `count` in elements, 64 bits."""
        assert isinstance(pointer.type, PointerTo) and pointer.term is not None
        element = pointer.type.target
        if isinstance(pointer.target, Lost):
            raise UnsupportedC(f"what this pointer points at isn't known: {pointer.target.why}", span)
        size = t.const(1, POINTER_WIDTH) if isinstance(element, VoidType) else self.size(element, span)
        if t.const_value(size) != 1:
            self.count(Value(ULONG, count))
        address = t.add(pointer.term, t.mul(count, size))
        target: Place | Lost | None = pointer.target
        if isinstance(target, Place):
            if t.const_value(count) == 0:
                pass
            elif target.of and target.storage is None:
                target = self._moved(target, count, size, address, span)
            else:
                target = Lost("it was moved by pointer arithmetic")
        return Value(pointer.type, address, target)

    def _moved(self, element: Place, count: Term, size: Term, address: Term, span: Span) -> Place | Lost:
        """The element of the same array that is `count` times `size` bytes behind."""
        own = self.size(element.type, span)
        if own is not size:
            step, count_of, width = t.const_value(size), t.const_value(count), t.const_value(own)
            if not step or not width or count_of is None:
                return Lost("it was moved by a number of bytes")
            elements, within = divmod(t.signed(count_of, POINTER_WIDTH) * step, width)
            if within:
                return Lost("it was moved into the midst of an array's element")
            count = t.const(elements, POINTER_WIDTH)
        moved = t.add(element.indices[-1], count)
        if element.of and element.of > 0:
            self.hazard(t.ult(t.const(element.of, POINTER_WIDTH), moved), "pointer arithmetic beyond an array", span)
        return element._replace(indices=(*element.indices[:-1], moved), address=address)


def root(location: str) -> str:
    """The variable that a local location is a part of."""
    return location.partition(".")[0]


def split_address(address: Term) -> tuple[Term, int]:
    """An address as a term and what is added to it, as far as that is a number."""
    offset = t.const_value(address.args[1]) if address.op == "bvadd" else None
    return (address, 0) if offset is None else (address.args[0], offset)


def mentions_local(term: Term) -> bool:
    """True iff `term` may be computed from a local variable's address.

    What is read from memory isn't, although the calls that were made until then may have been given such an address.
    """
    found = _mentions_local.get(term.id)
    if found is None:
        found = _mentions_local[term.id] = any(part.op == "local" for part in _computed_from(term))
    return found


def _computed_from(term: Term) -> Iterator[Term]:
    """The terms that the number `term` is computed from, itself included; what memory it is read from isn't entered."""
    seen: set[int] = set()
    stack = [term]
    while stack:
        part = stack.pop()
        if part.id not in seen:
            seen.add(part.id)
            yield part
            if part.op != "read":
                stack.extend(part.args)


_mentions_local: dict[int, bool] = t.kept({})


def _variables_of(term: Term) -> frozenset[str]:
    """The variables that `term` is computed from; addresses that are read from aren't entered, nor what chooses."""
    found = _variables.get(term.id)
    if found is None:
        parts = () if term.op == "read" else term.args[1:] if term.op == "ite" else term.args
        own = (str(term.value),) if term.op == "var" else ()
        found = _variables[term.id] = frozenset(own).union(*map(_variables_of, parts))
    return found


_variables: dict[int, frozenset[str]] = t.kept({})


def is_behind(place: Place) -> bool:
    """True iff `place` is behind a pointer and known by its address alone: so is each of an array's elements."""
    return place.location.startswith(_BEHIND)


def is_bytes(type_: CType) -> bool:
    """True for a pointer to what isn't told: `void *`, or numbers of one byte."""
    if not isinstance(type_, PointerTo):
        return False
    return isinstance(type_.target, VoidType) or (isinstance(type_.target, IntType) and type_.target.width == _BYTE)


def by_address(type_: CType) -> bool:
    """True for records that are found by their address alone: those with a name of their own."""
    return isinstance(type_, RecordType) and "." not in type_.key


def _shape(memory: Term) -> tuple[int, tuple[int, ...]]:
    """The widths of a memory's values and of its indices."""
    while memory.op != "base":
        memory = memory.args[0] if memory.op == "store" else memory.args[1]
    _, width, indices = memory.value  # type: ignore[misc]
    return width, indices  # type: ignore[return-value]


def _unsigned_part(type_: CType, bits: int | None) -> CType:
    """The type of a bit-field's own bits: as signed as its declared type."""
    assert isinstance(type_, IntType) and bits is not None
    return IntType(type_.name, bits, type_.signed)


def _insert(storage: Term, offset: int, part: Term) -> Term:
    """`storage` with `part` in place of its bits from `offset` on."""
    end = offset + part.sort
    if end < storage.sort:
        part = t.concat(t.extract(storage.sort - 1, end, storage), part)
    return t.concat(part, t.extract(offset - 1, 0, storage)) if offset else part


def as_index(value: Value, span: Span) -> Term:
    """An array index or pointer offset as 64 bits."""
    if not isinstance(value.type, IntType) or value.term is None or value.type.signed is None:
        raise UnsupportedC(f"an index of type `{value.type}`", span)
    return convert(value.term, value.type, ULONG)
