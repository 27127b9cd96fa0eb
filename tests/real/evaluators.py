"""The evaluators of `tests.differential`, on a function that the tool reads where it stands in a kernel tree."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cache, partial
from unittest.mock import patch

from verify.claims.spec import Code
from verify.claims.versions import Version, load_version
from verify.differential import formulas, interpretation
from verify.differential.loading import Loaded
from verify.differential.program import Input, Observed, Program
from verify.source.tree import Directory, Files
from verify.terms.evaluate import Value
from verify.terms.term import Term

from .cases import Case
from .trees import tree

_LAYOUT = ("offsetof(", "sizeof(")


class _InTree(Loaded):
    """A function in its tree.  Its objects are so far apart that `_offset` never leads from one into another."""

    def __init__(self, version: Version, program: Program) -> None:
        self.program = program
        self.version = version
        self.names = tuple(param.name for param in program.params)
        self.addresses = {thing.name: (i + 1) << 40 for i, thing in enumerate(program.objects)}


class _Terms(formulas._Concrete):
    """Terms under one input, with a layout."""

    def _apply(self, term: Term) -> Value:
        if term.op == "var" and str(term.value).startswith(_LAYOUT):
            return _offset(str(term.value))
        return super()._apply(term)


class _World(interpretation._World):
    """The interpreter's surroundings, with a layout."""

    def constant(self, name: str, width: int) -> int:
        return _offset(name) if name.startswith(_LAYOUT) else super().constant(name, width)


@cache
def _files(root: str) -> Files:
    return Files(Directory(root))


def _offset(name: str) -> int:
    """A number for the layout that the tool leaves open: no two members share an address."""
    return 0x1000 + 8 * (zlib.crc32(name.encode()) & 0xFFFFFF)


def evaluate(case: Case, program: Program, inputs: Sequence[Input]) -> dict[str, tuple[Observed, ...]]:
    """What each evaluator says of each input.  Raises `Refused`, and `AssertionError` for undefined behaviour.

    The interpreter comes last: as in the tool, it finds names only in the headers that the executor came upon.
    """
    code = Code(None, case.file, case.headers, case.name, case.name)
    version = load_version("new", _files(tree(case.tree)), code, dict.fromkeys(case.config, True))
    loaded = partial(_InTree, version)
    with (
        patch.multiple(formulas, Loaded=loaded, _Concrete=_Terms),
        patch.multiple(interpretation, Loaded=loaded, _World=_World),
    ):
        return {
            "formula": tuple(formulas.formula(program, inputs)),
            "interpreter": tuple(interpretation.interpret(program, inputs)),
        }
