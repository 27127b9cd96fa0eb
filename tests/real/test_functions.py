"""Real kernel functions through gcc, through the formulas and through the concrete interpreter: all three agree.

functions.toml lists them.  gcc builds the text that is cut out of the tree at run time, with prelude.h around it; the
tool reads the tree itself.  Environment: see trees.py; VERIFY_REAL_INPUTS is how many inputs each function gets.
"""

from __future__ import annotations

import os
import sys
import traceback
import zlib
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple
from unittest.mock import patch

import pytest

from tests.differential import formulas, interpretation
from tests.differential.compiler import GCC_O1, Library
from tests.differential.formulas import Formulas
from tests.differential.interpretation import Interpretation
from tests.differential.loading import Loaded, Refused, refusal
from tests.differential.program import Input, Observed, Program, describe_difference, describe_input
from verify.claims.obligations import Version, load_version
from verify.claims.spec import Code
from verify.errors import UnsupportedC
from verify.execution.interpreter import NotReplayable
from verify.execution.memory import Setting
from verify.source.tree import Directory, Files
from verify.terms.evaluate import Value
from verify.terms.term import Term

from .cases import Case, inputs, program, read_manifest
from .trees import tree

INPUTS = int(os.environ.get("VERIFY_REAL_INPUTS", "60"))
EVALUATORS = ("formula", "interpret")
LEAST_WORKING = 30
CASES = read_manifest()
_RECURSION_LIMIT = 100_000
_LAYOUT = ("offsetof(", "sizeof(")


class _InTree(Loaded):
    """A function as the tool reads it where it stands in the tree."""

    def __init__(self, case: Case, built: Program, version: Version) -> None:
        super().__init__(Program(0, f"void {built.entry}(void) {{ }}", built.entry, (), (), (), (), None, None,
                                 frozenset()))  # fmt: skip
        self.program = built
        self.version = version
        self.names = tuple(param.name for param in built.params)
        self.addresses = {thing.name: (i + 1) << 40 for i, thing in enumerate(built.objects)}


def _offset(name: str) -> int:
    """A number for the layout that the tool leaves open: with objects far apart, no two members share an address."""
    return 0x1000 + 8 * (zlib.crc32(name.encode()) & 0xFFFFFF)


class _Terms(formulas._Concrete):
    """Terms under one input, with a layout."""

    def _apply(self, term: Term) -> Value:
        if term.op == "var" and str(term.value).startswith(_LAYOUT):
            return _offset(str(term.value))
        return super()._apply(term)


class _World(interpretation._World):
    """The interpreter's surroundings, with a layout; real functions have no external ones to call."""

    def constant(self, name: str, width: int) -> int:
        return _offset(name) if name.startswith(_LAYOUT) else super().constant(name, width)

    def answer(self, label: str, arguments: tuple[int, ...], effect: bool, width: int | None) -> int:
        raise Refused(f"{label}() isn't looked into")


class _Formulas(Formulas):
    def __init__(self, built: Program, loaded: Loaded) -> None:
        self.program = built
        self.loaded = loaded
        self.version = loaded.version
        self.setting = Setting("new", {}, lambda kind, name: "")
        self._execute()
        for name in self.outcome.effects:
            raise Refused(f"{name}() isn't looked into")


class _Interpretation(Interpretation):
    def __init__(self, built: Program, loaded: Loaded) -> None:
        self.program = built
        self.loaded = loaded
        self.pointers = [(p, loaded.expression(p.path)) for p in built.pointers]
        self.leaves = [loaded.expression(leaf.path) for leaf in built.leaves]
        self.alias = None
        self._entries = {}


class Work(NamedTuple):
    """A function built by gcc, its inputs and what the build did with them."""

    built: Program
    given: tuple[Input, ...]
    expected: tuple[Observed, ...]


class Result(NamedTuple):
    """How an evaluator compares: kind is "" if it agrees on all inputs, else as in the manifest; details are for people.

    `compared` counts the inputs for which it gave an answer.
    """

    kind: str
    details: str
    compared: int


@cache
def _files(root: str) -> Files:
    return Files(Directory(root))


@cache
def work_for(case: Case) -> Work:
    built = program(case, tree(case.tree))
    given = tuple(inputs(case, built, INPUTS))
    return Work(built, given, tuple(Library([built], GCC_O1).run(built, given)))


@cache
def loaded_for(case: Case) -> Loaded:
    """Raises `UnsupportedC` if the tool can't read the function."""
    code = Code(None, case.file, case.headers, case.name, case.name)
    version = load_version("new", _files(tree(case.tree)), code, dict.fromkeys(case.config, True))
    return _InTree(case, work_for(case).built, version)


def _evaluate(evaluator: str, case: Case, given: Sequence[Input]) -> list[Observed]:
    """What the tool says of each input.  Raises `Refused`, and other exceptions for what is a bug."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSION_LIMIT))
    built = work_for(case).built
    try:
        made = {"formula": _Formulas, "interpret": _Interpretation}[evaluator](built, loaded_for(case))
        with patch.object(formulas, "_Concrete", _Terms), patch.object(interpretation, "_World", _World):
            return [made.run(one) for one in given]
    except UnsupportedC as error:
        raise refusal(error) from error
    except NotReplayable as error:
        raise Refused(str(error)) from error


@cache
def result_of(evaluator: str, case: Case) -> Result:
    work = work_for(case)
    try:
        got = _evaluate(evaluator, case, work.given)
    except Refused as error:
        return Result("unsupported", str(error), 0)
    except Exception:
        return Result("mismatch", traceback.format_exc(limit=-4), 0)
    for given, one, other in zip(work.given, work.expected, got, strict=True):
        if one != other:
            details = f"{describe_input(work.built, given)}\n\n{describe_difference(work.built, one, other)}"
            return Result("mismatch", details, len(got))
    return Result("", "", len(got))


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_agrees_with_gcc(case: Case, evaluator: str) -> None:
    result = result_of(evaluator, case)
    expected = case.kind_for(evaluator)
    where = f"{case.name} in {case.file}, {evaluator}"
    assert result.kind == expected, f"{where}: `{result.kind}`, the manifest says `{expected}`\n{result.details}"
    if result.kind == "unsupported":
        assert case.reason in result.details, f"{where}: refused for another reason than the manifest's"


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_every_listed_function_was_run(evaluator: str) -> None:
    assert len({case.id for case in CASES}) == len(CASES), "a function is listed twice"
    for case in CASES:
        result = result_of(evaluator, case)
        assert result.compared == INPUTS or result.kind == case.kind_for(evaluator) != "", case.id
    working = [case for case in CASES if result_of(evaluator, case).kind == ""]
    assert len(working) >= LEAST_WORKING


def test_inputs_tell_results_apart() -> None:
    """Inputs that all give the same result would show little: at least two results for each function."""
    dull = {case.id for case in CASES if len(set(work_for(case).expected)) < 2}
    assert not dull
