"""Which operation leads from where to where, seen through the spec's predicates.

`diagram` takes a spec; it returns the combinations of predicates that histories can reach and the operations between
them.  An edge means: from some state that the proved invariants allow and in which the predicates are as at its tail,
the operation can lead to a state in which they are as at its head.  So what has no edge is impossible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from verify.claims.spec import Spec
from verify.deadline import Overtime, late
from verify.errors import InputError, SpecError, UnsupportedC
from verify.histories.check import Trees, operations_of
from verify.histories.operations import Transition
from verify.histories.prove import Prover
from verify.solving.solver import Model, Unsat, open_solver
from verify.terms import term as t
from verify.terms.term import Term
from verify.tuples import NamedTuple

_MOST_PREDICATES = 6

Values = tuple[bool, ...]


class Edge(NamedTuple):
    """The operations that lead from one combination of predicates to another; None: from the beginning."""

    tail: Values | None
    head: Values
    operations: tuple[str, ...]


class Diagram(NamedTuple):
    """`predicates` are names; states are their values, in the order in which they are reached."""

    spec: str
    title: str
    code: str
    predicates: tuple[str, ...]
    states: tuple[Values, ...]
    edges: tuple[Edge, ...]
    lemmas: tuple[tuple[str, str], ...]


def diagram(
    spec: Spec, code: str, config: Mapping[str, bool], trees: Trees | None, solver: str, timeout: float
) -> Diagram:
    """The diagram of one version of the code.  Raises `InputError` if the spec has no predicates or no such code."""
    system = spec.system
    if system is None:
        raise InputError(f"the spec `{spec.name}` has no [[operation]], so there is nothing to draw")
    if not system.predicates:
        hint = 'E.g. [predicates] locked = "register & LOCKED".'
        raise InputError(f"the spec `{spec.name}` has no [predicates] to tell states apart by", hint=hint)
    if len(system.predicates) > _MOST_PREDICATES:
        raise InputError(f"at most {_MOST_PREDICATES} predicates can be drawn; the spec has {len(system.predicates)}")
    known = [*trees] if trees is not None else ["new", *(["old"] if spec.code.old else []), *system.variants]
    if code not in known:
        raise InputError(f"the spec `{spec.name}` has no code `{code}`", hint=f"Known: {', '.join(known)}.")
    try:
        operations = operations_of(spec, system, code, config, trees, timeout)
    except Overtime:
        raise InputError(late("executing the code", timeout)) from None
    for name, error in operations.refused.items():
        raise UnsupportedC(f"operation {name} isn't understood: {error.message}", error.span, error.hint)
    opened = open_solver(solver)
    try:
        return _Drawing(spec, code, Prover(operations, opened, timeout)).draw()
    finally:
        opened.close()


class _Drawing:
    def __init__(self, spec: Spec, code: str, prover: Prover) -> None:
        self.spec = spec
        self.code = code
        self.prover = prover
        assert spec.system is not None
        self.system = spec.system
        operations = prover.operations
        self.predicates = tuple(map(operations.over_state, self.system.predicates.values()))
        prover.prove(())
        own = {e.text.strip(): e for e in (p.prove for p in self.system.properties)}
        self.lemmas = tuple(operations.over_state(own[c]) for _, _, c in prover.lemmas)
        for name, expression in self.system.predicates.items():
            if expression.text in operations.risky:
                raise SpecError(f"what the predicate `{name}` is isn't defined in each state", expression.span)
        for answer in prover.defined(prover.later):
            if not answer.fine:
                raise UnsupportedC(f"what `{answer.row.operation}` does isn't known in each case: {answer.row.reason}")

    def draw(self) -> Diagram:
        edges: dict[tuple[Values | None, Values], list[str]] = {}
        states: dict[Values, None] = {}
        initial = self.prover.initial
        if self.prover.first:
            for operation in self.prover.first:
                for head in self._heads(self.prover.transition(operation), initial):
                    edges.setdefault((None, head), []).append(operation.name)
                    states[head] = None
        else:
            for head in self._combinations(initial, self.predicates):
                edges[None, head] = []
                states[head] = None
        queue = list(states)
        for tail in queue:  # grows on the way
            here = [p if v else t.not_(p) for p, v in zip(self.predicates, tail, strict=True)]
            for operation in self.prover.later:
                for head in self._heads(self.prover.transition(operation), (*self.lemmas, *here)):
                    edges.setdefault((tail, head), []).append(operation.name)
                    if head not in states:
                        states[head] = None
                        queue.append(head)
        return Diagram(
            self.spec.name, self.spec.title, self.code, tuple(self.system.predicates), tuple(states),
            tuple(Edge(a, b, tuple(names)) for (a, b), names in edges.items()),
            tuple((n, c) for n, _, c in self.prover.lemmas),
        )  # fmt: skip

    def _heads(self, transition: Transition, before: Sequence[Term]) -> list[Values]:
        """The values of the predicates after a step from a state that satisfies `before`."""
        operations = self.prover.operations
        table = {operations.now(n).id: x for n, x in transition.after.items()}
        return list(self._combinations((*before, *transition.holds), t.substitute(self.predicates, table)))

    def _combinations(self, assertions: Sequence[Term], conditions: Sequence[Term]) -> Iterator[Values]:
        """Every combination of values that `conditions` can have where `assertions` hold."""
        flags = [t.var(f"predicate {i}", t.BOOL) for i in range(len(conditions))]
        if t.FALSE in assertions:
            return
        solver = self.prover.solver
        solver.push()
        found: list[Values] = []
        try:
            solver.add([*assertions, *(t.eq(f, c) for f, c in zip(flags, conditions, strict=True))])
            while True:
                answer = solver.check((), self.prover.timeout)
                if isinstance(answer, Unsat):
                    break
                if not isinstance(answer, Model):
                    raise SpecError(f"where an operation leads isn't decided: {answer.reason}")
                values = tuple(bool(answer.values.get(str(f.value), 0)) for f in flags)
                found.append(values)
                solver.add([t.or_(*(t.not_(f) if v else f for f, v in zip(flags, values, strict=True)))])
        finally:
            solver.pop()
        yield from sorted(found)
