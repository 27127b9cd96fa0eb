"""Runs random programs through the formulas: symbolic execution once, then evaluation for each input."""

from __future__ import annotations

from collections.abc import Sequence

from verify.execution.executor import Executor, Outcome
from verify.execution.expressions import Local
from verify.execution.integers import convert
from verify.execution.memory import Setting
from verify.execution.state import Place, Value, merge
from verify.source.text import Source
from verify.syntax.convert import convert_expression
from verify.syntax.ctypes import IntType, VoidType, width_of
from verify.syntax.definitions import Definitions
from verify.syntax.index import index_file
from verify.syntax.types import Types
from verify.terms import term as t
from verify.terms.evaluate import Evaluation
from verify.terms.evaluate import Value as Evaluated

from .effects import Call, effect_result, external
from .program import Input, Observed, Program
from .scalars import Scalar

_SPACING = 0x100000


class _Outside(Evaluation):
    """External functions change no memory: what was there before a call is there behind it."""

    results: dict[Evaluated, int]

    def unknown(self, location: str, width: int, world: Evaluated, indices: tuple[Evaluated, ...]) -> int:
        assert isinstance(world, tuple)
        if world[0] != "step":
            return 0
        if location == "result":
            return self.results.get(world, 0)
        _, _, before, _, dirty = world
        held = dict(dirty).get(location)  # type: ignore[call-overload]
        if held is None:
            return self.unknown(location, width, before, indices)  # type: ignore[arg-type]
        if not isinstance(held, tuple):
            return int(held)  # type: ignore[call-overload]
        (_, base_world), writes = held
        written = dict(writes)
        return int(written[indices]) if indices in written else self.unknown(location, width, base_world, indices)


class Formula:
    """One program, executed symbolically over variables for its parameters and leaves."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.definitions = Definitions([index_file(Source(f"seed-{program.seed}.c", program.text))], {})
        self.types = Types(self.definitions)
        function = self.definitions.function(program.entry)
        assert function is not None
        self.executor = Executor(self.types, Setting("new", {}, lambda kind, name: ""), {})
        names = tuple(p.name or "" for p in function.params)
        scope = self.executor.bind_parameters(function, names)
        self.executor.scopes = [scope]
        span = function.span
        self.addresses: dict[str, int] = {}
        for i, pointer in enumerate(program.pointers):
            place = self.executor.place(self._parse(pointer.path))
            value = Value(place.type, t.var(f"pointer {i}", 64))
            self.executor.store(place, value, span)
        self.alias = None
        if program.alias is not None:
            self.alias = self.executor.value(self._parse(program.alias.address)).term
        for i, leaf in enumerate(program.leaves):
            place = self.executor.place(self._parse(leaf.path))
            width = place.bits if place.bits is not None else width_of(place.type)
            variable = t.var(f"leaf {i}", width)
            assert isinstance(place.type, IntType)
            source = IntType(place.type.name, width, place.type.signed)
            self.executor.store(place, Value(place.type, convert(variable, source, place.type)), span)
        self.entry_slots = {n: self.executor.state.slots[local.location] for n, local in scope.items()}
        self.executor.events.clear()
        self.executor.hazards.clear()
        self.outcome = self._run(function, scope)
        self.finals = self._finals()

    def _parse(self, text: str):  # type: ignore[no-untyped-def]
        source = Source("leaf", text)
        return convert_expression(source, 0, len(text), self.definitions.is_type)[0]

    def _run(self, function, scope: dict[str, Local]) -> Outcome:  # type: ignore[no-untyped-def]
        executor = self.executor
        returns = self.types.resolve(function.returns, "")
        result = None if isinstance(returns, VoidType) else Place("@result", (), returns, True, None)
        executor.run_function(function, dict(scope), result)
        merged = merge((executor.state, *executor.stopped))
        assert merged is not None
        return Outcome(
            merged, result, tuple(executor.hazards), tuple(executor.bounds), tuple(executor.events), (), {}, (), (),
            executor.refused, scope,
        )  # fmt: skip

    def _finals(self) -> list[t.Term]:
        executor = self.executor
        executor.state = self.outcome.state
        scope: dict[str, Local] = {}
        for name, local in self.outcome.params.items():
            executor.state.slots[f"local entry {name}"] = self.entry_slots[name]
            scope[name] = Local(f"local entry {name}", local.type)
        executor.scopes = [scope]
        found = []
        for leaf in self.program.leaves:
            value = executor.value(self._parse(leaf.path))
            assert value.term is not None
            found.append(value.term)
        return found

    def address(self, text: str, values: dict[str, int]) -> int:
        """The address `&object` or `&object.member…` or `&p->member`, objects lying far apart."""
        objects = {o.name: (i + 1) * _SPACING for i, o in enumerate(self.program.objects)}
        inner = text.removeprefix("&")
        name, _, path = inner.partition(".")
        if not path:
            return objects[name]
        declared = next(o.declared for o in self.program.objects if o.name == name)
        offset = self.executor.value(self._parse(f"offsetof({declared}, {path})"))
        assert offset.term is not None
        constant = t.const_value(offset.term)
        assert constant is not None
        return objects[name] + constant

    def observe(self, given: Input) -> Observed:
        """What the formula says for one input."""
        program = self.program
        values: dict[str, int] = {}
        for slot, value in zip(program.scalar_params, given.values, strict=False):
            values[slot.path] = value
        for i, value in enumerate(given.values[len(program.scalar_params) :]):
            values[f"leaf {i}"] = value
        for i, pointer in enumerate(program.pointers):
            values[f"pointer {i}"] = self.address(pointer.address, values)
        if given.aliased and program.alias is not None:
            position = next(i for i, p in enumerate(program.pointers) if p.path == program.alias.path)
            assert self.alias is not None
            values[f"pointer {position}"] = int(_Outside(values).evaluate(self.alias))
        evaluation = _Outside(values)
        evaluation.results = {}
        calls: list[Call] = []
        warnings = 0
        for event in self.outcome.events:
            if event.kind not in ("call", "warning") or not evaluation.evaluate(event.condition):
                continue
            if event.kind == "warning":
                warnings += 1
                continue
            function = external(event.text)
            terms = event.terms[:-1] if event.returns else event.terms
            arguments = tuple(
                p.wrap(int(evaluation.evaluate(x))) for x, p in zip(terms, function.params, strict=True)
            )
            result = effect_result(event.text, len(calls), arguments)
            assert event.world is not None
            if event.returns:
                mask = (1 << event.terms[-1].sort) - 1
                evaluation.results[evaluation.evaluate(event.world)] = (result or 0) & mask
            calls.append(Call(event.text, arguments, result))
        result_term = self.outcome.state.slots.get("@result")
        ret = None
        if program.returns is not None and result_term is not None:
            ret = program.returns.wrap(int(evaluation.evaluate(result_term)))
        leaves = tuple(
            leaf.type.wrap(int(evaluation.evaluate(final)))
            for final, leaf in zip(self.finals, program.leaves, strict=True)
        )
        return Observed(ret, leaves, warnings, tuple(calls))


def formula(program: Program, inputs: Sequence[Input]) -> list[Observed]:
    """What the formulas say for each input.  Raises `UnsupportedC` if the program is outside of the subset."""
    found = Formula(program)
    return [found.observe(given) for given in inputs]
