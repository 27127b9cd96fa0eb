"""Executes the operations of one version of the code, each once, and states what one step of each does.

`Operations` takes a spec, the name of the code and a function that loads an entry; it has a `Subject` for each
operation, which the one-step questions are posed on.  `transition` states the same as a relation over Booleans and
bit-vectors: variables for the state before, terms for the state after, and what else holds of the inputs.
Trusted: what `verify.claims.obligations` and `verify.terms.flatten` are trusted for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, cast

from verify.claims.language import parse
from verify.claims.obligations import Posed, Subject, Version
from verify.claims.spec import Claim, Code, Expression, Spec
from verify.claims.system import Operation, System
from verify.errors import SpecError, UnsupportedC
from verify.execution.memory import lie_apart
from verify.source.text import Source, Span
from verify.syntax.ctypes import IntType, PointerTo, is_scalar
from verify.terms import term as t
from verify.terms.flatten import Flat, flatten
from verify.terms.term import Term

Load = Callable[[Operation], Version]


class Transition(NamedTuple):
    """One step: from a state (`now(name)`) that satisfies `holds` to the state `after`, by name.

    `kept` holds iff the calls that aren't looked into (`callees`) leave the state alone.

    `flat` tells which variable a read of the code became, `entry` which of those are the state before.  `shared` are
    the variables that are the same in each step of a history: the object's address, the configuration.
    """

    operation: Operation
    holds: tuple[Term, ...]
    after: Mapping[str, Term]
    flat: Flat
    entry: Mapping[int, Term]
    shared: frozenset[int]
    kept: tuple[Term, ...]
    callees: tuple[str, ...]


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
        self._plain: Subject | None = None

    # ------------------------------------------------------------------------------------------------------ loading

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
        subject = Subject(own, (version,))
        subject.hidden.update(self.system.predicates, self.extra)
        return subject

    def _check_state(self, operation: Operation) -> None:
        subject = self.subjects[operation.name]
        for name, expression in self.system.state.items():
            value = subject.plain_side.value(parse(expression, subject.new.definitions.is_type))
            if not is_scalar(value.type) or value.term is None or value.term.op == "const":
                raise SpecError(f"`{name}` in [state] isn't a scalar that an operation could change", expression.span)
            self._check_place(subject, name, expression)
            width = value.term.sort
            if self.widths.setdefault(name, width) != width:
                raise SpecError(
                    f"`{name}` has {self.widths[name]} bits in one operation and {width} in `{operation.name}`",
                    expression.span,
                )
            self._signed[name] = isinstance(value.type, IntType) and bool(value.type.signed)

    def _check_place(self, subject: Subject, name: str, expression: Expression) -> None:
        """Refuses what isn't one place in all steps: elements chosen by a number that each step may choose anew."""
        place = subject.plain_side.place(subject.names[name])
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
                    expression.span, "Name one element with a constant index.",
                )  # fmt: skip

    @property
    def plain(self) -> Subject:
        """An operation without its assumptions: for what is said of a state alone."""
        if self._plain is None:
            self._plain = self._execute(self.operations[0], assume=False)
        return self._plain

    def name_condition(self, name: str, expression: Expression) -> None:
        """Lets claims use `name` for the condition `expression` over the state."""
        self.extra[name] = expression
        for subject in (*self.subjects.values(), *(() if self._plain is None else (self._plain,))):
            subject.names[name] = parse(expression, subject.new.definitions.is_type)
            subject.hidden.add(name)

    # ------------------------------------------------------------------------------------------------------- states

    def now(self, name: str) -> Term:
        """The variable for `name` in the state before a step."""
        return t.var(f"now {name}", self.widths[name])

    def over_state(self, expression: Expression) -> Term:
        """A condition over the state as a term over `now`.  Raises `SpecError` if it speaks of anything else."""
        known = self._assumptions.get(expression.text)
        if known is None:
            side = self.plain.plain_side
            before = len(side.hazards)
            term = self.plain.assumption(expression)
            if len(side.hazards) > before:
                self.risky.add(expression.text)
            (term,) = t.substitute((term,), self._entry_values(self.plain))
            states = {self.now(n).id for n in self.widths}
            for part in t.postorder((term,)):
                if (part.op == "read" or part.op == "var") and part.id not in states:
                    raise SpecError(
                        "this may only speak of what [state] names", expression.span,
                        "Inputs are over after their step; what persists is named in [state].",
                    )  # fmt: skip
            known = self._assumptions[expression.text] = term
        return known

    def _entry_values(self, subject: Subject) -> dict[int, Term]:
        """The state before a step in terms of the code, as a replacement by the variables of `now`."""
        found: dict[int, Term] = {}
        for name in self.widths:
            term = subject.plain_side.value(subject.names[name]).term
            assert term is not None
            found.setdefault(term.id, self.now(name))
        return found

    def literal(self, name: str, value: int) -> str:
        """C that is true iff `name` has the unsigned `value`; `{}` is where the name goes."""
        width = self.widths[name]
        if self._signed[name]:
            value = t.signed(value, width) & ((1 << 64) - 1)
        return f"(unsigned long long){{}} == {value:#x}ULL"

    # -------------------------------------------------------------------------------------------------------- steps

    def transition(self, operation: Operation, posed: Posed | None = None, violated: bool = False) -> Transition:
        """What one step does.  With `posed`: only steps that satisfy that claim, or with `violated` that violate it."""
        subject = self.subjects[operation.name]
        before = {n: subject.plain_side.value(subject.names[n]).term for n in self.widths}
        after: dict[str, Term] = {}
        for name in self.widths:
            value = subject.sides.after["new"].value(subject.names[name]).term
            assert value is not None
            after[name] = value
        guards = list(subject.assumed)
        if posed is not None:
            own = posed.hypotheses[len(subject.assumed) :]
            claim = t.implies(t.and_(*own), posed.goal)
            guards.append(t.not_(claim) if violated else claim)
        targets = {n: t.var(f"next {n}", w) for n, w in self.widths.items()}
        sources = [(n, x) for n, x in before.items() if x is not None]
        linked = [t.eq(targets[n], after[n]) for n in self.widths] + [t.eq(self.now(n), x) for n, x in sources]
        guards += lie_apart(subject.objects, (*guards, *linked))
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
        others = [a for a in flat.assertions if a.id not in dropped]
        # What isn't a variable of its own, a bit-field say, is tied to the state by an equation.
        count = len(self.widths)
        equations = t.substitute(tuple(linked[count : 2 * count]), flat.variables)
        holds = t.substitute((*others, *equations), entry)
        unwritten = t.substitute(t.substitute(tuple(t.eq(a, b) for a, b in kept), flat.variables), entry)
        results = t.substitute(t.substitute(tuple(after.values()), flat.variables), entry)
        return Transition(
            operation,
            tuple(h for h in holds if h is not t.TRUE),
            dict(zip(after, results, strict=True)),
            flat,
            entry,
            self._shared(subject, flat),
            tuple(u for u in unwritten if u is not t.TRUE),
            callees,
        )

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

    def _shared(self, subject: Subject, flat: Flat) -> frozenset[int]:
        """Variables that don't change from step to step: the state's addresses, the configuration, layouts."""
        own = {*subject.inputs, *subject.variables, *(str(v.value) for v in flat.variables.values())}
        found: set[int] = set()
        for name in self.widths:
            place = subject.plain_side.place(subject.names[name])
            found.update(v.id for v in t.postorder(place.indices) if v.op == "var")
        for part in t.postorder(flat.assertions):
            name = str(part.value) if part.op == "var" else ""
            if name and name not in own and not name.startswith(("uninitialised ", "now ", "next ")):
                found.add(part.id)
        return frozenset(found)

    def changes(self, name: str) -> bool:
        """True iff some operation may change `name`."""
        for operation in self.operations:
            subject = self.subjects[operation.name]
            before = subject.sides.before.value(subject.names[name]).term
            after = subject.sides.after["new"].value(subject.names[name]).term
            if before is not after:
                return True
        return False

    def claim(self, name: str, assume: Iterable[str], prove: str, says: str = "") -> Claim:
        """A claim about one step."""
        texts = tuple(own_text(text) for text in assume)
        return Claim(name, says, texts, own_text(prove), "proved")


def own_text(text: str) -> Expression:
    """C that stands in no file."""
    return Expression(text, Span(Source("(made)", text), 0, len(text)))
