"""The external functions that programs call: what they are, and what they return in a test run.

A result is a hash of the call's number and its arguments, so that evaluators in Python and the compiled program agree
without sharing state.  External functions touch no memory of the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from verify.differential.scalars import BOOL, INT, S16, S32, S64, U8, U16, U32, U64, Scalar

_WORD = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_MULTIPLIERS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_SELECT_SHIFT = 60


@dataclass(frozen=True, slots=True)
class External:
    name: str
    returns: Scalar | None
    params: tuple[Scalar, ...]

    @property
    def prototype(self) -> str:
        params = ", ".join(f"{p.name} {_PARAM_NAMES[i]}" for i, p in enumerate(self.params)) or "void"
        return f"{self.returns.name if self.returns else 'void'} {self.name}({params})"


_PARAM_NAMES = ("x", "y", "z")
MAX_PARAMS = len(_PARAM_NAMES)

EXTERNALS = (
    External("ext_a", U32, (U32,)),
    External("ext_b", U64, (U64, S32)),
    External("ext_c", INT, (S64, U8, U16)),
    External("ext_d", None, (U16,)),
    External("ext_e", BOOL, (BOOL, U32)),
    External("ext_f", S64, ()),
    External("ext_g", U8, (S16,)),
    External("ext_h", None, (U64, U64)),
)
_BY_NAME = {external.name: (i, external) for i, external in enumerate(EXTERNALS)}


@dataclass(frozen=True, slots=True)
class Call:
    """One entry of the log: arguments converted to the parameters' types, result to the return type (None: void)."""

    name: str
    args: tuple[int, ...]
    result: int | None

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.args))}) = {'void' if self.result is None else self.result}"


def external(name: str) -> External:
    return _BY_NAME[name][1]


def effect_result(name: str, number: int, args: Sequence[int]) -> int | None:
    """What the call with `number` (0 is the run's first) returns; `args` in the range of the parameters' types."""
    index, function = _BY_NAME[name]
    if function.returns is None:
        return None
    state = _mix(number + 1)
    for arg in args:
        state = _mix(state ^ (arg & _WORD))
    state = _mix(state ^ index)
    select = state >> _SELECT_SHIFT
    if select < 4:
        state = 0
    elif select < 8:
        state &= 3
    elif select < 10:
        state = _WORD
    return function.returns.wrap(state)


def _mix(state: int) -> int:
    """splitmix64 (Steele, Lea, Flood 2014)."""
    state = (state + _GOLDEN) & _WORD
    state = ((state ^ (state >> 30)) * _MULTIPLIERS[0]) & _WORD
    state = ((state ^ (state >> 27)) * _MULTIPLIERS[1]) & _WORD
    return state ^ (state >> 31)


def definitions() -> str:
    """The external functions as C over shim.h's `diff_call`, to be compiled before the programs."""
    pieces: list[str] = []
    for index, function in enumerate(EXTERNALS):
        args = ", ".join(f"(u64){_PARAM_NAMES[i]}" for i in range(len(function.params)))
        call = f"diff_call({index}, {len(function.params)}, (u64[{MAX_PARAMS}]){{ {args or 0} }})"
        if function.returns is None:
            body = f"(void){call};"
        else:
            mask = (1 << function.returns.width) - 1
            body = f"return ({function.returns.name})({call} & {mask:#x}ULL);"
        pieces.append(f"__attribute__((noinline)) {function.prototype}\n{{\n\t{body}\n}}\n")
    return "\n".join(pieces)
