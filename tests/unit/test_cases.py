"""Splitting by the value of a term: each case is the formula with the value put in, and nothing is left out."""

from __future__ import annotations

import random

import pytest

from verify.terms import term as t
from verify.terms.cases import Case, Cases
from verify.terms.evaluate import Evaluation
from verify.terms.term import BOOL, Term

WIDTH = 4
S, X = t.var("s", WIDTH), t.var("x", WIDTH)
P, Q = t.var("p", BOOL), t.var("q", BOOL)


def number(value: int) -> Term:
    return t.const(value, WIDTH)


def random_formula(rng: random.Random, depth: int, constants: list[int]) -> Term:
    """A formula over S, X, P and Q in which S is mostly compared with constants."""
    choice = rng.randrange(9) if depth else rng.randrange(4)
    inner = [random_formula(rng, depth - 1, constants) for _ in range(rng.randrange(2, 5))] if depth else []
    match choice:
        case 0 | 1:
            return t.eq(S, number(rng.choice(constants)))
        case 2:
            return rng.choice((P, Q, t.eq(X, number(3)), t.eq(X, S)))
        case 3:
            return rng.choice((t.ult(S, number(rng.randrange(16))), t.ult(t.add(S, X), number(9))))
        case 4 | 5:
            return t.and_(*inner)
        case 6:
            return t.or_(*inner)
        case 7:
            return t.not_(inner[0])
        case _:
            values = (t.ite(inner[0], number(2), t.ite(inner[1], X, number(5))), number(5))
            return t.eq(*values)


def applying(cases: list[Case], value: int) -> Case:
    return next((c for c in cases if c.value == value), cases[-1])


@pytest.mark.parametrize("seed", range(60))
def test_each_case_is_the_formula_with_the_value(seed: int) -> None:
    rng = random.Random(seed)
    constants = rng.sample(range(16), 6)
    roots = tuple(random_formula(rng, 4, constants) for _ in range(3))
    cases = Cases(roots, S, constants)
    split = list(cases)
    assert [c.value for c in split] == [*constants, None]
    for _ in range(60):
        values = {"s": rng.randrange(16), "x": rng.randrange(16), "p": rng.randrange(2), "q": rng.randrange(2)}
        evaluation = Evaluation(values)
        case = applying(split, values["s"])
        assert all(map(evaluation.evaluate, case.holds))
        assert sum(all(map(evaluation.evaluate, c.holds)) for c in split) == 1
        assert [evaluation.evaluate(r) for r in case.roots] == [evaluation.evaluate(r) for r in roots]


def test_the_scrutinee_is_gone_where_it_is_known() -> None:
    (case, *_) = Cases((t.ult(S, X), t.eq(S, number(3))), S, [3])
    assert case.roots == (t.ult(number(3), X), t.TRUE)


def test_what_is_compared_with_most_constants_is_split() -> None:
    formula = t.or_(*(t.eq(S, number(c)) for c in (7, 1, 4)), t.eq(X, number(1)), t.eq(X, number(2)))
    found = Cases.find((formula,), least=3)
    assert found is not None
    assert found.scrutinee is S
    assert found.constants == (1, 4, 7)
    assert Cases.find((formula,), least=4) is None


def test_many_branches_take_time_in_proportion() -> None:
    """A thousand branches: few terms are made for each."""
    wide = t.var("wide", 32)
    tests = [t.and_(t.eq(wide, t.const(c, 32)), t.ult(t.var(f"x{c}", 8), t.const(c % 200 + 1, 8))) for c in range(1000)]
    cases = list(Cases((t.or_(*tests),), wide, range(1000)))
    assert cases[7].roots == (t.ult(t.var("x7", 8), t.const(8, 8)),)
    assert cases[-1].roots == (t.FALSE,)
