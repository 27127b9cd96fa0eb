"""Random C functions through gcc, through the formulas and through the concrete interpreter: all three agree.

Environment: VERIFY_DIFF_PROGRAMS (how many programs), VERIFY_DIFF_INPUTS (inputs for each), VERIFY_DIFF_FIRST (the
first seed), VERIFY_DIFF_SHRINK=1 (a mismatch is reduced before it is shown).
"""

from __future__ import annotations

import os
import traceback
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from .adapters import EVALUATORS, Evaluator, available, is_refusal
from .compiler import GCC_O1, Library
from .generator import generate
from .inputs import inputs_for
from .program import Input, Observed, Program, describe_difference, describe_input
from .shrink import shrink

PROGRAMS = int(os.environ.get("VERIFY_DIFF_PROGRAMS", "60"))
INPUTS = int(os.environ.get("VERIFY_DIFF_INPUTS", "50"))
FIRST_SEED = int(os.environ.get("VERIFY_DIFF_FIRST", "0"))
SHRINK = os.environ.get("VERIFY_DIFF_SHRINK") == "1"
SHOWN = 3
# A tool that refuses much is tested little.
MOST_REFUSED = 0.25


@pytest.fixture(scope="module")
def work() -> list[tuple[Program, list[Input], list[Observed]]]:
    """Each program with its inputs and what gcc's build did."""
    programs = [generate(seed) for seed in range(FIRST_SEED, FIRST_SEED + PROGRAMS)]
    library = Library(programs)
    return [(p, inputs := inputs_for(p, INPUTS), library.run(p, inputs)) for p in programs]


@pytest.mark.parametrize("evaluator", EVALUATORS, ids=lambda e: e.name)
def test_agrees_with_gcc(
    evaluator: Evaluator,
    work: list[tuple[Program, list[Input], list[Observed]]],
    record_property: Callable[[str, object], None],
) -> None:
    if not available(evaluator):
        pytest.skip(f"{evaluator.module} isn't there yet")
    refused: Counter[str] = Counter()
    failures: list[str] = []
    for program, inputs, expected in work:
        failure, reason = compare(evaluator, program, inputs, expected)
        if reason:
            refused[reason] += 1
        if failure:
            failures.append(failure)
    record_property("refused", refused.total())
    shown = "\n\n".join(failures[:SHOWN])
    assert not failures, f"{len(failures)} of {len(work)} programs differ\n\n{shown}"
    reasons = "\n".join(f"{count} times: {reason}" for reason, count in refused.most_common())
    assert refused.total() <= MOST_REFUSED * len(work), f"{refused.total()} of {len(work)} refused\n{reasons}"


def compare(
    evaluator: Evaluator, program: Program, inputs: Sequence[Input], expected: Sequence[Observed]
) -> tuple[str, str]:
    """What is wrong, with everything needed to reproduce it, and why it was refused; "" if nothing, if it wasn't."""
    try:
        got = evaluator.evaluate(program, inputs)
    except Exception as error:
        if is_refusal(error):
            return "", str(error)
        return report(evaluator, program, traceback.format_exc(limit=-4)), ""
    for given, one, other in zip(inputs, expected, got, strict=True):
        if one != other:
            if SHRINK:
                program, one, other = _reduced(evaluator, program, given)
            details = f"{describe_input(program, given)}\n\n{describe_difference(program, one, other)}"
            return report(evaluator, program, details), ""
    return "", ""


def report(evaluator: Evaluator, program: Program, details: str) -> str:
    return f"seed {program.seed}, {evaluator.name}:\n{program.text}\n{details}"


def _reduced(evaluator: Evaluator, program: Program, given: Input) -> tuple[Program, Observed, Observed]:
    """A smaller program that gcc and the evaluator still see differently for `given`."""

    def outcomes(candidate: Program) -> tuple[Observed, Observed]:
        return Library([candidate], GCC_O1).run(candidate, [given])[0], evaluator.evaluate(candidate, [given])[0]

    def fails(candidate: Program) -> bool:
        try:
            one, other = outcomes(candidate)
        except Exception:
            return False
        return one != other

    small = shrink(program, fails, [given])
    return (small, *outcomes(small))
