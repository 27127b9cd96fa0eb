"""Models that are found by trying, and that nothing depends on what was asked before."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pytest

from verify.changes.pair import CHANGED, Pair
from verify.solving.guess import guessed
from verify.source.tree import Directory, Files
from verify.terms import term as t
from verify.terms.evaluate import Evaluation
from verify.terms.smtlib import numbered_script
from verify.terms.term import Term


def question(width: int = 32) -> tuple[Term, ...]:
    x, y, p = t.var("x", width), t.var("y", width), t.var("p", 64)
    return (
        t.eq(t.bvand(x, t.const(0xFF, width)), t.const(0x3A, width)),
        t.not_(t.eq(x, y)),
        t.ult(y, t.const(100, width)),
        t.ne(p, t.const(0, 64)),
    )


def test_a_guess_is_a_model() -> None:
    model = guessed(question(), {"p": 0x5000})
    assert model is not None
    assert model.values["p"] == 0x5000
    evaluation = Evaluation(model.values)
    assert all(evaluation.evaluate(a) for a in question())


def test_what_has_no_model_has_no_guess() -> None:
    x = t.var("x", 8)
    assert guessed((t.ult(x, t.const(3, 8)), t.ult(t.const(3, 8), x)), {}) is None


def test_a_guess_near_an_assignment_keeps_most_of_it() -> None:
    names = [f"v{i}" for i in range(60)]
    variables = [t.var(name, 32) for name in names]
    near = {name: 1000 + i for i, name in enumerate(names)}
    far = guessed(tuple(t.ne(v, t.const(77777, 32)) for v in variables), {}, near)
    assert far is not None
    assert sum(far.values[n] == near[n] for n in names) > len(names) / 3


def _guess_the_same() -> None:
    first = guessed(question(), {"p": 0x5000})
    t.forget()
    assert guessed(question(), {"p": 0x5000}) == first


def _leave_no_trace_in_a_question() -> None:
    t.forget()
    first = numbered_script(question())
    for i in range(50):
        t.eq(t.var("y", 32), t.const(i, 32))
    t.forget()
    assert numbered_script(question()) == first
    assert t.boolean(True) is t.TRUE
    assert t.not_(t.FALSE) is t.TRUE


def _give_ids_once() -> None:
    before = t.var("x", 32)
    t.forget()
    after = t.var("x", 32)
    assert before is not after
    assert after.id > before.id


def apart(check: Callable[..., None], *arguments: object) -> None:
    """Has a process of its own do it: what the other tests hold must not be forgotten."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        pool.apply(check, arguments)


@pytest.mark.parametrize("check", [_guess_the_same, _leave_no_trace_in_a_question, _give_ids_once])
def test_forgotten_terms(check: Callable[[], None]) -> None:
    apart(check)


def _verdicts(folder: Path, order: list[str]) -> dict[str, tuple[object, ...]]:
    sides = [Files(Directory(str(folder / name))) for name in ("old", "new")]
    pair = Pair(sides[0], sides[1], "f.c", "f.c", {}, careful=False)
    found: dict[str, tuple[object, ...]] = {}
    for name in order:
        pair.forget()
        one = pair.compare(name, 10)
        assert one.counterexample is not None
        found[name] = (one.verdict, one.reasons, one.counterexample.failing)
    return found


def _order_does_not_matter(folder: Path) -> None:
    names = [f"g{i}" for i in range(1, 4)]
    one, other = _verdicts(folder, names), _verdicts(folder, names[::-1])
    assert one == other
    assert {verdict for verdict, *_ in one.values()} == {CHANGED}


def test_a_verdict_does_not_depend_on_what_was_compared_before(tmp_path: Path) -> None:
    text = "\n".join(
        f"unsigned g{i}(unsigned a, unsigned *p) {{ if (a > {i}) *p = a; return a {{}} {i}; }}" for i in range(4)
    )
    for name, operator in (("old", "+"), ("new", "^")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "f.c").write_text(text.replace("{}", operator))
    apart(_order_does_not_matter, tmp_path)
