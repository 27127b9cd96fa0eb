"""Decides claims about all histories of one version of the code: the only place that makes such a verdict.

A claim is proved by induction over the steps, each of which is an ordinary claim about one operation: decided by
`verify.solving.decide`, undefined behaviour and loop bounds included.  Invariants may use one another: those that are
not preserved are dropped until the rest preserve each other.  What isn't inductive is looked for in short histories,
then proved by k-induction, or by a strengthening that Spacer finds; that one is C text again, and proved by induction.
A history counts only after the concrete interpreter ran each of its steps.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from verify.claims.obligations import Posed
from verify.claims.spec import Expression
from verify.claims.system import INVARIANT, REACH, TRACE, Operation, Property
from verify.claims.verdict import (
    WORDS,
    Induction,
    MayDiffer,
    Mistaken,
    Proved,
    Refuted,
    Row,
    Undecided,
    Unsupported,
    Vacuous,
    Verdict,
)
from verify.deadline import Overtime, deadline, late, patience
from verify.errors import SpecError, UnsupportedC
from verify.histories.ctext import conditions_text
from verify.histories.masks import unset_bits
from verify.histories.operations import Operations, Transition, own_text
from verify.histories.replayed import Run, run
from verify.histories.spacer import Strengthening, strengthening
from verify.histories.unrolled import Exhausted, Found, Unrolling
from verify.solving.decide import Decider
from verify.solving.solver import Solver, Unsat, asserted
from verify.terms import term as t
from verify.terms.term import Term
from verify.tuples import NamedTuple

if TYPE_CHECKING:
    from verify.solving.crosscheck import CrossCheck

_FIRST_LOOK = 5  # steps of the histories that are looked for before anything else is tried
_MOST_K = 4
_LISTED = 3
_SPACER_SHARE = 0.5  # of a claim's time


class Decided(NamedTuple):
    """A property's verdict, how it was found, and what it rests on.

    `run`: the history's steps, for a compiler.  `answers`: those to the questions that make its proof by induction.
    """

    property: Property
    verdict: Verdict
    induction: Induction
    rests_on: tuple[str, ...]
    obligations: int
    seconds: float
    run: Run | None
    answers: tuple[Answer, ...] = ()


class Answer(NamedTuple):
    """What was found of one step: the row, its verdict, and the claim that was asked for, with its words.

    `assume` and `prove` are C over the state, `prove` after the step if there is one.
    """

    row: Row
    verdict: Verdict
    posed: Posed | None
    obligations: int
    says: str = ""
    assume: tuple[str, ...] = ()
    prove: str = ""

    @property
    def fine(self) -> bool:
        return isinstance(self.verdict, Proved | Vacuous)


class Prover:
    """Decides the properties of one version of the code with an open solver."""

    def __init__(self, operations: Operations, solver: Solver, timeout: float, cross: CrossCheck | None = None) -> None:
        self.cross = cross
        self.operations = operations
        self.system = operations.system
        self.timeout = timeout
        self.solver = solver
        self.solver_name = f"{self.solver.name} {self.solver.version}"
        self.deciders: dict[str, Decider] = {}
        self.names: dict[str, str] = {}  # what a condition is called in claims, by its text
        self.first = tuple(o for o in self.system.operations if o.first)
        self.later = tuple(o for o in self.system.operations if not o.first)
        self._transitions: dict[str, Transition] = {}
        self._asked: list[Answer] = []
        self.lemmas: list[tuple[str, str, str]] = []  # proved invariants: their names, names in claims, and C text
        self.lemmas_rest_on: dict[str, None] = {}
        self.lemma_answers: tuple[Answer, ...] = ()
        self._check_initial()

    @property
    def initial(self) -> tuple[Term, ...]:
        return tuple(map(self.operations.over_state, self.system.initially))

    def _check_initial(self) -> None:
        """Raises where no history can begin, or an operation can never happen: then nothing would be proved of it."""
        initial = self.initial
        if initial and isinstance(self._sat(initial), Unsat):
            hint = "No state satisfies them together, so nothing would be proved of any history."
            place = self.system.initially[-1].span
            raise SpecError("the conditions in `initially` contradict one another", place, hint)
        for operation in self.operations.operations:
            holds = self.transition(operation).holds
            assumed = (*self.operations.spec.assume, *operation.assume)
            if assumed and isinstance(self._sat(holds), Unsat):
                message = f"the assumptions of the operation `{operation.name}` contradict one another"
                raise SpecError(message, assumed[-1].span, "It could never happen.")
            if operation.first and isinstance(self._sat((*initial, *holds)), Unsat):
                message = f"no history can begin with `{operation.name}`: it isn't possible in any initial state"
                raise SpecError(message, operation.place.span)

    def _sat(self, assertions: Sequence[Term]) -> object:
        if t.FALSE in assertions:
            return Unsat()
        with asserted(self.solver, tuple(assertions)):
            return self.solver.check((), self.timeout)

    def named(self, expression: Expression) -> str:
        """The name by which claims know a condition over the state."""
        self.operations.over_state(expression)
        text = " ".join(expression.text.split())
        if text not in self.names:
            self.names[text] = self.operations.name_condition(expression)
        return self.names[text]

    def _decider(self, operation: str) -> Decider:
        if operation not in self.deciders:
            subject = self.operations.subjects[operation] if operation else self.operations.plain
            decider = self.deciders[operation] = Decider(subject, self.solver_name, self.timeout)
            decider.share(self.solver)
            decider.cross = self.cross
        return self.deciders[operation]

    def ask(self, operation: str, assume: Iterable[str], prove: str, says: str) -> Answer:
        """Decides a claim about one step of `operation`; about a state alone if that is empty."""
        if operation in self.operations.refused:
            verdict: Verdict = Unsupported(str(self.operations.refused[operation]))
            return Answer(Row(operation, WORDS[Unsupported], verdict.message, None), verdict, None, 0)
        decider = self._decider(operation)
        claim_texts = tuple(assume)
        claim = self.operations.claim(says, claim_texts, prove)
        try:
            with deadline(patience(self.timeout)):
                posed = decider.subject.pose(claim)
            decision = decider.decide(posed)
        except SpecError:
            raise
        except UnsupportedC as error:
            verdict = Unsupported(str(error))
            return Answer(Row(operation, WORDS[Unsupported], verdict.message, None), verdict, None, 0)
        except Overtime:
            verdict = Undecided(late("making the claim's formulas", self.timeout))
            return Answer(Row(operation, WORDS[Undecided], verdict.reason, None), verdict, None, 0)
        spelt = {name: text for text, name in self.names.items()}
        own = (e.text for o in self.system.operations if o.name == operation for e in o.assume)
        before = tuple(spelt.get(text, " ".join(text.split())) for text in (*own, *claim_texts))
        after = prove.removeprefix("new.")
        shown = f"after it: {spelt[after]}" if prove != after and after in spelt else spelt.get(prove, prove)
        answer = Answer(
            _row(operation, decision.verdict), decision.verdict, posed, decision.obligations, says, before, shown
        )
        self._asked.append(answer)
        return answer

    def transition(self, operation: Operation) -> Transition:
        if operation.name not in self._transitions:
            self._transitions[operation.name] = self.operations.transition(operation)
        return self._transitions[operation.name]

    def base(self, name: str) -> tuple[Answer, ...]:
        """Whether the condition `name` holds of each initial state: after the first step, if there is one."""
        initially = [e.text for e in self.system.initially]
        if not self.first:
            return (self.ask("", initially, name, "initially"),)
        return tuple(self.ask(o.name, initially, f"new.{name}", "initially") for o in self.first)

    def inductive(
        self, candidates: Sequence[str], lemmas: Sequence[str], operations: Sequence[Operation]
    ) -> tuple[list[str], dict[str, tuple[tuple[Answer, ...], tuple[Answer, ...]]]]:
        """The largest part of `candidates` that holds initially and that `operations` preserve together.

        Of each candidate also the answers: those about the initial state, and those about the steps.
        """
        base = {c: self.base(c) for c in candidates}
        alive = [c for c in candidates if all(a.fine for a in base[c])]
        steps: dict[str, tuple[Answer, ...]] = {}
        while True:
            failing: list[str] = []
            for candidate in alive:
                assume = (*lemmas, *alive)
                steps[candidate] = tuple(
                    self.ask(o.name, assume, f"new.{candidate}", f"{o.name} preserves it") for o in operations
                )
                if not all(a.fine for a in steps[candidate]):
                    failing.append(candidate)
            if not failing:
                return alive, {c: (base[c], steps.get(c, ())) for c in candidates}
            alive = [c for c in alive if c not in failing]

    def prove(self, properties: Sequence[Property]) -> list[Decided]:
        """The verdicts, in order.  Invariants are decided first, as the other claims may use them."""
        invariants = [p for p in self.system.properties if p.kind == INVARIANT and p.code == self.operations.code]
        started = time.perf_counter()
        self._asked = []
        names: dict[str, str] = {}
        mistaken: dict[str, SpecError] = {}
        for invariant in invariants:
            try:
                names[invariant.name] = self.named(invariant.prove)
            except SpecError as error:
                mistaken[invariant.name] = error
        invariants = [p for p in invariants if p.name in names]
        kept, answers = self.inductive(list(dict.fromkeys(names.values())), (), self.later)
        seconds = time.perf_counter() - started
        self.lemmas = [(p.name, names[p.name], p.prove.text.strip()) for p in invariants if names[p.name] in kept]
        used = [a for _, name, _ in self.lemmas for part in answers[name] for a in part if a.posed is not None]
        self.lemma_answers = tuple(used)
        self.lemmas_rest_on = dict.fromkeys(text for a in used if a.posed is not None for text in a.posed.rests_on)
        decided: list[Decided] = []
        for claim in properties:
            started = time.perf_counter()
            self._asked = []
            try:
                if claim.name in mistaken:
                    raise mistaken[claim.name]
                if claim.kind == TRACE:
                    found = self._trace(claim)
                elif claim.kind == REACH:
                    found = self._reach(claim)
                else:
                    base, steps = answers[names[claim.name]]
                    self._asked = [*base, *steps]
                    found = self._invariant(claim, names[claim.name], names[claim.name] in kept, base, steps)
            except SpecError as error:
                found = self._decided(claim, Mistaken(error), self._induction(claim, "none", (), (), ()))
            own = time.perf_counter() - started
            if claim.name in names:
                own += seconds / len(invariants)
            decided.append(found._replace(seconds=own))
        return decided

    def _invariant(
        self, claim: Property, name: str, holds: bool, base: tuple[Answer, ...], steps: tuple[Answer, ...]
    ) -> Decided:
        others = [(n, i, c) for n, i, c in self.lemmas if i != name]
        induction = self._induction(claim, "induction", base, steps, others)
        if holds:
            return self._decided(claim, Proved(_construction((*base, *steps))), induction, (*base, *steps))
        if not steps:
            steps = tuple(self.ask(o.name, (*self._lemma_names(), name), f"new.{name}", "") for o in self.later)
            induction = induction._replace(rows=tuple(a.row for a in steps))
        return self._search_state(claim, name, claim.prove, base, steps, self.later, induction)

    def _lemma_names(self) -> list[str]:
        return list(dict.fromkeys(i for _, i, _ in self.lemmas))

    def _reach(self, claim: Property) -> Decided:
        goal = claim.prove
        never = own_text(f"!({goal.text.strip()})")
        self.operations.over_state(goal)
        name = self.named(never)
        allowed = [o for o in self.later if o.name in claim.operations]
        kept, answers = self.inductive([name], self._lemma_names(), allowed)
        base, steps = answers[name]
        induction = self._induction(claim, "induction", base, steps, self.lemmas)
        if name in kept:
            return self._decided(claim, Proved(_construction((*base, *steps))), induction, (*base, *steps))
        return self._search_state(claim, name, never, base, steps, allowed, induction)

    def _trace(self, claim: Property) -> Decided:
        assume = [e.text for e in claim.assume]
        initially = [e.text for e in self.system.initially]
        answers: list[Answer] = []
        chosen = [o for o in self.system.operations if o.name in claim.operations]
        lemmas = self._lemma_names()
        for operation in chosen:
            known = initially if operation.first else lemmas
            answers.append(self.ask(operation.name, (*known, *assume), claim.prove.text, claim.name))
        induction = self._induction(claim, "induction", (), tuple(answers), self.lemmas)
        if all(isinstance(a.verdict, Vacuous) for a in answers):
            texts = tuple(e.text for e in claim.assume) or ("what the operations assume",)
            return self._decided(claim, Vacuous(texts), induction)
        if all(a.fine for a in answers):
            return self._decided(claim, Proved(_construction(answers)), induction, answers)
        return self._search_step(claim, answers, chosen, induction)

    def _search_state(
        self,
        claim: Property,
        name: str,
        good: Expression,
        base: tuple[Answer, ...],
        steps: tuple[Answer, ...],
        allowed: Sequence[Operation],
        induction: Induction,
    ) -> Decided:
        """Of a condition that isn't inductive as it stands."""
        blocked = self._blocked((*base, *steps), allowed)
        bad = t.not_(self.operations.over_state(good))
        search = _Search(claim, bad, [], None, list(allowed), name, good)
        return self._search(search, blocked, induction)

    def _search_step(
        self, claim: Property, answers: list[Answer], chosen: list[Operation], induction: Induction
    ) -> Decided:
        """Of a claim about steps that doesn't follow from the invariants."""
        later = list(self.later)
        blocked = self._blocked(answers, later)
        bad: list[Transition] = []
        kept: list[Transition] = []
        for operation, answer in zip(chosen, answers, strict=True):
            if operation.name in self.operations.refused:
                continue
            posed = self.operations.subjects[operation.name].pose(
                self.operations.claim(claim.name, [e.text for e in claim.assume], claim.prove.text)
            )
            if not answer.fine:
                bad.append(self.operations.transition(operation, posed, violated=True))
            kept.append(self.operations.transition(operation, posed))
        search = _Search(claim, None, bad, kept, later, "", None)
        return self._search(search, blocked, induction)

    def _blocked(self, answers: Iterable[Answer], allowed: Iterable[Operation]) -> Verdict | None:
        """Why histories can't prove anything: what some operation does isn't known."""
        for operation in (*self.first, *allowed):
            if operation.name in self.operations.refused:
                return Unsupported(str(self.operations.refused[operation.name]))
        return next((a.verdict for a in answers if isinstance(a.verdict, Undecided | Unsupported)), None)

    def _search(self, search: _Search, blocked: Verdict | None, induction: Induction) -> Decided:
        claim = search.claim
        deadline = time.monotonic() + self.timeout
        later = [self.transition(o) for o in search.allowed if o.name in self.operations.subjects]
        first = [self.transition(o) for o in self.first if o.name in self.operations.subjects]
        always = self.operations.always((*first, *later, *search.bad_steps))
        unrolling = Unrolling(self.operations.widths, self.initial, first, later, always, self.solver, deadline)
        depth = min(_FIRST_LOOK, self.system.depth)
        calm_depth = max(_FIRST_LOOK, self.system.depth // 2)
        if self.first and not first:
            # No history is known to begin.
            assert blocked is not None
            return self._decided(claim, blocked, induction._replace(method="none"))
        looked = unrolling.shortest(search.bad_state, search.bad_steps, depth, calm_depth)
        if isinstance(looked, Found):
            return self._history(claim, looked, search, induction)
        if blocked is None and looked.depth == depth:
            proved = self._by_k(search, unrolling, range(2, min(_MOST_K, looked.depth) + 1), looked, later, induction)
            if proved is None:
                proved = self._by_strengthening(search, unrolling, first, later, induction)
            if isinstance(proved, Decided):
                return proved
            looked = unrolling.shortest(search.bad_state, search.bad_steps, self.system.depth, calm_depth)
            if isinstance(looked, Found):
                return self._history(claim, looked, search, induction)
            late = self._by_k(search, unrolling, range(_MOST_K + 1, looked.depth + 1), looked, later, induction)
            if late is not None:
                return late
            reason = proved
        else:
            reason = ""
        if blocked is not None:
            return self._decided(claim, blocked, induction._replace(method="none", depth=looked.depth))
        return self._decided(claim, Undecided(self._unknown(induction, looked, reason)), induction._replace(
            method="none", depth=looked.depth
        ))  # fmt: skip

    def _unknown(self, induction: Induction, looked: Exhausted, reason: str) -> str:
        broken = [r.operation or "the initial state" for r in (*induction.base, *induction.rows) if r.reason]
        text = f"induction fails at {', '.join(dict.fromkeys(broken))}" if broken else "induction fails"
        steps = "step" if looked.depth == 1 else "steps"
        text += f"; no history of at most {max(looked.depth, 0)} {steps} violates it"
        text += f" (longer ones: {looked.reason})" if looked.reason else ""
        return f"{text}; no strengthening was found: {reason}" if reason else text

    def _history(self, claim: Property, found: Found, search: _Search, induction: Induction) -> Decided:
        if search.good is not None:
            violated = f"!new.{search.name}" if found.steps else f"!{search.name}"
            shown = search.good.text if claim.kind != REACH else claim.prove.text
        else:
            assume = " && ".join(f"({e.text})" for e in claim.assume) or "1"
            violated, shown = f"({assume}) && !({claim.prove.text})", claim.prove.text
        ran = run(self.operations, found, self.solver, violated, " ".join(shown.split()), self.timeout)
        verdict: Verdict = Refuted(ran.counterexample)
        writing = list(dict.fromkeys(c for x in found.steps if x.kept for c in x.callees))
        if ran.problem:
            verdict = MayDiffer(ran.problem, ran.counterexample)
        elif writing:
            names = ", ".join(f"{c}()" for c in writing[:_LISTED]) + (" and others" if len(writing) > _LISTED else "")
            kept = ", ".join(f'"{n}"' for n in self.operations.widths)
            verdict = MayDiffer(
                f"it rests on {names}, which isn't looked into, writing the state; if it doesn't, say so in [calls]: "
                f"{writing[0]} = {{ preserves = [{kept}] }}",
                ran.counterexample,
            )
        decided = self._decided(claim, verdict, induction._replace(method="history", depth=len(found.steps) - 1))
        rests_on = dict.fromkeys(a for _, posed, _ in ran.posed for a in posed.rests_on)
        rests_on[_free_text(self.operations)] = None
        rests_on.update(dict.fromkeys(self.operations.conditions))
        return decided._replace(run=ran, rests_on=tuple(rests_on))

    def defined(self, allowed: Sequence[Operation]) -> tuple[Answer, ...]:
        """Whether undefined behaviour or a loop bound is within reach of a first step, or of `allowed` ones from states
        that the lemmas allow.
        """
        name = next(iter(self.operations.widths))
        same = f"new.{name} == new.{name}"
        initially = [e.text for e in self.system.initially]
        return (
            *(self.ask(o.name, initially, same, "it is defined") for o in self.first),
            *(self.ask(o.name, self._lemma_names(), same, "it is defined") for o in allowed),
        )

    def _sound(self, allowed: Sequence[Operation]) -> bool:
        """True iff nothing undefined is within reach: then what formulas say of steps is all that can happen."""
        return not self.operations.risky and all(a.fine for a in self.defined(allowed))

    def _by_k(
        self,
        search: _Search,
        unrolling: Unrolling,
        lengths: range,
        looked: Exhausted,
        later: list[Transition],
        induction: Induction,
    ) -> Decided | None:
        # The k steps before a violation may not be the first one: so that and k more have to be without it.
        most = looked.depth - (1 if search.bad_state is None and self.first else 0)
        for k in lengths:
            if k <= most and self._inductive(search, unrolling, k, later, self._lemmas()):
                if not self._sound(search.allowed):
                    return None
                found = induction._replace(method="k-induction", k=k, depth=looked.depth)
                return self._decided(search.claim, Proved(False), found)
        return None

    def _lemmas(self) -> list[Term]:
        """The proved invariants over `now`."""
        return [self.operations.over_state(own_text(c)) for _, _, c in self.lemmas]

    def _inductive(
        self, search: _Search, unrolling: Unrolling, k: int, later: list[Transition], lemmas: Sequence[Term]
    ) -> bool:
        """True iff no violation follows k states, or k later steps, that satisfy the claim and `lemmas`."""
        good = t.TRUE if search.bad_state is None else t.not_(search.bad_state)
        steps = later
        if search.good_steps is not None:
            better = {x.operation.name: x for x in search.good_steps}
            steps = [better.get(x.operation.name, x) for x in later]
        bad = [x for x in search.bad_steps if not x.operation.first]
        if search.bad_steps and not bad:
            return False
        return unrolling.inductive(k, good, bad, steps, lemmas) is True

    def _by_strengthening(
        self,
        search: _Search,
        unrolling: Unrolling,
        first: list[Transition],
        later: list[Transition],
        induction: Induction,
    ) -> Decided | str:
        """By what else holds of every state: the bits that are never set, if these will do, or what Spacer finds."""
        widths, deadline = self.operations.widths, unrolling.deadline
        lemmas = self._lemmas()
        unset = unset_bits(self.solver, widths, self.initial, first, later, lemmas, deadline)
        if unset and self._inductive(search, unrolling, 1, later, [*lemmas, *unset]):
            proved = self._strengthened(search, unset, induction)
            if isinstance(proved, Decided):
                return proved
        seconds = min(self.timeout * _SPACER_SHARE, max(deadline - time.monotonic(), 0.1))
        said = strengthening(widths, self.initial, first, later, lemmas, search.bad_state, search.bad_steps, seconds)
        if not isinstance(said, Strengthening):
            if said == "reachable" and any(x.lasting for x in (*first, *later)):
                return "Spacer takes histories to go on after BUG()"
            return "there is none: a longer history violates it" if said == "reachable" else said
        return self._strengthened(search, said.conditions, induction)

    def _strengthened(self, search: _Search, conditions: Iterable[Term], induction: Induction) -> Decided | str:
        """By induction together with `conditions` over `now`; else why not."""
        claim = search.claim
        texts = conditions_text(conditions)
        if texts is None:
            return "what Spacer found has no simple form in C"
        names = [self.named(own_text(x)) for x in texts]
        target = [search.name] if search.good is not None else []
        kept, answers = self.inductive([*names, *target], self._lemma_names(), search.allowed)
        if not all(n in kept for n in target):
            return "what Spacer found isn't confirmed"
        used = [x for x, n in zip(texts, names, strict=True) if n in kept]
        if search.good is not None:
            base, steps = answers[search.name]
        else:
            base = ()
            assume = [*self._lemma_names(), *(n for n in names if n in kept), *(e.text for e in claim.assume)]
            initially = [e.text for e in (*self.system.initially, *claim.assume)]
            chosen = [o for o in self.system.operations if o.name in claim.operations]
            steps = tuple(
                self.ask(o.name, initially if o.first else assume, claim.prove.text, claim.name) for o in chosen
            )
            if not all(a.fine for a in steps):
                return "what Spacer found isn't confirmed"
        found = self._induction(claim, "strengthening", base, steps, self.lemmas)._replace(found=tuple(used))
        own = [a for name in kept for part in answers[name] for a in part]
        return self._decided(claim, Proved(False), found, (*own, *(() if search.good is not None else steps)))

    def _induction(
        self,
        claim: Property,
        method: str,
        base: Iterable[Answer],
        steps: Iterable[Answer],
        lemmas: Iterable[tuple[str, str, str]],
    ) -> Induction:
        return Induction(
            claim.kind, claim.code, method, 1, tuple(a.row for a in base), tuple(a.row for a in steps),
            tuple((n, c) for n, _, c in lemmas), (), -1,
        )  # fmt: skip

    def _decided(
        self, claim: Property, verdict: Verdict, induction: Induction, answers: Iterable[Answer] = ()
    ) -> Decided:
        rests_on = dict.fromkeys(a for answer in self._asked if answer.posed for a in answer.posed.rests_on)
        if isinstance(verdict, Proved):
            rests_on.update(self.lemmas_rest_on)
            rests_on[_closed_text(self.operations)] = None
        rests_on.update(dict.fromkeys(self.operations.conditions))
        count = sum(a.obligations for a in self._asked)
        whole = {id(a.posed): a for a in (*self.lemma_answers, *answers)} if answers else {}
        return Decided(claim, verdict, induction, tuple(rests_on), count, 0.0, None, tuple(whole.values()))


class _Search(NamedTuple):
    """What is looked for: a state, or a step.  `good_steps`: those that satisfy the claim about steps."""

    claim: Property
    bad_state: Term | None
    bad_steps: list[Transition]
    good_steps: list[Transition] | None
    allowed: list[Operation]
    name: str
    good: Expression | None


def _row(operation: str, verdict: Verdict) -> Row:
    word = WORDS[type(verdict)]
    match verdict:
        case Proved():
            return Row(operation, word, "", None)
        case Vacuous():
            return Row(operation, word, "", None)
        case Refuted(counterexample):
            return Row(operation, word, "a state before it that may be unreachable", counterexample)
        case MayDiffer(reason, counterexample):
            return Row(operation, word, reason, counterexample)
        case Undecided(reason):
            return Row(operation, word, reason, None)
        case Unsupported(message):
            return Row(operation, word, message, None)
        case Mistaken(error):
            return Row(operation, word, error.message, None)


def _construction(answers: Iterable[Answer]) -> bool:
    return all(isinstance(a.verdict, Vacuous) or (isinstance(a.verdict, Proved) and a.verdict.construction)
               for a in answers)  # fmt: skip


def _closed_text(operations: Operations) -> str:
    names = ", ".join(f"`{n}`" for n in operations.widths)
    return f"nothing but the spec's operations, on this one object, changes {names}"


def _free_text(operations: Operations) -> str:
    names = ", ".join(f"`{n}`" for n in operations.widths)
    return f"what isn't in [state] may change between the steps of a history: it lists all that persists ({names})"
