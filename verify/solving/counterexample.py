"""From a solver's model to a counterexample that a reviewer can read.

The model is made canonical first (`minimal_model`), so that it doesn't depend on the solver.  Then the concrete
interpreter runs both versions with it; the claim must be false there, else one of our two evaluators is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from itertools import zip_longest

from verify.claims.facts import derive_facts
from verify.claims.obligations import Posed, Subject
from verify.claims.sides import Part
from verify.claims.verdict import Behaviour, Counterexample, Input
from verify.claims.words import shorten
from verify.deadline import Overtime, deadline
from verify.errors import InternalError, SpecError, UnsupportedC
from verify.execution.executor import Outcome
from verify.execution.state import CODE, PADDING, RETURNED, Event, Value, code_of
from verify.patterns import pattern
from verify.solving.doubts import (
    aimed,
    as_a_whole,
    doubt,
    ended,
    filled,
    is_read_table,
    lacking,
    moved,
    nowhere,
    overlapping,
    renumbered,
    touched,
    unfilled,
    unset,
)
from verify.solving.guess import guessed
from verify.solving.replay import PADDED, Replay, replay
from verify.solving.solver import Minimiser, Model, Solver, Unknown, Unsat
from verify.syntax.ctypes import IntType, PointerTo
from verify.syntax.definitions import Definitions
from verify.syntax.types import Types
from verify.terms import term as t
from verify.terms.evaluate import Evaluation
from verify.terms.flatten import Flat, flatten
from verify.terms.term import Term
from verify.tuples import NamedTuple

_MOST_TRIED = 32  # inputs of which it's found out whether they matter
_OF_CALLS = ("the calls",)
_MEMORY = "memory"  # how the parts of `same` begin that are about memory
_INLINE = pattern(r"\b(?:__always_inline|__inline|inline)\b")
_ASSEMBLY = pattern(r"\b(?:asm|__asm__|asm_inline|asm_volatile_goto|asm_goto)\b")
_STATIC = pattern(r"\bstatic\b")
_CALLED = pattern(r"\b([A-Za-z_]\w*)\s*\(")
_MOST_AVOIDED = 8  # calls that only one version makes
_AGAIN = 0.1  # of the time limit is spent on counterexamples without them
_MOST_INLINED = 3  # inline functions inside of one another on the way to assembly
_CRASH = "each version reads or writes through a NULL or error pointer with every input that was found"
_POINTER_STEP = 0x100000  # how far apart the objects lie that pointers from outside point at


class Named(NamedTuple):
    """An input with the name that the spec or the code has for it."""

    name: str
    value: Value


class Ran(NamedTuple):
    """A model and what running it showed.

    `unreplayable` is why it couldn't be run to its end, `foreign` why it may not be real, each "" if that isn't so;
    `needed` is when inputs aren't for that reason, if it is known.  `asked`: see `Replay`.
    """

    evaluation: Evaluation
    unreplayable: str
    foreign: str
    asked: frozenset[tuple[object, ...]]
    needed: Term | None


class Finder:
    """Finds the counterexample to one claim.  `solver` holds the question's assertions."""

    def __init__(
        self,
        subject: Subject,
        posed: Posed,
        solver: Solver,
        question: Flat,
        model: Model,
        timeout: float,
        quick: bool = False,
        tries: bool = False,
        asks: bool = True,
    ) -> None:
        self.subject = subject
        self.posed = posed
        self.solver = solver
        self.question = question
        self.first = model
        self.timeout = timeout
        self.quick = quick  # any model will do, and nothing is said about its inputs
        self.tries = tries  # others are looked for by trying
        self.asks = asks  # the solver is asked for others
        self.named = named_inputs(subject)
        self.assumed, _ = derive_facts(h for h in posed.hypotheses if h not in posed.case)
        self.evaluation: Evaluation | None = None  # the model that was found
        self.doubted = False  # the first one rested on what isn't known
        self.chosen = {leaf.id for leaf in leaves_of(posed.case)}

    def find(self) -> tuple[Counterexample, str, str] | str:
        """The counterexample, why it couldn't be replayed ("" if it was), and on which unknown call it rests ("").

        A text instead if the solver gave up.
        """
        model = self.canonical()
        if isinstance(model, Unknown):
            return model.reason
        evaluation, crash = Evaluation(model.values, self.question), ""
        if self._crashes(evaluation):
            safe = self._other(evaluation, self._safe)
            evaluation, crash = (evaluation, _CRASH) if safe is None else (safe, "")
        ran = self._run(evaluation, crash)
        if ran.needed is not None:
            self.doubted = True
            ran = self._without(evaluation, ran.needed) or ran
        evaluation, unreplayable, foreign, asked, _ = ran
        self.evaluation = evaluation
        failing = tuple(p.text for p in self._failing(evaluation))
        if self.quick:
            counterexample = Counterexample((), (), failing, (), not unreplayable)
            return counterexample, unreplayable, foreign
        leaves = leaves_of((*self.posed.hypotheses, self.posed.goal))
        fixed = {leaf.id: _constant(evaluation, leaf) for leaf in leaves}
        inputs: list[Input] = []
        nearest: list[tuple[int, Input]] = []
        shown = self.shown(leaves)
        if self.subject.depth != "strict" and asked:
            shown = _told_apart(shown, evaluation, asked)
        for position, named in enumerate(shown):
            term = named.value.term
            assert term is not None
            tried = position < _MOST_TRIED
            matters, closest = self._influence(term, leaves, fixed, evaluation) if tried else (True, None)
            value = evaluation.number(term)
            inputs.append(self.input(named, value, matters))
            if closest is not None:
                nearest.append(
                    ((closest & ~value).bit_count() + closest.bit_count(), self.input(named, value ^ closest, True))
                )
        counterexample = Counterexample(
            tuple(inputs),
            tuple(self.behaviour(name, outcome, evaluation) for name, outcome in self.subject.outcomes.items()),
            failing,
            tuple(i for _, i in sorted(nearest, key=lambda pair: pair[0])[:1]),
            not unreplayable,
        )
        return counterexample, unreplayable, foreign

    def _with_objects(self, evaluation: Evaluation, question: Flat) -> Evaluation | None:
        """The model with objects of their own where pointers lead nowhere, if it answers `question`.

        The solver isn't asked.
        """
        values = dict(evaluation.values)
        values.update((str(question.variables[read.id].value), evaluation.number(read)) for read in question.reads)
        tried: set[str] = set()
        while True:
            evaluation = Evaluation(values, question)
            if all(map(evaluation.evaluate, question.assertions)):
                return evaluation
            names = sorted(set(self._leading_nowhere(evaluation, question)) - tried)
            if not names:
                return None
            values.update((name, i * _POINTER_STEP) for i, name in enumerate(names, len(self.named) + len(tried) + 1))
            tried.update(names)

    def _leading_nowhere(self, evaluation: Evaluation, question: Flat) -> Iterator[str]:
        """The variables with the addresses that are read from or written to where no object lies."""
        for outcome in self.subject.outcomes.values():
            for followed in outcome.followed:
                base, _ = t.base_and_offset(followed.pointer)
                variable = base and question.variables.get(base.id, base)
                if variable is not None and variable.op == "var" and evaluation.evaluate(followed.crashes):
                    yield str(variable.value)

    def _crashes(self, evaluation: Evaluation) -> bool:
        """True iff each version reads or writes where no object lies, so that none does anything that counts."""
        return all(
            any(all(map(evaluation.evaluate, (*pointer.path, pointer.leads_nowhere))) for pointer in outcome.followed)
            for outcome in self.subject.outcomes.values()
        )

    @cached_property
    def _safe(self) -> Term:
        """Some version reads and writes through no NULL pointer and no error pointer (include/linux/err.h)."""
        return t.not_(t.and_(*(outcome.crashes for outcome in self.subject.outcomes.values())))

    def _run(self, evaluation: Evaluation, crash: str = "") -> Ran:
        """What running the model shows.  Raises `InternalError` if it is none, or if the two evaluators disagree."""
        if evaluation.evaluate(self.posed.goal) or not all(map(evaluation.evaluate, self.posed.hypotheses)):
            raise InternalError(f"the solver's model is no counterexample to `{self.posed.claim.name}`")
        unreal, needed = self._unreal(evaluation, crash)
        foreign, needed = (unreal, needed) if unreal else self._foreign_call(evaluation)
        try:
            unreplayable, diverged, asked = replay(self.subject, self.posed, evaluation)
        except InternalError:
            if not foreign:
                raise
            unreplayable, diverged, asked = Replay(foreign, False, frozenset())
        if diverged:
            return Ran(evaluation, "", unreal, asked, needed if unreal else None)
        if unreplayable == PADDED:  # then one is looked for on which more than that differs
            others = [p.equal for p in self.posed.parts if not p.text.endswith(PADDING)]
            return Ran(evaluation, unreplayable, unreplayable, asked, t.and_(*others) if others else None)
        return Ran(evaluation, unreplayable, foreign, asked, needed)

    def _unreal(self, evaluation: Evaluation, crash: str) -> tuple[str, Term | None]:
        """Why the model may be none although the formula is right ("" if it may not), and when that is so, if known."""
        outcomes = tuple(self.subject.outcomes.values())
        types = [version.types for version in self.subject.versions.values()]
        objects = self.subject.named_objects
        why = crash or doubt(self.posed.goal, evaluation, types, objects) or self._by_assembly(evaluation)
        if not why and self.subject.depth == "strict":
            why = unfilled(self.posed.goal, evaluation)
        if not why and len(outcomes) > 1:
            why = lacking(self.posed.goal, evaluation, outcomes, types) or filled(outcomes, evaluation)
            why = why or ended(outcomes, evaluation, types) or self._moved(evaluation, types, objects)
            failing = {part.text: part.equal for part in self._failing(evaluation)}
            why = why or as_a_whole(outcomes, evaluation, types, failing)
            others = [part.equal for part in self.posed.parts if part.text not in _OF_CALLS]
            if not why and all(evaluation.evaluate(equal) for equal in others):
                first_set = unset(outcomes, evaluation)
                if first_set:
                    return first_set, t.and_(*others)
        if why:
            return why, touched(self.posed.goal)
        alone = self._only_one_has(evaluation) or self._renumbered(evaluation)
        if alone is not None:
            return alone
        for look in (nowhere, overlapping):
            found = look(outcomes, evaluation)
            if found[0]:
                return found
        return aimed(outcomes, evaluation, types) if len(outcomes) > 1 else ("", None)

    def _moved(self, evaluation: Evaluation, types: list[Types], objects: Mapping[str, int]) -> str:
        """Why what differs may be no more than which variables the versions use."""
        why = moved(self.subject.outcomes.values(), types)
        if why and any(
            not p.text.startswith(_MEMORY) and not doubt(p.equal, evaluation, types, objects)
            for p in self._failing(evaluation)
        ):
            return ""
        return why

    def _failing(self, evaluation: Evaluation) -> list[Part]:
        """The parts of the claim that are false."""
        return [p for p in self.posed.parts if not evaluation.evaluate(p.equal)]

    def _without(self, evaluation: Evaluation, needed: Term) -> Ran | None:
        """A counterexample that rests on nothing that isn't known; None if none is found soon.

        `needed` is when the one that was found first, `evaluation`, does.
        """
        avoided = [self._safe]
        limit, self.timeout = self.timeout, self.timeout * _AGAIN
        try:
            with deadline(self.timeout):
                for _ in range(_MOST_AVOIDED):
                    avoided.append(t.not_(needed))
                    other = self._other(evaluation, *avoided)
                    if other is None:
                        return None
                    evaluation = other
                    ran = self._run(evaluation)
                    if ran.needed is None or t.not_(ran.needed) in avoided:
                        return None if ran.unreplayable or ran.foreign else ran
                    needed = ran.needed
        except Overtime:
            pass
        finally:
            self.timeout = limit
        return None

    def _guessed(self, like: Evaluation, question: Flat) -> Evaluation | None:
        values = {str(question.variables[read.id].value): like.number(read) for read in question.reads}
        model = guessed(question.assertions, objects_of(self.subject, question), {**like.values, **values})
        return None if model is None else Evaluation(model.values, question)

    def _other(self, like: Evaluation, *also: Term) -> Evaluation | None:
        """A counterexample for which `also` holds, if possible `like` this one; None if none is found in time."""
        question = flatten((*self.posed.hypotheses, t.not_(self.posed.goal), *also))
        if t.FALSE in question.assertions:
            return None
        if self.quick:
            found = self._with_objects(like, question) or (self._guessed(like, question) if self.tries else None)
            if found is not None:
                self.question = question
            if found is not None or not self.asks:
                return found
        self.solver.pop()
        self.solver.push()
        self.solver.add(question.assertions)
        answer = self.solver.check((), self.timeout)
        if not isinstance(answer, Model):
            return None
        self.question, self.first = question, answer
        model = self.canonical()
        return Evaluation(model.values, question) if isinstance(model, Model) else None

    def canonical(self) -> Model | Unknown:
        """The model with the fewest bits set, inputs with names first; pointers point at objects of their own."""
        variables = self.question.variables
        ordered: dict[str, Term] = {}
        pointers: list[Term] = []
        for named in self.named:
            term = named.value.term
            if term is None:
                continue
            for leaf in leaves_of((term,)):
                own = variables.get(leaf.id, leaf)
                if own.op == "var":
                    if isinstance(named.value.type, PointerTo):
                        pointers.append(own)
                    else:
                        ordered.setdefault(str(own.value), own)
        known = {str(v.value): v for v in t.postorder(self.question.assertions) if v.op == "var"}
        apart = {str(p.value): (i + 1) * _POINTER_STEP for i, p in enumerate(pointers) if str(p.value) in known}
        minimiser = Minimiser(self.solver, self.question.assertions, self.timeout)
        model = minimiser.satisfies(self.first, apart)
        if not self.asks or (self.quick and model is not None):
            return model or self.first
        if model is None:
            distinct = [t.eq(p, t.const(apart[str(p.value)], p.sort)) for p in pointers if str(p.value) in apart]
            answer = self.solver.check(distinct, self.timeout)
            model = answer if isinstance(answer, Model) else None
        rest = [v for n, v in sorted(known.items()) if n not in ordered and v not in pointers]
        addresses = () if self.quick else self.subject.addresses
        further = {str(variables[a].value) for a in addresses if a in variables}
        minimiser.preferred = dict(apart)
        for i, name in enumerate(sorted(further - set(ordered)), len(pointers) + 1):
            minimiser.preferred[name] = i * _POINTER_STEP
        everything = [v for n, v in ordered.items() if n in known] + rest
        if model is None:
            model = self.first
            everything += [p for p in pointers if str(p.value) in known]
        else:
            for pointer in pointers:
                if str(pointer.value) in apart:
                    minimiser.require(t.eq(pointer, t.const(apart[str(pointer.value)], pointer.sort)))
        found = model if self.quick else minimiser.minimal(everything, model)
        if isinstance(found, Model):  # where the other pointers point doesn't matter: at objects of their own, too
            for i, pointer in enumerate(pointers):
                found.values.setdefault(str(pointer.value), (i + 1) * _POINTER_STEP)
        return Unknown("the solver contradicts itself") if isinstance(found, Unsat) else found

    def shown(self, leaves: Iterable[Term]) -> Iterator[Named]:
        """The inputs to print: those with names, then what else the claim depends on."""
        shown: set[int] = set()
        used = {leaf.id for leaf in leaves}
        for named in self.named:
            if isinstance(named.value.type, PointerTo) or named.value.term is None:
                continue
            if named.name in self.subject.variables and named.value.term.id not in used:
                continue
            shown.update(leaf.id for leaf in leaves_of((named.value.term,)))
            yield named
        pointers = {n.value.term.id: n.name for n in self.named if n.value.term is not None}
        known = {*shown, *pointers, *self.assumed}
        others = [leaf for leaf in leaves if leaf.id not in known]
        names = leaf_names(self.subject, others, pointers)
        for leaf in others:
            if not any(is_read_table(leaf, version.types) for version in self.subject.versions.values()):
                yield Named(names[leaf.id], Value(IntType("", max(leaf.sort, 1), False), leaf))

    def _influence(
        self, term: Term, leaves: Iterable[Term], fixed: dict[int, Term], evaluation: Evaluation
    ) -> tuple[bool, int | None]:
        """Whether changing this input alone can make the claim hold, and if so the fewest bits to change."""
        if self.assumed.get(term.id, term).op == "const":
            return True, None
        own = leaves_of((term,))
        if any(leaf.id in self.chosen for leaf in own):
            return True, None
        if len(own) != 1 or own[0] is not term or term.sort == t.BOOL:
            return any(leaf.id in {x.id for x in leaves} for leaf in own), None
        if term.id not in fixed:
            return False, None
        change = t.var(f"change of {term.sort} bits", term.sort)
        table = {**fixed, term.id: t.bvxor(fixed[term.id], change)}
        *hypotheses, goal = t.substitute((*self.posed.hypotheses, self.posed.goal), table)
        holds = t.and_(*hypotheses, goal)
        if holds is t.FALSE:
            return False, None
        flat = flatten((holds,))
        self.solver.pop()
        self.solver.push()
        self.solver.add(flat.assertions)
        minimiser = Minimiser(self.solver, flat.assertions, self.timeout)
        name, value = str(change.value), evaluation.number(term)
        # Clearing one bit is the easiest change to read, so that is tried first.
        for bit in range(value.bit_length()):
            if value >> bit & 1 and minimiser.satisfies(Model({}), {name: 1 << bit}):
                return True, 1 << bit
        found = self.solver.check((), self.timeout)
        if not isinstance(found, Model):
            return not isinstance(found, Unsat), None
        found = minimiser.minimal([change], found)
        return True, found.values.get(name) if isinstance(found, Model) else None

    def _foreign_call(self, evaluation: Evaluation) -> tuple[str, Term | None]:
        """Why the model may not be real, and when that is so: it rests on a call that only one version makes.

        "" and None if it rests on none.
        """
        if len(self.subject.outcomes) < 2:
            return "", None
        taken = [
            [e.text for e in _happening(o, evaluation, ("call",)) if e.text.startswith(CODE)]
            for o in self.subject.outcomes.values()
        ]
        differing = sorted({*taken[0]} ^ {*taken[1]})
        for label in differing or [a or b for a, b in zip_longest(*taken) if a != b][:1]:
            taken_here = (s for o in self.subject.outcomes.values() for found in o.steps.values() for s in found)
            step = next((s for s in taken_here if s.label == label), None)
            why = f", as {step.why.message}" if step else ""
            which = "only one version runs this code" if differing else "the versions run this code at different points"
            one, other = _taken(self.subject, label)
            needed = t.not_(t.eq(one, other)) if differing else t.or_(one, other)
            return f"{which}, which isn't looked into{why}: `{shorten(code_of(label))}`", needed
        asked = [_asked(outcome, evaluation) for outcome in self.subject.outcomes.values()]
        failing = [p.equal for p in self._failing(evaluation)]
        results, records = _answering(failing), _answering(failing, RETURNED)
        free = {name for name, rule in self.subject.spec.calls.items() if rule.free}
        outcomes = tuple(self.subject.outcomes.values())
        for outcome, facing, own, other in zip(outcomes, reversed(outcomes), asked, reversed(asked), strict=True):
            for event in _happening(outcome, evaluation, ("call", "question")):
                key = _call_made(event, evaluation)
                if event.text in free:
                    continue
                returns = event.returns or (event.world is not None and event.world.id in records)
                if returns and key in own and key not in other and event.world and event.world.id in results:
                    needed = _only_here(event, facing)
                    return f"it rests on what {event.text}() returns, which only one version calls like this", needed
        return "", None

    def _only_one_has(self, evaluation: Evaluation) -> tuple[str, Term] | None:
        """Why the model may not be real, and when: it calls a function that only one version has.

        Unless it is looked into, nobody knows whether it does what the other version does by itself.  One with external
        linkage belongs to the version where it is in another file, and to one that declares it (C17 6.2.2p2).
        """
        if self.subject.depth == "strict":
            return None
        versions = self.subject.versions
        asked = {name: _asked(outcome, evaluation) for name, outcome in self.subject.outcomes.items()}
        for here, facing in zip(versions.values(), reversed(versions.values()), strict=True):
            for called, _, _ in (call for call in asked[here.name] if call not in asked[facing.name]):
                name = called.partition("@")[0]
                if name in self.subject.variants.likeness.new.primitives:
                    continue  # all versions have it
                items = here.definitions.function_items(name)
                external = bool(items) and not _STATIC.search(items[0].span.text.partition("{")[0])
                if not items or (external and items[0].span.source is not here.entry.span.source):
                    continue
                facing.definitions.finds(name)
                if not facing.definitions.function_items(name) and not (external and facing.definitions.knows(name)):
                    events = self.subject.outcomes[here.name].events
                    needed = t.or_(*(e.condition for e in events if e.text == called))
                    return f"only the {here.name} version has {name}(), which isn't looked into", needed
        return None

    def _renumbered(self, evaluation: Evaluation) -> tuple[str, Term] | None:
        """Why the model may not be real, and when: only the numbers differ that the kernel's constants stand for."""
        if self.subject.depth == "strict" or len(self.subject.outcomes) < 2:
            return None
        primitives = self.subject.variants.likeness.new.primitives
        failing = [p.equal for p in self._failing(evaluation) if p.text not in _OF_CALLS]
        why, needed = renumbered(self.subject.outcomes.values(), evaluation, primitives, failing)
        return None if needed is None else (why, needed)

    def _by_assembly(self, evaluation: Evaluation) -> str:
        """Why the model may not show a difference: where the calls differ, each version calls inline assembly."""
        if self.subject.depth == "strict" or len(self.subject.outcomes) < 2:
            return ""
        if any(p.text not in _OF_CALLS and not evaluation.evaluate(p.equal) for p in self.posed.parts):
            return ""
        one, other = (_happening(o, evaluation, ("call",)) for o in self.subject.outcomes.values())
        if len(one) != len(other):
            return ""
        differing = [(a.text, b.text) for a, b in zip(one, other, strict=True) if a.text != b.text]
        if not differing or not all(map(self._is_assembly, (name for pair in differing for name in pair))):
            return ""
        first, second = (name.partition("@")[0] for name in differing[0])
        return f"old code calls {first}() where new code calls {second}(); both are inline assembly, which isn't read"

    def _is_assembly(self, name: str) -> bool:
        """True iff `name` is an inline function that is assembly in the end, in each version that has it."""
        own = name.partition("@")[0]
        having = [v.definitions for v in self.subject.versions.values() if v.definitions.function_items(own)]
        return bool(having) and all(_ends_in_assembly(d, own, _MOST_INLINED) for d in having)

    def input(self, named: Named, value: int, matters: bool) -> Input:
        width = named.value.term.sort if named.value.term is not None else 0
        return Input(named.name, value, max(width, 1), self._bit_names(named.name, value), matters)

    def _bit_names(self, name: str, value: int) -> tuple[str, ...]:
        return self.subject.named_bits(name, value)

    def behaviour(self, version: str, outcome: Outcome, evaluation: Evaluation) -> Behaviour:
        result = ""
        if outcome.result is not None:
            held = outcome.state.slots.get(outcome.result.location)
            if held is not None:
                result = _number(evaluation.number(held), outcome.result.type, held.sort)
        calls = tuple(self._call(e, evaluation) for e in _happening(outcome, evaluation, ("call",)))
        stores = tuple(self._store(e, evaluation) for e in _happening(outcome, evaluation, ("store",)))
        warnings = tuple(f"{e.text} at {e.span.use}" for e in _happening(outcome, evaluation, ("warning",)))
        return Behaviour(version, result, calls, stores, warnings)

    def _call(self, event: Event, evaluation: Evaluation) -> str:
        terms = event.terms
        result = terms[-1] if event.returns else None
        arguments = terms[:-1] if event.returns else terms
        if event.text.startswith(CODE):
            return f"`{shorten(code_of(event.text))}`, which isn't looked into"
        name, differs, _ = event.text.partition("@")
        text = f"{name}({', '.join(self._argument(a, evaluation) for a in arguments)})"
        text = text if result is None else f"{text} returns {_hex(evaluation.number(result))}"
        return f"{text}, whose code differs between the versions" if differs else text

    def _argument(self, term: Term, evaluation: Evaluation) -> str:
        for named in self.named:
            if named.value.term is term and isinstance(named.value.type, PointerTo):
                return named.name
        return _hex(evaluation.number(term))

    def _store(self, event: Event, evaluation: Evaluation) -> str:
        value = evaluation.number(event.terms[-1])
        indices = event.terms[:-1]
        for name, location, own in self.subject.named_places:
            if location == event.text and own == indices:
                bits = self._bit_names(name, value)
                return f"{name} = {_hex(value)}" + (f" ({' | '.join(bits)})" if bits else "")
        return f"{event.text.removeprefix('global ')} = {_hex(value)}"


def _ends_in_assembly(definitions: Definitions, name: str, depth: int) -> bool:
    """True iff the inline function `name` holds assembly, or calls one that does."""
    texts = [i.span.text for i in definitions.function_items(name)]
    if not texts or not all(_INLINE.search(text.partition("{")[0]) for text in texts):
        return False
    if all(_ASSEMBLY.search(text) for text in texts):
        return True
    called = {word for text in texts for word in _CALLED.findall(text.partition("{")[2])} - {name}
    return depth > 0 and any(_ends_in_assembly(definitions, word, depth - 1) for word in sorted(called))


def foreign_calls(subject: Subject, asking: Iterable[Term]) -> list[Term]:
    """When one version only runs code that isn't looked into, or makes a call whose answer the terms `asking` read."""
    if len(subject.outcomes) < 2:
        return []
    one, other = subject.outcomes.values()
    results = _answering(asking)
    labels = {e.text for o in (one, other) for e in o.events if e.kind == "call" and e.text.startswith(CODE)}
    found = [t.not_(t.eq(*_taken(subject, label))) for label in sorted(labels)]
    for outcome, facing in ((one, other), (other, one)):
        found += (
            _only_here(e, facing) for e in outcome.events if e.returns and e.world is not None and e.world.id in results
        )
    return found


def objects_of(subject: Subject, question: Flat) -> dict[str, int]:
    """An address of its own for each variable of `question` that is one, as far as that is known; by name."""
    pointers = (n.value.term for n in named_inputs(subject) if isinstance(n.value.type, PointerTo))
    names = [str(question.variables.get(x.id, x).value) for p in pointers if p is not None for x in leaves_of((p,))]
    addresses = (question.variables[a] for a in subject.addresses if a in question.variables)
    objects = (v for v in t.postorder(question.assertions) if v.op == "var" and str(v.value).startswith("&"))
    names += sorted({str(v.value) for v in (*addresses, *objects)}.difference(names))
    return {name: i * _POINTER_STEP for i, name in enumerate(names, 1)}


def _call_made(event: Event, evaluation: Evaluation) -> tuple[str, bool, tuple[int, ...]]:
    """A call's label, whether the last number is its result, and its arguments."""
    return event.text, event.returns, tuple(map(evaluation.number, event.terms))


def _asked(outcome: Outcome, evaluation: Evaluation) -> dict[tuple[str, bool, tuple[int, ...]], None]:
    """The calls that a version makes, in order."""
    events = _happening(outcome, evaluation, ("call", "question"))
    return dict.fromkeys(_call_made(event, evaluation) for event in events)


def _taken(subject: Subject, label: str) -> tuple[Term, ...]:
    """When each version runs the code that has this label."""
    return tuple(
        t.or_(*(e.condition for e in outcome.events if e.kind == "call" and e.text == label))
        for outcome in subject.outcomes.values()
    )


def _answering(terms: Iterable[Term], beginning: str = "") -> set[int]:
    """The ids of the worlds that those calls lead to whose answers the terms read, by names with that `beginning`."""
    return {
        x.args[0].id
        for x in t.postorder(tuple(terms))
        if x.op == "read" and x.args[0].op == "step" and str(x.value).startswith(beginning)
    }


def _only_here(event: Event, facing: Outcome) -> Term:
    """When a call happens that the version `facing` it doesn't make."""
    return t.and_(event.condition, *(t.not_(_same_call(event, e)) for e in facing.events if e.text == event.text))


def _same_call(event: Event, other: Event) -> Term:
    """When `other` happens and is the call that `event` is."""
    if other.kind not in ("call", "question") or [x.sort for x in other.terms] != [x.sort for x in event.terms]:
        return t.FALSE
    return t.and_(other.condition, *(t.eq(a, b) for a, b in zip(event.terms, other.terms, strict=True)))


def _happening(outcome: Outcome, evaluation: Evaluation, kinds: tuple[str, ...]) -> list[Event]:
    return [e for e in outcome.events if e.kind in kinds and evaluation.evaluate(e.condition)]


@cache
def named_inputs(subject: Subject) -> tuple[Named, ...]:
    """What a reader knows the inputs by."""
    return tuple(_named_inputs(subject))


def _named_inputs(subject: Subject) -> Iterator[Named]:
    """The spec's variables and names, then the parameters; each at its value before the call."""
    side = subject.sides.before
    for name, type_ in subject.variables.items():
        yield Named(name, Value(type_, t.var(name, type_.width)))
    seen: set[int] = set()
    for name, tree in subject.names.items():
        if name in subject.hidden:
            continue
        try:
            value = subject.plain_side.value(tree)
        except (SpecError, UnsupportedC):
            continue  # it speaks of what is known only after a version ran
        if value.term is not None and not value.term.args and value.term.op == "const":
            continue
        if value.term is not None:
            seen.add(value.term.id)
            yield Named(name, value)
    for name, local in side.scopes[0].items():
        term = side.state.slots[local.location]
        if term.id not in seen:
            seen.add(term.id)
            yield Named(name, Value(local.type, term))


def plain_inputs(subject: Subject, roots: Iterable[Term]) -> dict[str, Term]:
    """The inputs in `roots` that a reader knows by a name other than that of their term, without pointers."""
    held = {part.id for part in t.postorder(tuple(roots)) if part.op == "read"}
    named = [(n.name, n.value.term) for n in named_inputs(subject) if not isinstance(n.value.type, PointerTo)]
    return {name: term for name, term in named if term is not None and term.id in held}


def _told_apart(
    inputs: Iterable[Named], evaluation: Evaluation, asked: frozenset[tuple[object, ...]]
) -> Iterator[Named]:
    """The inputs that were asked for; of those that are one under the model, the first."""
    told: set[frozenset[tuple[object, ...]]] = set()
    for named in inputs:
        term = named.value.term
        keys = frozenset(evaluation.key(leaf) for leaf in leaves_of((term,) if term is not None else ()))
        if keys & asked and keys not in told:
            told.add(keys)
            yield named


def leaves_of(terms: tuple[Term, ...]) -> list[Term]:
    """The variables and reads that the terms are made of, outermost reads only."""
    found: dict[int, Term] = {}
    seen: set[int] = set()
    stack = list(terms)
    while stack:
        term = stack.pop()
        if term.id in seen:
            continue
        seen.add(term.id)
        if term.op in ("var", "read"):
            found[term.id] = term
        else:
            stack.extend(term.args)
    return sorted(found.values(), key=lambda x: x.id)


def _constant(evaluation: Evaluation, leaf: Term) -> Term:
    value = evaluation.number(leaf)
    return t.boolean(bool(value)) if leaf.sort == t.BOOL else t.const(value, leaf.sort)


def leaf_names(subject: Subject, leaves: Iterable[Term], pointers: dict[int, str]) -> dict[int, str]:
    """What a reviewer would call these inputs, by their ids; those of one name with the version that reads them."""
    names = {leaf.id: leaf_name(leaf, pointers) for leaf in leaves}
    times = Counter(names.values())
    if len(times) < len(names) and len(subject.outcomes) == 2:
        old, new = (_read_by(outcome) for outcome in subject.outcomes.values())
        for key, name in names.items():
            if times[name] > 1 and (key in old) != (key in new):
                names[key] = f"{name} in the {'old' if key in old else 'new'} version"
    return names


def _read_by(outcome: Outcome) -> set[int]:
    """The ids of all that a version reads."""
    events = (x for e in outcome.events for x in (e.condition, *e.terms))
    return {x.id for x in t.postorder((*events, *outcome.state.slots.values())) if x.op == "read"}


def leaf_name(leaf: Term, pointers: dict[int, str]) -> str:
    """What a reviewer would call this input."""
    if leaf.op == "var":
        return str(leaf.value)
    world, *indices = leaf.args
    location = str(leaf.value)
    if location == "result":
        assert isinstance(world.value, tuple)
        label = str(world.value[0])
        if label.startswith(CODE):
            return f"what `{shorten(code_of(label))}` yields"
        return f"what {label.partition('@')[0]}() returns"
    after = f" after {_last_step(world)}" if world.op != "world" else ""
    field = location.rpartition(".")[2] if "." in location else location.removeprefix("global ")
    if indices and indices[0].id in pointers:
        return f"{pointers[indices[0].id]}->{field}{''.join(map(_element, indices[1:]))}{after}"
    return f"{location.removeprefix('global ')}{after}"


def _element(index: Term) -> str:
    value = t.const_value(index)
    return "[…]" if value is None else f"[{value}]"


def _last_step(world: Term) -> str:
    """What led to `world`, if it is the same on each path."""
    if world.op != "step":
        return "the calls before it"
    assert isinstance(world.value, tuple)
    label = str(world.value[0])
    return f"`{shorten(code_of(label))}`" if label.startswith(CODE) else f"{label.partition('@')[0]}()"


def _hex(value: int) -> str:
    return f"{value:#x}" if value else "0"


def _number(value: int, type_: object, width: int) -> str:
    """An integer as C would print it: signed types as negative numbers, large ones in hex."""
    if isinstance(type_, IntType) and type_.signed:
        return str(t.signed(value, width))
    return str(value) if value < 10 else f"{value:#x}"
