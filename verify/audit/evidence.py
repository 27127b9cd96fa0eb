"""What others say of the verdicts of several specs, for `audit --all`: a compiler, other solvers, certificates.

`evidence(paths, options)` checks the specs once more, with all evidence asked for, and gives a line for each kind.  A
tool that isn't there is told, and counts as not all right.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence

from verify.claims.verdict import Proved, Refuted, SpecReport
from verify.errors import InputError
from verify.pipeline import Options, check
from verify.tuples import NamedTuple

_INPUTS = 50  # for each random function


class Figure(NamedTuple):
    """One line of `audit --all`: what was counted, how many of how many, and whether that is all right."""

    title: str
    value: str
    good: bool


def evidence(paths: Sequence[str], options: Options, functions: int) -> Iterator[Figure]:
    """The figures of replay, cross-check and certificates, and of `functions` random C functions if that isn't 0."""
    plain = options._replace(jobs=1, replay=True, cross_check=True)
    reports = [check(path, (), plain) for path in paths]
    yield _replayed(reports)
    yield from _agreed(reports)
    yield _certified(paths, options)
    if functions:
        yield _encoded(functions, options.jobs)


def _replayed(reports: Sequence[SpecReport]) -> Figure:
    found = [c.compiled for r in reports for c in r.claims if isinstance(c.verdict, Refuted)]
    compilers = ", ".join(dict.fromkeys(c.by for c in found if c is not None and c.by))
    confirmed = sum(c is not None and bool(c.by) for c in found)
    why = next((f"; {c.reason}" for c in found if c is not None and c.reason), "")
    by = f" by {compilers}" if compilers else ""
    return Figure("replay", f"{confirmed} of {len(found)} counterexamples confirmed{by}{why}", confirmed == len(found))


def _agreed(reports: Sequence[SpecReport]) -> Iterator[Figure]:
    totals: dict[str, tuple[int, int, str]] = {}
    for report in reports:
        for opinion in report.opinions:
            agreed, asked, problem = totals.get(opinion.solver, (0, 0, ""))
            totals[opinion.solver] = agreed + opinion.agreed, asked + opinion.asked, problem or opinion.problem
    for solver, (agreed, asked, problem) in totals.items():
        why = f"; {problem}" if problem else ""
        yield Figure("solvers", f"{solver} agrees on {agreed} of {asked} questions{why}", agreed == asked)


def _certified(paths: Sequence[str], options: Options) -> Figure:
    from verify.certificates.recheck import Checked, recheck

    with tempfile.TemporaryDirectory() as folder:
        try:
            certifying = options._replace(jobs=1, certify=os.path.join(folder, "all"))
            reports = [check(path, (), certifying) for path in paths]
            claims = [c for r in reports for c in r.claims if isinstance(c.verdict, Proved)]
            right = sum(isinstance(answer, Checked) for answer in recheck(os.path.join(folder, "all")))
        except InputError as error:
            return Figure("certificates", error.message, False)
    text = f"{right} of {len(claims)} proved claims certified and checked again without a solver"
    return Figure("certificates", text, right == len(claims))


def _encoded(functions: int, jobs: int) -> Figure:
    """Whether random C means to us what it means to gcc."""
    from verify.differential.campaign import campaign
    from verify.differential.compiler import CompileError, RunError

    try:
        found = campaign(functions, _INPUTS, jobs=jobs)
    except (InputError, CompileError, RunError) as error:
        return Figure("random C", str(error), False)
    wrong = len(found.failures)
    text = (
        f"formulas and interpreter agree with gcc on {found.compared - wrong} of {found.compared} functions, "
        f"{found.cases} inputs in all; {found.refused.total()} more were refused"
    )
    return Figure("random C", "\n".join((text, *found.failures[:1])), not wrong and found.compared == functions)
