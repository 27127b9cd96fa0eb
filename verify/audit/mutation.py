"""Judges mutants: a claim notices it, the solver proves that it does the same, or it survives.

Takes a loaded spec and mutants; gives a `Judged` for each.  A mutant is equivalent iff it returns, stores, calls and
warns the same as the code for all inputs that the spec's own assumptions allow, which is proved like any claim.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence

from verify.audit.mutants import Mutant
from verify.claims.obligations import Subject
from verify.claims.spec import Claim, Expression
from verify.claims.verdict import WORDS, Input, MayDiffer, Proved, Refuted, Undecided
from verify.claims.versions import Version, load_version
from verify.errors import InputError, losing_none
from verify.pipeline import Loaded, Options, loaded
from verify.solving.decide import Decider
from verify.source.text import Source, Span
from verify.tuples import NamedTuple


class Killed(NamedTuple):
    """`claim` comes out as `verdict`, which isn't what is expected of it."""

    claim: str
    verdict: str


class Equivalent(NamedTuple):
    """Proved to do the same.  `construction`: by simplification alone."""

    construction: bool


class Survived(NamedTuple):
    """No claim notices it, although it does something else with `inputs`."""

    inputs: tuple[Input, ...]


class Refused(NamedTuple):
    """It is no C any more, or outside of the subset."""

    reason: str


class Open(NamedTuple):
    """Whether it is noticed, or does the same, could not be decided."""

    reason: str


Fate = Killed | Equivalent | Survived | Refused | Open


class Judged(NamedTuple):
    mutant: Mutant
    fate: Fate
    seconds: float


class Judge:
    """Judges the mutants of one spec; `timeout` seconds each."""

    def __init__(self, spec: Loaded, solver: str, timeout: float) -> None:
        self.loaded = spec
        self.solver = solver
        self.timeout = timeout
        self._order = list(spec.spec.claims)  # those that noticed most come first
        self._noticed: dict[str, int] = {}

    def judge(self, mutant: Mutant) -> Judged:
        started = time.perf_counter()
        try:
            fate = self._fate(mutant, started + self.timeout)
        except InputError as error:
            fate = Refused(error.message)
        return Judged(mutant, fate, time.perf_counter() - started)

    def _fate(self, mutant: Mutant, end: float) -> Fate:
        original = self.loaded.versions[-1]
        files = original.files.replaced(mutant.path, mutant.text)
        changed = load_version("new", files, self.loaded.code, self.loaded.config)
        pair = Subject(self.loaded.spec, (original._replace(name="old"), changed))
        posed = pair.pose(_same())
        if not posed.hazards and not posed.bounds and posed.goal.op == "true":
            return Equivalent(construction=True)
        killed, undecided = self._killer(changed, end)
        if killed is not None:
            return killed
        decider = Decider(pair, self.solver, max(end - time.perf_counter(), 1.0))
        try:
            verdict = decider.decide(posed).verdict
        finally:
            decider.close()
        match verdict:
            case Proved(construction):
                return Equivalent(construction)
            case Refuted(counterexample) | MayDiffer(_, counterexample):
                return Open(undecided) if undecided else Survived(counterexample.inputs)
            case Undecided(reason):
                return Open(undecided or reason)
            case _:
                return Open("no input satisfies the spec's assumptions")

    def _killer(self, changed: Version, end: float) -> tuple[Killed | None, str]:
        """The claim that notices the mutant, else why some claim is undecided ("" if none is)."""
        subject = Subject(self.loaded.spec, (*self.loaded.versions[:-1], changed))
        decider = Decider(subject, self.solver, self.timeout)
        decider.quick = True
        undecided = ""
        try:
            for claim in self._order:
                decider.timeout = end - time.perf_counter()
                if decider.timeout <= 0:
                    return None, f"time limit of {self.timeout:g} seconds"
                posed = subject.pose(claim)
                verdict = decider.decide(posed).verdict
                word = WORDS[type(verdict)]
                if word == claim.expect:
                    continue
                # Undefined behaviour that the code doesn't have is noticed, too: the claim isn't proved any more.
                hazard = isinstance(verdict, Undecided) and any(
                    verdict.reason.startswith(f"{h.text} is possible") for h in posed.hazards
                )
                if hazard or isinstance(verdict, Proved | Refuted | MayDiffer):
                    self._noticed[claim.name] = self._noticed.get(claim.name, 0) + 1
                    self._order.sort(key=lambda c: -self._noticed.get(c.name, 0))
                    return Killed(claim.name, word), ""
                undecided = undecided or f"{claim.name} is {word}" + (
                    f": {verdict.reason}" if isinstance(verdict, Undecided) else ""
                )
        finally:
            decider.close()
        return None, undecided


def _same() -> Claim:
    text = "same(old, new)"
    return Claim("equivalent", text, (), Expression(text, Span(Source("equivalence", text), 0, len(text))), "proved")


_worker: Judge | None = None


def _start(path: str, options: Options) -> None:
    global _worker
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends a worker at once, whatever its solver makes of it
    _worker = Judge(loaded(path, options), options.solver, options.timeout)


def _judge(mutant: Mutant) -> Judged:
    assert _worker is not None
    return _worker.judge(mutant)


def judge_all(spec: Loaded, path: str, mutants: Sequence[Mutant], options: Options) -> Iterator[Judged]:
    """Each mutant's fate, in order; `options.jobs` processes share the work, `options.timeout` is for each mutant."""
    if options.jobs <= 1 or len(mutants) < 2:
        judge = Judge(spec, options.solver, options.timeout)
        yield from map(judge.judge, mutants)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("fork") if sys.platform != "win32" else None
    pool = ProcessPoolExecutor(min(options.jobs, len(mutants)), context, _start, (path, options))
    with losing_none(), pool:
        yield from pool.map(_judge, mutants)
