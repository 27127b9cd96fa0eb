"""What a random program is, what goes into a run of it and what a run shows: plain immutable data."""

from __future__ import annotations

from dataclasses import dataclass

from verify.differential.effects import Call
from verify.differential.scalars import Scalar


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar that a run reads or writes: `path` is a C lvalue over the entry's parameters and the globals.

    "a", "p->b", "p->in.c", "p->arr[2]", "to_s0_7(i)->flag", "*out".  A bit-field's width is `type.bits`.
    """

    path: str
    type: Scalar


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of the entry; `type` is None for pointers, `declared` is its C type ("u32", "struct s0_7 *")."""

    name: str
    declared: str
    type: Scalar | None


@dataclass(frozen=True, slots=True)
class Object:
    """A C object that pointers point at; all of its bytes are zero before the leaves are set."""

    name: str
    declared: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """A pointer lvalue ("p", or "p->link") and the address it has in a run: `&object` or `&object.member`."""

    path: str
    declared: str
    object: str
    member: str

    @property
    def address(self) -> str:
        return f"&{self.object}.{self.member}" if self.member else f"&{self.object}"


@dataclass(frozen=True, slots=True)
class Alias:
    """In runs with `aliased`, the pointer parameter `path` has the value `address` ("p", "&p->in") instead.

    `twins` pairs each leaf seen through `path` with the same leaf seen through the other pointer, as indexes into
    `Program.leaves`; inputs give both the same value.
    """

    path: str
    address: str
    twins: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A self-contained C text and how to run its function `entry`.

    `text` has neither #include nor typedefs: it uses u8 … s64, bool, the kernel idioms of shim.h, and declares the
    external functions it calls.  The inputs of a run are the scalar parameters in order, then the leaves.
    `pointers` lists the bound pointers, outer ones first.  `returns` is None for void.
    """

    seed: int
    text: str
    entry: str
    params: tuple[Param, ...]
    leaves: tuple[Leaf, ...]
    objects: tuple[Object, ...]
    pointers: tuple[Pointer, ...]
    alias: Alias | None
    returns: Scalar | None
    features: frozenset[str]

    @property
    def scalar_params(self) -> tuple[Leaf, ...]:
        return tuple(Leaf(p.name, p.type) for p in self.params if p.type)

    @property
    def slots(self) -> tuple[Leaf, ...]:
        """What an input's values stand for, in order."""
        return self.scalar_params + self.leaves


@dataclass(frozen=True, slots=True)
class Input:
    """One run's input: a number in range for each of `Program.slots`."""

    values: tuple[int, ...]
    aliased: bool = False


@dataclass(frozen=True, slots=True)
class Observed:
    """What one run shows: numbers in the range of their types; `ret` is None for void; `leaves` as they are after."""

    ret: int | None
    leaves: tuple[int, ...]
    warnings: int
    calls: tuple[Call, ...]


def describe_input(program: Program, given: Input) -> str:
    """The input as C-like assignments, one a line."""
    lines = [f"{slot.path} = {value} (0x{value & (1 << slot.type.value_bits) - 1:x})"
             for slot, value in zip(program.slots, given.values, strict=True)]  # fmt: skip
    if given.aliased and program.alias:
        lines.insert(0, f"{program.alias.path} = {program.alias.address}")
    return "\n".join(lines)


def describe_difference(program: Program, expected: Observed, got: Observed) -> str:
    """Each part that differs, one a line: `what: expected …, got …`; empty iff they are equal."""
    parts: list[tuple[str, object, object]] = [("return", expected.ret, got.ret)]
    parts += [(leaf.path, e, g) for leaf, e, g in zip(program.leaves, expected.leaves, got.leaves, strict=True)]
    parts += [("warnings", expected.warnings, got.warnings)]
    parts += [("calls", _calls(expected), _calls(got))]
    return "\n".join(f"{what}: expected {e}, got {g}" for what, e, g in parts if e != g)


def _calls(observed: Observed) -> str:
    return "; ".join(map(str, observed.calls)) or "none"
