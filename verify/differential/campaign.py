"""Random C functions through a compiler, the formulas and the concrete interpreter: do they agree?

`campaign(functions, inputs, first)` takes how many functions, how many inputs for each and the first seed; the same
numbers give the same functions.  A function that the tool refuses says nothing about it, and is counted.  Raises
`CompileError` if the compiler refuses the text, and `InputError` if there is no gcc.
"""

from __future__ import annotations

import shutil
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from verify.differential import formulas, interpretation
from verify.differential.compiler import Library
from verify.differential.generator import generate
from verify.differential.inputs import inputs_for
from verify.differential.loading import Refused
from verify.differential.program import Input, Observed, Program, describe_difference, describe_input
from verify.errors import InputError, losing_none
from verify.tuples import NamedTuple

_BATCH = 50  # functions in one task of a process
_MOST_SEEDS = 4  # so many functions are made at most for each that is compared
_LINES_OF_TRACE = -4


class Evaluator(NamedTuple):
    """One of the two ways in which the tool says what C does.  `evaluate` raises `Refused` for what isn't supported."""

    name: str
    evaluate: Callable[[Program, Sequence[Input]], list[Observed]]


class Campaign(NamedTuple):
    """What came out.  `compared`: functions that no evaluator refused; `cases`: inputs on which these were run;
    `refused`: how many others, by reason; `failures`: each with all that is needed to see it again.
    """

    compared: int
    cases: int
    refused: Counter[str]
    failures: tuple[str, ...]


EVALUATORS = (Evaluator("formula", formulas.formula), Evaluator("interpret", interpretation.interpret))


def campaign(functions: int, inputs: int, first: int = 0, jobs: int = 1) -> Campaign:
    """Functions from seed `first` on, until `functions` of them were compared, each on up to `inputs` inputs."""
    if shutil.which("gcc") is None:
        raise InputError("there is no gcc to compare with")
    found = Campaign(0, 0, Counter(), ())
    limit = first + _MOST_SEEDS * functions
    while found.compared < functions and first < limit:
        missing = functions - found.compared
        for part in _batches(inputs, first, missing, jobs):
            found = Campaign(
                found.compared + part.compared,
                found.cases + part.cases,
                found.refused + part.refused,
                found.failures + part.failures,
            )
        first += missing
    return found


def _batches(inputs: int, first: int, count: int, jobs: int) -> Iterator[Campaign]:
    starts = range(first, first + count, _BATCH)
    sizes = [min(_BATCH, first + count - start) for start in starts]
    batch = partial(_batch, inputs)
    if jobs < 2 or len(sizes) < 2:
        yield from map(batch, starts, sizes)
        return
    with losing_none(), ProcessPoolExecutor(min(jobs, len(sizes))) as pool:
        yield from pool.map(batch, starts, sizes)


def _batch(inputs: int, first: int, count: int) -> Campaign:
    programs = [generate(seed) for seed in range(first, first + count)]
    library = Library(programs)
    refused: Counter[str] = Counter()
    failures: list[str] = []
    compared = cases = 0
    for program in programs:
        given = inputs_for(program, inputs)
        expected = library.run(program, given)
        said = [compare(evaluator, program, given, expected) for evaluator in EVALUATORS]
        failures += [failure for failure, _ in said if failure]
        reason = next((reason for _, reason in said if reason), "")
        if reason:
            refused[reason] += 1
        else:
            compared += 1
            cases += len(given)
    return Campaign(compared, cases, refused, tuple(failures))


def compare(
    evaluator: Evaluator, program: Program, inputs: Sequence[Input], expected: Sequence[Observed]
) -> tuple[str, str]:
    """What is wrong, with everything needed to see it again, and why it was refused; "" if nothing, if it wasn't."""
    try:
        got = evaluator.evaluate(program, inputs)
    except Refused as refusal:
        return "", str(refusal)
    except Exception:
        return report(evaluator, program, traceback.format_exc(limit=_LINES_OF_TRACE)), ""
    for given, one, other in zip(inputs, expected, got, strict=True):
        if one != other:
            details = f"{describe_input(program, given)}\n\n{describe_difference(program, one, other)}"
            return report(evaluator, program, details), ""
    return "", ""


def report(evaluator: Evaluator, program: Program, details: str) -> str:
    """A failure as text: the seed, the evaluator, the function and what was seen."""
    return f"seed {program.seed}, {evaluator.name}:\n{program.text}\n{details}"
