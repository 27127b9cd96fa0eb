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
from typing import TYPE_CHECKING

from verify.claims.obligations import Posed, Subject
from verify.claims.spec import Expression
from verify.claims.verdict import Counterexample, MayDiffer, Refuted, Replayed, Undecided, Verdict
from verify.errors import InputError, InternalError
from verify.execution.state import PADDING, Label, bracketed
from verify.execution.tolerant import changed_names
from verify.solving.counterexample import foreign_calls, leaf_names, named_inputs
from verify.solving.decide import Decider
from verify.solving.doubts import may_be_aimed
from verify.solving.solver import Model, Unknown, Unsat
from verify.source.text import Source, Span
from verify.syntax.ctypes import PointerTo
from verify.syntax.generated import arguments_of
from verify.syntax.lexer import canonical, names_in, whole_text
from verify.syntax.lookup import OF_IDIOMS
from verify.terms import term as t
from verify.terms.cases import Cases
from verify.terms.evaluate import Evaluation
from verify.terms.flatten import flatten
from verify.terms.smtlib import Texts, readable
from verify.terms.term import Term
from verify.terms.worlds import tells_of_widths
from verify.tuples import NamedTuple

if TYPE_CHECKING:
    from verify.replay.confirm import Replayer

_BRACKET_SPACE = re.compile(r"(?<=\() | (?=\))")
_PLAIN_WORD = re.compile(r"(?<![\w.])(?<!->)(?<!-> )[A-Za-z_]\w*")
_BARE = re.compile(r"^[!(\s]+|[)\s]+$")  # what a condition and its negation don't share
_PATIENCE = 3  # time limits that the search for all regions of a function may take
_FOREIGN = "for some inputs it rests on code that only one version runs, or on what a call returns that only one makes"
_DOUBTED = "for some inputs it rests on what can't be known, or isn't compared"
MOST_REGIONS = 40
MOST_IN_CASE = 4  # of one value of a switch; if there are more, they are told as one
_MOST_LISTED = 12  # values and ranges of values, in a condition
_SOME_WAYS = f"under some further conditions, more than {MOST_IN_CASE} sets of them"


class Region(NamedTuple):
    """`conditions` as text; what differs there; one counterexample in it, if it could be run.

    `certain`: the versions differ for each input in it, whatever calls answer that only one version makes; else `why`
    says what that hangs on.  `compiled`: what compiled code does on the counterexample, if it was asked.  `exact`: the
    conditions tell all inputs of it; else there are others that they don't tell.
    """

    conditions: tuple[str, ...]
    differing: tuple[str, ...]
    counterexample: Counterexample | None
    literals: tuple[Term, ...]
    certain: bool
    why: str
    compiled: Replayed | None = None
    exact: bool = True


class Map(NamedTuple):
    """All regions.  `complete`: outside of them nothing differs, proved if what is `given` holds; else `why` not."""

    regions: tuple[Region, ...]
    complete: bool
    why: str
    given: tuple[str, ...] = ()

    @property
    def outside(self) -> Term:
        """When an input is in no region, as far as regions say exactly which inputs are in them."""
        exact = (region for region in self.regions if region.exact)
        return t.not_(t.or_(*(t.and_(*region.literals) for region in exact)))


def difference_map(
    subject: Subject, posed: Posed, decider: Decider, replayer: Replayer | None = None, name: str = ""
) -> Map:
    """The regions in which the versions of `subject` differ, the certain ones first.

    `name` is what the files of `replayer` are called.
    """
    found: list[Region] = []
    why = ""
    finder = _Finder(subject, posed, decider)
    finder.replayer, finder.name = replayer, name
    try:
        for region in finder.regions():
            found.append(region)
            if len(found) == MOST_REGIONS:
                why = f"there are more than {MOST_REGIONS} regions"
                break
    except _GaveUp as error:
        why = str(error)
    return Map(tuple(sorted(found, key=lambda region: not region.certain)), not why, why)


class _GaveUp(Exception):
    """The solver didn't answer in time."""


class _Text(NamedTuple):
    """A condition as the source has it.  `is_later`: it isn't about the values on entry, so `where` has to be told."""

    text: str
    negated: bool
    where: str
    is_later: bool


class _Finder:
    def __init__(self, subject: Subject, posed: Posed, decider: Decider) -> None:
        self.subject = subject
        self.posed = posed
        self.decider = decider
        self.names = _names(subject, posed)
        self._told_as = Texts()
        self.replayer: Replayer | None = None
        self.name = ""
        self._confirmed = 0
        self.deadline = time.monotonic() + _PATIENCE * decider.timeout
        self.conditions = {name: outcome.conditions for name, outcome in subject.outcomes.items()}
        self._order: dict[int, int] = {}
        self._asked_first: dict[int, tuple[Term, ...]] = {}  # conditions of goals, by the goals' ids
        self._meanings: dict[str, dict[str, dict[int, int]]] = {}  # of conditions' texts in each version, with lines
        self._none: dict[int, _Text] = {}  # the text of the literal that no case of a switch holds
        for known in self.conditions.values():
            for position, condition in enumerate(known):
                self._order.setdefault(condition, position)

    def regions(self) -> Iterator[Region]:
        cases = Cases.find((*self.posed.hypotheses, self.posed.goal))
        if cases is None:
            yield from self._told((), self.posed.hypotheses, self.posed.goal, MOST_REGIONS)
            return
        for case in cases:
            *hypotheses, goal = case.roots
            if goal is not t.TRUE and t.FALSE not in hypotheses:
                inside = (*hypotheses, *case.holds)
                if case.value is not None:
                    yield from self._told(case.holds, inside, goal, MOST_IN_CASE)
                else:
                    none = t.and_(*case.holds)
                    self._none[none.id] = self._none_of(cases, case.holds)
                    yield from self._told((none,), inside, goal, MOST_REGIONS)

    def _none_of(self, cases: Cases, holds: tuple[Term, ...]) -> _Text:
        """That what a switch is over has none of the values that are looked at apart."""
        runs: list[tuple[int, int]] = []
        for value in cases.constants:
            first = runs.pop()[0] if runs and runs[-1][1] == value - 1 else value
            runs.append((first, value))
        listed = ", ".join(f"{first}" if first == last else f"{first} ... {last}" for first, last in runs)
        what = listed if len(runs) <= _MOST_LISTED else f"the {len(cases.constants)} values that are told apart"
        for test in map(t.not_, holds):
            origins = {name: known[test.id] for name, known in self.conditions.items() if test.id in known}
            for version, origin in origins.items():
                if isinstance(origin, Label):
                    is_later = self._is_ambiguous(_in_words(origin)) or self._is_later(version, origin, test)
                    text = f"{bracketed(origin.value)} is none of {what}"
                    return _Text(text, False, self._where(origins), is_later)
        (named,) = t.substitute((cases.scrutinee,), self.names)
        return _Text(f"{readable(named, self._told_as)} is none of {what}", False, "", False)

    def _told(self, case: tuple[Term, ...], hypotheses: tuple[Term, ...], goal: Term, most: int) -> Iterator[Region]:
        """The regions of one case, in the order in which the code comes to their conditions.

        If there are more than `most` of one value, they are told as one; of all others, one more than that is told.
        """
        found: list[tuple[Term, ...]] = []
        gave_up: _GaveUp | None = None
        try:
            with _Scope(self.decider, hypotheses, goal) as scope:
                while len(found) <= most and (own := self._next(scope)) is not None:
                    found.append(own)
        except _GaveUp as error:
            gave_up = error
        in_order = sorted(found, key=lambda own: ([self._rank(x) for x in (*case, *own)], self._texts((*case, *own))))
        if len(found) > most and case and case[0].id not in self._none:
            region = self._region((*case, *in_order[0]), (*hypotheses, *in_order[0]), goal)
            told = (*self._texts(case), _SOME_WAYS)
            yield region._replace(conditions=told, literals=case, exact=False)
        else:
            for own in in_order:
                yield self._region((*self._needed(case, own), *own), (*hypotheses, *own), goal)
        if gave_up is not None:
            raise gave_up

    def _needed(self, case: tuple[Term, ...], own: tuple[Term, ...]) -> tuple[Term, ...]:
        """The literals of `case`; that none of a switch's cases holds is left out where `own` say so."""
        if not case or case[0].id not in self._none:
            return case
        with _Scope(self.decider, (*self.posed.hypotheses, *own), case[0]) as scope:
            return () if scope.differing() is None else case

    def _check_time(self) -> None:
        if time.monotonic() > self.deadline:
            raise _GaveUp(f"the search for regions was ended after {_PATIENCE * self.decider.timeout:g} s")

    def _next(self, scope: _Scope) -> tuple[Term, ...] | None:
        """The literals of one more region of `scope`, which is left out of it from now on; None if there is none."""
        self._check_time()
        model = scope.differing()
        if model is None:
            return None
        on_entry = [c if model.evaluate(c) else t.not_(c) for c in self._on_entry(scope.goal)]
        if on_entry and scope.always_differs(on_entry):
            kept = self._needed_of(scope, sorted(on_entry, key=self._rank, reverse=True))
        else:
            found = justify(scope.target, model).values()
            kept = self._needed_of(scope, sorted(found, key=_size, reverse=True))
        literals = tuple(sorted(kept, key=self._rank))
        scope.leave_out(literals)
        return literals

    def _needed_of(self, scope: _Scope, literals: list[Term]) -> list[Term]:
        """Those of the `literals` without which the versions don't always differ, the first left out if it may be.

        They are left out by the half as long as that goes, so that many cost few questions.
        """
        needed: list[Term] = []
        waiting = [literals]
        while waiting:
            self._check_time()
            part = waiting.pop(0)
            others = [*needed, *(literal for left in waiting for literal in left)]
            if not part or scope.always_differs(others):
                continue
            if len(part) == 1:
                needed += part
            else:
                waiting[:0] = [part[: len(part) // 2], part[len(part) // 2 :]]
        return needed

    def _on_entry(self, goal: Term) -> tuple[Term, ...]:
        """The conditions in `goal` that the code asks before it has called anything: they tell what it is given."""
        if goal.id not in self._asked_first:
            called: set[int] = set()
            found: list[Term] = []
            for part in t.postorder((goal,)):
                if part.op == "step" or any(a.id in called for a in part.args):
                    called.add(part.id)
                elif part.id in self._order and part.args:
                    found.append(part)
            self._asked_first[goal.id] = tuple(found)
        return self._asked_first[goal.id]

    def _rank(self, literal: Term) -> int:
        """When the code comes to the condition that `literal` is, or negates; what it doesn't have comes last."""
        found = [self._order[x.id] for x in (literal, t.not_(literal)) if x.id in self._order]
        return min(found, default=len(self._order))

    def _region(self, literals: tuple[Term, ...], hypotheses: tuple[Term, ...], goal: Term) -> Region:
        posed = self.posed._replace(hypotheses=hypotheses, goal=goal, hazards=(), bounds=(), case=literals)
        sure = self._is_certain(literals, hypotheses)
        verdict = self._asked(posed, quick=not sure)
        if not sure and isinstance(verdict, Refuted):
            verdict = self._asked(posed, quick=False)
        counterexample = verdict.counterexample if isinstance(verdict, Refuted) else None
        compiled: Replayed | None = None
        if self.replayer is not None and counterexample is not None and self.decider.model is not None:
            self._confirmed += 1
            name = f"{self.name}-{self._confirmed}"
            compiled = self.replayer.confirm(self.subject, posed, self.decider.model, name)
        differing = counterexample.failing if counterexample is not None else ()
        certain = counterexample is not None and sure and not self.decider.doubted
        unsure = verdict.reason if isinstance(verdict, MayDiffer | Undecided) else _FOREIGN if not sure else _DOUBTED
        why = "" if certain else unsure
        return Region(self._texts(literals), differing, counterexample, literals, certain, why, compiled)

    def _asked(self, posed: Posed, quick: bool) -> Verdict:
        """The verdict within one region; `quick`: any counterexample will do."""
        self.decider.quick = quick
        try:
            return self.decider.ask(posed)
        except InternalError as error:  # of one region; the others may well be told
            return Undecided(f"the two evaluators disagree: {error}")
        finally:
            self.decider.quick = False

    def _is_certain(self, literals: tuple[Term, ...], hypotheses: tuple[Term, ...]) -> bool:
        """True iff nothing under `hypotheses` rests on code or an answer that only one version knows.

        Answers that the literals don't speak of may be any: the versions differ with all of them.  Nor may what one
        version calls through a pointer be a function whose code the other runs, or all that differs be padding.
        """
        types = [version.types for version in self.subject.versions.values()]
        doubtful = [*foreign_calls(self.subject, literals), *may_be_aimed(self.subject.outcomes.values(), types)]
        told = [part.equal for part in self.posed.parts if not part.text.endswith(PADDING)]
        if len(told) < len(self.posed.parts):
            doubtful.append(t.and_(*told))
        doubt = t.or_(*doubtful)
        if doubt is t.FALSE:
            return True
        with _Scope(self.decider, hypotheses, t.not_(doubt)) as scope:
            return scope.differing() is None

    def _texts(self, literals: Sequence[Term]) -> tuple[str, ...]:
        """The conditions as the source has them, or in C's manner; where two have one text, with their places."""
        asked = [x for x in literals if not tells_of_widths(x) and not tells_of_widths(t.not_(x))]  # `why` says that
        found = [self._text(literal) for literal in asked]
        texts = Counter(_BARE.sub("", told.text) for told in found)
        return tuple(
            (f"!({one.text})" if one.negated else one.text)
            + (one.where if one.is_later or texts[_BARE.sub("", one.text)] > 1 else "")
            for one in found
        )

    def _text(self, literal: Term) -> _Text:
        """A condition's text, and where the code has it."""
        if literal.id in self._none:
            return self._none[literal.id]
        for term, negated in ((literal, False), (t.not_(literal), True)):
            origins = {name: known[term.id] for name, known in self.conditions.items() if term.id in known}
            if origins:
                ((version, origin), *_) = origins.items()
                text = _in_words(origin)
                if OF_IDIOMS in text:
                    continue
                is_later = self._is_ambiguous(text) or self._is_later(version, origin, term)
                return _Text(_BRACKET_SPACE.sub("", text), negated, self._where(origins), is_later)
        (named,) = t.substitute((literal,), self.names)
        return _Text(readable(named, self._told_as), False, "", False)

    def _is_ambiguous(self, text: str) -> bool:
        """True if conditions with this text, of two versions or at several places of one, aren't all the same."""
        if not self._meanings:
            for version, known in self.conditions.items():
                for condition, origin in known.items():
                    lines = self._meanings.setdefault(_in_words(origin), {}).setdefault(version, {})
                    lines[condition] = _place(origin).line
        found = list(self._meanings[text].values())
        return any(one.keys() != found[0].keys() or len(set(one.values())) > 1 for one in found)

    def _is_later(self, version: str, condition: Label | Span, term: Term) -> bool:
        """True if what a condition names may be another value than on entry, or another variable."""
        text = _in_words(condition)
        try:
            return self.subject.assumption(Expression(text, Span(Source("condition", text), 0, len(text)))) is not term
        except InputError:  # e.g. a local variable's name
            pass
        entry, definitions = self.subject.versions[version].entry, self.subject.versions[version].definitions
        words = frozenset(_PLAIN_WORD.findall(text))
        named = [p.name for p in entry.params if p.name is not None and p.name in words]
        use, body = _place(condition).use, canonical(entry.body.span.text)
        if not changed_names(body).isdisjoint(named):
            return True
        if not named:
            return False
        if use.source is entry.span.source and entry.span.start <= use.start < entry.span.end:
            return False
        for function in (f for name in names_in(body) if (f := definitions.function_in(name, use)) is not None):
            own = [p.name for p in function.params]
            passed = [arguments_of(body, call.end())[0] for call in re.finditer(rf"\b{function.name} \(", body)]
            if all(n in own and all(len(a) > own.index(n) and a[own.index(n)] == n for a in passed) for n in named):
                return not changed_names(canonical(function.body.span.text)).isdisjoint(named)
        return True

    def _where(self, origins: Mapping[str, Label | Span]) -> str:
        """ " (line 7 of the old version)"; where all versions have a condition in the same line, no more than that."""
        lines = {name: _place(origin).line for name, origin in origins.items()}
        if len(lines) == len(self.conditions) and len(set(lines.values())) == 1:
            return f" (line {min(lines.values())})"
        return f" ({', '.join(f'line {line} of the {name} version' for name, line in lines.items())})"


def _in_words(origin: Label | Span) -> str:
    """A condition's text, on one line."""
    return origin.text if isinstance(origin, Label) else whole_text(origin)


def _place(origin: Label | Span) -> Span:
    """Where the code asks a condition."""
    return origin.label.span if isinstance(origin, Label) else origin


class _Scope:
    """Questions about one goal under `hypotheses`, which the solver is told once; it raises `_GaveUp`.

    `target`: the goal is false, and no region that was left out holds.
    """

    def __init__(self, decider: Decider, hypotheses: tuple[Term, ...], goal: Term) -> None:
        self.goal = goal
        self.target = t.not_(goal)
        self._solver = decider.solver
        self._timeout = decider.timeout
        self._differs = t.var("the versions differ", t.BOOL)
        self._flat = flatten((*hypotheses, t.eq(self._differs, self.target)))

    def __enter__(self) -> _Scope:
        self._solver.push()
        self._solver.add(self._flat.assertions)
        return self

    def __exit__(self, *_: object) -> None:
        self._solver.pop()

    def differing(self) -> Evaluation | None:
        """An input for which the target holds, or None if there is none."""
        model = self._answer((self._differs,))
        return None if model is None else Evaluation(model.values, self._flat)

    def always_differs(self, literals: Sequence[Term]) -> bool:
        """True iff the target holds wherever `literals` do."""
        return self._answer((*t.substitute(tuple(literals), self._flat.variables), t.not_(self._differs))) is None

    def leave_out(self, region: Sequence[Term]) -> None:
        """From now on, the target is false in `region`."""
        outside = t.not_(t.and_(*region))
        differs = t.var(f"{self._differs.value} outside of it", t.BOOL)
        (told,) = t.substitute((outside,), self._flat.variables)
        self._solver.add((t.eq(differs, t.and_(self._differs, told)),))
        self.target = t.and_(self.target, outside)
        self._differs = differs

    def _answer(self, assumptions: tuple[Term, ...]) -> Model | None:
        match self._solver.check(assumptions, self._timeout):
            case Unsat():
                return None
            case Unknown(reason):
                raise _GaveUp(reason)
            case Model() as model:
                return model


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
