"""What a refuted claim would need: the weakest small assumptions under which it is proved.

The candidates are a small grammar over the spec's names, the constants that the code and the spec use, and their
conditions.  Each hint is decided like any claim, the candidate being one more assumption: proved, and not vacuous.
"""

from __future__ import annotations

import re
import time
from itertools import combinations

from verify.claims.obligations import Posed, Subject
from verify.claims.spec import Claim, Expression
from verify.claims.verdict import Proved
from verify.errors import InputError, UnsupportedC
from verify.solving.counterexample import named_inputs
from verify.solving.decide import Decider
from verify.solving.solver import Model, Unsat
from verify.source.text import Source, Span
from verify.syntax import ast
from verify.syntax.ctypes import BOOL, IntType
from verify.terms import term as t
from verify.terms.evaluate import Evaluation
from verify.terms.flatten import flatten
from verify.terms.term import Term

MOST_SHOWN = 5
_MOST_ASKED = 400  # questions to the solver for one claim
_CONSTANT = re.compile(r"\b[A-Z][A-Z0-9_]{2,}\b")


class Hints:
    """Finds hints for one subject's claims; `timeout` seconds for each claim."""

    def __init__(self, subject: Subject, decider: Decider, timeout: float) -> None:
        self.subject = subject
        self.decider = decider
        self.timeout = timeout
        self.candidates = _candidates(subject)

    def of(self, claim: Claim) -> tuple[str, ...]:
        """The weakest candidates under which `claim` is proved, the shortest first; none if none was found."""
        posed = self.subject.pose(claim)
        end = time.perf_counter() + self.timeout
        found: list[tuple[str, Term]] = []
        for text, term in self._sufficient(posed, end):
            if self._is_proved(claim, text):
                found.append((text, term))
        weakest: list[str] = []
        kept: list[Term] = []
        for text, term in found:
            premise = t.and_(*posed.hypotheses)
            stronger = [o for _, o in found if self._implies(premise, term, o) and not self._implies(premise, o, term)]
            again = any(self._implies(premise, term, o) and self._implies(premise, o, term) for o in kept)
            if not stronger and not again:
                weakest.append(text)
                kept.append(term)
        return tuple(weakest[:MOST_SHOWN])

    def _sufficient(self, posed: Posed, end: float) -> list[tuple[str, Term]]:
        """Candidates, or else conjunctions of two, that exclude every violation and can hold."""
        holds = t.and_(*posed.hypotheses)
        violated = t.and_(holds, t.not_(posed.goal))
        violations: list[Evaluation] = []
        asked = 0

        def excludes(term: Term) -> bool:
            nonlocal asked
            if asked >= _MOST_ASKED or time.perf_counter() > end or any(v.evaluate(term) for v in violations):
                return False
            asked += 1
            found = self._model(t.and_(violated, term))
            if isinstance(found, Evaluation):
                violations.append(found)
            return found is False and self._model(t.and_(holds, term)) is not False

        singles = [(text, term) for text, term in self.candidates if excludes(term)]
        if singles:
            return singles
        everything = (1 << len(violations)) - 1
        masks = [sum(1 << i for i, v in enumerate(violations) if not v.evaluate(term)) for _, term in self.candidates]
        pairs: list[tuple[str, Term]] = []
        for i, j in combinations(range(len(masks)), 2):
            if masks[i] | masks[j] == everything:
                (one, first), (other, second) = self.candidates[i], self.candidates[j]
                both = t.and_(first, second)
                if excludes(both):
                    pairs.append((f"{_bracketed(one)} && {_bracketed(other)}", both))
        return pairs

    def _model(self, formula: Term) -> Evaluation | bool:
        """An input that satisfies `formula`; False if there is none, True if that isn't known."""
        flat = flatten((formula,))
        if t.FALSE in flat.assertions:
            return False
        solver = self.decider.solver
        solver.push()
        try:
            solver.add(flat.assertions)
            answer = solver.check((), self.timeout)
        finally:
            solver.pop()
        if isinstance(answer, Model):
            return Evaluation(answer.values, flat)
        return not isinstance(answer, Unsat)

    def _implies(self, premise: Term, conclusion_of: Term, conclusion: Term) -> bool:
        return conclusion_of is conclusion or self._model(t.and_(premise, conclusion_of, t.not_(conclusion))) is False

    def _is_proved(self, claim: Claim, text: str) -> bool:
        try:
            posed = self.subject.pose(claim._replace(assume=(*claim.assume, _expression(text))))
            return isinstance(self.decider.decide(posed).verdict, Proved)
        except InputError:
            return False


def _expression(text: str) -> Expression:
    return Expression(text, Span(Source("hint", text), 0, len(text)))


def _bracketed(text: str) -> str:
    return f"({text})" if "||" in text or "?" in text else text


def _candidates(subject: Subject) -> list[tuple[str, Term]]:
    """The small assumptions that make sense of the inputs, shortest first, none twice in meaning."""
    values = ((n.name, n.value.type) for n in named_inputs(subject))
    named = [(name, type_) for name, type_ in values if isinstance(type_, IntType)]
    constants = _constants(subject)
    texts: dict[str, None] = {}
    for name, type_ in named:
        texts.update(dict.fromkeys((name, f"!{name}")))
        if type_ == BOOL:
            continue
        for constant in constants:
            texts.update(dict.fromkeys((f"{name} & {constant}", f"!({name} & {constant})")))
            texts.update(dict.fromkeys((f"!({name} & ~{constant})", f"{name} == {constant}", f"{name} <= {constant}")))
        if type_.signed:
            texts.update(dict.fromkeys((f"{name} >= 0", f"{name} < 0")))
        for other, its in named:
            if other != name and its == type_:
                texts.update(dict.fromkeys((f"{name} == {other}", f"!({name} & ~{other})", f"{name} <= {other}")))
    for condition in _conditions(subject):
        texts.update(dict.fromkeys((condition, f"!({condition})")))
    found: dict[int, tuple[str, Term]] = {}
    for text in sorted(texts, key=len):
        try:
            term = subject.assumption(_expression(text))
        except InputError:
            continue  # e.g. a condition of the source over its local variables
        if term.op not in ("true", "false"):
            found.setdefault(term.id, (text, term))
    return list(found.values())


def _conditions(subject: Subject) -> list[str]:
    """The conditions of the source, and the assumptions of the claims."""
    spans = [c for o in subject.outcomes.values() for c in o.conditions.values()]
    texts = [" ".join(s.text.split()) for s in spans]
    return [*texts, *(" ".join(a.text.split()) for c in subject.spec.claims for a in c.assume)]


def _constants(subject: Subject) -> list[str]:
    """The names of constants, other than 0, that the claims or the code use; one value may have several."""
    texts = [e.text for c in subject.spec.claims for e in (*c.assume, c.prove)]
    words = dict.fromkeys(w for text in texts for w in _CONSTANT.findall(text))
    words.update(dict.fromkeys(w for w in subject.new.definitions.read if _CONSTANT.fullmatch(w)))
    found: list[str] = []
    for word in words:
        try:
            value = subject.new.types.constant(ast.Ident(word, ast.ANYTHING, subject.new.entry.span))
        except UnsupportedC:
            continue
        if value:
            found.append(word)
    return found
