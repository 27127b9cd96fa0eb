"""Tables that never change: `const` arrays and records of integers whose initialisers were read.

Their contents are terms beside the state, so that no call changes them and no merge touches them.
"""

from __future__ import annotations

from verify.errors import UnsupportedC
from verify.execution.expressions import Expressions
from verify.execution.memory import CONSTANT, Setting, root
from verify.execution.state import Place, State, Value
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.ctypes import BOOL, ArrayOf, CType, IntType, PointerTo, RecordType
from verify.syntax.types import Types
from verify.terms import term as t
from verify.terms.term import Term

_LARGEST_TABLE = 1024  # elements


class Constants(Expressions):
    """Reads the initialisers of constant tables, each at its first use."""

    def __init__(self, types: Types, setting: Setting, state: State) -> None:
        super().__init__(types, setting, state)
        self._tables: dict[str, tuple[Place, ast.Declarator]] = {}
        self._contents: dict[str, Term] = {}  # by location
        self._unreadable: dict[str, UnsupportedC | None] = {}  # tables that were looked at, and what is wrong
        self._reading = False

    def sized(self, type_: CType, declarator: ast.Declarator) -> CType:
        """`type_` with the length that the initialiser gives it (C17 6.7.9p22)."""
        init = declarator.init
        if not isinstance(type_, ArrayOf) or type_.length is not None or not isinstance(init, ast.InitList):
            return type_
        if not isinstance(declarator.type, ast.ArrayType) or declarator.type.length is not None:
            return type_
        position = length = 0
        for path, _ in init.items:
            if path:
                if isinstance(path[0], str):
                    raise UnsupportedC("this designator", declarator.span)
                position = self.types.constant(path[0])
            position += 1
            length = max(length, position)
        return ArrayOf(type_.element, length)

    def table(self, name: str, declarator: ast.Declarator, type_: CType, address: Term | None) -> Place | None:
        """The place of a constant table; None if the variable is none.  `name` is one that no other table has."""
        if not is_table(declarator, type_):
            return None
        place = Place(f"{CONSTANT}{name}", (), type_, False, address)
        self._tables.setdefault(place.location, (place, declarator))
        return place

    def constant(self, location: str, span: Span) -> Term:
        """What a part of a table holds."""
        table = root(location)
        if table not in self._unreadable:
            self._unreadable[table] = self._read(*self._tables[table])
        error = self._unreadable[table]
        if error is not None or location not in self._contents:
            name = self._tables[table][1].name
            why = f"{error.message} ({error.span})" if error is not None and error.span is not None else ""
            raise UnsupportedC(f"the contents of the constant table `{name}` can't be read", span, why)
        return self._contents[location]

    def _read(self, place: Place, declarator: ast.Declarator) -> UnsupportedC | None:
        """Reads all contents of a table; what prevents it, if anything."""
        assert declarator.init is not None
        init = declarator.init

        def fill() -> Value:
            outside = {slot: held for slot, held in self.state.slots.items() if slot.startswith("@")}
            self.state = scratch = State((), outside, {})
            hazards = len(self.hazards)
            self.initialise(place, init, declarator.span)
            if len(self.hazards) > hazards or self.state is not scratch or scratch.world is not outside_world:
                raise UnsupportedC("this initialiser", declarator.span)
            self._contents.update((k, v) for k, v in scratch.slots.items() if root(k) == place.location)
            return Value(place.type, None)

        outside_world = self.state.world
        largest, self.largest_array = self.largest_array, _LARGEST_TABLE
        self._reading = True
        try:
            self.unevaluated(fill)
        except UnsupportedC as error:
            return error
        finally:
            self._reading = False
            self.largest_array = largest
        return None

    def initialise(self, place: Place, init: ast.Expr, span: Span) -> None:
        if not self._reading or isinstance(init, ast.InitList):
            super().initialise(place, init, span)
        elif isinstance(place.type, IntType):
            number = self.types.constant(init)
            width = place.type.width
            value = t.const(int(number != 0) if place.type == BOOL else number, width)
            self.store(place, Value(place.type, value), span)
        elif not isinstance(place.type, PointerTo):  # what is pointed at isn't read: `load` refuses it
            raise UnsupportedC("this initialiser", init.span)


def is_table(declarator: ast.Declarator, type_: CType) -> bool:
    """True for a `const` array or record, which isn't an array of pointers, with an initialiser in braces."""
    element = type_
    while isinstance(element, ArrayOf):
        element = element.element
    text = declarator.span.source.text[declarator.span.start : declarator.span.end].partition("=")[0]
    return (
        isinstance(type_, ArrayOf | RecordType)
        and isinstance(element, IntType | RecordType)
        and isinstance(declarator.init, ast.InitList)
        and "const" in declarator.storage
        and "volatile" not in declarator.storage
        and "__weak" not in text
    )
