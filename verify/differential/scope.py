"""What a random function may name at a point of its text: variables, pointers, records, arrays, helpers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from verify.differential.effects import External
from verify.differential.environment import Environment
from verify.differential.fragments import MEMORY, POSTFIX
from verify.differential.macros import Constant, FieldMacro, FunctionMacro, StatementMacro
from verify.differential.records import Record
from verify.differential.scalars import Scalar


@dataclass(slots=True, eq=False)
class Variable:
    """A scalar parameter or local.  `below`: it is a loop counter, known to be less than that and not negative.

    `escaped`: a pointer to it may exist, or it is global, so it counts as memory.
    """

    name: str
    type: Scalar
    readonly: bool = False
    escaped: bool = False
    below: int | None = None


@dataclass(frozen=True, slots=True)
class Container:
    """A helper `name(inner *)` which returns, by container_of, the `outer` whose member `suffix` it is given."""

    name: str
    outer: Record
    suffix: str
    inner: Record


@dataclass(frozen=True, slots=True)
class Base:
    """A struct at hand: `text` is a pointer expression if `arrow`, else a local struct's name.

    `container`: what it is embedded in, by way of which helper; None if that isn't known.
    """

    text: str
    record: Record
    arrow: bool
    container: Container | None = None

    def field(self, suffix: str) -> str:
        return f"{self.text}{'->' if self.arrow else '.'}{suffix}"

    @property
    def address(self) -> str:
        return self.text if self.arrow else f"&{self.text}"

    @property
    def whole(self) -> str:
        return f"*{self.text}" if self.arrow else self.text


@dataclass(frozen=True, slots=True)
class ScalarPointer:
    name: str
    type: Scalar


@dataclass(frozen=True, slots=True)
class LocalArray:
    name: str
    type: Scalar
    length: int


@dataclass(frozen=True, slots=True)
class Place:
    """An lvalue.  `written` is what a store to it writes; `addressable` excludes bit-fields; `fixed`: no index."""

    text: str
    type: Scalar
    written: frozenset[str]
    strength: int = POSTFIX
    fixed: bool = True

    @property
    def addressable(self) -> bool:
        return self.type.bits is None

    @property
    def in_memory(self) -> bool:
        return MEMORY in self.written


@dataclass(frozen=True, slots=True)
class Helper:
    """A static function of the program.  `params` are scalars, records (by pointer), or pointers to scalars.

    `pure`: it neither writes through pointers nor calls external functions nor warns.
    """

    name: str
    params: tuple[Scalar | Record | ScalarPointer, ...]
    returns: Scalar | None
    pure: bool


@dataclass(slots=True)
class Available:
    """The file-scope things that function bodies may use."""

    environment: Environment
    records: list[Record] = field(default_factory=list[Record])
    constants: list[Constant] = field(default_factory=list[Constant])
    macros: list[FunctionMacro] = field(default_factory=list[FunctionMacro])
    field_macros: list[FieldMacro] = field(default_factory=list[FieldMacro])
    statement_macros: list[StatementMacro] = field(default_factory=list[StatementMacro])
    helpers: list[Helper] = field(default_factory=list[Helper])
    externals: list[External] = field(default_factory=list[External])
    globals: list[Variable] = field(default_factory=list[Variable])
    containers: list[Container] = field(default_factory=list[Container])


Item = Variable | Base | ScalarPointer | LocalArray


class Scope:
    """Nested blocks of named things; an inner name hides an outer one."""

    def __init__(self, globals_: list[Variable]) -> None:
        self.frames: list[dict[str, Item]] = [{item.name: item for item in globals_}, {}]

    def push(self) -> None:
        self.frames.append({})

    def pop(self) -> None:
        self.frames.pop()

    def add(self, name: str, item: Item) -> None:
        self.frames[-1][name] = item

    def _visible(self) -> Iterator[Item]:
        seen: set[str] = set()
        for frame in reversed(self.frames):
            for name, item in frame.items():
                if name not in seen:
                    seen.add(name)
                    yield item

    def variables(self) -> list[Variable]:
        return [item for item in self._visible() if isinstance(item, Variable)]

    def bases(self) -> list[Base]:
        return [item for item in self._visible() if isinstance(item, Base)]

    def pointers(self) -> list[ScalarPointer]:
        return [item for item in self._visible() if isinstance(item, ScalarPointer)]

    def arrays(self) -> list[LocalArray]:
        return [item for item in self._visible() if isinstance(item, LocalArray)]

    def hideable(self) -> list[str]:
        """Names of outer plain variables, which an inner declaration may take again."""
        here = self.frames[-1]
        return [v.name for v in self.variables() if v.name not in here and not v.readonly]
