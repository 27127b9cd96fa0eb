"""Runs random programs in the concrete interpreter: the input's leaves are the memory that it finds.

External functions write no memory, so what a call is told to have left behind is what was there before it.
"""

from __future__ import annotations

from collections.abc import Sequence

from verify.errors import UnsupportedC
from verify.execution.interpreter import Machine, NotReplayable
from verify.source.text import Source
from verify.syntax import ast
from verify.syntax.convert import convert_expression
from verify.syntax.ctypes import width_of
from verify.syntax.definitions import Definitions
from verify.syntax.index import index_file
from verify.syntax.types import Types

from .effects import Call, effect_result, external
from .program import Input, Observed, Program

_FIRST_ADDRESS = 0x10_0000
_OBJECT_DISTANCE = 0x1_0000


class Refused(Exception):
    """The program is outside of what the interpreter supports; the message says why."""


class _Outside:
    """The oracle of one run: parameters by name, memory by location and indices."""

    def __init__(self) -> None:
        self.parameters: dict[str, int] = {}
        self.memory: dict[tuple[str, tuple[int, ...]], int] = {}
        self.calls: list[Call] = []
        self.machine: Machine | None = None

    def parameter(self, position: int, name: str, width: int) -> int:
        return self.parameters.get(name, 0) & ((1 << width) - 1)

    def read(self, epoch: int, location: str, indices: tuple[int, ...], width: int) -> int:
        return self.memory.get((location, indices), 0)

    def answer(self, label: str, arguments: tuple[int, ...], effect: bool, width: int | None) -> int:
        assert self.machine is not None and effect
        for location, cells in self.machine.memory.items():
            self.memory.update({(location, indices): cell.number for indices, cell in cells.items()})
        for owner in self.machine.escaped:
            self.memory.update({key: cell.number for key, cell in owner.cells.items()})
        args = tuple(p.wrap(a) for p, a in zip(external(label).params, arguments, strict=True))
        result = effect_result(label, len(self.calls), args)
        self.calls.append(Call(label, args, result))
        return 0 if result is None or width is None else result & ((1 << width) - 1)

    def constant(self, name: str, width: int) -> int:
        if name.startswith(("offsetof(", "sizeof(")):
            raise Refused(f"`{name}` isn't known")
        return 0


class Interpreted:
    """One program, ready to be run on inputs."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.definitions = Definitions([index_file(Source(f"seed-{program.seed}.c", program.text))], {})
        self.types = Types(self.definitions)
        function = self.definitions.function(program.entry)
        assert function is not None
        self.function = function
        self.names = tuple(p.name for p in program.params)
        self.leaves = [self._parse(leaf.path) for leaf in program.leaves]

    def _parse(self, text: str) -> ast.Expr:
        return convert_expression(Source("path", text), 0, len(text), self.definitions.is_type)[0]

    def _machine(self, outside: _Outside) -> Machine:
        outside.machine = Machine(self.types, outside, {}, frozenset())
        return outside.machine

    def _look(self, outside: _Outside) -> Machine:
        machine = self._machine(outside)
        machine.bind(self.function, self.names)
        return machine

    def run(self, given: Input) -> Observed:
        """What one input gives.  Raises `AssertionError` if the interpreter calls it undefined."""
        program = self.program
        outside = _Outside()
        outside.parameters = {s.path: v for s, v in zip(program.scalar_params, given.values, strict=False)}
        self._bind_pointers(outside, given.aliased)
        machine = self._look(outside)
        for expression, leaf, value in zip(
            self.leaves, program.leaves, given.values[len(program.scalar_params) :], strict=True
        ):
            place = machine.place_at_end(expression)
            width = place.bits or width_of(place.type)
            assert width == leaf.type.value_bits, leaf.path
            key, mask = (place.location, place.indices), (1 << width) - 1
            held = outside.memory.get(key, 0) & ~(mask << place.shift)
            outside.memory[key] = held | (value & mask) << place.shift
        machine = self._machine(outside)
        machine.run(self.function, self.names)
        assert machine.problem is None, machine.problem
        ret = None if program.returns is None else program.returns.wrap(machine.result or 0)
        leaves = tuple(
            leaf.type.wrap(machine.value_at_end(expression)[0])
            for leaf, expression in zip(program.leaves, self.leaves, strict=True)
        )
        logged = [(made.label, tuple(made.arguments)) for made in machine.calls]
        for (label, args), call in zip(logged, outside.calls, strict=True):
            assert (
                label == call.name
                and tuple(p.wrap(a) for p, a in zip(external(label).params, args, strict=True)) == call.args
            )
        return Observed(ret, leaves, len(machine.warnings), tuple(outside.calls))

    def _bind_pointers(self, outside: _Outside, aliased: bool) -> None:
        program = self.program
        addresses = {o.name: _FIRST_ADDRESS + i * _OBJECT_DISTANCE for i, o in enumerate(program.objects)}
        declared = {o.name: o.declared for o in program.objects}
        for pointer in program.pointers:
            address = addresses[pointer.object]
            if pointer.member:
                offset = self._parse(f"offsetof({declared[pointer.object]}, {pointer.member})")
                address += self._look(outside).value_at_end(offset)[0]
            if pointer.path.isidentifier():
                outside.parameters[pointer.path] = address
            else:
                place = self._look(outside).place_at_end(self._parse(pointer.path))
                outside.memory[place.location, place.indices] = address
        if aliased and program.alias:
            alias = self._parse(program.alias.address)
            outside.parameters[program.alias.path] = self._look(outside).value_at_end(alias)[0]


def interpret(program: Program, inputs: Sequence[Input]) -> list[Observed]:
    """What the interpreter says of each input.  Raises `Refused`, and `AssertionError` as `Interpreted.run`."""
    try:
        interpreted = Interpreted(program)
        return [interpreted.run(given) for given in inputs]
    except (NotReplayable, UnsupportedC) as error:
        message = error.message if isinstance(error, UnsupportedC) else str(error).partition(" at seed-")[0]
        raise Refused(message) from error
