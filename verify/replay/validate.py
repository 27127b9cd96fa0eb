"""Re-validates the encoding of one spec: formulas, concrete interpreter and compiled code, side by side.

Takes an executed `Subject`; runs each version on many inputs that satisfy the spec's assumptions: on all of them where
they have few bits, else on boundary values and random ones from a seed.  For each input the formulas, evaluated, must
tell the same result, calls, stores and warnings as the interpreter, and the compiled code must do the same.  Raises
`InternalError` where two of the three differ.
"""

from __future__ import annotations

import os
import random
import shutil
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence

from verify.claims.obligations import Subject
from verify.errors import InternalError, UnsupportedC
from verify.execution.concrete_types import declared_type
from verify.execution.executor import Outcome
from verify.execution.interpreter import NotReplayable
from verify.replay.compiler import DONE, Compiler, compile_and_run, find_compiler
from verify.replay.program import table_of
from verify.replay.record import Recording, Store, record
from verify.syntax.ctypes import PointerTo, RecordType, is_scalar, width_of
from verify.terms import term as t
from verify.terms.evaluate import Evaluation, Value
from verify.terms.term import Term
from verify.tuples import NamedTuple

MOST_BITS = 20  # of all inputs together, up to which every combination is tried
_OBJECT = 0x100000  # how far apart objects lie
_MOST_TRIES = 50  # inputs that don't satisfy the assumptions, for each that does
_BATCH = 1 << 15  # runs in one C file
_TABLE_SECONDS = 120.0


class Checked(NamedTuple):
    """What was compared for one version.

    `inputs`: those on which formulas and interpreter agree; `bits`: the inputs' width in all; `exhaustive`: they are
    all there are; `skipped`: inputs whose behaviour is undefined or that the interpreter can't follow, `why` for the
    first of them.  `compiled`: on how many the compiled code agrees, too, `by` which compiler, or the `reason` why not.
    """

    version: str
    inputs: int
    bits: int
    exhaustive: bool
    skipped: int
    why: str
    compiled: int
    by: str
    reason: str
    checks: int


def validate(subject: Subject, cases: int, seed: int) -> tuple[Checked, ...]:
    """One `Checked` for each version."""
    scratch = tempfile.mkdtemp(prefix="verify-validate-")
    try:
        return tuple(_version(subject, name, cases, seed, scratch) for name in subject.versions)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


Chooser = Callable[[int], int]


class _Chosen(dict[str, int]):
    """The values of variables, and of constants that `known` tells."""

    def __init__(self, known: Callable[[str], int | None]) -> None:
        super().__init__()
        self._tell = known

    def get(self, name: str, default: int = 0) -> int:  # type: ignore[override]
        if name not in self:
            number = self._tell(name)
            if number is None:
                return default
            self[name] = number
        return self[name]


class Inputs(Evaluation):
    """Inputs of the versions `names` that are chosen when they are first asked for.

    `choose` gives a value of so many bits; `known` tells the numbers of constants by the names that formulas have for
    them.
    """

    def __init__(
        self,
        subject: Subject,
        names: Sequence[str],
        choose: Chooser,
        fixed: Iterable[tuple[Term, int]] = (),
        known: Callable[[str], int | None] = lambda name: None,
    ) -> None:
        self._chosen = _Chosen(known)
        super().__init__(self._chosen)
        self._choose = choose
        self._versions = [subject.versions[name] for name in names]
        self.bits = 0
        self._pointers = 0
        for version in self._versions:
            for input_, param in zip(subject.parameters.of(version.name), version.entry.params, strict=True):
                if input_ not in self._chosen:
                    type_ = version.types.resolve(param.type, "")
                    pointer = not is_scalar(type_) or isinstance(type_, PointerTo)
                    self._chosen[input_] = self._pointer() if pointer else self._pick(width_of(type_))
        for read, constant in (*_equalities(subject.assumed), *fixed):
            if read.op == "var":
                self._chosen[str(read.value)] = constant
            else:
                key = (read.value, read.sort, *(self.evaluate(a) for a in read.args))
                self._reads[key] = constant
            self._known.clear()

    def unknown(self, location: str, width: int, world: Value, indices: tuple[Value, ...]) -> int:
        key = (location, width, world, *indices)
        if key not in self._reads:
            pointer = width == 64 and (
                self._returns_pointer(world) if location == "result" else self._is_pointer(location)
            )
            self._reads[key] = self._pointer() if pointer else self._pick(width)
        return self._reads[key]

    def _pick(self, width: int) -> int:
        self.bits += width
        return self._choose(width)

    def _pointer(self) -> int:
        self._pointers += 1
        return self._pointers * _OBJECT

    def _is_pointer(self, location: str) -> bool:
        key, *members = location.split(".")
        for version in self._versions:
            for kind in ("struct", "union"):
                type_: object = RecordType(kind, key)
                try:
                    for member in members:
                        assert isinstance(type_, RecordType)
                        type_ = version.types.member(type_, member).type
                except (UnsupportedC, AssertionError):
                    continue
                return isinstance(type_, PointerTo)
        return False

    def _returns_pointer(self, world: Value) -> bool:
        """True iff the call behind which `world` is returns a pointer."""
        assert isinstance(world, tuple)
        label = str(world[1]).partition("@")[0] if world[0] == "step" else ""
        types = (declared_type(version.types, label) for version in self._versions)
        return any(type_ is not None and isinstance(type_.returns, PointerTo) for type_ in types)


def _equalities(assumed: tuple[Term, ...]) -> Iterator[tuple[Term, int]]:
    """Inputs that an assumption equates with a constant."""
    stack = list(assumed)
    while stack:
        term = stack.pop()
        if term.op == "and":
            stack.extend(term.args)
        elif term.op == "=":
            one, other = term.args if term.args[1].op == "const" else term.args[::-1]
            if one.op in ("var", "read") and other.op == "const" and isinstance(other.value, int):
                yield one, other.value
        elif term.op == "var":
            yield term, 1
        elif term.op == "not" and term.args[0].op == "var":
            yield term.args[0], 0


class Nearby:
    """Chooses boundary values, the code's own constants and their neighbours, and random values."""

    def __init__(self, constants: frozenset[int], seed: int) -> None:
        self._random = random.Random(seed)
        near = {c + d for c in constants for d in (-1, 0, 1)} | {~c for c in constants}
        self._near = sorted(near | {1 << c for c in constants if 0 <= c < 64})

    def __call__(self, width: int) -> int:
        own, most = self._random, (1 << width) - 1
        kind = own.randrange(6)
        if kind == 0:
            return own.choice((0, 1, most, most - 1 if width > 1 else 0, 1 << (width - 1), (1 << (width - 1)) - 1))
        if kind == 1:
            return 1 << own.randrange(width)
        if kind == 2 and self._near:
            return (own.choice(self._near) | own.choice((0, 0, 1 << own.randrange(width)))) & most
        if kind == 3 and self._near:
            return own.choice(self._near) & most
        if kind == 4 and self._near:
            return own.choice(self._near) & own.getrandbits(width) & most
        return own.getrandbits(width)


class _Everything:
    """Chooses every combination in turn, as an odometer whose wheels are found on the way."""

    def __init__(self) -> None:
        self._wheels: list[list[int]] = []
        self._position = 0

    def __call__(self, width: int) -> int:
        if self._position == len(self._wheels):
            self._wheels.append([0, width])
        value = self._wheels[self._position][0]
        self._position += 1
        return value

    def advance(self) -> bool:
        """Turns to the next combination; False after the last."""
        del self._wheels[self._position :]
        self._position = 0
        while self._wheels:
            wheel = self._wheels[-1]
            wheel[0] += 1
            if wheel[0] < 1 << wheel[1]:
                return True
            self._wheels.pop()
        return False


def constants_of(subject: Subject, name: str) -> frozenset[int]:
    """The constants in a version's formulas."""
    outcome = subject.outcomes[name]
    roots = [e.condition for e in outcome.events]
    roots += [x for e in outcome.events for x in e.terms]
    roots += outcome.state.slots.values()
    parts = t.postorder((*roots, *subject.assumed))
    return frozenset(x.value for x in parts if x.op == "const" and isinstance(x.value, int))


def _version(subject: Subject, name: str, cases: int, seed: int, scratch: str) -> Checked:
    outcome = subject.outcomes[name]
    nearby = Nearby(constants_of(subject, name), seed)
    found: list[Recording] = []
    skipped, why, widest, tries = 0, "", 0, 0
    count, ran, checks, by, reason = 0, 0, 0, "", ""

    def attempt(inputs: Inputs) -> None:
        nonlocal skipped, why, widest
        try:
            recording = record(subject, name, inputs)
        except (NotReplayable, UnsupportedC) as error:
            skipped += 1
            why = why or (error.message if isinstance(error, UnsupportedC) else str(error))
            return
        agree(name, recording, outcome, inputs)
        widest = max(widest, inputs.bits)
        found.append(recording)

    while len(found) + skipped < cases and tries < cases * _MOST_TRIES:
        tries += 1
        inputs = Inputs(subject, (name,), nearby)
        if all(inputs.evaluate(a) for a in subject.assumed):
            attempt(inputs)
    exhaustive = bool(found) and widest <= MOST_BITS and not skipped
    if exhaustive:
        found.clear()
        everything = _Everything()
        while True:
            inputs = Inputs(subject, (name,), everything)
            if all(inputs.evaluate(a) for a in subject.assumed):
                attempt(inputs)
            more = everything.advance()
            if len(found) == _BATCH and more:
                done = compiled(subject, name, found, scratch)
                count, ran, checks = count + len(found), ran + len(done.runs), checks + done.checks
                by, reason = done.by, done.reason
                found.clear()
                if not by:
                    break
            if not more:
                break
        exhaustive = not skipped and widest <= MOST_BITS and not reason
    if not reason:
        done = compiled(subject, name, found, scratch)
        count, ran, checks = count + len(found), ran + len(done.runs), checks + done.checks
        by, reason = done.by, done.reason
    return Checked(name, count, widest, exhaustive, skipped, why, 0 if reason else ran, by, reason, checks)


def agree(name: str, recording: Recording, outcome: Outcome, inputs: Evaluation) -> None:
    """Raises `InternalError` if the formulas tell another story than the interpreter."""

    def differ(what: str, ours: object, theirs: object) -> InternalError:
        return InternalError(f"the {name} version's {what}: the formulas say {ours}, the interpreter says {theirs}")

    if outcome.result is not None and recording.result is not None:
        held = outcome.state.slots.get(outcome.result.location)
        if held is not None and inputs.number(held) != recording.result:
            raise differ("result", inputs.number(held), recording.result)
    happening = [e for e in outcome.events if inputs.evaluate(e.condition)]
    warnings = tuple(e.text for e in happening if e.kind == "warning" and e.text != "BUG")
    if len(warnings) != len(recording.warnings):
        raise differ("warnings", len(warnings), len(recording.warnings))
    formula = {
        (e.text, tuple(inputs.number(i) for i in e.terms[:-1])): inputs.number(e.terms[-1])
        for e in happening
        if e.kind == "store"
    }
    stored = [e for e in recording.events if isinstance(e, Store)]
    own = {(e.place.location, e.place.indices): e.number for e in stored}
    if formula != own:
        raise differ("stores", formula, own)


class Compiled(NamedTuple):
    """What compiled code did: `checks` by the compiler `by` on the runs at the positions `runs`; else the `reason`."""

    runs: tuple[int, ...]
    checks: int
    by: str
    reason: str


def compiled(subject: Subject, name: str, found: Sequence[Recording], scratch: str) -> Compiled:
    """Has compiled code do what a version did in the runs `found`.

    Raises `InternalError` if it does something else.
    """
    if not found:
        return Compiled((), 0, "", "there is no input to run it on")
    compiler = find_compiler(scratch)
    if isinstance(compiler, str):
        return Compiled((), 0, "", compiler)
    whole = _compiled(subject, name, found, scratch, compiler, False)
    if whole.by:
        return whole
    # What didn't run may need what wasn't read.
    short = _compiled(subject, name, found, scratch, compiler, True)
    return short if short.by else whole


def _compiled(
    subject: Subject, name: str, found: Sequence[Recording], scratch: str, compiler: Compiler, short: bool
) -> Compiled:
    try:
        table = table_of(f"The {name} version of `{subject.spec.name}`, run on {len(found)} inputs.", found, short)
    except (NotReplayable, UnsupportedC) as error:
        return Compiled((), 0, "", error.message if isinstance(error, UnsupportedC) else str(error))
    path = os.path.join(scratch, f"{name}.c")
    rows = os.path.join(scratch, f"{name}.rows")
    with open(path, "w", encoding="utf-8") as file:
        file.write(table.text)
    with open(rows, "wb") as file:
        for row in table.rows:
            file.write(struct.pack(f"<{len(row)}Q", *row))
    ran = compile_and_run(compiler, path, scratch, rows, _TABLE_SECONDS)
    if ran.unable:
        return Compiled((), 0, "", ran.unable)
    said = ran.output.strip()
    if ran.code == DONE and said == f"all {table.checks} checks hold":
        return Compiled(table.runs, table.checks, compiler.called, "")
    kept = tempfile.mkdtemp(prefix="verify-mismatch-")
    shutil.copy(path, kept)
    shutil.copy(rows, kept)
    raise InternalError(
        f"the {name} version compiled by {compiler.called} does something else than the interpreter: "
        f"{ran.problem or said.splitlines()[0] if said or ran.problem else ran.code}; see {kept}"
    )
