"""Histories of a bounded number of steps as formulas over Booleans and bit-vectors.

`Unrolling` asks a solver for a shortest history from an initial state to a state, or a step, that is looked for; or
whether such a state can follow k states that are as claimed (k-induction).  One solver keeps what was said of the
steps so far, so each further step adds only itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from verify.errors import InternalError
from verify.histories.operations import Transition
from verify.solving.solver import Minimiser, Model, Solver, Unknown, Unsat
from verify.terms import term as t
from verify.terms.term import Term
from verify.tuples import NamedTuple

Condition = Callable[[Mapping[str, Term]], Term]
Goal = tuple[Transition | None, Term]  # a last step that is bad, or None if the state is; when that is so
History = tuple[list[Transition], Transition | None, Model]  # its steps, a bad one at its end, and their values


def _calm() -> Term:
    """The variable that only calm histories are asked for by."""
    return t.var("the history is calm", t.BOOL)


class Found(NamedTuple):
    """A history: the initial state, its steps, and the values of each step's own variables, the state before it
    among them as `now …`.
    """

    initial: dict[str, int]
    steps: tuple[Transition, ...]
    values: tuple[dict[str, int], ...]


class Exhausted(NamedTuple):
    """There is no such history of at most `depth` steps; `reason` says why none longer was looked for."""

    depth: int
    reason: str


def _suffix(transition: Transition, position: int) -> str:
    """What the names of a step's own variables end in."""
    return f" of {transition.operation.name} in step {position}"


def renamed(transition: Transition, roots: Sequence[Term], state: Mapping[str, Term], suffix: str) -> tuple[Term, ...]:
    """`roots` of a transition as they are in one step: over `state`, the other inputs being that step's own."""
    table: dict[int, Term] = {}
    for part in t.postorder(roots):
        if part.op == "var" and part.id not in transition.shared:
            name = str(part.value)
            own = state.get(name.removeprefix("now ")) if name.startswith("now ") else None
            table[part.id] = own if own is not None else t.var(f"{name}{suffix}", part.sort)
    return t.substitute(tuple(roots), table)


class Unrolling:
    """Steps one after the other.  `later` are the transitions that may follow the first step, `first` those it may be
    (`later` if there are no first ones: then already the initial state counts).  `always` is what holds of the
    variables that all steps share.  The solver has nothing asserted.
    """

    def __init__(
        self,
        widths: Mapping[str, int],
        initial: Sequence[Term],
        first: Sequence[Transition],
        later: Sequence[Transition],
        always: Sequence[Term],
        solver: Solver,
        deadline: float,
    ) -> None:
        self.widths = widths
        self.initial = tuple(initial)
        self.first = tuple(first)
        self.later = tuple(later)
        self.always = tuple(always)
        self.solver = solver
        self.deadline = deadline

    def state(self, position: int) -> dict[str, Term]:
        return {n: t.var(f"{n} at {position}", w) for n, w in self.widths.items()}

    def _left(self) -> float:
        return max(self.deadline - time.monotonic(), 0.001)

    def _at(self, condition: Term, position: int) -> Term:
        """A condition over `now` in the state at `position`."""
        table = {t.var(f"now {n}", w).id: self.state(position)[n] for n, w in self.widths.items()}
        return t.substitute((condition,), table)[0]

    def _step(self, position: int, transitions: Sequence[Transition]) -> Term:
        """That some of `transitions` leads from the state at `position` to the next one."""
        chosen = [self._chosen(position, x) for x in transitions]
        parts = [t.or_(*chosen)]
        for choice, transition in zip(chosen, transitions, strict=True):
            parts.append(t.implies(choice, self._taken(position, transition)))
        return t.and_(*parts)

    def _calmly(self, position: int, transition: Transition) -> Term:
        """That a step is calm if the history is."""
        suffix = _suffix(transition, position)
        conditions = renamed(transition, (*transition.kept, *transition.safe), self.state(position), suffix)
        return t.implies(_calm(), t.and_(*conditions))

    def _lasting(self, position: int, transition: Transition) -> Term:
        """That a step may follow this one."""
        suffix = _suffix(transition, position)
        return t.and_(*renamed(transition, transition.lasting, self.state(position), suffix))

    def _goes_on(self, position: int) -> Term:
        """That a step may follow those in front of `position`."""
        before = [(position - 1, x) for x in self._possible(position - 1)] if position else []
        return t.and_(*(t.implies(self._chosen(i, x), self._lasting(i, x)) for i, x in before))

    def _chosen(self, position: int, transition: Transition) -> Term:
        return t.var(f"step {position} is {transition.operation.name}", t.BOOL)

    def _taken(self, position: int, transition: Transition) -> Term:
        names = tuple(transition.after)
        suffix = _suffix(transition, position)
        conditions = (*transition.holds, *transition.defined)
        roots = (*conditions, *(transition.after[n] for n in names))
        moved = renamed(transition, roots, self.state(position), suffix)
        following = self.state(position + 1)
        count = len(conditions)
        return t.and_(*moved[:count], *(t.eq(following[n], x) for n, x in zip(names, moved[count:], strict=True)))

    def shortest(
        self, bad_state: Term | None, bad_steps: Sequence[Transition], depth: int, calm_depth: int
    ) -> Found | Exhausted:
        """A shortest history to a state in which `bad_state` holds, or that ends with one of `bad_steps`.

        A bad step that is a first one has to be the first.  If there is one of at most `depth` steps, the answer is a
        shortest calm one, as long as that has at most `calm_depth` steps, or no more than the other.
        """
        self.solver.expect(many_steps=True)
        self.solver.push()
        try:
            found = self._shortest(bad_state, bad_steps, depth, calm_depth)
        finally:
            self.solver.pop()
            self.solver.expect(many_steps=False)
        if isinstance(found, Exhausted):
            return found
        steps, last, model = found
        end = self._at(bad_state, len(steps)) if last is None and bad_state is not None else t.TRUE
        whole = steps if last is None else [*steps, last]
        reason = "the time ended while a history was made readable"
        return self._minimal(whole, end, model) or Exhausted(len(steps) - 1, reason)

    def _shortest(
        self, bad_state: Term | None, bad_steps: Sequence[Transition], depth: int, calm_depth: int
    ) -> History | Exhausted:
        self.solver.add([*self.always, *(self._at(c, 0) for c in self.initial)])
        found = self._first_end(bad_state, bad_steps, range(depth + 1), ())
        if isinstance(found, Exhausted):
            return found
        length = found[0]
        if any(x.kept or x.safe for x in (*self.first, *self.later, *bad_steps)):
            lengths = range(length, max(calm_depth, length + bool(bad_steps)) + 1)
            self.solver.push()
            try:
                calm = self._first_end(bad_state, bad_steps, lengths, (_calm(),))
                if not isinstance(calm, Exhausted):
                    steps, last, model = self._steps_to(*calm, (_calm(),))
                    return [x.calm() for x in steps], None if last is None else last.calm(), model
            finally:
                self.solver.pop()
        return self._steps_to(*found, ())

    def _first_end(
        self, bad_state: Term | None, bad_steps: Sequence[Transition], lengths: range, assumed: tuple[Term, ...]
    ) -> tuple[int, list[Goal], Model] | Exhausted:
        """How long a shortest history is, how those of that length may end, and one; of those whose length (with a bad
        last step) is in `lengths`.  The solver has the steps before.
        """
        firsts = {x.operation.name for x in self.first}
        for length in lengths:
            goals: list[Goal] = []
            if bad_state is not None and (length > 0 or not self.first):
                goals.append((None, self._at(bad_state, length)))
            for step in bad_steps:
                if length + 1 in lengths and (step.operation.name in firsts) == (length == 0 and bool(self.first)):
                    ends = (self._taken(length, step), self._calmly(length, step), self._goes_on(length))
                    goals.append((step, t.and_(*ends)))
            if goals:
                answer = self.solver.check((_any_of(goals), *assumed), self._left())
                if isinstance(answer, Model):
                    return length, goals, answer
                if isinstance(answer, Unknown):
                    return Exhausted(length - 1, answer.reason)
            if length + 1 in lengths:
                possible = self._possible(length)
                calmly = (t.implies(self._chosen(length, x), self._calmly(length, x)) for x in possible)
                self.solver.add((self._step(length, possible), *calmly, self._goes_on(length)))
        return Exhausted(lengths[-1], "")

    def _possible(self, position: int) -> tuple[Transition, ...]:
        return self.first if position == 0 and self.first else self.later

    def _steps_to(self, length: int, goals: list[Goal], model: Model, assumed: tuple[Term, ...]) -> History:
        """The steps of a history as in `model`, and the bad one at its end: of all that there are, the first in order.

        If the time ends on the way, what was chosen last wasn't tried, and there may be no such history.
        """
        end = _any_of(goals)
        steps: list[Transition] = []
        made = list(assumed)  # with the choices; `model` has all of these
        for position in range(length):
            for step in self._possible(position):
                choice = self._chosen(position, step)
                other = model if model.values.get(str(choice.value)) else self._model((*made, choice, end))
                if other is not None:
                    model = other
                    steps.append(step)
                    made.append(choice)
                    break
            else:
                raise InternalError("the solver's history takes no step")
        if len(goals) > 1:
            for last, goal in goals:
                other = self._model((*made, goal))
                if other is not None:
                    return steps, last, other
        return steps, goals[0][0], model

    def _model(self, assumptions: Sequence[Term]) -> Model | None:
        answer = self.solver.check(assumptions, self._left())
        return answer if isinstance(answer, Model) else None

    def _minimal(self, whole: list[Transition], end: Term, model: Model) -> Found | None:
        """The canonical history of these steps to a state that is as `end` says; `model` is most probably one."""
        formula = (
            *self.always,
            *(self._at(c, 0) for c in self.initial),
            *(self._taken(i, x) for i, x in enumerate(whole)),
            *(self._lasting(i, x) for i, x in enumerate(whole[:-1])),
            end,
        )
        variables = {str(v.value): v for v in t.postorder(formula) if v.op == "var"}
        states = [v for i in range(len(whole) + 1) for v in self.state(i).values()]
        shared = {v for x in whole for v in x.shared}
        own = {f"{p}{_suffix(x, i)}" for i, x in enumerate(whole) for p in x.pointers}
        pointers = [v for name, v in variables.items() if v.sort == 64 and (v.id in shared or name in own)]
        self.solver.push()
        try:
            self.solver.add(formula)
            minimiser = Minimiser(self.solver, formula, self._left())
            own_values = Model({n: v for n, v in model.values.items() if n in variables})
            answer = minimiser.satisfies(own_values, {}) or self._model(())
            if answer is None:
                return None
            apart = {str(p.value): (i + 1) * POINTER_STEP for i, p in enumerate(pointers)}
            near = minimiser.satisfies(answer, apart)
            if near is not None:
                answer = near
                for pointer in pointers:
                    minimiser.require(t.eq(pointer, t.const(apart[str(pointer.value)], 64)))
            inputs = [v for _, v in sorted(variables.items()) if v not in states and v not in pointers]
            chosen = [v for v in states if str(v.value) in variables]
            found = minimiser.minimal([*_by_step(inputs, len(whole)), *chosen], answer)
            model = found if isinstance(found, Model) else answer
        finally:
            self.solver.pop()
        initial = {n: model.values.get(str(v.value), 0) for n, v in self.state(0).items()}
        return Found(initial, tuple(whole), tuple(self._values(x, i, model) for i, x in enumerate(whole)))

    def _values(self, transition: Transition, position: int, model: Model) -> dict[str, int]:
        """The model as one step sees it: under the names of its own variables."""
        suffix = _suffix(transition, position)
        values: dict[str, int] = {}
        for name, value in model.values.items():
            values[name.removesuffix(suffix) if name.endswith(suffix) else name] = value
        for name, state in self.state(position).items():
            values[f"now {name}"] = model.values.get(str(state.value), 0)
        return values

    def _differ(self, one: Mapping[str, Term], other: Mapping[str, Term]) -> Term:
        return t.or_(*(t.ne(one[n], other[n]) for n in self.widths))

    def inductive(
        self, k: int, good: Term, bad_steps: Sequence[Transition], steps: Sequence[Transition], lemmas: Sequence[Term]
    ) -> bool | str:
        """True iff no history through `steps` violates the claim after k states (or steps) that satisfy it.

        `good` is what holds of a state if it satisfies the claim; for a claim about steps, `steps` are those that
        satisfy it and `bad_steps` those that don't.  `lemmas` hold of every state that is reached.  The states are
        taken to differ from one another, as they do in a shortest history.
        """
        solver = self.solver
        solver.push()
        try:
            solver.add(self.always)
            for position in range(k):
                solver.add([self._at(c, position) for c in (*lemmas, good)])
                solver.add((self._step(position, steps),))
            solver.add([self._at(c, k) for c in lemmas])
            states = [self.state(i) for i in range(k + 1)]
            solver.add([self._differ(a, b) for i, a in enumerate(states) for b in states[:i]])
            bad = t.or_(*(self._taken(k, x) for x in bad_steps)) if bad_steps else t.not_(self._at(good, k))
            answer = solver.check((bad,), self._left())
        finally:
            solver.pop()
        return answer.reason if isinstance(answer, Unknown) else isinstance(answer, Unsat)


def _any_of(goals: Sequence[Goal]) -> Term:
    return t.or_(*(g for _, g in goals))


POINTER_STEP = 0x100000  # how far apart the objects lie that pointers from outside point at


def _by_step(variables: list[Term], count: int) -> list[Term]:
    """Variables of later steps first: what happened long ago should be as simple as it can be."""
    order = {f"step {i}": count - i for i in range(count)}
    return sorted(variables, key=lambda v: order.get(f"step {str(v.value).rpartition(' in step ')[2]}", 0))
