"""Random C functions through gcc, through the formulas and through the concrete interpreter: all three agree.

Environment: VERIFY_DIFF_PROGRAMS (how many programs), VERIFY_DIFF_INPUTS (inputs for each), VERIFY_DIFF_FIRST (the
first seed), VERIFY_DIFF_SHRINK=1 (a mismatch is reduced before it is shown).
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from verify.differential.campaign import EVALUATORS, Evaluator, campaign, compare, report
from verify.differential.compiler import GCC_O1, Library
from verify.differential.generator import generate
from verify.differential.inputs import inputs_for
from verify.differential.program import Input, Observed, Program, describe_difference
from verify.errors import InputError

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
    refused: Counter[str] = Counter()
    failures: list[str] = []
    for program, inputs, expected in work:
        failure, reason = judged(evaluator, program, inputs, expected)
        if reason:
            refused[reason] += 1
        if failure:
            failures.append(failure)
    record_property("refused", refused.total())
    shown = "\n\n".join(failures[:SHOWN])
    assert not failures, f"{len(failures)} of {len(work)} programs differ\n\n{shown}"
    reasons = "\n".join(f"{count} times: {reason}" for reason, count in refused.most_common())
    assert refused.total() <= MOST_REFUSED * len(work), f"{refused.total()} of {len(work)} refused\n{reasons}"


def judged(
    evaluator: Evaluator, program: Program, inputs: Sequence[Input], expected: Sequence[Observed]
) -> tuple[str, str]:
    """What `compare` says; a difference on a smaller program if that is asked for."""
    failure, reason = compare(evaluator, program, inputs, expected)
    if failure and SHRINK:
        got = evaluator.evaluate(program, inputs)
        given = next(g for g, one, other in zip(inputs, expected, got, strict=True) if one != other)
        program, one, other = _reduced(evaluator, program, given)
        failure = report(evaluator, program, describe_difference(program, one, other))
    return failure, reason


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


def test_a_campaign_counts_what_was_compared() -> None:
    found = campaign(3, 5, first=FIRST_SEED, jobs=2)
    assert found.compared == 3
    assert 3 <= found.cases <= 15
    assert not found.failures
    assert campaign(3, 5, first=FIRST_SEED) == found


def test_a_campaign_tells_what_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    right = EVALUATORS[1].evaluate

    def wrong(program: Program, inputs: Sequence[Input]) -> list[Observed]:
        return [replace(o, warnings=o.warnings + 1) for o in right(program, inputs)]

    monkeypatch.setattr("verify.differential.campaign.EVALUATORS", (Evaluator("odd", wrong),))
    found = campaign(2, 3, first=FIRST_SEED)
    assert len(found.failures) == found.compared == 2
    assert all(re.match(r"seed \d+, odd:", f) for f in found.failures)


def test_a_campaign_needs_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="no gcc"):
        campaign(1, 1)
