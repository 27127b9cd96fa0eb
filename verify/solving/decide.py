"""Decides posed claims: the only place that makes a `Proved` or a `Refuted`.

For each claim: the assumptions must be satisfiable (else vacuous); no loop bound and no undefined behaviour may be
within reach (else unknown); then the hypotheses and the goal's negation are unsatisfiable iff the claim holds.  A model
becomes a counterexample only after the concrete interpreter ran it and found the claim false.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from verify.claims.obligations import Posed, Subject
from verify.claims.verdict import MayDiffer, Proved, Refuted, Undecided, Vacuous, Verdict
from verify.deadline import check
from verify.errors import InternalError
from verify.execution.state import Hazard
from verify.solving.counterexample import Finder, objects_of
from verify.solving.guess import guessed
from verify.solving.solver import Model, Solver, Unknown, Unsat, asserted, open_solver
from verify.terms import term as t
from verify.terms.cases import Cases
from verify.terms.evaluate import Evaluation
from verify.terms.flatten import Flat, flatten
from verify.terms.term import Term
from verify.tuples import NamedTuple

if TYPE_CHECKING:
    from verify.solving.crosscheck import CrossCheck


class Decision(NamedTuple):
    """A verdict, the number of obligations behind it and, for `explain`, each of them in words."""

    verdict: Verdict
    obligations: int
    asked: tuple[str, ...]


class Decider:
    """Decides the claims of one subject with one solver, which is opened only when it is needed."""

    def __init__(self, subject: Subject, solver: str, timeout: float) -> None:
        self.subject = subject
        self.solver_name = solver
        self.timeout = timeout
        self.quick = False  # counterexamples are made without care: any will do
        self.tries = False  # they are looked for by trying, too, before the solver is asked
        self._solver: Solver | None = None
        self._shared = False
        self._satisfiable: dict[tuple[int, ...], bool | str] = {}
        self._asked: list[str] = []
        self.cross: CrossCheck | None = None  # notes every question
        self._claim = ""
        self.model: Evaluation | None = None  # of the last counterexample
        self.doubted = False  # it stands in for one that rests on what isn't known

    @property
    def solver(self) -> Solver:
        if self._solver is None:
            self._solver = open_solver(self.solver_name)
            self.solver_name = f"{self._solver.name} {self._solver.version}"
        return self._solver

    def share(self, solver: Solver) -> None:
        """Takes an open solver, in the scope that it is in; whoever opened it closes it."""
        self._solver = solver
        self._shared = True
        self.solver_name = f"{solver.name} {solver.version}"

    def close(self) -> None:
        if self._solver is not None and not self._shared:
            self._solver.close()
            self._solver = None

    def question(self, posed: Posed) -> tuple[Term, ...]:
        """The assertions that are unsatisfiable iff the claim holds, over bit-vectors only."""
        return flatten((*posed.hypotheses, t.not_(posed.goal))).assertions

    def decide(self, posed: Posed) -> Decision:
        self._asked = []
        self._claim = posed.claim.name
        self.model = None
        verdict = self._decide(posed)
        return Decision(verdict, len(self._asked), tuple(self._asked))

    def _decide(self, posed: Posed) -> Verdict:
        if self.quick and not posed.hazards and not posed.bounds:
            verdict = self._of_all_cases(posed)
            if not isinstance(verdict, Proved):
                return verdict  # the assumptions hold for a counterexample
            return self._blocked(posed) or verdict
        return self._blocked(posed) or self._of_all_cases(posed)

    def _blocked(self, posed: Posed) -> Verdict | None:
        """Why the claim's proof wouldn't count; None if it would."""
        satisfiable = self._assumptions_hold(posed)
        if isinstance(satisfiable, str):
            return Undecided(f"whether the assumptions can hold: {satisfiable}")
        if not satisfiable:
            return Vacuous(tuple(e.text for e in (*self.subject.spec.assume, *posed.claim.assume)))
        for hazards, what in ((posed.bounds, "loop bound"), (posed.hazards, "undefined behaviour")):
            blocked = self._excluded(posed, hazards, what)
            if blocked is not None:
                return blocked
        return None

    def _of_all_cases(self, posed: Posed) -> Verdict:
        self._asked.append("the claim: the assumptions and the claim's negation can't both hold")
        if posed.goal is t.TRUE:
            return Proved(construction=True)
        proved = Proved(construction=True)
        for case in _cases(posed):
            verdict = self.ask(case)
            if not isinstance(verdict, Proved):
                return verdict
            proved = Proved(proved.construction and verdict.construction)
        return proved

    def holds(self, posed: Posed) -> bool:
        """True iff the claim is proved; its hazards and bounds count for nothing."""
        for case in _cases(posed):
            check()
            question = flatten((*case.hypotheses, t.not_(case.goal)))
            if t.FALSE in question.assertions:
                continue
            with asserted(self.solver, question.assertions):
                if not isinstance(self.solver.check((), self.timeout), Unsat):
                    return False
        return True

    def ask(self, posed: Posed) -> Verdict:
        """The verdict on one question."""
        check()
        question = flatten((*posed.hypotheses, t.not_(posed.goal)))
        if t.FALSE in question.assertions:
            return Proved(construction=True)  # nothing is left to be asked
        model = guessed(question.assertions, objects_of(self.subject, question)) if self.tries else None
        verdict = None if model is None else self._shown_by(posed, question, model, asks=False)
        if isinstance(verdict, Refuted):
            return verdict
        with asserted(self.solver, question.assertions):
            answer = self.solver.check((), self.timeout)
            match answer:
                case Unsat():
                    self._note("the claim", question.assertions, False)
                    return Proved(construction=False)
                case Unknown(reason):
                    return Undecided(reason)
                case Model():
                    self._note("the claim", question.assertions, True)
                    return self._shown_by(posed, question, answer)

    def _shown_by(self, posed: Posed, question: Flat, model: Model, asks: bool = True) -> Verdict:
        """What the counterexample shows that is made of `model`.

        `asks`: the solver, whose scope holds the question, may be asked for others.
        """
        how = (self.timeout, self.quick, self.tries, asks)
        return self._refute(posed, Finder(self.subject, posed, self.solver, question, model, *how))

    def _assumptions_hold(self, posed: Posed) -> bool | str:
        """Whether some input satisfies the hypotheses; a text if that isn't known."""
        if not posed.hypotheses:
            return True
        self._asked.append("the assumptions can hold together")
        key = tuple(h.id for h in posed.hypotheses)
        known = self._satisfiable.get(key)
        if known is None:
            known = self._satisfiable[key] = self._satisfied(posed.hypotheses)
        return known

    def _satisfied(self, hypotheses: tuple[Term, ...]) -> bool | str:
        flat = flatten(hypotheses)
        if t.FALSE in flat.assertions:
            return False
        if _witnessed(flat.assertions):
            self._note("the assumptions", flat.assertions, True)
            return True
        with asserted(self.solver, flat.assertions):
            answer = self.solver.check((), self.timeout)
        if isinstance(answer, Unknown):
            return answer.reason
        self._note("the assumptions", flat.assertions, isinstance(answer, Model))
        return isinstance(answer, Model)

    def _note(self, what: str, assertions: tuple[Term, ...], satisfiable: bool) -> None:
        """Remembers a question for the other solvers, if they are to be asked."""
        if self.cross is not None:
            self.cross.note(self._claim, what, assertions, satisfiable)

    def _excluded(self, posed: Posed, hazards: tuple[Hazard, ...], what: str) -> Undecided | None:
        """None if the hypotheses exclude all of `hazards`, else why the claim can't be decided."""
        if not hazards:
            return None
        self._asked.append(f"no {what} is within reach ({len(hazards)} places)")
        for group in (hazards,) if len(hazards) == 1 else (hazards, *((h,) for h in hazards)):
            flat = flatten((*posed.hypotheses, t.or_(*(h.condition for h in group))))
            with asserted(self.solver, flat.assertions):
                answer = Unsat() if t.FALSE in flat.assertions else self.solver.check((), self.timeout)
            if not isinstance(answer, Unknown) and t.FALSE not in flat.assertions:
                self._note(what, flat.assertions, isinstance(answer, Model))
            if isinstance(answer, Unsat) and len(group) == len(hazards):
                return None
            if isinstance(answer, Unknown):
                return Undecided(f"whether {what} is within reach: {answer.reason}")
            if isinstance(answer, Model) and len(group) == 1:
                hazard = group[0]
                return Undecided(f"{hazard.text} is possible at {hazard.span}\n{hazard.span.excerpt()}")
        raise InternalError("some hazard is possible, but none of them is")

    def _refute(self, posed: Posed, finder: Finder) -> Verdict:
        found = finder.find()
        self.model, self.doubted = finder.evaluation, finder.doubted
        if isinstance(found, str):
            return Undecided(found)
        counterexample, unreplayable, foreign = found
        if unreplayable:
            return MayDiffer(unreplayable, counterexample)
        if foreign:
            return MayDiffer(foreign, counterexample)
        return Refuted(counterexample)


def _cases(posed: Posed) -> Iterator[Posed]:
    """The claim split by the values of what it compares with many constants, e.g. a register's number."""
    cases = Cases.find((*posed.hypotheses, posed.goal))
    if cases is None:
        yield posed
        return
    for case in cases:
        *hypotheses, goal = case.roots
        if goal is not t.TRUE and t.FALSE not in hypotheses:
            yield posed._replace(hypotheses=(*hypotheses, *case.holds), goal=goal, case=case.holds)


def _witnessed(assertions: tuple[Term, ...]) -> bool:
    """True if a simple assignment satisfies the assertions: what they equate, and zero or one elsewhere."""
    fixed: dict[str, int] = {}
    stack = list(assertions)
    variables: dict[str, Term] = {}
    for part in t.postorder(assertions):
        if part.op == "var":
            variables[str(part.value)] = part
    while stack:
        atom = stack.pop()
        if atom.op == "and":
            stack.extend(atom.args)
        elif atom.op == "=":
            one, other = atom.args
            one, other = (other, one) if one.op == "const" else (one, other)
            if one.op == "var" and isinstance(other.value, int) and other.op == "const":
                fixed[str(one.value)] = other.value
        elif atom.op == "not" and atom.args[0].op == "=":
            one, other = atom.args[0].args
            one, other = (other, one) if one.op == "const" else (one, other)
            if one.op == "var" and other.op == "const":
                fixed.setdefault(str(one.value), 1 if other.value == 0 else 0)
    for default in (0, 1):
        values = {name: fixed.get(name, default) for name in variables}
        evaluation = Evaluation(values)
        if all(evaluation.evaluate(a) for a in assertions):
            return True
    return False
