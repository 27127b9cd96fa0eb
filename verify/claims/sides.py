"""Evaluates claims symbolically: before the call, and after each version ran.

A `Side` is one state of one version; expressions are evaluated in it by the executor's own semantics.  `Sides` puts the
three together and gives meaning to `old.`, `new.`, `same(…)`, `ret`, `warned`, `called(f)` and `calls(f)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from verify.claims.language import STATES, side_of, sides_mentioned
from verify.errors import SpecError, UnsupportedC
from verify.execution.calls import CallRule
from verify.execution.executor import Executor, Outcome, initial_state
from verify.execution.expressions import Local
from verify.execution.integers import convert
from verify.execution.memory import Setting
from verify.execution.sightings import Sightings
from verify.execution.state import STOPPED_SLOT, WARNINGS_SLOT, WORLD_SLOT, Hazard, Place, State, Value
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.ctypes import (
    INT,
    LONG,
    UINT,
    ArrayOf,
    CType,
    IntType,
    PointerTo,
    RecordType,
    bits_mislead,
    is_scalar,
)
from verify.syntax.lexer import canonical
from verify.syntax.types import Types
from verify.terms import term as t
from verify.terms.term import MEMORY, WORLD, Term
from verify.terms.worlds import POINTER_CALL, contents_equal, worlds_equal
from verify.tuples import NamedTuple

_Result = TypeVar("_Result")
CALLERS = "the callers"  # an assumption of these begins so
_POSTFIX = (ast.Field, ast.Index, ast.Call, ast.Unary, ast.Cast)
_CHANGING = (ast.Assign, ast.IncDec)
_EVERYTHING = ("ret", "warnings", "calls", "memory")


class Part(NamedTuple):
    """One thing that `same` compares, for the counterexample."""

    text: str
    equal: Term


class Side(Executor):
    """Expressions over one state: the parameters have their values on entry, memory is that of `state`."""

    def __init__(
        self,
        types: Types,
        setting: Setting,
        rules: dict[str, CallRule],
        state: State,
        params: Mapping[str, tuple[CType, Term]],
        outcome: Outcome | None,
    ) -> None:
        super().__init__(types, setting, rules, state=state)
        self.outcome = outcome
        self.owner: Sides | None = None
        self.start_afresh()
        scope: dict[str, Local] = {}
        for name, (type_, term) in params.items():
            location = f"local entry {name}"
            self.state.slots[location] = term
            scope[name] = Local(location, type_)
        self.scopes = [scope]
        self._active: list[str] = []

    def start_afresh(self) -> None:
        """Forgets what the claims so far noted."""
        self.hazards.clear()
        self.assumptions.clear()
        self.reached = {width: dict(held) for width, held in (self.outcome.reached if self.outcome else {}).items()}
        self.see_like(() if self.outcome is None else (self.outcome,))

    def see_like(self, outcomes: Iterable[Outcome]) -> None:
        """From now on, what these saw as one thing mustn't be named as another."""
        self.sightings = Sightings(self.types, [o.sightings for o in outcomes if o.sightings is not None])

    def special_name(self, node: ast.Ident) -> Value | None:
        owner = self.owner
        assert owner is not None
        if self.frames:
            return None  # inside of a callee, the spec's names mean nothing
        name = node.name
        if name in owner.names:
            return self._named(node, self.value)
        if name in owner.variables:
            type_ = owner.variables[name]
            return Value(type_, t.var(name, type_.width))
        if name in ("ret", "warned"):
            return self._special(node)
        if name in (*STATES, "same", "called", "calls"):
            raise SpecError(f"`{name}` can't stand alone", node.span, "Write e.g. `new.ret`, `same(old, new)`.")
        return None

    def _named(self, node: ast.Ident, evaluate: Callable[[ast.Expr], _Result]) -> _Result:
        owner = self.owner
        assert owner is not None
        if node.name in self._active:
            raise SpecError(f"`{node.name}` is defined by itself", node.span)
        self._active.append(node.name)
        try:
            return evaluate(owner.names[node.name])
        finally:
            self._active.pop()

    def _special(self, node: ast.Ident) -> Value:
        if self.outcome is None:
            raise SpecError(f"`{node.name}` is known only after a version ran", node.span, f"Write `new.{node.name}`.")
        if node.name == "warned":
            fired = t.not_(worlds_equal(self.state.slots[WARNINGS_SLOT], initial_state().slots[WARNINGS_SLOT]))
            return Value(INT, t.bool_to_bv(fired, INT.width))
        result = self.outcome.result
        if result is None:
            raise SpecError("the entry function returns nothing", node.span)
        return self.load(result, node.span)

    def place(self, node: ast.Expr) -> Place:
        owner = self.owner
        assert owner is not None
        if isinstance(node, ast.Ident) and node.name in owner.names and not self.frames:
            return self._named(node, self.place)
        self._check_reach(node)
        return super().place(node)

    def place_or_value(self, node: ast.Expr) -> Place | Value:
        owner = self.owner
        assert owner is not None
        if isinstance(node, ast.Ident) and node.name in owner.names and not self.frames:
            return self._named(node, self.place_or_value)
        self._check_reach(node)
        return super().place_or_value(node)

    def _check_reach(self, node: ast.Expr) -> None:
        """Refuses memory behind a pointer of another side: it may be meant as it was or as it became."""
        match node:
            case ast.Unary("*", pointer, _) | ast.Field(pointer, _, _, _) | ast.Index(pointer, _, _):
                pass
            case _:
                return
        assert self.owner is not None
        if not self.frames and sides_mentioned(pointer, self.owner.names):
            raise SpecError(
                "whether this memory is meant before or after the call isn't clear", node.span,
                "Write `new.` in front, as in `new.p->field`, `*new.p`; or use `new.` only outside of the pointer.",
            )  # fmt: skip

    def value(self, node: ast.Expr) -> Value:
        if self.frames:
            return super().value(node)
        found = side_of(node) if isinstance(node, _POSTFIX) else None
        if found is not None:
            assert self.owner is not None
            return self.owner.side(found[0], node.span).value(found[1])
        if isinstance(node, ast.Binary) and node.op in ("==>", "<==>"):
            return self._implication(node)
        if isinstance(node, _CHANGING):
            raise SpecError("a claim can't change anything", node.span, "Compare with `==`.")
        self._check_reach(node)
        return super().value(node)

    def may_change(self, node: ast.Expr) -> bool:
        return super().may_change(node) if self.frames else False  # a claim can't change anything

    def _implication(self, node: ast.Binary) -> Value:
        left = self.condition(node.left)
        if node.op == "==>":
            right = self.guarded(left, lambda: self.condition(node.right))
            return Value(INT, t.bool_to_bv(t.implies(left, right), INT.width))
        return Value(INT, t.bool_to_bv(t.eq(left, self.condition(node.right)), INT.width))

    def special_call(self, node: ast.Call, name: str) -> Value | None:
        assert self.owner is not None
        if self.frames:
            return None
        if name == "same":
            return Value(INT, t.bool_to_bv(t.and_(*(p.equal for p in self.owner.same(node))), INT.width))
        if name in ("called", "calls"):
            if self.outcome is None:
                raise SpecError(f"`{name}` is known only after a version ran", node.span, f"Write `new.{name}(f)`.")
            function = node.arguments[0] if len(node.arguments) == 1 else None
            if not isinstance(function, ast.Ident):
                raise SpecError(f"`{name}` takes one function's name", node.span)
            return self._count(name, function)
        return None

    def _count(self, kind: str, function: ast.Ident) -> Value:
        assert self.outcome is not None and self.owner is not None
        own = [
            e
            for e in self.outcome.events
            if e.kind in ("call", "question", "inlined") and _is_call_of(e.text, function.name)
        ]
        if not own and not self.owner.function_is_known(function.name):
            raise SpecError(f"no version knows a function `{function.name}`", function.span)
        self._check_counted(function)
        inside = {_called(e) for e in self.outcome.effects if not _is_call_of(e, function.name)}
        if inside:
            self.assume(f"{function.name}() isn't called inside of what isn't looked into: {', '.join(sorted(inside))}")
            through = (e.terms[0] for e in self.outcome.events if e.text == POINTER_CALL)
            if any(_is_address_of(x, function.name) for x in t.postorder(tuple(through))):
                raise UnsupportedC(f"calls of `{function.name}` through a pointer aren't counted", function.span)
        self._check_inside(function.name)
        if kind == "called":
            return Value(INT, t.bool_to_bv(t.or_(*(e.condition for e in own)), INT.width))
        total = t.const(0, UINT.width)
        for event in own:
            total = t.add(total, t.bool_to_bv(event.condition, UINT.width))
        return Value(UINT, total)

    def _check_inside(self, wanted: str) -> None:
        """Notes each call that isn't looked into although its code, or the table it goes through, uses `wanted`."""
        assert self.outcome is not None
        for event in self.outcome.events:
            name = event.text.partition("@")[0]
            if event.kind not in ("call", "question", "silent") or name == wanted:
                continue
            if event.text == POINTER_CALL:
                for variable in sorted(_variables(event.terms[0])):
                    if self.definitions.uses(variable, wanted, ("functions", "globals")):
                        text = f"a call of {wanted}() through a pointer, which `{variable}` may hold,"
                        self.hazards.append(Hazard(event.condition, text, event.span))
            elif self.definitions.uses(name, wanted):
                why = f" ({self.outcome.refused[name].message})" if name in self.outcome.refused else ""
                text = f"a call of {wanted}() inside of {name}(), which isn't looked into{why},"
                self.hazards.append(Hazard(event.condition, text, event.span))

    def _check_arguments(self, node: ast.Call) -> None:
        """Refuses pointers of another side as arguments: see `_check_reach`."""
        assert self.owner is not None
        for argument in () if self.frames else node.arguments:
            if sides_mentioned(argument, self.owner.names) and isinstance(self.value(argument).type, PointerTo):
                raise SpecError(
                    "whether the call reads memory as it was or as it became isn't clear", node.span,
                    "Write `new.` in front of the function: `new.f(p)`.",
                )  # fmt: skip

    def inline(self, node: ast.Call, function: ast.Function) -> Value:
        self._check_arguments(node)
        return super().inline(node, function)

    def _check_counted(self, function: ast.Ident) -> None:
        """Refuses functions whose calls leave no trace."""
        assert self.owner is not None
        name = function.name
        for side in self.owner.after.values():
            if name in side.rules and side.rules[name].silent:
                raise SpecError(f"calls of `{name}` aren't counted: the spec says that it is silent", function.span)
            if name not in side.rules and side.definitions.macro(name) is not None:
                raise SpecError(
                    f"`{name}` is a macro; its uses aren't counted", function.span, "Ask for what it calls."
                )

    def effect(
        self, node: ast.Call, label: str, values: list[Value], returns: CType | None, rule: CallRule, note: str
    ) -> Value:
        if not rule.pure and not rule.constant:
            raise SpecError(
                f"a claim calls {label}(), which may change something", node.span,
                f"If it doesn't, say so in the spec: [calls] {label} = {{ pure = true }}",
            )  # fmt: skip
        if not rule.constant:
            self._check_arguments(node)
        return super().effect(node, label, values, returns, rule, note)


def _called(label: str) -> str:
    name = label.partition("@")[0]
    return f"{name}()" if name.isidentifier() else f"what {name} points at"


def _is_address_of(term: Term, name: str) -> bool:
    return term.op == "var" and str(term.value).startswith("&") and _is_call_of(str(term.value)[1:], name)


def _variables(pointer: Term) -> set[str]:
    """The variables of the code that `pointer` is read from, or that lie on the way to it."""
    if pointer.op == "var":
        return {str(pointer.value)[1:].partition("@")[0]} if str(pointer.value).startswith("&") else set()
    own = {str(pointer.value).removeprefix("global ").partition("@")[0]} if pointer.op == "read" else set[str]()
    return own.union(*(_variables(part) for part in pointer.args if part.sort != WORLD))


def _is_call_of(label: str, name: str) -> bool:
    return label == name or label.startswith(f"{name}@")


class Sides:
    """The states that a claim speaks of.  `after` has "new", and "old" if there are two versions."""

    def __init__(
        self,
        before: Side,
        after: Mapping[str, Side],
        names: Mapping[str, ast.Expr],
        variables: Mapping[str, IntType],
        lenient: bool = False,
    ) -> None:
        self.before = before
        self.lenient = lenient  # what only one version has isn't compared
        self.after = after
        self.names = names
        self.variables = variables
        for side in (before, *after.values()):
            side.owner = self

    def side(self, name: str, span: Span) -> Side:
        if name == "before":
            return self.before
        found = self.after.get(name)
        if found is None:
            raise SpecError("this spec has one version, `new`", span)
        return found

    def function_is_known(self, name: str) -> bool:
        return any(s.definitions.knows(name) or name in s.rules for s in self.after.values())

    def _is_function(self, name: str) -> bool:
        """True iff `name` is a function, and no variable of the code."""
        return self.function_is_known(name) and not any(
            d.name == name and not isinstance(d.type, ast.FunctionType)
            for s in self.after.values()
            for d in s.definitions.declaration("globals", name) or ()
        )

    def condition(self, node: ast.Expr) -> Term:
        """The truth of an expression, evaluated before the call but for what `old.` and `new.` say."""
        self.before.definitions.check_whole(node)
        return self.before.condition(node)

    def same(self, node: ast.Call) -> list[Part]:
        """What `same(A, B, except(…))` compares."""
        names = [a.name if isinstance(a, ast.Ident) else "" for a in node.arguments[:2]]
        if len(node.arguments) not in (2, 3) or any(n not in STATES for n in names):
            raise SpecError("`same` takes two of before, old and new", node.span, "E.g. `same(old, new)`.")
        excepted, locations, functions = self._excepted(node)
        one, other = self.side(names[0], node.span), self.side(names[1], node.span)
        parts: list[Part] = []
        stopped = [s.state.slots[STOPPED_SLOT] for s in (one, other)]
        if "ret" not in excepted and "before" not in names:
            # What ends in BUG() returns nothing.
            returned = self._same_result(one, other, node.span)
            parts.extend(p._replace(equal=t.or_(t.and_(*stopped), p.equal)) for p in returned)
        parts.append(Part("whether BUG() is reached", t.eq(*stopped)))
        if "calls" not in excepted:
            worlds = [without_calls(s.state.slots[WORLD_SLOT], functions) for s in (one, other)]
            parts.append(Part("the calls", worlds_equal(*worlds)))
        if "warnings" not in excepted:
            warnings = [s.state.slots[WARNINGS_SLOT] for s in (one, other)]
            parts.append(Part("the warnings", worlds_equal(*warnings)))
            said = [_messages(s.outcome) for s in (one, other) if s.outcome is not None]
            if len(said) > 1 and said[0] != said[1]:
                one.assume("what warnings say, which differs between the versions, doesn't matter")
        if "memory" not in excepted:
            parts.extend(self._same_memory(one, other, locations))
        return parts

    def _excepted(self, node: ast.Call) -> tuple[set[str], list[tuple[str, Place]], frozenset[str]]:
        excepted: set[str] = set()
        locations: list[tuple[str, Place]] = []
        functions: set[str] = set()
        if len(node.arguments) == 3:
            clause = node.arguments[2]
            if (
                not isinstance(clause, ast.Call)
                or not isinstance(clause.function, ast.Ident)
                or clause.function.name != "except"
            ):
                raise SpecError("the third argument of `same` is `except(…)`", clause.span)
            for item in clause.arguments:
                name = item.name if isinstance(item, ast.Ident) else ""
                if name in _EVERYTHING:
                    excepted.add(name)
                elif name and name not in self.names and name not in self.before.scopes[0] and self._is_function(name):
                    functions.add(name)
                else:
                    try:
                        locations.extend((name, place) for place in self._exceptable(item))
                    except UnsupportedC as error:
                        raise SpecError(
                            f"`{item.span.text}` is nothing that can be excepted: {error.message}", item.span,
                            f"Known: {', '.join(_EVERYTHING)}, a function's name, or a location.",
                        ) from None  # fmt: skip
        return excepted, locations, frozenset(functions)

    def _exceptable(self, item: ast.Expr) -> list[Place]:
        """The scalars that `item` is made of."""
        place = self.before.place(item)
        if place.storage is not None:
            raise UnsupportedC("it is a part of a union", item.span)
        element = place.type
        while isinstance(element, ArrayOf):
            element = element.element
        if isinstance(element, RecordType):
            raise UnsupportedC("it is a record; name its members", item.span)
        return list(self.before.leaves(place, item.span))

    def _same_result(self, one: Side, other: Side, span: Span) -> list[Part]:
        assert one.outcome is not None and other.outcome is not None
        a, b = one.outcome.result, other.outcome.result
        if a is None and b is None:
            return []
        if (a is None or b is None) and self.lenient:
            one.assume(f"{CALLERS} do without the value that only one version returns")
            return []
        if a is None or b is None:
            raise UnsupportedC("only one version returns a value", span)
        if isinstance(a.type, RecordType) and isinstance(b.type, RecordType):
            return self._same_record(one, a, other, b, span)
        if not is_scalar(a.type) or not is_scalar(b.type):
            raise UnsupportedC("the versions' results can't be compared", span)
        left, right = one.scalar(one.load(a, span), span), other.scalar(other.load(b, span), span)
        if isinstance(a.type, IntType) and isinstance(b.type, IntType) and a.type[1:] != b.type[1:]:
            numbers = bits_mislead(a.type, b.type) and (self.lenient or left.sort == right.sort)
            what = "value" if numbers else "representation"
            one.assume(f"{CALLERS} make the same of a returned `{a.type}` and a `{b.type}` of one {what}")
            if numbers:
                left, right = convert(left, a.type, LONG), convert(right, b.type, LONG)
        if left.sort != right.sort:
            hint = "Leave the result out, `except(ret)`, or say what it must be: `old.ret == new.ret`."
            raise UnsupportedC(f"one version returns `{a.type}`, the other `{b.type}`", span, hint)
        return [Part("the return value", t.eq(left, right))]

    def _same_record(self, one: Side, a: Place, other: Side, b: Place, span: Span) -> list[Part]:
        left, right = list(one.leaves(a, span)), list(other.leaves(b, span))
        if [p.location for p in left] != [p.location for p in right]:
            raise UnsupportedC("the versions return records with different members", span)
        pairs = [(one.raw(x, span), other.raw(y, span)) for x, y in zip(left, right, strict=True)]
        if any(x.sort != y.sort for x, y in pairs):
            raise UnsupportedC("the versions return records with different members", span)
        return [Part("the return value", t.and_(*(t.eq(x, y) for x, y in pairs)))]

    def _same_memory(self, one: Side, other: Side, excepted: list[tuple[str, Place]]) -> list[Part]:
        """Equality of all that either version may have written; excepted places are made equal first."""
        parts: list[Part] = []
        slots, other_slots = dict(one.state.slots), dict(other.state.slots)
        world, other_world = one.state.world, other.state.world
        for location in sorted(slots.keys() | other_slots.keys()):
            if location.startswith(("@", "local ")):
                continue
            held, other_held = slots.get(location), other_slots.get(location)
            known = held if held is not None else other_held
            assert known is not None and known.sort != WORLD
            for _, place in excepted:
                if place.location == location:
                    held, other_held = (
                        _masked(place, held, known, world),
                        _masked(place, other_held, known, other_world),
                    )
            parts.append(Part(f"memory: {location}", contents_equal(location, held, world, other_held, other_world)))
        return parts


def _masked(place: Place, held: Term | None, known: Term, world: Term) -> Term:
    """The content of `place`'s location with zero at `place`."""
    if known.sort != MEMORY:
        return t.const(0, known.sort)
    shape = known
    while shape.op != "base":
        shape = shape.args[0] if shape.op == "store" else shape.args[1]
    location, width, indices = shape.value  # type: ignore[misc]
    content = held if held is not None else t.base(location, world, width, indices)  # type: ignore[arg-type]
    return t.store(content, place.indices, t.const(0, width))  # type: ignore[arg-type]


def _messages(outcome: Outcome) -> dict[str, Term]:
    """What the warnings say, as the source has it, and when; if all say one thing, that tells when it is said."""
    found: dict[str, Term] = {}
    for event in outcome.events:
        text = event.span.text if event.kind == "warning" else ""
        if "," in text and event.condition is not t.FALSE:  # else it says no more than where it is
            text = canonical(text)
            found[text] = t.or_(found.get(text, t.FALSE), event.condition)
    return found if len(found) > 1 else dict.fromkeys(found, t.TRUE)


def without_calls(world: Term, functions: frozenset[str]) -> Term:
    """`world` as if the calls of `functions` had not been made."""
    if not functions or world.op == "world":
        return world
    if world.op == "ite":
        return t.ite(world.args[0], without_calls(world.args[1], functions), without_calls(world.args[2], functions))
    assert isinstance(world.value, tuple)
    label = str(world.value[0])
    before = without_calls(world.args[0], functions)
    if any(_is_call_of(label, f) for f in functions):
        return before
    return t.rebuild(world, (before, *world.args[1:]))
