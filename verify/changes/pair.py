"""Two versions of one file, and the comparison of its functions.

A comparison asks first whether the two functions do the same if all that both versions define alike is stepped over;
that is quick, and enough for most.  Only if they don't, calls are looked into.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from itertools import product
from typing import TYPE_CHECKING

from verify.changes.entries import refuse_goto_backwards, with_copies
from verify.changes.primitives import CALLS, PRIMITIVES
from verify.changes.regions import Map, difference_map
from verify.changes.renames import Names, exchanged
from verify.changes.unseen import unseen
from verify.claims.likeness import Likeness, Meanings
from verify.claims.obligations import Posed, Subject
from verify.claims.sides import CALLERS
from verify.claims.spec import CallSpec, Claim, Code, Expression, Spec
from verify.claims.verdict import Counterexample, MayDiffer, Proved, Refuted, Replayed, Undecided, Vacuous, Verdict
from verify.claims.versions import Version
from verify.claims.words import ALTHOUGH, shown_list
from verify.deadline import Overtime, clock, deadline
from verify.errors import InputError, InternalError, SpecError, UnsupportedC
from verify.execution.state import Hazard, NullTest
from verify.execution.tolerant import LOOP
from verify.solving.decide import Decider
from verify.solving.followed import followed_anew
from verify.source.text import Source, Span
from verify.source.tree import Files, Renamed, Surroundings
from verify.syntax import ast
from verify.syntax.conditions import builtin_symbol, configured, overridden, truth, undecided_symbols
from verify.syntax.definitions import Definitions
from verify.syntax.index import FileIndex
from verify.syntax.lexer import canonical
from verify.syntax.types import Types
from verify.terms import term as t
from verify.terms.term import Term
from verify.tuples import NamedTuple

if TYPE_CHECKING:
    from verify.replay.confirm import Replayer

_CLAIM = "same(old, new)"
_DEPTHS = ("by name", "near", "modular", "deep", "shallow")
_SOON = ("by name", "near")  # depths that tell soon: of other names, other CONFIG symbols and callees that differ
_COARSE = ("by name", "shallow")  # what they find is no answer that a person would want, if "near" has one
_LONGEST_CALLEE = 600  # characters, comments not counted
_PROOFS = 0.1  # time limits that this may take
_OVERTIME = "deciding it takes more than"
_LOOPS = "unrolled"  # tried where a loop is in the way; it can only tell that the versions differ
SAME, ASSUMING, CHANGED, MAY, UNKNOWN, UNSUPPORTED = (
    "same", "same under assumptions", "changed", "may differ", "unknown", "unsupported",
)  # fmt: skip


_TELLING = (
    "near",
    "modular",
    "deep",
    "by name",
    "shallow",
    _LOOPS,
)  # of two depths with one verdict, the one that says why best
_WORDS = (SAME, ASSUMING, CHANGED, MAY, UNKNOWN, UNSUPPORTED)  # the first that any depth arrives at counts
_MORE = 0.1  # of the time limit is spent on looking whether the versions are the same after all
_MORE_FOR_PEOPLE = 0.3  # the same where a coarse depth found them to differ: a person wants to know exactly when
_MOST_SYMBOLS = 2  # of a function's own `#if`s whose values are tried
_STUCK = 0.1  # time limits after which two refusals, for whatever reasons, are enough
_WORK = 2  # time limits that execution, formulas and all questions to the solver may take at all depths, for people
_WORK_OF_MANY = 1  # the same where people look at the verdict only
_ASIDE = {"modular": 0.15, "deep": 0.08, "shallow": 0.06}  # the same at depths that may be far too deep
_AGREEING = 2  # depths that find the versions to differ are enough where people look at the verdict only
_UNROLLED = 0.4  # of a time limit is spent on a few iterations of a loop that is in the way
_CASES = 2  # time limits that trying them may take
_OPEN = (MAY, UNKNOWN, UNSUPPORTED)
_IN_DOUBT = re.compile(
    r"`(\w+)` (?:has several definitions|is defined only under)|only the (?:old|new) version has (\w+)\(\)"
)
_CHANGED_COUNTS = len(_WORDS)  # of several definitions, one that changed tells most


_Attempt = tuple[str, tuple[str, ...], Counterexample | None]
_Found = tuple[str, tuple[str, ...], Counterexample | None, str]


class Basis(NamedTuple):
    """What a verdict was found on: the depth; the condition that the function is defined under, if it has several
    definitions; the CONFIG symbols that were decided; and the names of the old version that were exchanged.
    """

    depth: str
    condition: str | None = None
    config: tuple[tuple[str, str], ...] = ()
    names: tuple[tuple[str, str], ...] = ()


class Comparison(NamedTuple):
    """What became of one function.

    `verdict` is one of the six words; `reasons` say what a "same" rests on, or why there is no other verdict.
    `config`: the CONFIG symbols that it took to be set or not to find the verdict "changed".  `cause`: why a function
    whose own text is the same was compared.  `bases`: what a "same" was found on, of which each is the same.
    """

    path: str
    function: str
    verdict: str
    reasons: tuple[str, ...]
    counterexample: Counterexample | None
    seconds: float
    depth: str = ""
    config: tuple[tuple[str, str], ...] = ()
    cause: str = ""
    bases: tuple[Basis, ...] = ()


class Pair:
    """One file in an old and a new version.  What is read and parsed is kept for all its functions."""

    def __init__(
        self,
        old: Files,
        new: Files,
        old_path: str,
        new_path: str,
        config: Mapping[str, bool],
        solver: str = "z3",
        careful: bool = True,
        like: Pair | None = None,
    ) -> None:
        """`like`: a pair with the same new files and configuration, whose reading of them serves here, too."""
        self.path = new_path
        self.careful = careful  # counterexamples are for people; else any will do, and verdicts come sooner
        self.config = config
        self.solver = solver
        self.old = _read(old, old_path, config)
        self.new: Definitions = _read(new, new_path, config) if like is None else like.new
        self.types: tuple[Types, Types] = (Types(self.old), Types(self.new) if like is None else like.types[1])
        self.files = old, new
        self.paths = old_path, new_path
        sides = (self.old, self.new)
        own = {name for name in CALLS if any(d.defines_own(name) or d.declares_otherwise(name) for d in sides)}
        self.calls = {name: rule for name, rule in CALLS.items() if name not in own}
        self.likeness = Likeness(Meanings(self.types[0], PRIMITIVES), Meanings(self.types[1], PRIMITIVES))
        self._proved: dict[str, bool] = {}  # functions that were compared because others call them: whether "same"
        self._proving = Likeness(self.likeness.old, self.likeness.new, proved=self._is_proved)
        self._proofs_end = 0.0  # the time when no more of them are compared
        self.differing: frozenset[str] = frozenset()  # functions that are known not to be the same
        self._assumed: dict[str, tuple[str, ...]] = {}  # of differences that aren't executed, for each function
        self._cases: dict[tuple[tuple[str, str], ...], Pair] = {}
        self._renamed: dict[tuple[tuple[str, str], ...], tuple[Renamed, Pair]] = {}
        self._subjects: dict[tuple[str, str, str | None], Subject] = {}  # of the function that was compared last

    @property
    def indexes(self) -> tuple[FileIndex, FileIndex]:
        """What the file itself defines, in each version."""
        return self.files[0].index(self.paths[0]), self.files[1].index(self.paths[1])

    def functions(self) -> list[str]:
        """The functions that both versions of the file define, in the order of the new text."""
        one, other = self.indexes
        return [name for name in other.functions if name in one.functions]

    def alone(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The functions that only the old version of the file defines, and those that only the new one does."""
        one, other = (index.functions for index in self.indexes)
        return tuple(n for n in one if n not in other), tuple(n for n in other if n not in one)

    def text_changed(self, name: str) -> bool:
        """True iff the function's own text differs by more than space and comments."""
        return text_changed(self.indexes, name)

    def used_change(self, name: str) -> str:
        """What differs of all that a function uses whose own text is the same, with its values if it is a constant; ""
        if nothing does.
        """
        culprit = self.likeness.culprit(name)
        items = self.indexes[1].functions.get(name, ())
        if not culprit:
            return self.likeness.measured_record("\n".join(i.span.text for i in items))
        values = [_value(types, culprit, items[0].span) for types in self.types] if items else []
        known = values and None not in values and values[0] != values[1]
        return f"{culprit} ({values[0]}, now {values[1]})" if known else culprit

    def doubt(self, names: frozenset[str]) -> None:
        """From now on no comparison takes the functions `names` to do the same: calls of them are looked into."""
        if names != self.differing:
            self.differing = names
            self._subjects.clear()
            self._cases.clear()
            self._renamed.clear()
            self._proved.clear()
            self._proving = Likeness(self.likeness.old, self.likeness.new, proved=self._is_proved)

    def forget(self) -> None:
        """Drops all terms, of other subjects, too: then no model depends on what was compared before."""
        self._drop()
        t.forget()

    def _drop(self) -> None:
        self._subjects.clear()
        for pair in (*self._cases.values(), *(pair for _, pair in self._renamed.values())):
            pair._drop()

    def compare(self, name: str, timeout: float) -> Comparison:
        """The verdict on the function `name`; never raises for what the code holds."""
        started = time.perf_counter()
        found = self._compare_whole(name, timeout)
        symbols = self._symbols(found) if found.verdict in _OPEN else []
        if 0 < len(symbols) <= _MOST_SYMBOLS:
            found = self._compare_cases(found, symbols, timeout, clock() + _CASES * timeout)
        if found.verdict != SAME and self.text_changed(name):
            found = self._compare_renamed(found, timeout)
        return found._replace(seconds=time.perf_counter() - started)

    def _compare_renamed(self, found: Comparison, timeout: float) -> Comparison:
        """What is found if names of the old version are taken for those that stand in their places in the new one."""
        one, other = ("\n".join(i.span.text for i in index.functions[found.function]) for index in self.indexes)
        sides = zip(self._sides(), (self.old, self.new), strict=True)
        known = (Names(partial(_occurs, files, path), partial(_is_known, own)) for (files, path), own in sides)
        names = exchanged(one, other, *known)
        if not names:
            return found
        only_names = [names.get(token, token) for token in canonical(one).split(" ")] == canonical(other).split(" ")
        if not only_names and not self.careful:
            if found.verdict == ASSUMING:
                return found
            timeout *= _MORE
        key = tuple(sorted(names.items()))
        files, pair = self._with_names(key)
        depths = _SOON if only_names or found.verdict != CHANGED else _SOON[:1]  # by name, the second seldom helps
        renamed = pair._compare_whole(found.function, timeout, depths)
        if (
            files.clash
            or renamed.verdict not in (SAME, ASSUMING)
            or any(map(_speaks_against(names.values()), renamed.reasons))
        ):
            return found  # it is more than names, or taken for it
        reasons = (*(f"`{was}` was renamed to `{now}`" for was, now in names.items()), *renamed.reasons)
        bases = tuple(b._replace(names=key) for b in renamed.bases)
        return renamed._replace(verdict=ASSUMING, reasons=reasons, bases=bases)

    def _with_names(self, names: tuple[tuple[str, str], ...]) -> tuple[Renamed, Pair]:
        """The same files with other names in the old version."""
        if names not in self._renamed:
            now = dict(names)
            old = self.files[0].renamed(now)
            pair = Pair(old, self.files[1], *self.paths, self.config, self.solver, careful=False, like=self)
            pair.differing = self.differing | {now.get(n, n) for n in self.differing}
            self._renamed[names] = old, pair
        return self._renamed[names]

    def posed(self, function: str, basis: Basis) -> tuple[Subject, Posed]:
        """The versions, executed as a verdict on `basis` saw them, and the claim that they do the same."""
        pair = self._with_names(basis.names)[1] if basis.names else self
        pair = pair._under(basis.config) if basis.config else pair
        subject = pair.subject(function, basis.depth, basis.condition)
        return subject, subject.pose(subject.spec.claims[0])

    def _sides(self) -> tuple[tuple[Files, str], tuple[Files, str]]:
        return (self.files[0], self.paths[0]), (self.files[1], self.paths[1])

    def _symbols(self, found: Comparison) -> list[str]:
        """The CONFIG symbols that would decide the function's own `#if`s and the definition that is in doubt.

        That is one of the function itself if the versions define it under different conditions.
        """
        sides = tuple(zip((self.old, self.new), self.indexes, strict=True))
        items = [(side, i) for side, index in sides for i in index.functions[found.function]]
        texts = [f"{i.span.text}\n{side.included_in(i)}" for side, i in items]
        symbols = [s for text in texts for s in undecided_symbols(text, self.config)]
        if len(items) > len(sides) and not self._conditions(found.function):
            symbols += [s for side, _ in sides for s in side.symbols_of(found.function)]
        if not symbols:
            for defined, called in _IN_DOUBT.findall(found.reasons[0] if found.reasons else ""):
                symbols += [s for side in (self.old, self.new) for s in side.symbols_of(defined or called)]
        return list(dict.fromkeys(builtin_symbol(s) or s for s in symbols))

    def _under(self, case: tuple[tuple[str, str], ...]) -> Pair:
        """The same files with some CONFIG symbols decided: y, m or n."""
        if case not in self._cases:
            config = dict(self.config)
            for symbol, value in case:
                config = overridden(config, configured(symbol, value))
            self._cases[case] = Pair(*self.files, *self.paths, config, self.solver, self.careful)
            self._cases[case].differing = self.differing
        return self._cases[case]

    def _compare_cases(self, whole: Comparison, symbols: list[str], timeout: float, deadline: float) -> Comparison:
        """The verdict by each value of the symbols, and of those that still are in doubt; without one, the most telling
        of what was found.
        """
        found: list[Comparison] = []
        for values in product("ynm", repeat=len(symbols)):
            if clock() > deadline:
                return whole
            case = tuple(zip(symbols, values, strict=True))
            pair = self._under(case)
            depths = _DEPTHS if all(one.verdict not in _OPEN for one in found) else _SOON
            one = pair._compare_whole(whole.function, timeout, depths)
            one = one._replace(bases=tuple(b._replace(config=case) for b in one.bases))
            more = pair._symbols(one) if one.verdict in _OPEN else []
            if 0 < len(more) <= _MOST_SYMBOLS - len(symbols):
                return self._compare_cases(whole, [*symbols, *more], timeout, deadline)
            as_before = [known for known in found if known.reasons[:1] == one.reasons[:1]]
            if one.verdict in _OPEN and (one.reasons[:1] == whole.reasons[:1] or len(as_before) > 1):
                break  # it isn't these symbols that stand in the way
            told = one._replace(reasons=(*one.reasons, *(f"this is with {s}={value}" for s, value in case)))
            if one.verdict == CHANGED:
                return told._replace(config=case)
            found.append(told if one.verdict in _OPEN else one)
        else:
            if all(one.verdict not in _OPEN for one in found):
                reasons = tuple(dict.fromkeys(r for one in found for r in one.reasons))
                bases = tuple(b for one in found for b in one.bases)
                return found[0]._replace(verdict=ASSUMING if reasons else SAME, reasons=reasons, bases=bases)
        undecided = [one for one in found if one.verdict in _OPEN]
        return min((whole, *undecided), key=lambda one: _WORDS.index(one.verdict))

    def _compare_whole(self, name: str, timeout: float, depths: tuple[str, ...] = _DEPTHS) -> Comparison:
        started = time.perf_counter()
        conditions = self._conditions(name)
        if len(conditions) > 1:
            culprit = self.likeness.text_culprit(" ".join(conditions), frozenset())
            if culprit:
                reasons = (f"which of its definitions is compiled hangs on `{culprit}`, which differs",)
                return Comparison(self.path, name, UNSUPPORTED, reasons, None, time.perf_counter() - started)
            parts = [self._compared(name, c, timeout, depths) for c in conditions]
            worst = max(parts, key=lambda one: _WORDS.index(one[0]) if one[0] != CHANGED else _CHANGED_COUNTS)
            reasons = tuple(dict.fromkeys(r for p in parts if p[0] == worst[0] for r in p[1]))
            bases = tuple(Basis(p[3], c) for p, c in zip(parts, conditions, strict=True))
            spent = time.perf_counter() - started
            return Comparison(self.path, name, worst[0], reasons, worst[2], spent, worst[3], bases=bases)
        verdict, reasons, counterexample, depth = self._compared(name, None, timeout, depths)
        spent = time.perf_counter() - started
        return Comparison(self.path, name, verdict, reasons, counterexample, spent, depth, bases=(Basis(depth),))

    def map(self, comparison: Comparison, timeout: float, replayer: Replayer | None = None) -> Map:
        """When the versions of a function that changed differ; compiled code confirms each region if `replayer` is
        there.
        """
        if comparison.config:
            found = self._under(comparison.config).map(comparison._replace(config=()), timeout, replayer)
            case = " and ".join(f"{s}={value}" for s, value in comparison.config)
            return found._replace(complete=False, why=f"only {case} was looked at")
        try:
            subject = self.subject(comparison.function, comparison.depth)
            posed = subject.pose(subject.spec.claims[0])
        except (UnsupportedC, SpecError) as error:  # what was read since the verdict may leave more in doubt
            return Map((), False, f"the code can't be followed any more: {error.message}")
        avoided = tuple(dict.fromkeys((*posed.hazards, *posed.bounds)))
        tests = _null_tests(subject)
        decider = Decider(subject, self.solver, timeout)
        try:
            name = f"{self.path}-{comparison.function}"
            posed = _without_null(posed, tests)
            posed = posed._replace(hypotheses=(*posed.hypotheses, *(t.not_(h.condition) for h in avoided)))
            found = difference_map(subject, posed, decider, replayer, name)
            apart = subject.trust.data_apart(subject.outcomes.values())
            if found.complete and (posed.bounds or apart):
                why = "loops were followed for a few iterations only" if posed.bounds else _uses_apart(apart)
                found = found._replace(complete=False, why=why)
            if found.complete:
                outside = posed._replace(hypotheses=(*posed.hypotheses, found.outside))
                given = (*self._given(subject, posed), *_undefined(avoided), *_not_null(tests))
                found = found._replace(given=(*given, *followed_anew(decider, outside)))
        finally:
            decider.close()
        return found

    def _given(self, subject: Subject, posed: Posed) -> tuple[str, ...]:
        """What a proof that the versions of `subject` do the same rests on, but for what is out of reach."""
        where = self._where_compiled(subject)
        return (*_renames(subject), *where, *posed.given, *posed.callees(), *self._unseen(subject.spec.name))

    def _where_compiled(self, subject: Subject) -> tuple[str, ...]:
        """Under which conditions only one version has the function: elsewhere a header may have another one."""
        conditions = {n: v.entry.condition for n, v in subject.versions.items()}
        if len(set(conditions.values())) == 1:
            return ()
        undecided = {n: c for n, c in conditions.items() if c and truth(c, self.config) is None}
        return tuple(f"`{c}` holds, under which alone the {n} version defines it" for n, c in undecided.items())

    def confirm(self, comparison: Comparison, timeout: float, replayer: Replayer) -> Replayed | None:
        """What compiled code does on an input on which a function that changed differs; None if none is found again."""
        if comparison.config:
            return self._under(comparison.config).confirm(comparison._replace(config=()), timeout, replayer)
        basis = comparison.bases[0] if len(comparison.bases) == 1 else Basis(comparison.depth)
        try:
            subject, posed = self.posed(comparison.function, basis._replace(depth=comparison.depth))
        except (UnsupportedC, SpecError):  # what was read since the verdict may leave more in doubt
            return None
        decider = Decider(subject, self.solver, timeout)
        found: Replayed | None = None
        try:
            for quick in (True, False):  # objects of a model that was made with care lie where a program can have them
                decider.quick = quick
                verdict, _, _ = self._decide(decider, posed)
                if isinstance(verdict, Refuted) and decider.model is not None:
                    found = replayer.confirm(subject, posed, decider.model, f"{self.path}-{comparison.function}")
                if found is not None and found.by:
                    break
        finally:
            decider.close()
        return found

    def _conditions(self, name: str) -> list[str]:
        """The `#if` conditions under which both versions define the function, if there are several."""
        one, other = (
            {i.condition for i in index.functions[name] if truth(i.condition, self.config) is not False}
            for index in self.indexes
        )
        return sorted(one) if one == other else []

    def _compared(self, name: str, condition: str | None, timeout: float, depths: tuple[str, ...]) -> _Found:
        """The verdict on the function as it is defined under `condition` (None: it has one definition)."""
        found: list[_Found] = []
        started = clock()
        for depth in depths:
            changed = any(one[0] == CHANGED for one in found)
            if changed and depth == "shallow":
                continue  # it looks into all that changed, and seldom finds that to be the same
            if found and found[0][0] == ASSUMING:
                depth = "shallow"  # the only one that may do with fewer assumptions
            spent = clock() - started
            work = _WORK if self.careful else _WORK_OF_MANY
            coarse = changed and found[-1][3] in _COARSE
            limit = timeout * (_MORE if changed and not coarse else work) - spent
            if found and limit <= 0:
                break
            more = _MORE_FOR_PEOPLE if coarse and self.careful else _MORE
            limit = min(limit, timeout * (more if changed else _ASIDE.get(depth, 1)))
            tried = self._known(name, condition, depth, found)
            if tried is None:
                tried = self._attempted(name, condition, depth, timeout, limit)
                self._proofs_end = clock() + _PROOFS * timeout
                tried = self._with_proofs(name, condition, depth, tried)
            found.append((*tried, depth))
            settled = _settled(found[-1]) and not (self.careful and self._rests_on_change(name, condition, found[-1]))
            if settled or depth == "shallow" or _is_stuck(found, spent > _STUCK * timeout):
                break
            if not self.careful and sum(one[0] == CHANGED for one in found) == _AGREEING:
                break
            if any(_OVERTIME in reason for reason in tried[1][:1]):
                break  # what looks deeper takes longer
        decided = any(one[0] in (SAME, ASSUMING, CHANGED) for one in found)
        if not decided and any(LOOP in reason for one in found for reason in one[1][:1]):
            verdict, reasons, counterexample = self._attempted(name, condition, _LOOPS, timeout, timeout * _UNROLLED)
            if verdict == CHANGED:
                found.append((verdict, reasons, counterexample, _LOOPS))
        best = min(found, key=lambda one: (_WORDS.index(one[0]), _telling(one[0], one[3])))
        if self.careful and best[0] in (MAY, CHANGED):
            careful = self._attempted(name, condition, best[3], timeout, timeout, quick=False)
            best = (*careful, best[3]) if careful[0] in (best[0], CHANGED) else best
        return best

    def _rests_on_change(self, name: str, condition: str | None, found: _Found) -> bool:
        """True iff the versions differ where a callee isn't looked into whose code differs: it may make up for it."""
        verdict, _, _, depth = found
        if verdict != CHANGED or depth != "near":
            return False
        outcomes = self.subject(name, depth, condition).outcomes.values()
        called = {effect.partition("@")[0] for outcome in outcomes for effect in outcome.effects}
        return any(self.likeness.culprit(callee) == callee for callee in called - self.calls.keys())

    def _known(self, name: str, condition: str | None, depth: str, found: list[_Found]) -> _Attempt | None:
        """What an earlier depth found that looked into the same calls as this one would; None if none did."""
        for verdict, reasons, counterexample, before in found:
            subject = self._subjects.get((name, before, condition))
            if subject is not None and subject.is_also(depth):
                self._subjects[name, depth, condition] = subject
                return verdict, reasons, counterexample
        return None

    def _with_proofs(self, name: str, condition: str | None, depth: str, found: _Attempt) -> _Attempt:
        """The verdict without what it assumes of callees that differ, if these are proved to do the same."""
        verdict, reasons, counterexample = found
        if verdict != ASSUMING or not any(ALTHOUGH in reason for reason in reasons):
            return found
        subject = self.subject(name, depth, condition)
        posed = subject.pose(subject.spec.claims[0])
        assumed = posed.callees()
        kept = dict(self._subjects)
        subject.trust.likeness = self._proving
        try:
            left = posed.callees()
        finally:
            subject.trust.likeness = None
            self._subjects = kept
        reasons = (*(r for r in reasons if r not in assumed), *left)
        return ASSUMING if reasons else SAME, reasons, counterexample

    def _is_proved(self, name: str) -> bool:
        """True iff the function `name` is the same in both versions, without any assumption.

        While that is looked for it isn't: nothing is proved by itself.
        """
        if name not in self._proved:
            if clock() > self._proofs_end:
                return False
            self._proved[name] = False
            self._proved[name] = self._is_same(name)
        return self._proved[name]

    def _is_same(self, name: str) -> bool:
        definitions = (self.old, self.new)
        texts = [canonical(i.span.text) for d in definitions for i in d.function_items(name)]
        if not texts or max(map(len, texts)) > _LONGEST_CALLEE or name in self.calls or name in self.differing:
            return False
        try:
            functions = [d.function(name) for d in definitions]
        except UnsupportedC:
            return False
        if any(f is None or f.condition for f in functions) or any(d.is_weak(name) for d in definitions):
            return False
        if any(d.is_replaced(name, called=True) for d in definitions):
            return False  # the function isn't all that calls of its name may mean
        for depth in _SOON:
            limit = self._proofs_end - clock()
            if limit <= 0:
                return False
            self._subjects = {}
            if self._with_proofs(name, None, depth, self._attempted(name, None, depth, limit, limit))[0] == SAME:
                return True
        return False

    def _attempted(
        self, name: str, condition: str | None, depth: str, timeout: float, limit: float, quick: bool = True
    ) -> _Attempt:
        """The verdict at one depth, or why there is none within `limit` seconds."""
        try:
            with deadline(limit):
                return self._compare(name, condition, depth, timeout, quick)
        except Overtime:
            return UNKNOWN, (f"{_OVERTIME} {limit:.1f} s",), None
        except (UnsupportedC, SpecError, InputError) as error:
            return UNSUPPORTED, (str(error),), None
        except InternalError as error:
            return UNKNOWN, (f"the two evaluators disagree: {error}",), None
        except RecursionError:
            return UNSUPPORTED, ("its code is nested too deeply",), None

    def subject(self, name: str, depth: str, condition: str | None = None) -> Subject:
        """Both versions of the function, executed; those of the function that was compared last are kept."""
        key = (name, depth, condition)
        if key not in self._subjects:
            if any(known != name for known, _, _ in self._subjects):
                self._subjects.clear()
            self._subjects[key] = self._executed(name, depth, condition)
        return self._subjects[key]

    def _executed(self, name: str, depth: str, condition: str | None) -> Subject:
        versions: list[Version] = []
        own = [index.functions.get(name, ()) for index in self.indexes]
        sides = zip(("old", "new"), self.files, self.paths, (self.old, self.new), self.types, own, strict=True)
        for version, files, path, definitions, types, items in sides:
            entry = definitions.function(name) if condition is None else None
            if entry is None:  # a header may define it as well, where the file doesn't
                kept = [i for i in items if truth(i.condition, self.config) is not False]
                if condition is not None:
                    kept = [i for i in kept if i.condition == condition][-1:]
                entry = definitions.parsed(kept[0], kept[0].condition) if len(kept) == 1 else None
            if entry is None:
                found = definitions.function_items(name)
                if not found:
                    raise UnsupportedC(f"the {version} version has no `{name}` in this configuration")
                what = f"`{name}` has {len(found)} definitions under #if"
                raise UnsupportedC(what, found[0].span, "Fix the configuration by --define.")
            refuse_goto_backwards(entry)
            versions.append(Version(version, files, (path,), definitions, types, with_copies(entry, types)))
        return Subject(_spec(name, self.calls), tuple(versions), depth, self.likeness, self.differing - {name})

    def _compare(self, name: str, condition: str | None, depth: str, timeout: float, quick: bool) -> _Attempt:
        subject = self.subject(name, depth, condition)
        posed = subject.pose(subject.spec.claims[0])
        decider = Decider(subject, self.solver, timeout)
        decider.quick = decider.tries = quick
        try:
            verdict, extra, against = self._decide(decider, posed)
            if isinstance(verdict, Proved) and not against:
                extra = (*extra, *followed_anew(decider, posed))
        finally:
            decider.close()
        given = (*_renames(subject), *posed.given)
        match verdict:
            case Proved():
                apart = subject.trust.data_apart(subject.outcomes.values())
                if apart:
                    against = _uses_apart(apart)
                if against:
                    return MAY, (against, *given), None
                reasons = (*self._given(subject, posed), *extra)
                return (ASSUMING if reasons else SAME), reasons, None
            case Refuted(counterexample):
                differing = sorted(
                    {e.partition("@")[0] for o in subject.outcomes.values() for e in o.effects if "@" in e}
                )
                if differing:
                    return MAY, (f"{differing[0]}() isn't looked into, and its code differs", *given), counterexample
                return CHANGED, given, counterexample
            case MayDiffer(reason, counterexample):
                return MAY, (reason, *given), counterexample
            case Vacuous():
                return UNKNOWN, ("the behaviour is undefined for every input",), None
            case Undecided(reason):
                return UNKNOWN, (reason,), None
            case _:
                return UNSUPPORTED, (str(verdict),), None

    def _unseen(self, name: str) -> tuple[str, ...]:
        """What is assumed of differences that aren't executed."""
        if name not in self._assumed:
            self._assumed[name] = tuple(unseen(name, self._scout, frozenset(self.functions())))
        return self._assumed[name]

    @cached_property
    def _scout(self) -> Likeness:
        """The likeness of all that can be read: for the comparison itself, that would count as read."""
        sides = zip(self.files, self.paths, strict=True)
        old, new = (Meanings(Types(_read(files, path, self.config)), PRIMITIVES) for files, path in sides)
        return Likeness(old, new)

    def _decide(self, decider: Decider, posed: Posed) -> tuple[Verdict, tuple[str, ...], str]:
        """The verdict, what it takes to be out of reach, and what speaks against a proof.

        Where it rests on a member's address being NULL, which no object's is (C17 6.5.3.2p3), it is out of reach, too.
        """
        found = self._decide_all(decider, posed)
        tests = _null_tests(decider.subject)
        if isinstance(found[0], Proved) or not tests:
            return found
        verdict, extra, against = self._decide_all(decider, _without_null(posed, tests))
        return verdict, (*extra, *_not_null(tests)), against

    def _decide_all(self, decider: Decider, posed: Posed) -> tuple[Verdict, tuple[str, ...], str]:
        """The same, whatever members' addresses are."""
        bare = posed._replace(hazards=(), bounds=())
        if not posed.hazards and not posed.bounds:
            return decider.decide(bare).verdict, (), ""
        old, new = _undefined_if(decider)
        avoided = tuple(dict.fromkeys((*posed.hazards, *posed.bounds)))
        hypotheses = tuple(t.not_(h.condition) for h in avoided)
        verdict = decider.decide(bare._replace(hypotheses=(*bare.hypotheses, *hypotheses))).verdict
        if not isinstance(verdict, Proved | Vacuous):
            return verdict, _undefined(avoided), ""
        if decider.holds(bare) and decider.holds(bare._replace(goal=t.eq(old, new), parts=())):
            return Proved(construction=False), (), ""
        newly = posed._replace(goal=t.implies(new, old), parts=())
        if isinstance(verdict, Proved) and not decider.holds(newly):
            hazards = decider.subject.outcomes["new"].hazards
            places = ", ".join(dict.fromkeys(f"{h.text} at {h.span.use}" for h in hazards))
            return verdict, (), f"only the new version's behaviour may be undefined: {places}"
        return verdict, _undefined(avoided), ""


def _speaks_against(names: Iterable[str]) -> Callable[[str], bool]:
    """Whether a reason says that one of `names` isn't what it was taken for."""
    named = re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b")
    return lambda reason: ALTHOUGH in reason and named.search(reason) is not None


def _occurs(files: Files, path: str, name: str) -> bool:
    """True iff the word `name` occurs in the file at `path`, or in what that includes."""
    return name in files.words(path) or bool(files.holders((path,), name))


def _value(types: Types, name: str, use: Span) -> int | None:
    """The value of the constant `name`; None if it is none, or isn't known."""
    try:
        return types.constant(ast.Ident(name, ast.PRIMARY, use))
    except UnsupportedC:
        return None


def _is_known(definitions: Definitions, name: str) -> bool:
    return definitions.knows(name) or definitions.discover(name)


def text_changed(indexes: tuple[FileIndex, FileIndex], name: str) -> bool:
    """True iff the text of the function `name` differs by more than space and comments."""
    one, other = ([canonical(i.span.text) for i in index.functions[name]] for index in indexes)
    return one != other


def _settled(found: _Found) -> bool:
    """True iff looking deeper won't make the versions the same."""
    verdict, _, counterexample, depth = found
    if verdict == ASSUMING:
        return depth != "by name"  # which assumes more than it has to
    if verdict != CHANGED or counterexample is None:
        return verdict == SAME
    return depth in ("modular", "deep") or (depth == "near" and "the calls" not in counterexample.failing)


def _is_stuck(found: list[_Found], is_slow: bool) -> bool:
    """True iff two depths, one after the other, were refused, for one reason or slowly: others will be, too."""
    refused = len(found) > 1 and found[-1][0] == found[-2][0] == UNSUPPORTED
    return refused and (is_slow or found[-1][1] == found[-2][1])


def _telling(verdict: str, depth: str) -> int:
    """Which of several depths with one verdict says why best: the lowest number."""
    return -1 if (verdict, depth) == (ASSUMING, "shallow") else _TELLING.index(depth)


def _null_tests(subject: Subject) -> tuple[NullTest, ...]:
    """Where the code asks whether addresses of members are NULL."""
    return tuple(test for outcome in subject.outcomes.values() for test in outcome.null_tests.values())


def _without_null(posed: Posed, tests: tuple[NullTest, ...]) -> Posed:
    return posed._replace(hypotheses=(*posed.hypotheses, *(test.passes for test in tests)))


def _not_null(tests: Iterable[NullTest]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"`{test.text}` isn't NULL" for test in tests))


def _uses_apart(what: str) -> str:
    return f"both run code that isn't looked into and uses `{what}`, which differs"


def _undefined_if(decider: Decider) -> tuple[Term, Term]:
    """When the behaviour of the old version is undefined, and when that of the new one is."""
    old, new = (t.or_(*(h.condition for h in decider.subject.outcomes[n].hazards)) for n in ("old", "new"))
    return old, new


def _undefined(hazards: tuple[Hazard, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{h.text} doesn't happen at {h.span.use}" for h in hazards))


def _renames(subject: Subject) -> tuple[str, ...]:
    inputs = subject.parameters
    theirs, ours = inputs.of("old"), inputs.names
    types = {name: f" and a `{now}`, no `{was}`" for name, (was, now) in inputs.retyped.items()}
    found = [f"the parameter `{o}` is now called `{n}`{types.get(o, '')}" for o, n in inputs.renamed.items()]
    moved = [f"`{n}`" for i, n in enumerate(theirs) if n in ours and ours.index(n) != i]
    found += [text for text, _ in inputs.one_argument()]
    return (*found, *((f"{CALLERS} pass {shown_list(moved)} where the new version takes them",) if moved else ()))


def _read(files: Files, path: str, config: Mapping[str, bool]) -> Definitions:
    return Definitions([files.index(path)], config, Surroundings(files, (path,)))


def _spec(function: str, calls: dict[str, CallSpec]) -> Spec:
    """The spec that says nothing but that both versions of a function do the same."""
    source = Source("same", _CLAIM)
    claim = Claim("same", "", (), Expression(_CLAIM, Span(source, 0, len(_CLAIM))), "proved")
    code = Code("", "", (), function, function)
    return Spec(function, "", "", "", code, None, (), {}, None, {}, {}, calls, {}, (claim,))
