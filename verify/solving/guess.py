"""Models that are found by trying, before a solver is asked.

Where two versions differ, they mostly do so for many inputs.  What is tried depends on the names of the inputs alone,
so that it is the same in each run: pointers lead to objects of their own; all else is 0, 1, a small number, any number,
or a constant that it is compared with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from zlib import crc32

from verify.solving.solver import Model
from verify.terms import term as t
from verify.terms.evaluate import Evaluation
from verify.terms.term import Term

_MOST = 16  # models that are tried
_CONSTANTS_FROM = 4  # that many of them take no notice of constants
_CHANGED = 3  # one in so many of an assignment's numbers is changed
_COMPARISONS = ("=", "bvult", "bvslt")


def guessed(
    assertions: Sequence[Term], pointers: Mapping[str, int], near: Mapping[str, int] | None = None
) -> Model | None:
    """A model of `assertions`, which are over bit-vectors and Booleans only; None if none is found soon.

    `pointers`: where the variables with addresses lead to, by their names.  `near`: an assignment to be changed.
    """
    variables = [part for part in t.postorder(assertions) if part.op == "var"]
    constants: dict[str, tuple[int, ...]] = {}
    for attempt in range(_MOST):
        if attempt == _CONSTANTS_FROM:
            constants = _compared_with(assertions)
        values: dict[str, int] = {}
        for variable in variables:
            name = str(variable.value)
            known = pointers.get(name)
            if near is not None and _chance(attempt, f"{name} changes") % _CHANGED:
                known = near.get(name, known)
            values[name] = _number(name, variable.sort, attempt, constants.get(name, ())) if known is None else known
        evaluation = Evaluation(values)
        if all(map(evaluation.evaluate, assertions)):
            return Model(values)
    return None


def _number(name: str, sort: int, attempt: int, constants: Sequence[int]) -> int:
    if attempt < 2:
        return attempt
    chance = _chance(attempt, name)
    which, rest = chance % 4, chance >> 2
    if constants and which:
        return constants[rest % len(constants)]
    if sort == t.BOOL or which < 2:
        return rest % 2 if sort == t.BOOL else rest % 4 % (1 << sort)
    return rest * 0x9E3779B97F4A7C15 % (1 << sort)


def _chance(attempt: int, name: str) -> int:
    return crc32(f"{attempt} {name}".encode("utf-8", "surrogateescape"))


def _compared_with(assertions: Sequence[Term]) -> dict[str, tuple[int, ...]]:
    """The constants that what is computed from a variable is compared with, and their neighbours; by its name."""
    found: dict[str, dict[int, None]] = {}
    for constant, variable, is_order in _comparisons(assertions):
        own = found.setdefault(str(variable.value), {})
        own.update((n % (1 << variable.sort), None) for n in (constant, constant + is_order, constant - is_order))
    return {name: tuple(numbers) for name, numbers in found.items()}


def _comparisons(assertions: Sequence[Term]) -> Iterator[tuple[int, Term, bool]]:
    for part in t.postorder(assertions):
        if part.op in _COMPARISONS:
            constants = [a.value for a in part.args if isinstance(a.value, int) and a.op == "const"]
            for leaf in t.postorder(part.args) if constants else ():
                if leaf.op == "var" and leaf.sort != t.BOOL:
                    yield constants[0], leaf, part.op != "="
