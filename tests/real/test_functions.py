"""Real kernel functions through gcc, through the formulas and through the concrete interpreter: all three agree.

functions.toml lists them.  gcc builds the text that is cut out of the tree at run time, with prelude.h around it; the
tool reads the tree itself.  Environment: see trees.py; VERIFY_REAL_INPUTS is how many random inputs each
function gets, besides the systematic ones.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import pytest

from verify.differential.compiler import GCC_O1, Library
from verify.differential.program import Input, Observed, Program, describe_difference, describe_input

from .cases import Case, inputs, program, read_manifest
from .evaluators import evaluate
from .trees import tree

INPUTS = int(os.environ.get("VERIFY_REAL_INPUTS", "40"))
LEAST = 90
CASES = read_manifest()


class Run(NamedTuple):
    """A function as gcc built it, its inputs, and what each of them gave."""

    built: Program
    given: tuple[Input, ...]
    expected: tuple[Observed, ...]


@cache
def run_of(case: Case) -> Run:
    built = program(case, tree(case.tree))
    given = tuple(inputs(case, built, INPUTS))
    return Run(built, given, _by_gcc(built, given))


def _by_gcc(built: Program, given: tuple[Input, ...]) -> tuple[Observed, ...]:
    return tuple(Library([built], GCC_O1, jobs=1).run(built, given))


@cache
def evaluated(case: Case) -> dict[str, tuple[Observed, ...]]:
    run = run_of(case)
    return evaluate(case, run.built, run.given)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_agrees_with_gcc(case: Case) -> None:
    run = run_of(case)
    wrong = [
        f"{evaluator}:\n{describe_input(run.built, given)}\n{describe_difference(run.built, one, other)}"
        for evaluator, got in evaluated(case).items()
        for given, one, other in zip(run.given, run.expected, got, strict=True)
        if one != other
    ]
    assert not wrong, f"{case.name} in {case.file}: {len(wrong)} answers differ, the first by the {wrong[0]}"


def test_many_functions_are_compared() -> None:
    """All that are listed, each once, by both evaluators and on every input."""
    assert len({case.id for case in CASES}) == len(CASES) >= LEAST
    for case in CASES:
        run, answers = run_of(case), evaluated(case)
        assert set(answers) == {"formula", "interpreter"}
        assert all(len(answer) == len(run.given) >= INPUTS for answer in (run.expected, *answers.values()))


def test_inputs_tell_results_apart() -> None:
    """Inputs that all give the same result would show little."""
    assert not [case.id for case in CASES if len(set(run_of(case).expected)) < 2]


@pytest.mark.parametrize(
    ("name", "text", "other"),
    [
        ("rol32", "<<", ">>"),
        ("sign_extend64", "(__s64)", "(__u64)"),
        ("kvm_dr7_valid", ">> 32", ">> 33"),
        ("masked_increment", "+", "-"),
        ("set_desc_base", "0xffff", "0xfffe"),
    ],
)
def test_a_changed_function_is_noticed(name: str, text: str, other: str) -> None:
    """The must-fail control: gcc gets one edit that the tool doesn't see."""
    case = next(case for case in CASES if case.name == name)
    run = run_of(case)
    start = run.built.text.rindex(name)
    assert text in run.built.text[start:]
    changed = replace(run.built, text=run.built.text[:start] + run.built.text[start:].replace(text, other))
    expected = _by_gcc(changed, run.given)
    assert expected not in evaluated(case).values()
