"""What the assumptions of claims do: an input that satisfies them, and which of them a proof doesn't need.

An assumption is unneeded iff the claim is proved without it; dropping them one after the other leaves a minimal set:
none of those left can be dropped alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from verify.claims.obligations import Posed, Subject
from verify.claims.spec import CallSpec, Claim, Spec
from verify.claims.verdict import Input, Mistaken, Proved, Unsupported, Verdict
from verify.errors import InputError, SpecError, UnsupportedC
from verify.pipeline import Loaded
from verify.solving.counterexample import Finder
from verify.solving.decide import Decider
from verify.solving.solver import Model, open_solver
from verify.terms import term as t
from verify.terms.evaluate import Evaluation
from verify.terms.flatten import flatten
from verify.tuples import NamedTuple


class Needs(NamedTuple):
    """A claim with its verdict, a witness of its assumptions (None if there is none), and those that aren't needed.

    `claim_unneeded` are the claim's own assumptions, `spec_unneeded` the spec's.
    """

    claim: Claim
    verdict: Verdict
    witness: tuple[Input, ...] | None
    claim_unneeded: tuple[str, ...]
    spec_unneeded: tuple[str, ...]


class Premise(NamedTuple):
    """One thing that the spec assumes of a callee, and the proved claims that fail without it."""

    text: str
    needed_by: tuple[str, ...]


class Trials:
    """One spec under fewer assumptions than it has; each reduced spec is executed once."""

    def __init__(self, spec: Loaded, solver: str, timeout: float) -> None:
        self.loaded = spec
        self.solver = solver
        self.timeout = timeout
        self._deciders: dict[str, Decider | None] = {}

    def close(self) -> None:
        for decider in self._deciders.values():
            if decider is not None:
                decider.close()

    def decider(self, spec: Spec, key: str) -> Decider | None:
        """A decider for a reduced spec; None if the code can't be executed under it."""
        if key not in self._deciders:
            try:
                decider = Decider(Subject(spec, self.loaded.versions), self.solver, self.timeout)
                decider.quick = True
            except InputError:
                decider = None
            self._deciders[key] = decider
        return self._deciders[key]

    def proved(self, spec: Spec, key: str, claim: Claim) -> bool:
        """True iff `claim` is proved under `spec`, with all that a verdict takes."""
        decider = self.decider(spec, key)
        if decider is None:
            return False
        try:
            return isinstance(decider.decide(decider.subject.pose(claim)).verdict, Proved)
        except InputError:
            return False

    def unneeded(self, claim: Claim) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The claim's and the spec's assumptions that the proof can do without, all at once."""
        spec = self.loaded.spec
        own, shared = list(claim.assume), list(spec.assume)
        for assumption in claim.assume:
            fewer = [a for a in own if a is not assumption]
            if self.proved(spec, "", claim._replace(assume=tuple(fewer))):
                own = fewer
        reduced = claim._replace(assume=tuple(own))
        for assumption in spec.assume:
            fewer = [a for a in shared if a is not assumption]
            key = "assume " + " && ".join(a.text for a in fewer)
            if self.proved(spec._replace(assume=tuple(fewer)), key, reduced):
                shared = fewer
        left = {id(a) for a in (*own, *shared)}
        return (
            tuple(a.text for a in claim.assume if id(a) not in left),
            tuple(a.text for a in spec.assume if id(a) not in left),
        )

    def premises(self, proved: tuple[Claim, ...]) -> tuple[Premise, ...]:
        """Each thing that the spec assumes of callees, left out alone."""
        found: list[Premise] = []
        for text, calls in _fewer_calls(self.loaded.spec):
            spec = self.loaded.spec._replace(calls=calls)
            needed = tuple(c.name for c in proved if not self.proved(spec, f"calls {text}", c))
            found.append(Premise(text, needed))
        return tuple(found)


def _fewer_calls(spec: Spec) -> list[tuple[str, Mapping[str, CallSpec]]]:
    found: list[tuple[str, Mapping[str, CallSpec]]] = []
    for name, rule in spec.calls.items():
        for place in rule.preserves:
            kept = tuple(p for p in rule.preserves if p is not place)
            found.append((f"{name}() preserves `{place.text}`", {**spec.calls, name: rule._replace(preserves=kept)}))
        for word in ("pure", "constant", "silent", "alike"):
            if getattr(rule, word):
                found.append((f"{name}() is {word}", {**spec.calls, name: rule._replace(**{word: False})}))
    return found


def witness(subject: Subject, posed: Posed, solver_name: str, timeout: float) -> tuple[Input, ...] | None:
    """The smallest input that satisfies the hypotheses, in the names of counterexamples; None if none was found."""
    question = flatten(posed.hypotheses)
    if t.FALSE in question.assertions:
        return None
    solver = open_solver(solver_name)
    try:
        solver.push()
        solver.add(question.assertions)
        answer = solver.check((), timeout)
        if not isinstance(answer, Model):
            return None
        finder = Finder(subject, posed, solver, question, answer, timeout)
        model = finder.canonical()
        if not isinstance(model, Model):
            return None
        evaluation = Evaluation(model.values, question)
        shown = [n for n in finder.shown(()) if n.value.term is not None]
        return tuple(finder.input(n, evaluation.number(n.value.term), True) for n in shown if n.value.term is not None)
    finally:
        solver.close()


def needs_of(subject: Subject, trials: Trials, decider: Decider) -> tuple[Needs, ...]:
    """All claims of the spec."""
    found: list[Needs] = []
    for claim in subject.spec.claims:
        try:
            posed = subject.pose(claim)
        except SpecError as error:
            found.append(Needs(claim, Mistaken(error), None, (), ()))
            continue
        except UnsupportedC as error:
            found.append(Needs(claim, Unsupported(str(error)), None, (), ()))
            continue
        verdict = decider.decide(posed).verdict
        own, shared = trials.unneeded(claim) if isinstance(verdict, Proved) else ((), ())
        found.append(Needs(claim, verdict, witness(subject, posed, trials.solver, trials.timeout), own, shared))
    return tuple(found)
