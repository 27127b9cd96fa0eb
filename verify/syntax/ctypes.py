"""C's types with the widths of the kernel's x86-64 ABI, and the conversions between arithmetic types (C17 6.3.1).

A `_Bool` is one bit wide as a value; `size_of` gives it one byte.  The signedness of plain `char` is unknown (None):
the kernel builds with -funsigned-char since 6.2 and with -fsigned-char before, so using it as a number is refused.
"""

from __future__ import annotations

from verify.tuples import NamedTuple


class IntType(NamedTuple):
    """An integer type: `width` in bits.  `bits` is the declared width of a bit-field, else None."""

    name: str
    width: int
    signed: bool | None

    def __str__(self) -> str:
        return self.name


class PointerTo(NamedTuple):
    target: CType

    def __str__(self) -> str:
        return f"{self.target} *"


class ArrayOf(NamedTuple):
    """`length` is None where the text doesn't say or it can't be known without a configuration."""

    element: CType
    length: int | None

    def __str__(self) -> str:
        return f"{self.element}[{'' if self.length is None else self.length}]"


NAMELESS = "."  # how the keys begin of records that nothing names; their text follows


class RecordType(NamedTuple):
    """A struct or union.  `key` names it: "vcpu_vmx", or "vcpu_vmx.rmode" for a nested one without a tag."""

    kind: str
    key: str

    @property
    def is_nameless(self) -> bool:
        """True for a record that is known by its text alone, and for one without a tag within it."""
        return self.key.startswith(NAMELESS)

    def __str__(self) -> str:
        if self.is_nameless:
            return self.key.removeprefix(NAMELESS)
        return f"{self.kind} {self.key}"


class FunctionOf(NamedTuple):
    returns: CType
    params: tuple[CType, ...]
    variadic: bool

    def __str__(self) -> str:
        return f"{self.returns} ({', '.join(map(str, self.params))})"


class VoidType(NamedTuple):
    def __str__(self) -> str:
        return "void"


CType = IntType | PointerTo | ArrayOf | RecordType | FunctionOf | VoidType

VOID = VoidType()
BOOL = IntType("_Bool", 1, False)
CHAR = IntType("char", 8, None)
SCHAR = IntType("signed char", 8, True)
UCHAR = IntType("unsigned char", 8, False)
SHORT = IntType("short", 16, True)
USHORT = IntType("unsigned short", 16, False)
INT = IntType("int", 32, True)
UINT = IntType("unsigned int", 32, False)
LONG = IntType("long", 64, True)
ULONG = IntType("unsigned long", 64, False)
LLONG = IntType("long long", 64, True)
ULLONG = IntType("unsigned long long", 64, False)
INT128 = IntType("__int128", 128, True)
UINT128 = IntType("unsigned __int128", 128, False)

POINTER_WIDTH = 64

BUILTIN_TYPES: dict[str, CType] = {
    t.name: t for t in (BOOL, CHAR, SCHAR, UCHAR, SHORT, USHORT, INT, UINT, LONG, ULONG, LLONG, ULLONG, INT128, UINT128)
}
BUILTIN_TYPES["void"] = VOID

# The kernel's own names (include/linux/types.h, include/uapi/asm-generic/int-ll64.h) and the C library's.
KERNEL_TYPES: dict[str, CType] = {
    "bool": BOOL,
    **dict.fromkeys(("u8", "__u8", "uint8_t", "u_char", "unchar", "u_int8_t"), UCHAR),
    **dict.fromkeys(("s8", "__s8", "int8_t"), SCHAR),
    **dict.fromkeys(("u16", "__u16", "uint16_t", "ushort", "__le16", "__be16", "u_int16_t", "umode_t"), USHORT),
    **dict.fromkeys(("s16", "__s16", "int16_t"), SHORT),
    **dict.fromkeys(("u32", "__u32", "uint32_t", "uint", "__le32", "__be32", "u_int32_t", "gfp_t"), UINT),
    **dict.fromkeys(("s32", "__s32", "int32_t", "pid_t"), INT),
    **dict.fromkeys(("u64", "__u64", "__le64", "__be64", "gpa_t", "gfn_t", "hpa_t", "hfn_t"), ULLONG),
    **dict.fromkeys(("phys_addr_t", "dma_addr_t", "resource_size_t", "sector_t"), ULLONG),
    **dict.fromkeys(("gva_t", "hva_t"), ULONG),
    "kvm_pfn_t": ULLONG,
    **dict.fromkeys(("s64", "__s64", "loff_t", "ktime_t"), LLONG),
    **dict.fromkeys(("ulong", "size_t", "uintptr_t", "uint64_t", "__kernel_size_t", "u_int64_t"), ULONG),
    **dict.fromkeys(("ssize_t", "intptr_t", "ptrdiff_t", "int64_t"), LONG),
}


def bits_mislead(one: CType, other: CType) -> bool:
    """True iff equal bits of two integer types may be different numbers once they are promoted (C17 6.3.1.1p2)."""
    if not isinstance(one, IntType) or not isinstance(other, IntType):
        return False
    return one.width != other.width or (one.signed != other.signed and one.width < INT.width)


def is_integer(type_: CType) -> bool:
    return isinstance(type_, IntType)


def decayed(type_: CType) -> CType:
    """The type of a value: arrays become pointers (C17 6.3.2.1p3)."""
    return PointerTo(type_.element) if isinstance(type_, ArrayOf) else type_


_SCALARS = (IntType, PointerTo)


def is_scalar(type_: CType) -> bool:
    """True for the types with a value of one bit-vector: integers and pointers."""
    return isinstance(type_, _SCALARS)


def width_of(type_: CType) -> int:
    """The width in bits of a scalar's value; 1 for `_Bool`."""
    if isinstance(type_, IntType):
        return type_.width
    assert isinstance(type_, PointerTo), type_
    return POINTER_WIDTH


def promote(type_: IntType, bits: int | None = None) -> IntType:
    """The integer promotions; `bits` is the width of a bit-field that is read (C17 6.3.1.1p2)."""
    if bits is not None and bits < INT.width:
        return INT
    if type_.width < INT.width:
        return INT
    return type_


def usual_conversion(left: IntType, right: IntType) -> IntType:
    """The common type of two promoted operands (C17 6.3.1.8)."""
    if left.width != right.width:
        return left if left.width > right.width else right
    if left.signed == right.signed:
        return left if _rank(left) >= _rank(right) else right
    signed, unsigned = (left, right) if left.signed else (right, left)
    if _rank(unsigned) >= _rank(signed):
        return unsigned
    # Same width, the signed one of higher rank: the unsigned type of the signed one's rank.
    return {LLONG.name: ULLONG, LONG.name: ULONG, INT.name: UINT}[signed.name]


def _rank(type_: IntType) -> int:
    return ("int", "long", "long long", "__int128").index(type_.name.removeprefix("unsigned "))


# The types that a literal may have, by its suffix in lower case.
_LITERALS = {
    "": (INT, UINT, LONG, ULONG),
    "u": (UINT, ULONG),
    "l": (LONG, ULONG),
    "lu": (ULONG,),
    "ll": (LLONG, ULLONG),
    "llu": (ULLONG,),
}


def literal_type(value: int, suffix: str, decimal: bool) -> IntType | None:
    """The type of an integer literal (C17 6.4.4.1p5), or None if it fits none."""
    for type_ in _LITERALS[suffix]:
        if decimal and "u" not in suffix and not type_.signed:
            continue
        if value < 1 << (type_.width - bool(type_.signed)):
            return type_
    return None
