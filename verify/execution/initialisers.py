"""Initialisers of objects (C17 6.7.9) and compound literals (C17 6.5.2.5)."""

from __future__ import annotations

from verify.errors import UnsupportedC
from verify.execution.expressions import Expressions
from verify.execution.state import Place
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.ctypes import POINTER_WIDTH, ArrayOf, CType, RecordType, is_scalar
from verify.syntax.tables import counted
from verify.terms import term as t


class Initialisers(Expressions):
    """Gives objects the values that their declarations name."""

    def compound_literal(self, type_syntax: ast.TypeSyntax, init: ast.InitList, span: Span) -> Place:
        """An unnamed local object (C17 6.5.2.5)."""
        declarator = ast.Declarator("", type_syntax, init, (), span)
        place = self.fresh_local("literal", counted(self.types, self.resolve(type_syntax), declarator), span)
        self.initialise(place, init, span)
        return place

    def fresh_local(self, name: str, type_: CType, span: Span) -> Place:
        raise NotImplementedError

    def initialise(self, place: Place, init: ast.Expr, span: Span) -> None:
        """Initialises an object (C17 6.7.9); what a list doesn't name is zero."""
        type_ = place.type
        init = self.definitions.initialiser(init)
        if not isinstance(init, ast.InitList):
            if isinstance(type_, ArrayOf):
                raise UnsupportedC("this initialiser of an array", span)
            self.store(place, self.convert(self.value(init), type_, init.span), span)
            return
        if is_scalar(type_):
            if len(init.items) != 1 or init.items[0][0]:
                raise UnsupportedC("this initialiser of a scalar", span)
            self.initialise(place, init.items[0][1], span)
            return
        self.fill_zero(place, span)
        position = 0
        for path, given in self.definitions.listed(init).items:
            value = self.definitions.initialiser(given)
            if path:
                position = self._designated(place, path, value, span)
            elif position < 0:
                raise UnsupportedC("an initialiser that goes on inside of a member", span)
            else:
                self.initialise(self._at_position(place, position, value, span), value, span)
                position += 1

    def _designated(self, place: Place, path: tuple[str | ast.Expr, ...], value: ast.Expr, span: Span) -> int:
        """Initialises what the designators name; the position behind it."""
        first = path[0]
        inner = place
        for step in path:
            if isinstance(step, str):
                inner = self.member(inner, step, span)
            else:
                if not isinstance(inner.type, ArrayOf):
                    raise UnsupportedC("this designator", span)
                inner = self.element(inner, t.const(self.types.constant(step), POINTER_WIDTH), span)
        self.initialise(inner, value, span)
        if len(path) > 1:
            return -1  # what follows without a designator goes on inside of the member (C17 6.7.9p17)
        if not isinstance(first, str):
            return self.types.constant(first) + 1
        assert isinstance(place.type, RecordType)
        names = [n for n, _ in self.types.record(place.type).members]
        return names.index(first) + 1 if first in names else len(names)

    def _at_position(self, place: Place, position: int, value: ast.Expr, span: Span) -> Place:
        if isinstance(place.type, ArrayOf):
            inner = self.element(place, t.const(position, POINTER_WIDTH), span)
        else:
            assert isinstance(place.type, RecordType)
            members = self.types.record(place.type).members
            if (
                (place.type.kind == "union" and position > 0)
                or position >= len(members)
                or members[position][0] is None
            ):
                raise UnsupportedC("this initialiser without designators", span)
            inner = self.member(place, str(members[position][0]), span)
        if not is_scalar(inner.type) and not isinstance(value, ast.InitList):
            if not isinstance(inner.type, RecordType) or self.type_of(value) != inner.type:
                raise UnsupportedC("an initialiser without inner braces", span)
        return inner
