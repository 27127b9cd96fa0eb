"""Initialisers for the concrete interpreter (C17 6.7.9): lists with and without designators, nested in braces.

An initialiser that leaves out the braces of a member raises `NotReplayable`.
"""

from __future__ import annotations

from verify.execution.concrete_expressions import Expressions
from verify.execution.concrete_values import NotReplayable, Place
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.ctypes import ArrayOf, RecordType, is_scalar


class Initialisers(Expressions):
    """Gives objects their first values."""

    def initialise(self, place: Place, init: ast.Expr, span: Span) -> None:
        """Initialises an object (C17 6.7.9); what a list doesn't name becomes zero (p21)."""
        init = self.definitions.initialiser(init)
        if not isinstance(init, ast.InitList):
            if isinstance(place.type, ArrayOf):
                raise NotReplayable(f"this initialiser of an array at {span}")
            self.store(place, self.convert(self.value(init), place.type, init.span), span)
            return
        if is_scalar(place.type):
            if len(init.items) != 1 or init.items[0][0]:
                raise NotReplayable(f"this initialiser of a scalar at {span}")
            self.initialise(place, init.items[0][1], span)
            return
        self.clear(place, span)
        position: int | None = 0
        for path, given in self.definitions.listed(init).items:
            item = self.definitions.initialiser(given)
            if path:
                target, position = self._designated(place, path, span)
            else:
                if position is None:
                    raise NotReplayable(f"an initialiser that goes on inside of a member at {span}")
                target, position = self._at_position(place, position, span)
            braced = is_scalar(target.type) or isinstance(item, ast.InitList)
            if not braced and self.type_of(item).type != target.type:
                raise NotReplayable(f"an initialiser without inner braces at {span}")
            self.initialise(target, item, span)

    def _designated(self, place: Place, path: tuple[str | ast.Expr, ...], span: Span) -> tuple[Place, int | None]:
        """What designators name, and the position that follows it (C17 6.7.9p17); None if that is deeper inside."""
        inner = place
        for step in path:
            if isinstance(step, str):
                inner = self.member(inner, step, span)
            elif isinstance(inner.type, ArrayOf):
                inner = self.element(inner, self.types.constant(step), span)
            else:
                raise NotReplayable(f"this designator at {span}")
        first = path[0]
        if len(path) > 1:
            return inner, None
        if not isinstance(first, str):
            return inner, self.types.constant(first) + 1
        assert isinstance(place.type, RecordType)
        names = [name for name, _ in self.types.record(place.type).members]
        return inner, names.index(first) + 1 if first in names else None

    def _at_position(self, place: Place, position: int, span: Span) -> tuple[Place, int]:
        if isinstance(place.type, ArrayOf):
            return self.element(place, position, span), position + 1
        assert isinstance(place.type, RecordType)
        members = self.types.record(place.type).members
        # Unnamed bit-fields aren't initialised: C17 6.7.9p9.
        while position < len(members) and members[position][0] is None and members[position][1].bits is not None:
            position += 1
        name = members[position][0] if position < len(members) else None
        if name is None or (place.type.kind == "union" and position > 0):
            raise NotReplayable(f"this initialiser without designators at {span}")
        return self.member(place, name, span), position + 1
