"""The interface to solvers, and models that don't depend on which solver found them.

Every backend gets the same SMT-LIB 2 text.  A backend is imported only when it is opened.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from verify.errors import InputError
from verify.terms import term as t
from verify.terms.evaluate import Evaluation
from verify.terms.term import Term
from verify.tuples import NamedTuple


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
    """A solver with a stack of assertions.  `check` takes further assertions for this one question.

    `expect` may be called while nothing is asserted: whether questions about many steps of a history follow.
    """

    name: str
    version: str

    def add(self, assertions: Sequence[Term]) -> None: ...
    def push(self) -> None: ...
    def pop(self) -> None: ...
    def check(self, assumptions: Sequence[Term] = (), timeout: float | None = None) -> Answer: ...
    def expect(self, many_steps: bool) -> None: ...
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


@contextmanager
def asserted(solver: Solver, assertions: Sequence[Term]) -> Generator[None]:
    """`solver` with `assertions` in a scope that is left whatever happens, as by a time limit: else they would stay."""
    solver.push()
    try:
        solver.add(assertions)
        yield
    finally:
        solver.pop()


def not_installed(package: str) -> InputError:
    """The error for a solver whose package is missing."""
    return InputError(f"the solver {package} isn't installed", hint=f"pip install {package}")


class Minimiser:
    """Makes a model canonical: few bits set, and the same whichever solver found it.

    Variables are minimised in order: each becomes 0 if it can; else what is `preferred` for its name, if it can; else
    one bit, the lowest that can be; else bits are cleared from the most significant one down.  What a changed model
    shows by evaluation isn't asked of the solver.  `assertions` are those in the solver's current scope, where what is
    decided gets added.
    """

    def __init__(self, solver: Solver, assertions: Sequence[Term], timeout: float | None) -> None:
        self.solver = solver
        self.assertions = list(assertions)
        self.timeout = timeout
        self.preferred: dict[str, int] = {}

    def minimal(self, variables: Sequence[Term], model: Model | None = None) -> Model | Unsat | Unknown:
        """The canonical model; `model` is one that is known already."""
        answer = self.solver.check((), self.timeout) if model is None else model
        fixed = set(_equated(self.assertions))
        for variable in variables:
            if not isinstance(answer, Model):
                return answer
            if variable.id in fixed:
                continue
            answer = self._minimise(variable, answer)
            self.require(_equals(variable, answer.values[str(variable.value)]))
        return answer

    def require(self, assertion: Term) -> None:
        """Adds an assertion for good."""
        self.solver.add((assertion,))
        self.assertions.append(assertion)

    def satisfies(self, model: Model, changes: dict[str, int]) -> Model | None:
        """The model with `changes`, if it satisfies all assertions."""
        values = {**model.values, **changes}
        evaluation = Evaluation(values)
        for i, assertion in enumerate(self.assertions):
            if not evaluation.evaluate(assertion):
                # The next model may well fail at the same one, so that is looked at first.
                self.assertions.insert(0, self.assertions.pop(i))
                return None
        return Model(values)

    def _model_with(self, model: Model, name: str, value: int, conditions: Sequence[Term]) -> Model | None:
        """Some model in which `conditions` hold, `value` being a guess; None if the solver finds none."""
        found = self.satisfies(model, {name: value})
        if found is None:
            answer = self.solver.check(conditions, self.timeout)
            found = answer if isinstance(answer, Model) else None
        return found

    def _minimise(self, variable: Term, model: Model) -> Model:
        name = str(variable.value)
        value = model.values.setdefault(name, 0)
        if value == 0:
            return model
        found = self._model_with(model, name, 0, (_equals(variable, 0),))
        if found is not None or variable.sort == t.BOOL:
            return model if found is None else found
        if name in self.preferred:
            best = self.preferred[name]
            found = self._model_with(model, name, best, (_equals(variable, best),))
            if found is not None:
                return found
        width = variable.sort
        one_bit = t.eq(t.bvand(variable, t.sub(variable, t.const(1, width))), t.const(0, width))
        found = model if value.bit_count() == 1 else self._model_with(model, name, value & -value, (one_bit,))
        if found is not None:
            return self._lowest_bit(variable, one_bit, found)
        known: list[Term] = []
        for bit in reversed(range(width)):
            this = t.extract(bit, bit, variable)
            cleared = t.eq(this, t.const(0, 1))
            if value >> bit & 1:
                found = self._model_with(model, name, value & ~(1 << bit), (*known, cleared))
                model = model if found is None else found
                value = model.values[name]
            known.append(t.eq(this, t.const(1, 1)) if value >> bit & 1 else cleared)
        return model

    def _lowest_bit(self, variable: Term, one_bit: Term, model: Model) -> Model:
        """The smallest value with one bit set, by halving the range of positions."""
        name = str(variable.value)
        low, high = 0, model.values[name].bit_length() - 1
        for bit in range(high):
            found = self.satisfies(model, {name: 1 << bit})
            if found is not None:
                model, high = found, bit
                break
        middle = high - 1  # mostly there is nothing below
        while low < high:
            found = self._below(variable, one_bit, middle + 1)
            if found is None:
                low = middle + 1
            else:
                model, high = found, found.values[name].bit_length() - 1
            middle = (low + high) // 2
        return model

    def _below(self, variable: Term, condition: Term, bit: int) -> Model | None:
        """Some model with a smaller value than that of `bit`, if the solver finds one."""
        answer = self.solver.check((condition, t.ult(variable, t.const(1 << bit, variable.sort))), self.timeout)
        return answer if isinstance(answer, Model) else None


def _equated(assertions: Sequence[Term]) -> Iterator[int]:
    """The ids of the terms that the assertions equate with constants."""
    stack = list(assertions)
    while stack:
        term = stack.pop()
        if term.op == "and":
            stack.extend(term.args)
        elif term.op == "=" and any(a.op == "const" for a in term.args):
            yield from (a.id for a in term.args)
        elif term.sort == t.BOOL:
            yield (term.args[0] if term.op == "not" else term).id


def _equals(variable: Term, value: int) -> Term:
    if variable.sort == t.BOOL:
        return variable if value else t.not_(variable)
    return t.eq(variable, t.const(value, variable.sort))
