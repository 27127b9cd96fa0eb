"""Integer types as the generator sees them: C17's promotions and conversions on x86-64.

Written from the standard, on purpose without `verify.syntax.ctypes`: these rules only place guards (shift counts,
divisors), and the compilers are the judge of what a program means.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

INT_WIDTH = 32
VALUE_WIDTH = 64


@dataclass(frozen=True, slots=True)
class Scalar:
    """An integer type: its C spelling, value bits (1 for bool) and signedness; `bits` is a bit-field's width.

    `like` is the canonical spelling; pointers to two scalars are compatible iff their `like` is equal.
    """

    name: str
    width: int
    signed: bool
    like: str
    bits: int | None = None

    @property
    def value_bits(self) -> int:
        """How many bits an object of this type holds."""
        return self.width if self.bits is None else self.bits

    @property
    def minimum(self) -> int:
        return -(1 << (self.value_bits - 1)) if self.signed else 0

    @property
    def maximum(self) -> int:
        return (1 << (self.value_bits - self.signed)) - 1

    def wrap(self, value: int) -> int:
        """The number of this type that equals `value` modulo two to the power of its bits."""
        value &= (1 << self.value_bits) - 1
        return value - (1 << self.value_bits) if self.signed and value > self.maximum else value

    def field(self, bits: int) -> Scalar:
        return replace(self, bits=bits)


def _scalar(name: str, width: int, signed: bool, like: str | None = None) -> Scalar:
    return Scalar(name, width, signed, like or name)


BOOL = _scalar("bool", 1, False)
U8 = _scalar("u8", 8, False)
U16 = _scalar("u16", 16, False)
U32 = _scalar("u32", 32, False)
U64 = _scalar("u64", 64, False)
S8 = _scalar("s8", 8, True)
S16 = _scalar("s16", 16, True)
S32 = _scalar("s32", 32, True)
S64 = _scalar("s64", 64, True)
INT = _scalar("int", 32, True, "s32")
UINT = _scalar("unsigned int", 32, False, "u32")
LONG = _scalar("long", 64, True)
ULONG = _scalar("unsigned long", 64, False)

# Every spelling with how often it is declared.
DECLARED: tuple[tuple[Scalar, int], ...] = (
    (U8, 8), (U16, 6), (U32, 16), (U64, 16), (S8, 5), (S16, 5), (S32, 8), (S64, 8), (BOOL, 6), (INT, 8), (UINT, 4),
    (LONG, 3), (ULONG, 4),
    (_scalar("unsigned", 32, False, "u32"), 1),
    (_scalar("short", 16, True, "s16"), 1),
    (_scalar("unsigned short", 16, False, "u16"), 1),
    (_scalar("unsigned char", 8, False, "u8"), 1),
    (_scalar("signed char", 8, True, "s8"), 1),
    (_scalar("long long", 64, True, "s64"), 1),
    (_scalar("unsigned long long", 64, False, "u64"), 1),
)  # fmt: skip


def promote(type_: Scalar) -> Scalar:
    """The integer promotions (C17 6.3.1.1p2), bit-fields of at most 32 bits included."""
    if type_.bits is not None:
        return INT if type_.bits < INT_WIDTH or type_.signed else UINT
    return INT if type_.width < INT_WIDTH else type_


def common(left: Scalar, right: Scalar) -> Scalar:
    """The usual arithmetic conversions (C17 6.3.1.8), up to the rank of types of one width."""
    left, right = promote(left), promote(right)
    if left.width != right.width:
        return left if left.width > right.width else right
    return right if left.signed else left
