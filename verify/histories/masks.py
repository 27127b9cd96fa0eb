"""Finds the bits of the state that no step ever sets: the commonest thing that an invariant lacks.

`unset_bits` takes transitions; it returns conditions over the state as terms, which hold initially and which the steps
preserve together.  Nothing here is trusted: the conditions become C text, and are proved as ordinary invariants.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from verify.histories.operations import Transition
from verify.solving.solver import Model, Solver, Unsat
from verify.terms import term as t
from verify.terms.evaluate import Evaluation
from verify.terms.term import Term


def unset_bits(
    solver: Solver,
    widths: Mapping[str, int],
    initial: Sequence[Term],
    first: Sequence[Transition],
    later: Sequence[Transition],
    lemmas: Sequence[Term],
    deadline: float,
) -> tuple[Term, ...]:
    """For each location with such bits, that these are zero; none at all if the time ends.

    Of all sets of bits that are zero initially and stay so, the largest: what a step sets is taken out until none does.
    """
    now = {n: t.var(f"now {n}", w) for n, w in widths.items()}
    masks = {n: (1 << w) - 1 for n, w in widths.items()}

    def zero(held: Mapping[str, Term]) -> tuple[Term, ...]:
        return tuple(
            t.eq(t.bvand(held[n], t.const(mask, widths[n])), t.const(0, widths[n])) for n, mask in masks.items() if mask
        )

    def settle(conditions: Sequence[Term], held: Mapping[str, Term], step: bool) -> bool:
        """Takes out what `held` may have set where `conditions` hold, for a `step` also the masks before it.

        False iff the solver can't tell.
        """
        solver.push()
        try:
            solver.add(tuple(conditions))
            while any(masks.values()):
                question = (*(zero(now) if step else ()), t.not_(t.and_(*zero(held))))
                if t.FALSE in question:
                    return True
                answer = solver.check(question, max(deadline - time.monotonic(), 0.001))
                if not isinstance(answer, Model):
                    return isinstance(answer, Unsat)
                evaluation = Evaluation(answer.values)
                before = dict(masks)
                masks.update((name, mask & ~evaluation.number(held[name])) for name, mask in before.items())
                if masks == before:
                    return False  # the model is none
            return True
        finally:
            solver.pop()

    starts = [((*initial, *step.holds), step.after) for step in first] or [(tuple(initial), now)]
    if not all(settle(conditions, held, False) for conditions, held in starts):
        return ()
    known: dict[str, int] = {}
    while known != masks:
        known = dict(masks)
        if not all(settle((*lemmas, *step.holds), step.after, True) for step in later):
            return ()
    return zero(now)
