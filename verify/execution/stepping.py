"""The concrete interpreter's part of `tolerant`: it takes the same steps over code that isn't looked into.

Where they are is told by the executor; what they do, as with calls, by the oracle.
"""

from __future__ import annotations

from verify.execution.concrete_statements import Jumped, Returned
from verify.execution.concrete_values import CallMade, NotReplayable, Place, Value, to_bits
from verify.execution.interpreter import Machine, value_of_bits
from verify.execution.state import GOES_TO, OUT, Step, key_of, unknown_result
from verify.execution.tolerant import common_type
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.ctypes import (
    BOOL,
    INT,
    POINTER_WIDTH,
    VOID,
    CType,
    FunctionOf,
    PointerTo,
    VoidType,
    is_scalar,
    width_of,
)


class SteppingMachine(Machine):
    """A machine that steps over the code in `steps`, which are known by `key_of`."""

    def bind(self, function: ast.Function, names: tuple[str, ...]) -> None:
        self.unknown_result = unknown_result
        super().bind(function, names)

    def prototype(self, name: str) -> FunctionOf | None:
        """The type of a function; where it has several definitions, that of all of them."""
        found = super().prototype(name)
        return common_type(self.types, name) if found is None else found

    def _argument_values(self, node: ast.Call, params: tuple[CType, ...] | None, variadic: bool) -> list[Value]:
        values = super()._argument_values(node, params, variadic)
        named = isinstance(node.function, ast.Ident) and node.function.name in self.untyped
        return [self._default_promoted(value, True) for value in values] if named else values

    def statement(self, node: ast.Stmt, seek: ast.Stmt | None = None) -> None:
        step = self._step_at(node)
        if step is None:
            super().statement(node, seek)
        elif seek is not None:
            raise NotReplayable(f"a jump into code that isn't looked into at {step.span}")
        else:
            self._take(step)

    def value(self, node: ast.Expr) -> Value:
        step = self._step_at(node)
        return super().value(node) if step is None else self._take(step)

    def initialise(self, place: Place, init: ast.Expr, span: Span) -> None:
        step = self._step_at(init)
        if step is None or not isinstance(step.type, VoidType):
            super().initialise(place, init, span)
        else:
            self.escape(place)
            self._take(step)

    def address(self, operand: ast.Expr, span: Span) -> Value:
        """`&name`; a name that nothing declares is that of an object which a macro declares."""
        name = operand.name if isinstance(operand, ast.Ident) else ""
        known = not name or self.meaning(operand) is not None or self.variable(name) is not None
        if known or self.definitions.knows(name):
            return super().address(operand, span)
        return Value(PointerTo(VOID), self.oracle.constant(f"&{name}", POINTER_WIDTH))

    def _step_at(self, node: ast.Expr | ast.Stmt) -> Step | None:
        """The step that is taken over `node`; of several, the one that sees the variables which hold something now."""
        found = self.steps.get(key_of(node), ()) if self.active else ()
        if len(found) > 1:
            held = {n for step in found for n in step.inputs if self._is_set(n)}
            found = [s for s in found if set(s.inputs) == held] or found
        return found[-1] if found else None

    def _is_set(self, name: str) -> bool:
        variable = self.variable(name)
        owner = variable.place.owner if variable is not None and variable.place is not None else None
        return owner is not None and bool(owner.cells)

    def _take(self, step: Step) -> Value:
        """One step: it sees variables and memory, changes both, may leave the function, and may have a value."""
        arguments = tuple(self.number(self.load(self._place(name, step), step.span)) for name in step.inputs)
        for name in step.exposed:
            self.escape(self._place(name, step))
        typed = step.type is not None and is_scalar(step.type)
        width = width_of(step.type) if step.type is not None and typed else None
        seen = self.visible()
        number = self.oracle.answer(step.label, arguments, True, width)
        self.calls.append(CallMade(step.label, arguments, None if width is None else to_bits(number, width)))
        self.seen.append(seen)
        self.forget(())
        for name in step.outputs:
            place = self._place(name, step)
            found = self.oracle.read(self.epoch, f"{OUT}{name}", (), width_of(place.type))
            self.store(place, value_of_bits(place.type, found), step.span)
        if step.returns and self.oracle.read(self.epoch, "returns", (), 1):
            if self.returns_to is not None:
                type_ = self.returns_to.type
                found = self.oracle.read(self.epoch, "returned", (), width_of(type_))
                self.store(self.returns_to, value_of_bits(type_, found), step.span)
            raise Returned
        for label in step.gotos:
            if self.oracle.read(self.epoch, f"{GOES_TO}{label}", (), 1):
                raise Jumped(label, step.span)
        if step.type is None or width is None:
            return Value(VOID)
        return value_of_bits(INT if step.type == BOOL else step.type, number)

    def _place(self, name: str, step: Step) -> Place:
        found = self.variable(name)
        if found is None or found.place is None:
            raise NotReplayable(f"`{name}` isn't known at {step.span}")
        return found.place
