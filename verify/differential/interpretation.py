"""A program in the concrete interpreter, with the input's memory and the external functions' results as its oracle."""

from __future__ import annotations

from collections.abc import Sequence

from verify.differential.effects import Call, effect_result, external
from verify.differential.loading import LOCAL_ADDRESSES, LOCAL_DISTANCE, Loaded, Memory, Refused, put, refusal
from verify.differential.program import Input, Observed, Program
from verify.errors import UnsupportedC
from verify.execution.concrete_values import Place
from verify.execution.interpreter import Machine, NotReplayable
from verify.syntax.ctypes import width_of
from verify.tuples import NamedTuple


class _World:
    """What lies outside of the code in one run; external functions write no memory.  An `Oracle`."""

    def __init__(self) -> None:
        self.parameters: dict[str, int] = {}
        self.memory: Memory = {}
        self.machine: Machine | None = None
        self.locals: dict[str, int] = {}
        self.calls: list[Call] = []

    def parameter(self, position: int, name: str, width: int) -> int:
        del position
        return self.parameters.get(name, 0) & (1 << width) - 1

    def read(self, epoch: int, location: str, indices: tuple[int, ...], width: int) -> int:
        """What was written before the call after which this is asked, or what was found on entry."""
        assert self.machine is not None
        while epoch > 0:
            held = self.machine.seen[epoch - 1].get(location)
            if held is None:
                epoch -= 1
            elif indices in held.written:
                return held.written[indices] & (1 << width) - 1
            else:
                epoch = held.epoch
        return self.memory.get((location, indices), 0) & (1 << width) - 1

    def answer(self, label: str, arguments: tuple[int, ...], effect: bool, width: int | None) -> int:
        del effect, width
        args = tuple(p.wrap(value) for p, value in zip(external(label).params, arguments, strict=True))
        result = effect_result(label, len(self.calls), args)
        self.calls.append(Call(label, args, result))
        return result or 0

    def constant(self, name: str, width: int) -> int:
        del width
        if name.startswith(("offsetof(", "sizeof(")):
            raise Refused(f"`{name}` isn't known")  # any number here might make objects overlap
        if name.startswith("address of "):
            return LOCAL_ADDRESSES + LOCAL_DISTANCE * self.locals.setdefault(name, len(self.locals))
        return 0


class _Entry(NamedTuple):
    """What is alike on entry in all runs: the pointers, those in memory too, and where the leaves are."""

    parameters: dict[str, int]
    memory: Memory
    leaves: tuple[Place, ...]


class Interpretation:
    """A program that is read once and run for many inputs."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.loaded = Loaded(program)
        self.pointers = [(p, self.loaded.expression(p.path)) for p in program.pointers]
        self.leaves = [self.loaded.expression(leaf.path) for leaf in program.leaves]
        self.alias = self.loaded.expression(program.alias.address) if program.alias else None
        self._entries: dict[bool, _Entry] = {}

    def _machine(self, world: _World) -> Machine:
        machine = Machine(self.loaded.version.types, world, {}, frozenset())
        world.machine = machine
        return machine

    def run(self, given: Input) -> Observed:
        """What the interpreter does with one input.  Raises `AssertionError` where it calls something undefined."""
        program, world = self.program, _World()
        self._prepare(world, given)
        machine = self._machine(world)
        machine.run(self.loaded.version.entry, self.loaded.names)
        assert machine.problem is None, machine.problem
        ret = None
        if program.returns:
            assert machine.result is not None, "nothing is returned"
            ret = program.returns.wrap(machine.result)
        values = [machine.value_at_end(expression)[0] for expression in self.leaves]
        leaves = tuple(leaf.type.wrap(value) for leaf, value in zip(program.leaves, values, strict=True))
        return Observed(ret, leaves, len(machine.warnings), tuple(world.calls))

    def _prepare(self, world: _World, given: Input) -> None:
        """Sets the parameters and memory on entry."""
        scalars = self.program.scalar_params
        entry = self._entry(given.aliased)
        world.parameters.update(entry.parameters)
        world.parameters.update(zip((s.path for s in scalars), given.values, strict=False))
        world.memory.update(entry.memory)
        for place, value in zip(entry.leaves, given.values[len(scalars) :], strict=True):
            _set(world, place, value)

    def _entry(self, aliased: bool) -> _Entry:
        """Where the leaves are; the same in all runs, since objects have fixed addresses."""
        found = self._entries.get(aliased)
        if found is None:
            world = _World()
            for pointer, expression in self.pointers:
                address = self.loaded.addresses[pointer.object]
                if pointer.path.isidentifier():
                    world.parameters[pointer.path] = address
                else:
                    _set(world, self._bound(world).place_at_end(expression), address)
            if aliased and self.program.alias and self.alias is not None:
                world.parameters[self.program.alias.path] = self._bound(world).value_at_end(self.alias)[0]
            machine = self._bound(world)
            places = tuple(machine.place_at_end(expression) for expression in self.leaves)
            found = self._entries[aliased] = _Entry(world.parameters, world.memory, places)
        return found

    def _bound(self, world: _World) -> Machine:
        """A machine that stands at the entry."""
        machine = self._machine(world)
        machine.bind(self.loaded.version.entry, self.loaded.names)
        return machine


def _set(world: _World, place: Place, value: int) -> None:
    width = place.bits if place.bits is not None else width_of(place.type)
    put(world.memory, (place.location, place.indices), value, width, place.shift)


def interpret(program: Program, inputs: Sequence[Input]) -> list[Observed]:
    """What the interpreter does with each input.  Raises `Refused`, and `AssertionError` as `Interpretation.run`."""
    try:
        interpretation = Interpretation(program)
        return [interpretation.run(given) for given in inputs]
    except UnsupportedC as error:
        raise refusal(error) from error
    except NotReplayable as error:
        raise Refused(str(error)) from error
