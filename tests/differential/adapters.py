"""The evaluators that are compared with a compiler; each takes a program and inputs and returns what it observed.

They raise `Refused` if the tool doesn't support the program, and any other exception for what is a bug.  While the part
of the tool that one needs can't be imported, its tests are skipped.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .program import Input, Observed, Program


@dataclass(frozen=True, slots=True)
class Evaluator:
    """`module` is the part of the tool that it needs; while that isn't there, its tests are skipped."""

    name: str
    module: str
    evaluate: Callable[[Program, Sequence[Input]], list[Observed]]


def formula(program: Program, inputs: Sequence[Input]) -> list[Observed]:
    """Symbolic execution, and its terms evaluated for each input."""
    from . import formulas

    return formulas.formula(program, inputs)


def interpret(program: Program, inputs: Sequence[Input]) -> list[Observed]:
    """The concrete interpreter of the same syntax tree."""
    from . import interpretation

    return interpretation.interpret(program, inputs)


def is_refusal(error: Exception) -> bool:
    """True iff an evaluator says by `error` that the tool doesn't support the program."""
    from .loading import Refused

    return isinstance(error, Refused)


def available(evaluator: Evaluator) -> bool:
    """True iff the tool has what the evaluator needs."""
    try:
        return importlib.util.find_spec(evaluator.module) is not None
    except ModuleNotFoundError:
        return False


EVALUATORS = (
    Evaluator("formula", "verify.terms.evaluate", formula),
    Evaluator("interpret", "verify.execution.interpreter", interpret),
)
