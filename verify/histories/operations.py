"""Executes the operations of one version of the code, each once, and states what one step of each does.

`Operations` takes a spec, the name of the code and a function that loads an entry; it has a `Subject` for each
operation, which the one-step questions are posed on.  `transition` states the same as a relation over Booleans and
bit-vectors: variables for the state before, terms for the state after, and what else holds of the inputs.
Trusted: what `verify.claims.obligations` and `verify.terms.flatten` are trusted for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast

from verify.claims.language import parse
from verify.claims.obligations import Posed, Subject
from verify.claims.sides import Side
from verify.claims.spec import Claim, Code, Expression, Spec
from verify.claims.system import Operation, System
from verify.claims.versions import Version
from verify.errors import SpecError, UnsupportedC
from verify.execution.memory import lie_apart, smallest
from verify.execution.state import GLOBAL, STOPPED_SLOT, Place
from verify.source.text import Source, Span
from verify.syntax.ctypes import IntType, PointerTo, is_scalar
from verify.syntax.lexer import canonical
from verify.syntax.tables import stays
from verify.terms import term as t
from verify.terms.flatten import Flat, flatten
from verify.terms.term import Term
from verify.tuples import NamedTuple

_WORD = 64  # bits of the widest literal in C

Load = Callable[[Operation], Version]


class Transition(NamedTuple):
    """One step: from a state (`now(name)`) that satisfies `holds` to the state `after`, by name.

    `kept` holds iff the calls that aren't looked into (`callees`) leave the state alone; `safe` only if nothing is
    reached through a NULL or an error pointer.  `defined` holds iff nothing undefined happens and no loop goes on past
    its bound; else `after` says nothing.  `lasting` holds iff it doesn't end in BUG() or a call that never returns:
    else no step follows.  `pointers` are the variables that stand for parameters that are pointers.

    `flat` tells which variable a read of the code became, `entry` which of those are the state before, or a constant.
    `shared` are the variables that are the same in each step of a history: the object's address, the configuration.
    """

    operation: Operation
    holds: tuple[Term, ...]
    after: Mapping[str, Term]
    flat: Flat
    entry: Mapping[int, Term]
    shared: frozenset[int]
    kept: tuple[Term, ...]
    callees: tuple[str, ...]
    defined: tuple[Term, ...]
    safe: tuple[Term, ...]
    lasting: tuple[Term, ...]
    pointers: tuple[str, ...]

    def calm(self) -> Transition:
        """The step if no call that isn't looked into writes the state, and nothing is reached through NULL."""
        return self._replace(holds=(*self.holds, *self.kept, *self.safe), kept=(), safe=())


class Operations:
    """The operations of one version of the code.  `refused` are those that can't be executed, with the reason."""

    def __init__(self, spec: Spec, system: System, code: str, load: Load) -> None:
        self.spec = spec
        self.system = system
        self.code = code
        self.load = load
        self.subjects: dict[str, Subject] = {}
        self.refused: dict[str, UnsupportedC] = {}
        self.widths: dict[str, int] = {}
        self._signed: dict[str, bool] = {}
        self._assumptions: dict[str, Term] = {}
        self._places: dict[str, tuple[tuple[str, tuple[Term, ...]], ...]] = {}  # of the state, by operation
        self.extra: dict[str, Expression] = {}
        self.risky: set[str] = set()  # conditions whose own behaviour may be undefined
        for operation in system.operations:
            try:
                self.subjects[operation.name] = self._execute(operation)
            except SpecError:
                raise
            except UnsupportedC as error:
                self.refused[operation.name] = error
        self.operations = tuple(o for o in system.operations if o.name in self.subjects)
        if not self.operations:
            raise next(iter(self.refused.values()))
        for operation in self.operations:
            try:
                self._check_state(operation)
            except SpecError:
                raise
            except UnsupportedC as error:
                message = f"{error.message} (in [state], for the operation `{operation.name}`)"
                raise SpecError(message, error.span, error.hint) from None
            self._check_seen(operation)
        self.operations = tuple(o for o in self.operations if o.name in self.subjects)
        if not self.operations:
            raise next(iter(self.refused.values()))
        # Where the operations reach the state by the same parameters, these are the same in all steps.
        self.conditions = tuple(text for o in self.operations for text in self._conditions(o))
        self._one_way = len({tuple(indices for _, indices in p) for p in self._places.values()}) == 1
        self._plain: Subject | None = None

    def _execute(self, operation: Operation, assume: bool = True) -> Subject:
        version = self.load(operation)
        names = {**self.spec.names, **self.system.state, **self.system.predicates, **operation.names, **self.extra}
        entry = version.entry.name
        own = self.spec._replace(
            names=names,
            code=Code(None, version.paths[0], self.spec.code.headers, entry, entry),
            assume=(*self.spec.assume, *operation.assume) if assume else (),
            claims=(),
        )
        subject = Subject(own, (version,), hiding=operation.names)
        subject.hidden.update(self.system.predicates, self.extra)
        return subject

    def _check_state(self, operation: Operation) -> None:
        subject = self.subjects[operation.name]
        values: dict[str, Term] = {}
        for name, expression in self.system.state.items():
            value = subject.plain_side.value(parse(expression, subject.new.definitions.is_type))
            if not is_scalar(value.type) or value.term is None or value.term.op == "const":
                raise SpecError(f"`{name}` in [state] isn't a scalar that an operation could change", expression.span)
            # A bit-field's value is widened when it is read: the state is what is kept of it.
            kept = value.term.args[0] if value.term.op in ("zero_extend", "sign_extend") else value.term
            values[name] = kept
            width = kept.sort
            if self.widths.setdefault(name, width) != width:
                raise SpecError(
                    f"`{name}` has {self.widths[name]} bits in one operation and {width} in `{operation.name}`",
                    expression.span,
                )
            self._signed[name] = isinstance(value.type, IntType) and bool(value.type.signed)
        places = {n: subject.plain_side.place(subject.names[n]) for n in values}
        for name, place in places.items():
            self._check_place(subject, name, place, {v.id for v in values.values()})
        self._places[operation.name] = tuple((p.location, p.indices) for p in places.values())
        known = next(iter(self._places.values()))
        for (name, place), (location, _) in zip(places.items(), known, strict=True):
            if place.location != location:
                message = f"`{name}` in [state] is another place in `{operation.name}` than in the operations before it"
                raise SpecError(message, self.system.state[name].span, f"`{place.location}`, not `{location}`.")

    def _check_seen(self, operation: Operation) -> None:
        """Refuses an operation that sees the state as something else than [state] does."""
        subject = self.subjects[operation.name]
        sides = (subject.plain_side, subject.sides.after["new"])
        subject.plain_side.see_like(subject.outcomes.values())
        try:
            for side in sides:
                for name in self.widths:
                    self.held(side, subject, name)
        except UnsupportedC as error:
            self.refused[operation.name] = error
            del self.subjects[operation.name], self._places[operation.name]

    def _conditions(self, operation: Operation) -> Iterator[str]:
        """What the spec assumes of the state in which an operation happens."""
        subject = self.subjects[operation.name]
        state = {self.held(subject.plain_side, subject, n).id for n in self.widths}
        for expression, term in zip(subject.spec.assume, subject.assumed, strict=True):
            if any(part.id in state for part in t.postorder((term,))):
                text = " ".join(expression.text.split())
                yield f"`{operation.name}` happens only if `{text}`, which is about the state"

    def _check_place(self, subject: Subject, name: str, place: Place, state: set[int]) -> None:
        """Refuses what isn't one place in all steps: what each call has anew, and what is found by other memory."""
        span = self.system.state[name].span
        if place.location.startswith("local "):
            raise SpecError(f"`{name}` in [state] is the call's own: it is over after the step", span)
        numbers = {
            str(subject.plain_side.state.slots[local.location].value): parameter
            for parameter, local in subject.plain_side.scopes[0].items()
            if not isinstance(local.type, PointerTo)
        }
        for part in t.postorder(place.indices):
            if part.op == "var" and str(part.value) in numbers:
                parameter = numbers[str(part.value)]
                raise SpecError(
                    f"`{name}` in [state] depends on `{parameter}`, which may differ from step to step",
                    span, "Name one element with a constant index.",
                )  # fmt: skip
            if part.op == "read" and part.id not in state:
                what = str(part.value)
                raise SpecError(
                    f"which place `{name}` in [state] is depends on `{what}`, which may differ from step to step",
                    span, "Name that in [state] as well if it persists.",
                )  # fmt: skip

    @property
    def plain(self) -> Subject:
        """An operation without its assumptions: for what is said of a state alone."""
        for operation in self.operations if self._plain is None else ():
            if not self.spec.assume and not operation.assume:
                self._plain = self.subjects[operation.name]
                break
            try:
                self._plain = self._execute(operation, assume=False)
                break
            except UnsupportedC:
                if operation is self.operations[-1]:
                    raise
        assert self._plain is not None
        return self._plain

    def name_condition(self, expression: Expression) -> str:
        """The name by which claims may use the condition `expression` over the state."""
        words = (*self.spec.names, *self.system.state, *self.system.predicates, *self.spec.variables)
        taken = {*words, *(n for o in self.operations for n in (*o.names, *self.subjects[o.name].parameters.names))}
        number = len(self.extra) + 1
        while (name := f"condition_{number}") in taken or name in self.extra:
            number += 1
        self.extra[name] = expression
        for subject in (*self.subjects.values(), *(() if self._plain is None else (self._plain,))):
            subject.names[name] = parse(expression, subject.new.definitions.is_type)
            subject.hidden.add(name)
        return name

    def now(self, name: str) -> Term:
        """The variable for `name` in the state before a step."""
        return t.var(f"now {name}", self.widths[name])

    def over_state(self, expression: Expression) -> Term:
        """A condition over the state as a term over `now`.  Raises `SpecError` if it speaks of anything else."""
        known = self._assumptions.get(expression.text)
        if known is None:
            side = self.plain.plain_side
            before = len(side.hazards)
            known = self._meaning(self.plain, expression)
            if len(side.hazards) > before:
                self.risky.add(expression.text)
            for operation in self._tongues():
                if self._meaning(self.subjects[operation.name], expression) is not known:
                    hint = "Its own names go before those of the spec: its `names`, or its parameters."
                    message = f"this means something else in the operation `{operation.name}`"
                    raise SpecError(message, expression.span, hint)
            self._assumptions[expression.text] = known
        return known

    def _tongues(self) -> Iterable[Operation]:
        """An operation for each set of names that expressions over the state may be understood by."""
        found: dict[object, Operation] = {}
        for operation in self.operations:
            new = self.subjects[operation.name].new
            parameters = tuple((p.name, canonical(p.span.text)) for p in new.entry.params)
            names = tuple((k, v.text) for k, v in operation.names.items())
            found.setdefault((parameters, names, id(new.definitions)), operation)
        return found.values()

    def _meaning(self, subject: Subject, expression: Expression) -> Term:
        """A condition over the state as `subject` understands it, over `now`."""
        (term,) = t.substitute((subject.assumption(expression),), self._entry_values(subject))
        states = {self.now(n).id for n in self.widths}
        for part in t.postorder((term,)):
            if (part.op == "read" or part.op == "var") and part.id not in states:
                raise SpecError(
                    "this may only speak of what [state] names", expression.span,
                    "Inputs are over after their step; what persists is named in [state].",
                )  # fmt: skip
        return term

    def _entry_values(self, subject: Subject) -> dict[int, Term]:
        """The state before a step in terms of the code, as a replacement by the variables of `now`."""
        found: dict[int, Term] = {}
        for name in self.widths:
            found.setdefault(self.held(subject.plain_side, subject, name).id, self.now(name))
        return found

    def held(self, side: Side, subject: Subject, name: str) -> Term:
        """What the state's `name` holds on one side of a step."""
        term = side.value(subject.names[name]).term
        assert term is not None
        return t.extract(self.widths[name] - 1, 0, term)

    def literal(self, name: str, value: int) -> str:
        """C that is true iff `name` has the unsigned `value`; `{}` is where the name goes."""
        width = self.widths[name]
        if self._signed[name]:
            value = t.signed(value, width) & ((1 << max(width, _WORD)) - 1)
        low, high = value & ((1 << _WORD) - 1), value >> _WORD
        text = f"(unsigned long long){{0}} == {low:#x}ULL"
        return text if width <= _WORD else f"{text} && (unsigned long long)({{0}} >> {_WORD}) == {high:#x}ULL"

    def transition(self, operation: Operation, posed: Posed | None = None, violated: bool = False) -> Transition:
        """What one step does.  With `posed`: only steps that satisfy that claim, or with `violated` that violate it."""
        subject = self.subjects[operation.name]
        before = {n: self.held(subject.plain_side, subject, n) for n in self.widths}
        after = {n: self.held(subject.sides.after["new"], subject, n) for n in self.widths}
        guards = [*subject.assumed, *self._linked_places(operation)]
        (outcome,) = subject.outcomes.values()
        troubles = [*outcome.hazards, *outcome.bounds]
        if posed is not None:
            troubles += [*posed.hazards, *posed.bounds]
            claim = t.implies(t.and_(*posed.hypotheses[len(subject.assumed) :]), posed.goal)
            guards.append(t.not_(claim) if violated else claim)
        targets = {n: t.var(f"next {n}", w) for n, w in self.widths.items()}
        sources = list(before.items())
        linked = [t.eq(targets[n], after[n]) for n in self.widths] + [t.eq(self.now(n), x) for n, x in sources]
        defined = t.not_(t.or_(*(trouble.condition for trouble in troubles)))
        own = (defined, t.not_(outcome.crashes), t.not_(outcome.state.slots[STOPPED_SLOT]))
        linked += [t.eq(t.var(f"next own {i}", t.BOOL), x) for i, x in enumerate(own)]
        guards += lie_apart(subject.named_objects, (*guards, *linked))
        kept, callees = self._kept(subject, flatten((*guards, *linked)))
        sides = [t.var(f"next kept {i}", x.sort) for i, (_, x) in enumerate(kept)]
        linked += [t.eq(v, x) for v, (_, x) in zip(sides, kept, strict=True)]
        flat = flatten((*guards, *linked))
        dropped = {x.id for x in t.substitute(tuple(linked), flat.variables)}
        entry: dict[int, Term] = {}
        for name, leaf in zip((n for n, _ in sources), t.substitute(tuple(x for _, x in sources), flat.variables),
                              strict=True):  # fmt: skip
            if leaf.op == "var" and leaf.id not in entry:
                entry[leaf.id] = self.now(name)
        always = self._always(subject, flat)
        entry.update(always)
        others = [a for a in flat.assertions if a.id not in dropped]
        # What isn't a variable of its own, a bit-field say, is tied to the state by an equation.
        count = len(self.widths)
        equations = t.substitute(tuple(linked[count : 2 * count]), flat.variables)
        holds = t.substitute((*others, *equations), entry)
        unwritten = t.substitute(t.substitute(tuple(t.eq(a, b) for a, b in kept), flat.variables), entry)
        defined, safe, lasting = t.substitute(t.substitute(own, flat.variables), entry)
        results = t.substitute(t.substitute(tuple(after.values()), flat.variables), entry)
        return Transition(
            operation,
            tuple(h for h in holds if h is not t.TRUE),
            dict(zip(after, results, strict=True)),
            flat,
            entry,
            self._shared(operation, subject, flat) | {v.id for v in always.values()},
            tuple(u for u in unwritten if u is not t.TRUE),
            callees,
            (defined,) if defined is not t.TRUE else (),
            (safe,) if safe is not t.TRUE else (),
            (lasting,) if lasting is not t.TRUE else (),
            pointers_of(subject),
        )

    def _always(self, subject: Subject, flat: Flat) -> dict[int, Term]:
        """The variables that stand for constant objects of file scope, and what these hold in all steps."""
        found: dict[int, Term] = {}
        for read in flat.reads:
            if all(index.op == "const" for index in read.args[1:]) and is_steady(subject, read):
                place = "".join(f"[{t.const_value(index)}]" for index in read.args[1:])
                found[flat.variables[read.id].id] = t.var(f"always {read.value}{place}", read.sort)
        return found

    def _kept(self, subject: Subject, flat: Flat) -> tuple[list[tuple[Term, Term]], tuple[str, ...]]:
        """What the state is behind each call that may write it, beside what it was in front of it; and the callees."""
        locations = {subject.plain_side.place(subject.names[n]).location for n in self.widths}
        pairs: dict[int, tuple[Term, Term]] = {}
        callees: dict[str, None] = {}
        queue = list(flat.reads)
        while queue:
            read = queue.pop()
            world = read.args[0]
            if read.value not in locations or world.op != "step" or read.id in pairs:
                continue
            label, arguments, keys = cast("tuple[str, int, tuple[str, ...]]", world.value)
            dirty = dict(zip(keys, world.args[1 + arguments :], strict=True))
            before = dirty.get(str(read.value))
            if before is None:
                before = t.read(str(read.value), world.args[0], read.args[1:], read.sort)
            elif before.sort == t.MEMORY:
                before = t.select(before, read.args[1:], read.sort)
            pairs[read.id] = read, before
            callees[label.partition("@")[0]] = None
            queue.extend(part for part in t.postorder((before,)) if part.op == "read")
        return list(pairs.values()), tuple(callees)

    def _linked_places(self, operation: Operation) -> Iterator[Term]:
        """Where operations reach the state in different ways: that it is one place nevertheless."""
        if self._one_way:
            return
        for (location, indices), name in zip(self._places[operation.name], self.widths, strict=True):
            for i, index in enumerate(indices):
                if not any(part.op == "read" for part in t.postorder((index,))):
                    yield t.eq(t.var(f"place of {name} in {location}, {i}", index.sort), index)

    def _shared(self, operation: Operation, subject: Subject, flat: Flat) -> frozenset[int]:
        """Variables that don't change from step to step: the state's addresses, the configuration, layouts."""
        own = {*subject.parameters.names, *subject.variables, *(str(v.value) for v in flat.variables.values())}
        found: set[int] = set()
        if self._one_way:
            for _, indices in self._places[operation.name]:
                found.update(v.id for v in t.postorder(indices) if v.op == "var")
        for part in t.postorder(flat.assertions):
            name = str(part.value) if part.op == "var" else ""
            if name and name not in own and not name.startswith(("uninitialised ", "now ", "next ")):
                found.add(part.id)
        return frozenset(found)

    def always(self, transitions: Iterable[Transition]) -> tuple[Term, ...]:
        """What holds of the variables that all steps share: variables lie apart, whichever operations name them."""
        roots = [
            part
            for x in transitions
            for part in (*x.holds, *x.kept, *x.defined, *x.safe, *x.lasting, *x.after.values())
        ]
        return lie_apart(self.objects, roots)

    @property
    def objects(self) -> dict[str, int]:
        """The addresses of the variables that some operation or expression names, with their sizes."""
        return smallest(subject.named_objects for subject in self.subjects.values())

    def changes(self, name: str) -> bool:
        """True iff some operation may change `name`."""
        for operation in self.operations:
            subject = self.subjects[operation.name]
            before = self.held(subject.sides.before, subject, name)
            if before is not self.held(subject.sides.after["new"], subject, name):
                return True
        return False

    def claim(self, name: str, assume: Iterable[str], prove: str, says: str = "") -> Claim:
        """A claim about one step.  Texts of the spec keep their place there, for messages."""
        places = {e.text: e for p in self.system.properties for e in (p.prove, *p.assume)}
        texts = tuple(places.get(text) or own_text(text) for text in assume)
        return Claim(name, says, texts, places.get(prove) or own_text(prove), "proved")


def pointers_of(subject: Subject) -> tuple[str, ...]:
    """The variables that stand for the parameters that are pointers."""
    side = subject.sides.before
    own = (local for local in side.scopes[0].values() if isinstance(local.type, PointerTo))
    terms = [side.state.slots[local.location] for local in own]
    return tuple(str(term.value) for term in terms if term.op == "var")


def is_steady(subject: Subject, read: Term) -> bool:
    """True iff `read` is of a constant variable of file scope, or of an element of one: it is the same in all steps."""
    name = str(read.value).removeprefix(GLOBAL)
    if name == read.value:
        return False
    definitions = subject.new.definitions
    try:
        declared = definitions.declaration("globals", name) or ()
    except UnsupportedC:
        return False  # which of several definitions counts isn't certain
    return any(d.name == name and stays(d, definitions) for d in declared)


def own_text(text: str) -> Expression:
    """C that stands in no file."""
    return Expression(text, Span(Source("(made)", text), 0, len(text)))
