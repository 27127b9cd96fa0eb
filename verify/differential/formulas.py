"""A program's formulas, evaluated: symbolic execution of the entry once, then its terms under each input.

The second half is `verify.terms.evaluate` with reads answered from the input's memory and from the external functions'
results (`effects.effect_result`); external functions write no memory.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import cast

from verify.claims.sides import Side, Sides
from verify.differential.effects import Call, effect_result, external
from verify.differential.loading import LOCAL_ADDRESSES, LOCAL_DISTANCE, Loaded, Memory, Refused, put, refusal
from verify.differential.program import Input, Observed, Program
from verify.errors import UnsupportedC
from verify.execution.executor import Executor, Outcome, initial_state
from verify.execution.memory import Setting
from verify.execution.state import WARNINGS_SLOT, Place, State
from verify.syntax.ctypes import ArrayOf, CType, PointerTo, width_of
from verify.terms import term as t
from verify.terms.evaluate import Evaluation, Value
from verify.terms.term import Term
from verify.tuples import NamedTuple

_RECURSION_LIMIT = 100_000
_Writes = tuple[tuple[tuple[Value, ...], Value], ...]

_Stepped = tuple[str, str, Value, tuple[int, ...], tuple[tuple[str, Value], ...], tuple[object, ...]]


class _Concrete(Evaluation):
    """Terms under one input: `memory` is what was found on entry, by location and indices."""

    def __init__(self, values: Mapping[str, int], memory: Memory) -> None:
        super().__init__(values)
        self.memory = memory
        self.locals: dict[str, int] = {}

    def forget(self) -> None:
        """Drops cached values, after a change of `memory`."""
        self._known.clear()

    def _apply(self, term: Term) -> Value:
        if term.op == "read":
            world, *indices = (self._known[a.id] for a in term.args)
            return self._held(str(term.value), world, tuple(map(_number, indices)), term.sort)
        if term.op == "local":
            return self.locals.setdefault(str(term.value), LOCAL_ADDRESSES + LOCAL_DISTANCE * len(self.locals))
        if term.op == "var" and str(term.value).startswith(("offsetof(", "sizeof(")):
            raise Refused(f"`{term.value}` isn't known")  # any number here might make objects overlap
        return super()._apply(term)

    def unknown(self, location: str, width: int, world: Value, indices: tuple[Value, ...]) -> int:
        """What `location` held in `world`; also what a written scalar is compared with."""
        return self._held(location, world, tuple(map(_number, indices)), width)

    def _memory(self, term: Term, args: list[Value]) -> tuple[object, ...]:
        if term.op == "base":
            return ((term.value, args[0]), ())
        base, writes = cast("tuple[Value, _Writes]", args[0])
        table = {**dict(writes), tuple(args[1:-1]): args[-1]}
        return (base, tuple(sorted(table.items())))

    def _held(self, location: str, world: Value, indices: tuple[int, ...], width: int) -> int:
        """What `location` held in `world`."""
        mask = (1 << width) - 1
        if location == "result":
            return (calls_of(world)[-1].result or 0) & mask
        while isinstance(world, tuple) and world[0] == "step":
            _, _, world, _, then, _ = cast("_Stepped", world)
            held = dict(then).get(location)
            if isinstance(held, tuple):
                (_, world), writes = cast("tuple[tuple[str, Value], _Writes]", held)
                found = dict(writes).get(indices)
                if found is not None:
                    return _number(found)
            elif held is not None:
                return int(held)
        return self.memory.get((location, indices), 0) & mask


def _of_one_version(kind: str, name: str) -> str:
    del kind, name
    return ""


def _number(value: Value) -> int:
    assert isinstance(value, int)
    return int(value)


def calls_of(world: Value) -> tuple[Call, ...]:
    """The calls that lead to `world`, oldest first."""
    steps: list[tuple[str, tuple[int, ...]]] = []
    while isinstance(world, tuple) and world[0] == "step":
        _, label, world, raw, *_ = cast("tuple[str, str, Value, tuple[int, ...]]", world)
        steps.append((label, raw))
    calls: list[Call] = []
    for number, (label, raw) in enumerate(reversed(steps)):
        args = tuple(p.wrap(value) for p, value in zip(external(label).params, raw, strict=True))
        calls.append(Call(label, args, effect_result(label, number, args)))
    return tuple(calls)


class _Leaf(NamedTuple):
    """A leaf's place on entry and its content at the end."""

    before: Place
    after: Term


class Formulas:
    """A program's outcome as terms.  Raises `Refused` if the tool doesn't support it."""

    def __init__(self, program: Program) -> None:
        sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSION_LIMIT))
        self.program = program
        self.loaded = Loaded(program)
        self.version = self.loaded.version
        self.setting = Setting("new", {}, _of_one_version)
        try:
            self._execute()
        except UnsupportedC as error:
            raise refusal(error) from error

    def _execute(self) -> None:
        self.outcome = Executor(self.version.types, self.setting, {}).run(self.version.entry, self.loaded.names)
        for name, error in self.outcome.refused.items():
            raise Refused(f"{name}() isn't inlined: {refusal(error)}")
        self.before = self._side(initial_state(), None)
        state = self.outcome.state
        self.after = self._side(State((), dict(state.slots), dict(state.targets)), self.outcome)
        self.pointers = [(p, self.loaded.expression(p.path)) for p in self.program.pointers]
        self.leaves = [self._leaf(leaf.path) for leaf in self.program.leaves]
        alias = self.program.alias
        self.alias = self.before.value(self.loaded.expression(alias.address)).term if alias else None

    def _side(self, state: State, outcome: Outcome | None) -> Side:
        params: dict[str, tuple[CType, Term]] = {}
        for param in self.version.entry.params:
            type_ = self.version.types.resolve(param.type, "")
            type_ = PointerTo(type_.element) if isinstance(type_, ArrayOf) else type_
            assert param.name
            params[param.name] = (type_, t.var(param.name, width_of(type_)))
        side = Side(self.version.types, self.setting, {}, state, params, outcome)
        Sides(side, {}, {}, {})
        return side

    def _leaf(self, path: str) -> _Leaf:
        expression = self.loaded.expression(path)
        after = self.after.value(expression).term
        assert after is not None
        return _Leaf(self.before.place(expression), after)

    def run(self, given: Input) -> Observed:
        """What the formulas say of one input.  Raises `AssertionError` where they call it undefined or unbounded."""
        program = self.program
        values = {s.path: v for s, v in zip(program.scalar_params, given.values, strict=False)}
        memory: Memory = {}
        evaluation = _Concrete(values, memory)
        addresses = self.loaded.addresses
        for pointer, expression in self.pointers:
            if pointer.path.isidentifier():
                values[pointer.path] = addresses[pointer.object]
            else:
                self._set(evaluation, self.before.place(expression), addresses[pointer.object])
            evaluation.forget()
        if given.aliased and program.alias and self.alias is not None:
            values[program.alias.path] = _number(evaluation.evaluate(self.alias))
            evaluation.forget()
        for leaf, value in zip(self.leaves, given.values[len(program.scalar_params) :], strict=True):
            self._set(evaluation, leaf.before, value)
        evaluation.forget()
        return self._observe(evaluation)

    def _set(self, evaluation: _Concrete, place: Place, value: int) -> None:
        """Writes `value` to the memory that is found on entry."""
        key = (place.location, tuple(_number(evaluation.evaluate(i)) for i in place.indices))
        width = place.bits if place.bits is not None else width_of(place.type)
        put(evaluation.memory, key, value, width, place.offset)

    def _observe(self, evaluation: _Concrete) -> Observed:
        outcome, program = self.outcome, self.program
        state = outcome.state
        for hazard in (*outcome.hazards, *outcome.bounds):
            assert not evaluation.evaluate(hazard.condition), f"{hazard.text} at {hazard.span}: `{hazard.span.text}`"
        assert evaluation.evaluate(state.condition), "the end isn't reached"
        ret = None
        if program.returns:
            assert outcome.result is not None
            held = state.slots.get(outcome.result.location)
            assert held is not None, "nothing is returned"
            ret = program.returns.wrap(_number(evaluation.evaluate(held)))
        leaves = tuple(
            leaf.type.wrap(_number(evaluation.evaluate(own.after)))
            for leaf, own in zip(program.leaves, self.leaves, strict=True)
        )
        warnings = 0
        warned = evaluation.evaluate(state.slots[WARNINGS_SLOT])
        while isinstance(warned, tuple) and warned[0] == "step":
            warnings += 1
            warned = warned[2]  # type: ignore[assignment]
        return Observed(ret, leaves, warnings, calls_of(evaluation.evaluate(state.world)))


def formula(program: Program, inputs: Sequence[Input]) -> list[Observed]:
    """What the formulas say of each input.  Raises `Refused`, and `AssertionError` as `Formulas.run`."""
    formulas = Formulas(program)
    return [formulas.run(given) for given in inputs]
