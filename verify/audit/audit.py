"""The audit of a spec: what its verdicts are worth.

`audit` takes a spec and gives an `Audit`; `audit_all` takes several and gives a `Repository`, with the figures over
all of them and those of `evidence`.  Raises `InputError` if a spec or its code can't be
read or executed.  Trusted: what verdicts are trusted for (docs/soundness.md); an audit adds nothing to them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from verify.audit.assumptions import Needs, Premise, Trials, needs_of
from verify.audit.coverage import Coverage, coverage
from verify.audit.evidence import Figure, evidence
from verify.audit.hints import Hints
from verify.audit.mutants import mutants_of
from verify.audit.mutation import Equivalent, Judged, Killed, Open, Refused, Survived, judge_all
from verify.claims.obligations import Subject
from verify.claims.spec import read_spec
from verify.claims.verdict import MayDiffer, Mistaken, Proved, Refuted, Undecided, Vacuous
from verify.pipeline import Options, loaded
from verify.solving.decide import Decider
from verify.tuples import NamedTuple

Progress = Callable[[str, int, int], None]
"""Told the spec's name, how many mutants are judged, and how many there are."""


class Hint(NamedTuple):
    """A refuted claim, and the weakest assumptions found under which it holds."""

    claim: str
    assumptions: tuple[str, ...]


class Audit(NamedTuple):
    """All that is found out about one spec."""

    name: str
    title: str
    path: str
    needs: tuple[Needs, ...]
    premises: tuple[Premise, ...]
    mutants: tuple[Judged, ...]
    coverage: Coverage
    hints: tuple[Hint, ...]
    seconds: float

    def count(self, fate: type) -> int:
        """How many mutants came to that."""
        return sum(isinstance(j.fate, fate) for j in self.mutants)


class Repository(NamedTuple):
    """The audits of all specs, and the figures over them."""

    audits: tuple[Audit, ...]
    figures: tuple[Figure, ...]


def audit(path_or_name: str, options: Options | None = None, progress: Progress | None = None) -> Audit:
    """Audits one spec; `options.jobs` processes judge the mutants, `options.timeout` is for each of them."""
    options = options or Options()
    started = time.perf_counter()
    spec = loaded(path_or_name, options)
    subject = Subject(spec.spec, spec.versions)
    decider = Decider(subject, options.solver, options.timeout)
    decider.quick = True
    trials = Trials(spec, options.solver, options.timeout)
    try:
        needs = needs_of(subject, trials, decider)
        premises = trials.premises(tuple(n.claim for n in needs if isinstance(n.verdict, Proved)))
        hints = Hints(subject, decider, options.timeout)
        repairs = tuple(
            Hint(n.claim.name, hints.of(n.claim)) for n in needs if isinstance(n.verdict, Refuted | MayDiffer)
        )
        covered = coverage(subject, decider.solver, options.timeout)
    finally:
        trials.close()
        decider.close()
    mutants = mutants_of(spec.versions[-1])
    judged: list[Judged] = []
    for one in judge_all(spec, path_or_name, mutants, options):
        judged.append(one)
        if progress is not None:
            progress(spec.spec.name, len(judged), len(mutants))
    seconds = time.perf_counter() - started
    own = spec.spec
    return Audit(own.name, own.title, own.path, needs, premises, tuple(judged), covered, repairs, seconds)


def audit_all(
    paths: Sequence[str], options: Options | None = None, progress: Progress | None = None, functions: int = 0
) -> Repository:
    """Audits several specs, one after the other; `functions`: how many random C functions are compared with gcc.

    Of those that have claims about histories only, there are the figures of replay, other solvers and certificates.
    """
    options = options or Options()
    own = [path for path in paths if read_spec(path, options.specs).claims]
    audits = tuple(audit(path, options, progress) for path in own)
    return Repository(audits, (*_figures(audits), *evidence(paths, options, functions)))


def _figures(audits: Sequence[Audit]) -> list[Figure]:
    claims = [n for a in audits for n in a.needs]
    refuted = sum(isinstance(n.verdict, Refuted) for n in claims)
    proved = sum(isinstance(n.verdict, Proved) for n in claims)
    decided = proved + refuted == len(claims)
    witnessed = sum(n.witness is not None for n in claims)
    survived, opened = (sum(a.count(fate) for a in audits) for fate in (Survived, Open))
    killed, same = (sum(a.count(fate) for a in audits) for fate in (Killed, Equivalent))
    refused = sum(a.count(Refused) for a in audits)
    places = sum(a.coverage.lines + a.coverage.branches for a in audits)
    missed = sum(len(a.coverage.unreached) for a in audits)
    pairs = sum(a.coverage.pairs or 0 for a in audits)
    missed_pairs = sum(a.coverage.unreached_pairs for a in audits)
    others = len(claims) - proved - refuted
    return [
        Figure("claims", f"{len(claims)}: {proved} proved, {refuted} refuted, {others} other", decided),
        Figure("witnesses", f"{witnessed} of {len(claims)} claims have an input that they speak of",
               witnessed == len(claims)),
        Figure("mutants", f"{killed + same + survived + opened + refused}: {killed} killed, {same} equivalent, "
               f"{survived} survived, {opened} undecided, {refused} refused", not survived and not opened),
        Figure("coverage", f"{places - missed} of {places} lines and branch directions reached", True),
        Figure("path pairs", f"{pairs - missed_pairs} of {pairs} reached", True),
    ]  # fmt: skip


def exit_code(audits: Sequence[Audit], figures: Sequence[Figure] = ()) -> int:
    """2: a claim is mistaken; 1: a mutant survived or a claim is vacuous; 3: something is undecided, or a figure isn't
    all right; else 0.  Nothing audited is 3.
    """
    if any(isinstance(n.verdict, Mistaken) for a in audits for n in a.needs):
        return 2
    if any(a.count(Survived) or any(isinstance(n.verdict, Vacuous) for n in a.needs) for a in audits):
        return 1
    open_claims = any(isinstance(n.verdict, Undecided) and n.claim.expect != "unknown" for a in audits for n in a.needs)
    doubtful = open_claims or any(a.count(Open) for a in audits) or not all(f.good for f in figures)
    return 3 if not audits or doubtful else 0
