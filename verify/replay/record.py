"""Runs one version in the concrete interpreter and records all that a compiled program has to see alike.

Takes a machine's answers from outside as they come; returns a `Recording`: the events in their order.  Raises
`NotReplayable` for what can't be set up in a program of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from verify.claims.obligations import Subject
from verify.claims.versions import Version
from verify.errors import InternalError
from verify.execution.concrete_values import Cell, Place, Value, has_own_name
from verify.execution.executor import Outcome
from verify.execution.interpreter import Machine, NotReplayable, Oracle
from verify.execution.state import PADDING, Step
from verify.execution.stepping import SteppingMachine
from verify.replay.layout import Layout, is_layout
from verify.solving.replay import ModelOracle, machine_for
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.ctypes import CType, FunctionOf, RecordType, is_scalar
from verify.terms.evaluate import Evaluation
from verify.terms.worlds import POINTER_CALL
from verify.tuples import NamedTuple

LOWEST = 1 << 16  # Linux maps nothing below (vm.mmap_min_addr)
# What a C file can have at any place, so that nothing rests on the number.
_ANYWHERE = ("CONFIG_", "&", "string ", "address of local ", "promoted type of ")


class Read(NamedTuple):
    """Memory as found: `place` held `number` right after the `epoch`-th call with an effect (0: on entry).

    That may be a part of a local variable whose address the call got.
    """

    place: Place
    epoch: int
    number: int


class Store(NamedTuple):
    """The code wrote `number` to memory outside of its local variables."""

    place: Place
    number: int


class Copied(NamedTuple):
    """A record of `size` bytes at `address` was assigned as a whole: its padding may be anything (C17 6.2.6.1p6)."""

    address: int
    size: int


class Asked(NamedTuple):
    """A call that isn't looked into; `width` is None if it returns nothing, `epoch` counts the calls before it."""

    name: str
    arguments: tuple[int, ...]
    effect: bool
    number: int
    width: int | None
    epoch: int


Event = Read | Store | Copied | Asked


class Recording(NamedTuple):
    """One version's run: `result` is None if nothing is returned or BUG() was reached (`stopped`)."""

    version: Version
    parameters: tuple[int, ...]
    events: tuple[Event, ...]
    result: int | None
    result_type: CType
    stopped: bool
    warnings: tuple[str, ...]
    inlined: frozenset[str]
    constants: dict[str, int]
    prototype: Callable[[str], FunctionOf | None]
    ran: frozenset[tuple[str, int]]  # where the statements begin that were executed: file and offset
    layout: Layout | None = None
    silent: frozenset[str] = frozenset()  # functions that do nothing
    placed: Mapping[str, Placed] = {}


class Placed(NamedTuple):
    """A record of file scope and where it lies."""

    type: RecordType
    address: int


class UnknownLayout(NotReplayable):
    """The run rests on sizes and offsets that the text doesn't tell; `functions` ran."""

    def __init__(self, constants: tuple[str, ...], functions: frozenset[str]) -> None:
        super().__init__(f"it rests on {constants[0].partition('@')[0]}, which the text doesn't tell")
        self.constants = constants
        self.functions = functions


class _Ear:
    """An oracle that passes another's answers on and remembers them."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle
        self.events: list[Event] = []
        self.parameters: list[int] = []
        self.constants: dict[str, int] = {}
        self.placed: dict[str, Placed] = {}
        self.ran: set[tuple[str, int]] = set()
        self.epoch = 0

    def parameter(self, position: int, name: str, width: int) -> int:
        number = self.oracle.parameter(position, name, width)
        self.parameters.append(number)
        return number

    def read(self, epoch: int, location: str, indices: tuple[int, ...], width: int) -> int:
        return self.oracle.read(epoch, location, indices, width)

    def answer(self, label: str, arguments: tuple[int, ...], effect: bool, width: int | None) -> int:
        if label == POINTER_CALL:
            raise NotReplayable("it calls a function through a pointer")
        number = self.oracle.answer(label, arguments, effect, width)
        self.events.append(Asked(label.partition("@")[0], arguments, effect, number, width, self.epoch))
        self.epoch += effect
        return number

    def constant(self, name: str, width: int) -> int:
        number = self.constants[name] = self.oracle.constant(name, width)
        return number


class _Recorder(Machine):
    """An interpreter that tells its ear of each access to memory outside."""

    def statement(self, node: ast.Stmt, seek: ast.Stmt | None = None) -> None:
        assert isinstance(self.oracle, _Ear)
        self.oracle.ran.add((node.span.source.name, node.span.start))
        super().statement(node, seek)

    def _cell(self, place: Place) -> Cell:
        if place.location.endswith(PADDING):
            return super()._cell(place)  # C has no name for it
        unknown = place.owner is None and place.indices not in self.memory.get(place.location, {})
        cell = super()._cell(place)
        if unknown:
            self._note(Read(place, self.epoch_of(place.location), cell.number))
        elif place.owner is not None and place.owner.epoch is not None and cell.defined == -1:
            if (place.location, place.indices) not in place.owner.cells:
                self._note(Read(place, place.owner.epoch, cell.number))
        return cell

    def _set(self, place: Place, cell: Cell) -> None:
        super()._set(place, cell)
        if place.owner is None and not place.location.endswith(PADDING):
            self._note(Store(place, cell.number))

    def copy(self, place: Place, source: Place, span: Span) -> None:
        self._note_whole(place, span)
        super().copy(place, source, span)

    def fill(self, place: Place, byte: int, span: Span) -> None:
        self._note_whole(place, span)
        super().fill(place, byte, span)

    def _note_whole(self, place: Place, span: Span) -> None:
        if place.owner is None:
            size = self.types.size_of(place.type)
            if place.at is None or size is None:
                raise NotReplayable(f"the layout of `{place.type}`, which is assigned at {span}, isn't known")
            self._note(Copied(place.at, size))

    def pointer_to(self, place: Place, span: Span) -> Value:
        if place.location.startswith("global "):
            raise NotReplayable(f"the address of `{place.location.removeprefix('global ')}` is taken at {span}")
        return super().pointer_to(place, span)

    def returned_record(self, type_: RecordType, label: str, known: bool, span: Span) -> Value:
        raise NotReplayable(f"{label.partition('@')[0]}() returns a record")

    def global_place(self, name: str, type_: CType) -> Place:
        place = super().global_place(name, type_)
        if isinstance(type_, RecordType) and has_own_name(type_):
            assert place.at is not None and isinstance(self.oracle, _Ear)
            self.oracle.placed[name] = Placed(type_, place.at)
        elif not is_scalar(type_):
            raise NotReplayable(f"`{name}` is a record or an array of file scope")
        return place

    def _declare_static(self, declarator: ast.Declarator, type_: CType) -> None:
        super()._declare_static(declarator, type_)
        if isinstance(type_, RecordType):
            raise NotReplayable(f"`{declarator.name}` is a static record of a function")

    def _note(self, event: Event) -> None:
        assert isinstance(self.oracle, _Ear)
        self.oracle.events.append(event)


class _SteppingRecorder(_Recorder, SteppingMachine):
    """The same where code may be stepped over: a C file has nothing to take the place of that."""

    def _take(self, step: Step) -> Value:
        raise NotReplayable(f"it runs code that isn't looked into at {step.span}")


def record(subject: Subject, name: str, evaluation: Evaluation, layout: Layout | None = None) -> Recording:
    """Runs the version `name` of `subject` under a model; `layout` says where unknown members lie."""
    return run_recorded(subject, name, evaluation, layout)[1]


def run_recorded(
    subject: Subject, name: str, evaluation: Evaluation, layout: Layout | None = None
) -> tuple[Machine, Recording]:
    """The same, and the machine as the run left it."""
    outcome = subject.outcomes[name]
    return _run(subject, name, ModelOracle(evaluation, outcome), evaluation, outcome, layout)


def record_with(
    subject: Subject,
    name: str,
    oracle: Oracle,
    evaluation: Evaluation,
    outcome: Outcome | None,
    layout: Layout | None = None,
) -> Recording:
    """A recording with another oracle."""
    return _run(subject, name, oracle, evaluation, outcome, layout)[1]


def _run(
    subject: Subject,
    name: str,
    oracle: Oracle,
    evaluation: Evaluation,
    outcome: Outcome | None,
    layout: Layout | None,
) -> tuple[Machine, Recording]:
    version = subject.versions[name]
    ear = _Ear(oracle)
    own = _Recorder if subject.depth == "strict" else _SteppingRecorder
    machine = machine_for(version, subject, evaluation, outcome, own, ear)
    try:
        machine.run(version.entry, subject.parameters.of(name))
    except InternalError:
        if machine.problem is None:
            raise  # else the two may take undefined behaviour differently
    if machine.problem is not None:
        raise NotReplayable(f"the {name} version's behaviour is undefined: {machine.problem}")
    inlined = frozenset((version.entry.name, *machine.inlined))
    unknown = [c for c in ear.constants if not c.startswith(_ANYWHERE)]
    for constant in unknown:
        if not is_layout(constant):
            raise NotReplayable(f"it rests on {constant.partition('@')[0]}, which the text doesn't tell")
    untold = tuple(c for c in unknown if layout is None or layout.number(c) != ear.constants[c])
    untold += tuple(c for c, n in ear.constants.items() if n < LOWEST and _is_somewhere(c, machine, ear.placed))
    if untold:
        raise UnknownLayout(untold, inlined)
    return machine, Recording(
        version,
        tuple(ear.parameters),
        tuple(ear.events),
        machine.result,
        machine.result_type,
        machine.stopped,
        tuple(machine.warnings),
        inlined,
        ear.constants,
        machine.prototype,
        frozenset(ear.ran),
        layout,
        frozenset(n for n, rule in machine.rules.items() if rule.silent),
        ear.placed,
    )


def _is_somewhere(constant: str, machine: Machine, placed: Mapping[str, Placed]) -> bool:
    """True iff an unknown number is the address of something that a program has."""
    name = constant.removeprefix("&").partition("@")[0]
    return constant.startswith("string ") or (
        constant.startswith("&") and (name in placed or machine.prototype(name) is not None)
    )


__all__ = [
    "LOWEST",
    "Asked",
    "Copied",
    "Event",
    "NotReplayable",
    "Placed",
    "Read",
    "Recording",
    "Store",
    "UnknownLayout",
    "record",
    "record_with",
    "run_recorded",
]
