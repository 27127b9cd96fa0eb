"""What assumptions say of single terms: what these are, and between which bounds they lie."""

from __future__ import annotations

from collections.abc import Iterable

from verify.execution.state import Hazard
from verify.terms import term as t
from verify.terms.term import Term


def derive_facts(assumptions: Iterable[Term]) -> tuple[dict[int, Term], dict[int, tuple[int, int]]]:
    """What the assumptions say of single terms: replacements, and ranges (lowest, highest; unsigned) by term id."""
    facts: dict[int, Term] = {}
    ranges: dict[int, tuple[int, int]] = {}
    stack = list(assumptions)
    while stack:
        atom = stack.pop()
        if atom.op == "and":
            stack.extend(atom.args)
            continue
        if atom.op in ("true", "false"):
            continue
        facts[atom.id] = t.TRUE
        facts[t.not_(atom).id] = t.FALSE
        positive = atom.args[0] if atom.op == "not" else atom
        if positive.op == "=" and positive.args[0].sort > 0:
            one, other = positive.args
            one, other = (other, one) if one.op == "const" else (one, other)
            if other.op == "const" and one.op != "const":
                if atom.op != "not":
                    facts[one.id] = other
                elif one.sort == 1:
                    facts[one.id] = t.bvnot(other)
        elif positive.op == "bvult":
            _narrow(ranges, positive, atom.op != "not")
    return facts, ranges


def _narrow(ranges: dict[int, tuple[int, int]], comparison: Term, holds: bool) -> None:
    one, other = comparison.args
    for term, bound, below in ((one, other, holds), (other, one, not holds)):
        limit = t.const_value(bound)
        if limit is None or term.op == "const":
            continue
        low, high = ranges.get(term.id, (0, (1 << term.sort) - 1))
        if below:  # term < limit, or term <= limit if the comparison was negated and turned round
            ranges[term.id] = (low, min(high, limit - 1 if holds else limit))
        else:
            ranges[term.id] = (max(low, limit + 1 if holds else limit), high)


def possible_under(hazards: Iterable[Hazard], facts: dict[int, Term]) -> tuple[Hazard, ...]:
    """The hazards that `facts` don't exclude, with what is left of their conditions."""
    hazards = list(hazards)
    conditions = t.substitute(tuple(h.condition for h in hazards), facts)
    return tuple(h._replace(condition=c) for h, c in zip(hazards, conditions, strict=True) if c is not t.FALSE)


__all__ = ["derive_facts", "possible_under"]
