"""What the concrete interpreter computes with: Python integers, the places they lie at, and C's operators on them.

Written from C17 and gcc's documentation ("Integers implementation"), without a look at the symbolic executor's integer
code: the two are meant to catch each other's mistakes.  Arithmetic wraps in two's complement (-fno-strict-overflow),
`>>` of a negative number copies its sign.  Raises `NotReplayable` where a number can't be computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from verify.syntax.ctypes import (
    BOOL,
    INT,
    POINTER_WIDTH,
    UINT,
    ArrayOf,
    CType,
    IntType,
    PointerTo,
    RecordType,
    VoidType,
    promote,
    width_of,
)
from verify.tuples import NamedTuple


class NotReplayable(Exception):
    """The interpreter can't follow the program here; its message is one sentence that says why."""


class Oracle(Protocol):
    """What lies outside of the code, and answers from there.  All numbers are unsigned bits of the stated width."""

    def parameter(self, position: int, name: str, width: int) -> int:
        """The entry's parameter at `position`, counted from 0."""
        ...

    def read(self, epoch: int, location: str, indices: tuple[int, ...], width: int) -> int:
        """Memory that wasn't written since `epoch`: 0 is the entry, k is right after the k-th call with an effect."""
        ...

    def answer(self, label: str, arguments: tuple[int, ...], effect: bool, width: int | None) -> int:
        """What a call that isn't inlined returns; `width` is None if that is nothing."""
        ...

    def constant(self, name: str, width: int) -> int:
        """A constant that the text doesn't tell: "offsetof(R, m)", "sizeof(R)", "&name", 'string "..."', "CONFIG_X"
        (width 1), "address of local x", "uninitialised local x in new"."""
        ...


class ConcreteRule(NamedTuple):
    """What a callee that isn't inlined is assumed to do; `preserves` are locations that it doesn't write."""

    pure: bool = False
    constant: bool = False
    silent: bool = False
    preserves: frozenset[str] = frozenset()


class CallMade(NamedTuple):
    """A call that wasn't inlined; `result` is None for void, all numbers are unsigned bits."""

    label: str
    arguments: tuple[int, ...]
    result: int | None
    widths: tuple[int, ...] = ()  # of the arguments, in bits


class Cell(NamedTuple):
    """The content of one location: its bits, which of them were ever given a value, and what a pointer points at."""

    number: int
    width: int
    defined: int
    to: Place | Inside | None = None


class Local:
    """An object of automatic storage.  `cells` is keyed by location and array indices.

    `escaped`: code outside may know its address.  `epoch`: since which call with an effect it holds what that code may
    have written; None before the first one.  `certain`: the formulas have the same name for it.
    """

    __slots__ = ("cells", "certain", "epoch", "escaped", "name", "type")

    def __init__(self, name: str, type_: CType, certain: bool = False) -> None:
        self.name = name
        self.certain = certain
        self.type = type_
        self.cells: dict[tuple[str, tuple[int, ...]], Cell] = {}
        self.escaped = False
        self.epoch: int | None = None


class Place(NamedTuple):
    """An lvalue: the content `location[indices]` of `owner`, or of the memory outside if that is None.

    `at` is its address, for a local object the offset in it (bytes); None where the layout isn't known.  `bits` is a
    bit-field's width.  `whole` and `shift`: it is a part of a union that is kept as one integer of `whole` bits.  `of`:
    for an array's element the number of elements, 0 if that isn't known; None for everything else.  `around`: of an
    anonymous member, the record with a name that it is in.
    """

    owner: Local | None
    location: str
    indices: tuple[int, ...]
    type: CType
    at: int | None
    bits: int | None = None
    whole: int | None = None
    shift: int = 0
    of: int | None = None
    around: Place | None = None


class Inside(NamedTuple):
    """Where a computed pointer points: `offset` bytes into `object`; None is what nobody can tell any more."""

    object: Local | None
    offset: int | None


class Value(NamedTuple):
    """An rvalue.  `number` is in the range of the type, for a pointer its address (unless it points at a local object).

    `to`: what a pointer, or an integer made of one, points at, if that is more than an address; of a record, where it
    lies.  `bits`: it was read from a bit-field of that width.  `note`: why there is no number.
    """

    type: CType
    number: int = 0
    to: Place | Inside | None = None
    bits: int | None = None
    note: str = ""


def local_of(value: Value) -> Local | None:
    """The local object that a pointer (or an integer made of one) points into."""
    if isinstance(value.to, Place):
        return value.to.owner
    return value.to.object if isinstance(value.to, Inside) else None


def to_bits(number: int, width: int) -> int:
    """`number` as unsigned bits."""
    return number & ((1 << width) - 1)


def wrap(number: int, type_: CType) -> int:
    """The number that `type_`, no `_Bool`, holds after an assignment of `number` (C17 6.3.1.3p2; p3 as gcc does it)."""
    width = width_of(type_)
    number = to_bits(number, width)
    negative = isinstance(type_, IntType) and type_.signed and number >> (width - 1)
    return number - (1 << width) if negative else number


def to_integer(number: int, type_: IntType) -> int:
    """An integer as another integer type (C17 6.3.1.2, 6.3.1.3)."""
    return int(number != 0) if type_ == BOOL else wrap(number, type_)


def promoted_type(type_: CType, bits: int | None) -> IntType:
    """The type of an operand after the integer promotions (C17 6.3.1.1p2), `bits` wide if it is a bit-field.

    What C leaves to the compiler: gcc gives a bit-field the type of its own width, so one of at most 32 bits becomes
    int or unsigned int whatever it was declared with.  Wider ones are refused: clang differs.
    """
    if not isinstance(type_, IntType):
        raise NotReplayable(f"a `{type_}` where an integer is meant")
    if type_.signed is None:
        raise NotReplayable(f"whether `{type_}` is signed isn't known")
    if bits is None or bits == type_.width:
        return promote(type_)
    if bits > INT.width:
        raise NotReplayable("arithmetic on a bit-field wider than int")
    return UINT if bits == INT.width and not type_.signed else INT


def arithmetic(op: str, left: int, right: int, type_: IntType) -> tuple[int, str]:
    """`left op right` in the common type of both, and what is undefined about it, if anything (C17 6.5.5, 6.5.6)."""
    if op in ("/", "%"):
        if right == 0:
            return 0, "division by zero"
        trouble = ""
        if type_.signed and right == -1 and left == -(1 << (type_.width - 1)):
            trouble = "signed division overflow"  # traps on x86, for % as well
        # Truncation towards zero: C17 6.5.5p6.
        quotient = abs(left) // abs(right)
        if (left < 0) != (right < 0):
            quotient = -quotient
        return wrap(quotient if op == "/" else left - quotient * right, type_), trouble
    match op:
        case "+":
            exact = left + right
        case "-":
            exact = left - right
        case "*":
            exact = left * right
        case "&":
            exact = left & right
        case "|":
            exact = left | right
        case _:
            assert op == "^", op
            exact = left ^ right
    return wrap(exact, type_), ""


def shift(op: str, number: int, count: int, type_: IntType) -> tuple[int, str]:
    """`number op count` in the promoted type of `number` (C17 6.5.7)."""
    if not 0 <= count < type_.width:
        return 0, "shift count out of range"
    return wrap(number << count if op == "<<" else number >> count, type_), ""


def compare(op: str, left: int, right: int) -> bool:
    """A relational or equality operator on numbers of one type (C17 6.5.8, 6.5.9)."""
    table = {
        "==": left == right, "!=": left != right, "<": left < right, ">": left > right, "<=": left <= right,
        ">=": left >= right,
    }  # fmt: skip
    return table[op]


COMPARISONS = frozenset(("==", "!=", "<", ">", "<=", ">="))


def has_own_name(type_: CType) -> bool:
    """True for records that memory outside is keyed by: those with a tag (or a typedef) of their own."""
    return isinstance(type_, RecordType) and "." not in type_.key


def seen_alike(own: CType, wanted: CType) -> bool:
    """True iff an object of type `own` may be read and written as a `wanted`, bits for bits (C17 6.5p7)."""
    if isinstance(own, IntType) and isinstance(wanted, IntType):
        return own == wanted or (own.width == wanted.width and BOOL not in (own, wanted))
    if isinstance(own, ArrayOf) and isinstance(wanted, ArrayOf):
        return seen_alike(own.element, wanted.element)
    return own == wanted or (isinstance(own, PointerTo) and isinstance(wanted, PointerTo))


def signed_index(number: int) -> int:
    """A 64-bit index as the number that the program meant."""
    number = to_bits(number, POINTER_WIDTH)
    return number - (1 << POINTER_WIDTH) if number >> (POINTER_WIDTH - 1) else number


Written = Mapping[str, Mapping[tuple[int, ...], Cell]]

__all__ = [
    "COMPARISONS", "CallMade", "Cell", "ConcreteRule", "Inside", "Local", "NotReplayable", "Oracle", "Place", "Value",
    "VoidType", "Written", "arithmetic", "compare", "has_own_name", "local_of", "promoted_type",
    "seen_alike", "shift", "signed_index", "to_bits", "to_integer", "wrap",
]  # fmt: skip
