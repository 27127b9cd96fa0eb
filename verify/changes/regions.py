"""When two versions differ: the inputs, cut into regions.

A region is a conjunction of conditions of the code, under which the versions certainly differ; where it depends on code
that isn't looked into, they may.  The regions are disjoint and leave nothing out: it is proved that outside of them
nothing differs.  Conditions that don't matter are dropped.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from verify.claims.obligations import Posed, Subject, whole_text
from verify.claims.verdict import Counterexample, MayDiffer, Refuted, Replayed, Undecided
from verify.solving.counterexample import foreign_calls, leaf_names, named_inputs
from verify.solving.decide import Decider
from verify.solving.solver import Model, Unknown, Unsat
from verify.source.text import Span
from verify.syntax.ctypes import PointerTo
from verify.terms import term as t
from verify.terms.cases import Cases
from verify.terms.evaluate import Evaluation
from verify.terms.flatten import flatten
from verify.terms.smtlib import readable
from verify.terms.term import Term
from verify.tuples import NamedTuple

if TYPE_CHECKING:
    from verify.replay.confirm import Replayer

_BRACKET_SPACE = re.compile(r"(?<=\() | (?=\))")
_BARE = re.compile(r"^[!(\s]+|[)\s]+$")  # what a condition and its negation don't share
_PATIENCE = 3  # time limits that the search for all regions of a function may take
_FOREIGN = "for some inputs it rests on code that only one version runs, or on what a call returns that only one makes"
MOST_REGIONS = 60
MOST_IN_CASE = 4  # of one value of a switch; if there are more, they are told as one
SOME_WAYS = f"under some further conditions, more than {MOST_IN_CASE} sets of them"


class Region(NamedTuple):
    """`conditions` as text; what differs there; one counterexample in it, if it could be run.

    `certain`: the versions differ for each input in it, whatever calls answer that only one version makes; else `why`
    says what that hangs on.  `compiled`: what compiled code does on the counterexample, if it was asked.
    """

    conditions: tuple[str, ...]
    differing: tuple[str, ...]
    counterexample: Counterexample | None
    literals: tuple[Term, ...]
    certain: bool
    why: str
    compiled: Replayed | None = None


class Map(NamedTuple):
    """All regions.  `complete`: outside of them nothing differs, proved; else `why` not."""

    regions: tuple[Region, ...]
    complete: bool
    why: str


def difference_map(
    subject: Subject, posed: Posed, decider: Decider, replayer: Replayer | None = None, name: str = ""
) -> Map:
    """The regions in which the versions of `subject` differ; `name` is what the files of `replayer` are called."""
    found: list[Region] = []
    finder = _Finder(subject, posed, decider)
    finder.replayer, finder.name = replayer, name
    try:
        for region in finder.regions():
            found.append(region)
            if len(found) == MOST_REGIONS:
                return Map(tuple(found), False, f"there are more than {MOST_REGIONS} regions")
    except _GaveUp as error:
        return Map(tuple(found), False, str(error))
    return Map(tuple(found), True, "")


class _GaveUp(Exception):
    """The solver didn't answer in time."""


class _Finder:
    def __init__(self, subject: Subject, posed: Posed, decider: Decider) -> None:
        self.subject = subject
        self.posed = posed
        self.decider = decider
        self.names = _names(subject, posed)
        self.replayer: Replayer | None = None
        self.name = ""
        self._confirmed = 0
        self.deadline = time.monotonic() + _PATIENCE * decider.timeout
        self.conditions = {name: outcome.conditions for name, outcome in subject.outcomes.items()}
        self._order: dict[int, int] = {}
        for known in self.conditions.values():
            for position, condition in enumerate(known):
                self._order.setdefault(condition, position)

    def regions(self) -> Iterator[Region]:
        cases = Cases.find((*self.posed.hypotheses, self.posed.goal))
        if cases is None:
            yield from self._ordered(self._within((), self.posed.hypotheses, self.posed.goal), MOST_REGIONS)
            return
        for case in cases:
            *hypotheses, goal = case.roots
            if goal is not t.TRUE and t.FALSE not in hypotheses:
                # In the rest, the region's own conditions say what matters of it.
                own = case.holds if case.value is not None else ()
                inside = (*hypotheses, *case.holds)
                found = list(self._ordered(self._within(own, inside, goal), MOST_IN_CASE + 1))
                if len(found) <= MOST_IN_CASE or not own:
                    yield from found
                else:
                    yield found[0]._replace(conditions=(*self._texts(own), SOME_WAYS), literals=own)

    def _ordered(self, regions: Iterator[Region], most: int) -> Iterator[Region]:
        """At most that many of `regions`, in the order in which the code comes to their conditions."""
        found: list[Region] = []
        gave_up: _GaveUp | None = None
        try:
            for region in islice(regions, most):
                found.append(region)
        except _GaveUp as error:
            gave_up = error
        yield from sorted(found, key=lambda region: ([self._rank(x) for x in region.literals], region.conditions))
        if gave_up is not None:
            raise gave_up

    def _check_time(self) -> None:
        if time.monotonic() > self.deadline:
            raise _GaveUp(f"the search for regions was ended after {_PATIENCE * self.decider.timeout:g} s")

    def _within(self, case: tuple[Term, ...], hypotheses: tuple[Term, ...], goal: Term) -> Iterator[Region]:
        """The regions under `hypotheses`; `case` are the conditions that all of them share."""
        target = t.not_(goal)
        while True:
            self._check_time()
            model = self._model((*hypotheses, target))
            if model is None:
                return
            literals = list(justify(target, model).values())
            literals = sorted(self._minimal(literals, hypotheses, target), key=self._rank)
            yield self._region((*case, *literals), (*hypotheses, *literals))
            target = t.and_(target, t.not_(t.and_(*literals)))
            if not literals:
                return

    def _model(self, assertions: tuple[Term, ...]) -> Evaluation | None:
        """An assignment that satisfies the assertions, or None if there is none."""
        flat = flatten(assertions)
        if t.FALSE in flat.assertions:
            return None
        solver = self.decider.solver
        solver.push()
        try:
            solver.add(flat.assertions)
            answer = solver.check((), self.decider.timeout)
        finally:
            solver.pop()
        match answer:
            case Unsat():
                return None
            case Unknown(reason):
                raise _GaveUp(reason)
            case Model(values):
                return Evaluation(values, flat)

    def _minimal(self, literals: list[Term], hypotheses: tuple[Term, ...], target: Term) -> list[Term]:
        """Those of the literals without which the versions need not differ."""
        kept = list(literals)
        for literal in sorted(literals, key=_size, reverse=True):
            self._check_time()
            rest = [k for k in kept if k is not literal]
            if self._model((*hypotheses, *rest, t.not_(target))) is None:
                kept = rest
        return kept

    def _rank(self, literal: Term) -> int:
        """When the code comes to the condition that `literal` is, or negates; what it doesn't have comes last."""
        found = [self._order[x.id] for x in (literal, t.not_(literal)) if x.id in self._order]
        return min(found, default=len(self._order))

    def _region(self, literals: tuple[Term, ...], hypotheses: tuple[Term, ...]) -> Region:
        posed = self.posed._replace(hypotheses=hypotheses, hazards=(), bounds=(), case=literals)
        verdict = self.decider.ask(posed)
        counterexample = verdict.counterexample if isinstance(verdict, Refuted) else None
        compiled: Replayed | None = None
        if self.replayer is not None and counterexample is not None and self.decider.model is not None:
            self._confirmed += 1
            name = f"{self.name}-{self._confirmed}"
            compiled = self.replayer.confirm(self.subject, posed, self.decider.model, name)
        differing = counterexample.failing if counterexample is not None else ()
        certain = counterexample is not None and self._is_certain(literals, hypotheses)
        why = "" if certain else verdict.reason if isinstance(verdict, MayDiffer | Undecided) else _FOREIGN
        return Region(self._texts(literals), differing, counterexample, literals, certain, why, compiled)

    def _is_certain(self, literals: tuple[Term, ...], hypotheses: tuple[Term, ...]) -> bool:
        """True iff nothing under `hypotheses` rests on code or an answer that only one version knows.

        Answers that the literals don't speak of may be any: the versions differ with all of them.
        """
        foreign = t.or_(*foreign_calls(self.subject, literals))
        return foreign is t.FALSE or self._model((*hypotheses, foreign)) is None

    def _texts(self, literals: Sequence[Term]) -> tuple[str, ...]:
        """The conditions as the source has them, or in C's manner; where two have one text, with their places."""
        found = [self._text(literal) for literal in literals]
        texts = Counter(_BARE.sub("", text) for text, _, _ in found)
        return tuple(
            (f"!({text})" if negated else text) + (where if texts[_BARE.sub("", text)] > 1 else "")
            for text, negated, where in found
        )

    def _text(self, literal: Term) -> tuple[str, bool, str]:
        """A condition's text, whether it is negated, and where the code has it."""
        for term, negated in ((literal, False), (t.not_(literal), True)):
            origins = {name: known[term.id] for name, known in self.conditions.items() if term.id in known}
            if origins:
                (origin, *_) = origins.values()
                text = " ".join((origin if isinstance(origin, str) else whole_text(origin)).split())
                return _BRACKET_SPACE.sub("", text), negated, self._where(origins)
        (named,) = t.substitute((literal,), self.names)
        return readable(named), False, ""

    def _where(self, origins: Mapping[str, str | Span]) -> str:
        """ " (line 7 of the old version)"; where all versions have a condition in the same line, no more than that."""
        lines = {name: span.line for name, span in origins.items() if isinstance(span, Span)}
        if not lines:
            return ""
        if len(lines) == len(self.conditions) and len(set(lines.values())) == 1:
            return f" (line {min(lines.values())})"
        return f" ({', '.join(f'line {line} of the {name} version' for name, line in lines.items())})"


def justify(root: Term, model: Evaluation) -> dict[int, Term]:
    """Literals that hold in `model` and together make `root` true."""
    found: dict[int, Term] = {}
    stack: list[tuple[Term, bool]] = [(root, True)]
    while stack:
        term, value = stack.pop()
        match term.op:
            case "true" | "false":
                continue
            case "not":
                stack.append((term.args[0], not value))
            case "and" | "or":
                if (term.op == "and") == value:
                    stack.extend((a, value) for a in term.args)
                else:
                    deciding = [a for a in term.args if bool(model.evaluate(a)) == value]
                    stack.append((min(deciding, key=_size), value))
            case "ite":
                condition = bool(model.evaluate(term.args[0]))
                stack.append((term.args[0], condition))
                stack.append((term.args[1 if condition else 2], value))
            case "=" if term.args[0].sort == t.BOOL:
                stack.extend((a, bool(model.evaluate(a))) for a in term.args)
            case "=" | "bvult" | "bvslt":
                args: list[Term] = []
                for argument in term.args:
                    while argument.op == "ite":
                        condition = bool(model.evaluate(argument.args[0]))
                        stack.append((argument.args[0], condition))
                        argument = argument.args[1 if condition else 2]
                    args.append(argument)
                atom = t.rebuild(term, tuple(args))
                if atom is not term:
                    stack.append((atom, value))
                else:
                    _note(found, term, value)
            case _:
                _note(found, term, value)
    return found


def _note(found: dict[int, Term], atom: Term, value: bool) -> None:
    literal = atom if value else t.not_(atom)
    found[literal.id] = literal


_sizes: dict[int, int] = t.kept({})


def _size(term: Term) -> int:
    if term.id not in _sizes:
        _sizes[term.id] = sum(1 for _ in t.postorder((term,)))
    return _sizes[term.id]


def _names(subject: Subject, posed: Posed) -> dict[int, Term]:
    """Variables with the names that a reader knows, by the ids of what they stand for."""
    named = named_inputs(subject)
    pointers = {n.value.term.id: n.name for n in named if n.value.term is not None}
    reads = [part for part in t.postorder(_everything(posed)) if part.op == "read"]
    called = leaf_names(subject, reads, pointers)
    names = Counter(called.values())
    # What two calls return isn't one variable: `x == x` would say nothing.
    found = {part.id: t.var(called[part.id], part.sort) for part in reads if names[called[part.id]] == 1}
    for one in named:
        if one.value.term is not None and not isinstance(one.value.type, PointerTo):
            found[one.value.term.id] = t.var(one.name, one.value.term.sort)
    return found


def _everything(posed: Posed) -> Sequence[Term]:
    parts: Iterable[Term] = (p.equal for p in posed.parts)
    return (*posed.hypotheses, posed.goal, *parts)
