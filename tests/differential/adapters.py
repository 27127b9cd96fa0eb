"""The evaluators that are compared with a compiler; each takes a program and inputs and returns what it observed.

`formula` is complete.  `interpret`, the concrete interpreter of our syntax tree, is filled in by whoever owns it: it may
use `Formulas` (tests/differential/formulas.py) for the places of leaves, and `effects.effect_result` for what external
functions return.  An evaluator raises `Refused` if the tool doesn't support the program, and any other exception for
what is a bug.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from .program import Input, Observed, Program


class Refused(Exception):
    """The program is outside of what the tool supports; the message says why."""


@dataclass(frozen=True, slots=True)
class Evaluator:
    """`module` is the part of the tool that it needs; while that isn't there, its tests are skipped."""

    name: str
    module: str
    evaluate: Callable[[Program, Sequence[Input]], list[Observed]]


def formula(program: Program, inputs: Sequence[Input]) -> list[Observed]:
    """Symbolic execution, and its terms evaluated for each input."""
    from . import formulas

    try:
        return formulas.formula(program, inputs)
    except formulas.Refused as error:
        raise Refused(str(error)) from error


def interpret(program: Program, inputs: Sequence[Input]) -> list[Observed]:
    """The concrete interpreter of the same syntax tree."""
    pytest.skip("the concrete interpreter isn't plugged in yet")


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
