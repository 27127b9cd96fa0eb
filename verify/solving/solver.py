"""The interface to solvers, and models that don't depend on which solver found them.

Every backend gets the same SMT-LIB 2 text.  A backend is imported only when it is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from verify.errors import InputError
from verify.terms import term as t
from verify.terms.term import Term


class Unsat(NamedTuple):
    """No assignment satisfies the assertions."""


class Model(NamedTuple):
    """An assignment that does: unsigned values by variable name, Booleans as 0 and 1."""

    values: dict[str, int]


class Unknown(NamedTuple):
    """The solver gave up: `reason` in plain words."""

    reason: str


Answer = Unsat | Model | Unknown


class Solver(Protocol):
    """A solver with a stack of assertions.  `check` takes further assertions for this one question."""

    name: str
    version: str

    def add(self, assertions: Sequence[Term]) -> None: ...
    def push(self) -> None: ...
    def pop(self) -> None: ...
    def check(self, assumptions: Sequence[Term] = (), timeout: float | None = None) -> Answer: ...
    def close(self) -> None: ...


SOLVERS = ("z3", "bitwuzla", "cvc5")


def open_solver(name: str) -> Solver:
    """The solver called `name`: one of `SOLVERS`, or "cmd:PROGRAM" for a program that speaks SMT-LIB 2.

    Raises `InputError` if it isn't installed.
    """
    if name == "z3":
        from verify.solving.z3 import Z3

        return Z3()
    if name == "bitwuzla":
        from verify.solving.bitwuzla import Bitwuzla

        return Bitwuzla()
    if name == "cvc5":
        from verify.solving.cvc5 import Cvc5

        return Cvc5()
    if name.startswith("cmd:"):
        from verify.solving.process import Process

        return Process(name.removeprefix("cmd:"))
    raise InputError(f"there is no solver `{name}`", hint=f"Known: {', '.join(SOLVERS)}, cmd:PROGRAM.")


def not_installed(package: str, extra: str) -> InputError:
    """The error for a solver whose package is missing."""
    return InputError(f"the solver {package} isn't installed", hint=f"pip install {extra}")


def minimal_model(
    solver: Solver, variables: Sequence[Term], assumptions: Sequence[Term], timeout: float | None
) -> Model | Unknown:
    """The model with few bits set that doesn't depend on the solver: variables are minimised in order.

    Each becomes 0 if it can; else bits are cleared from the most significant one down; if several stay set, a value
    with one bit is tried, the lowest first.
    """
    fixed = list(assumptions)
    answer = solver.check(fixed, timeout)
    for variable in variables:
        if not isinstance(answer, Model):
            break
        model, value = _minimise(solver, variable, fixed, answer, timeout)
        fixed.append(_equals(variable, value))
        answer = model
    if isinstance(answer, Unsat):
        return Unknown("the solver contradicts itself")
    if isinstance(answer, Model):
        for variable in variables:
            answer.values.setdefault(str(variable.value), 0)
    return answer


def _equals(variable: Term, value: int) -> Term:
    if variable.sort == t.BOOL:
        return variable if value else t.not_(variable)
    return t.eq(variable, t.const(value, variable.sort))


def _minimise(
    solver: Solver, variable: Term, fixed: list[Term], model: Model, timeout: float | None
) -> tuple[Model, int]:
    """The smallest pattern for one variable, and a model that has it."""
    name = str(variable.value)
    value = model.values.get(name, 0)
    if value == 0:
        return model, 0
    found = solver.check([*fixed, _equals(variable, 0)], timeout)
    if isinstance(found, Model):
        return found, 0
    width = variable.sort
    if width == t.BOOL:
        return model, 1
    one_bit = t.eq(t.bvand(variable, t.sub(variable, t.const(1, width))), t.const(0, width))
    found = solver.check([*fixed, one_bit], timeout) if value.bit_count() > 1 else model
    if isinstance(found, Model):
        return _lowest_bit(solver, variable, [*fixed, one_bit], found, timeout)
    known: list[Term] = []
    for bit in reversed(range(width)):
        this = t.extract(bit, bit, variable)
        cleared = t.eq(this, t.const(0, 1))
        if value >> bit & 1:
            found = solver.check([*fixed, *known, cleared], timeout)
            if isinstance(found, Model):
                model = found
                value = model.values.get(name, 0)
        known.append(t.eq(this, t.const(1, 1)) if value >> bit & 1 else cleared)
    return model, value


def _lowest_bit(
    solver: Solver, variable: Term, fixed: list[Term], model: Model, timeout: float | None
) -> tuple[Model, int]:
    """The smallest value of a variable that has one bit set, by halving the range of positions."""
    name = str(variable.value)
    low, high = 0, model.values[name].bit_length() - 1
    while low < high:
        middle = (low + high) // 2
        found = solver.check([*fixed, t.ult(variable, t.const(2 << middle, variable.sort))], timeout)
        if isinstance(found, Model):
            model, high = found, found.values[name].bit_length() - 1
        else:
            low = middle + 1
    return model, 1 << high
