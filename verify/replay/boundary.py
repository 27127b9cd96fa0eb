"""A table of boundary inputs with what each version does: the test that nobody wants to write by hand.

The inputs are the spec's names and the parameters.  The widest of them takes each single bit, each mask that the code
holds inputs of this width against, and that mask with each bit more or less; the others take zero, all ones, their own
masks and these masks' nearest neighbours.  What has no name has one value in all rows, by which the assumptions hold.
The concrete interpreter says what happens; the formulas must say the same and, if asked for, so must compiled code.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from verify.claims.obligations import Subject
from verify.errors import InputError, UnsupportedC
from verify.execution.interpreter import NotReplayable
from verify.replay.record import Recording, record
from verify.replay.validate import Chooser, Inputs, Nearby, agree, compiled, constants_of
from verify.solving.counterexample import named_inputs
from verify.syntax.ctypes import PointerTo
from verify.terms import term as t
from verify.terms.term import Term
from verify.tuples import NamedTuple

_MOST_ROWS = 100_000
_MOST_TRIES = 200


class Row(NamedTuple):
    """Values of the names, and what each version returns (unsigned; None for nothing)."""

    inputs: tuple[int, ...]
    results: tuple[int | None, ...]


class Boundary(NamedTuple):
    """`names` with their `widths`; `by` is the compiler that confirmed each version, else `reason` says why none did.

    `skipped` inputs don't satisfy the assumptions or can't be run.
    """

    names: tuple[str, ...]
    widths: tuple[int, ...]
    versions: tuple[str, ...]
    rows: tuple[Row, ...]
    skipped: int
    by: str
    reason: str


def boundary(subject: Subject, replay: bool, differences: bool = False) -> Boundary:
    """The table; a compiler confirms it iff `replay`.  Raises `InputError` if the spec has no names for inputs.

    With `differences`, rows whose results the formulas say to be the same are taken from them, and aren't run.
    """
    inputs = _inputs(subject)
    if not inputs:
        raise InputError(
            f"the spec `{subject.spec.name}` has no inputs but pointers", hint="Name some in its table [names]."
        )
    widest = max(inputs, key=lambda name: (inputs[name].sort, len(_masks(subject, inputs[name]))))
    together = [m for term in inputs.values() if term.sort == inputs[widest].sort for m in _masks(subject, term)]
    columns = [
        list(_values(term, together if name == widest else _masks(subject, term), name == widest))
        for name, term in inputs.items()
    ]
    rows: list[Row] = []
    skipped = 0
    others = _others(subject, tuple(zip(inputs.values(), (column[0] for column in columns), strict=True)))
    recordings: dict[str, list[Recording]] = {name: [] for name in subject.versions}
    for values in itertools.islice(itertools.product(*columns), _MOST_ROWS):
        fixed = list(zip(inputs.values(), values, strict=True))
        results = _alike(subject, fixed) if differences and others() is _zero else None
        if results is not None:
            rows.append(Row(values, results))
            continue
        made: list[Recording] = []
        for name, outcome in subject.outcomes.items():
            given = Inputs(subject, (name,), others(), fixed)
            if not all(given.evaluate(a) for a in subject.assumed):
                break
            try:
                recording = record(subject, name, given)
            except (NotReplayable, UnsupportedC):
                break
            agree(name, recording, outcome, given)
            made.append(recording)
        if len(made) < len(recordings):
            skipped += 1
            continue
        for recording in made:
            recordings[recording.version.name].append(recording)
        rows.append(Row(values, tuple(r.result for r in made)))
    by, reason = _confirmed(subject, recordings) if replay else ("", "")
    widths = tuple(max(term.sort, 1) for term in inputs.values())
    return Boundary(tuple(inputs), widths, tuple(recordings), tuple(rows), skipped, by, reason)


def _alike(subject: Subject, fixed: list[tuple[Term, int]]) -> tuple[int, ...] | None:
    """What the versions return by the formulas, all else being zero; None if that isn't the same, or isn't known."""
    results: list[int] = []
    for name, outcome in subject.outcomes.items():
        held = outcome.state.slots.get(outcome.result.location) if outcome.result is not None else None
        given = Inputs(subject, (name,), _zero, fixed)
        if held is None or not all(given.evaluate(a) for a in subject.assumed):
            return None
        results.append(given.number(held))
    return tuple(results) if len(set(results)) == 1 else None


def _others(subject: Subject, fixed: tuple[tuple[Term, int], ...]) -> Callable[[], Chooser]:
    """Makes what chooses the inputs without names: zero if the assumptions hold then, else the first that is found."""
    if all(Inputs(subject, ("new",), _zero, fixed).evaluate(a) for a in subject.assumed):
        return lambda: _zero
    constants = constants_of(subject, "new")
    for seed in range(_MOST_TRIES):
        given = Inputs(subject, ("new",), Nearby(constants, seed), fixed)
        if all(given.evaluate(a) for a in subject.assumed):
            return lambda: Nearby(constants, seed)
    return lambda: _zero


def _zero(width: int) -> int:
    del width
    return 0


def _confirmed(subject: Subject, recordings: dict[str, list[Recording]]) -> tuple[str, str]:
    scratch = tempfile.mkdtemp(prefix="verify-table-")
    by = reason = ""
    try:
        for name, runs in recordings.items():
            done = compiled(subject, name, runs, scratch)
            by, reason = done.by, done.reason
            if reason:
                break
            if len(done.runs) < len(runs):
                by, reason = "", f"{len(runs) - len(done.runs)} of {len(runs)} rows can't be run by compiled code"
                break
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return by, reason


def _inputs(subject: Subject) -> dict[str, Term]:
    """The spec's names of inputs that are no pointers, the widest last in each row's order of change."""
    fixed = set(subject.facts)
    found: dict[str, Term] = {}
    for named in named_inputs(subject):
        term = named.value.term
        own = named.name not in subject.variables
        if own and term is not None and term.op in ("var", "read") and not isinstance(named.value.type, PointerTo):
            if term.id not in fixed:
                found[named.name] = term
    return found


def _values(term: Term, masks: Sequence[int], widest: bool) -> Iterator[int]:
    """Boundary values for one input, each once."""
    width = max(term.sort, 1)
    most = (1 << width) - 1
    found = dict.fromkeys((0, most))
    if width > 1:
        if widest:
            found.update(dict.fromkeys(1 << i for i in range(width)))
        for mask in masks:
            found[mask] = None
            near = range(width) if widest else [*_lowest(mask), *_lowest(~mask & most)]
            if mask.bit_count() > 1:
                found.update(dict.fromkeys(mask ^ 1 << i for i in near))
    return iter(found)


def _lowest(mask: int) -> Iterator[int]:
    if mask:
        yield (mask & -mask).bit_length() - 1


@cache
def _masks(subject: Subject, term: Term) -> tuple[int, ...]:
    """The constants that the formulas hold this input against; of a mask and its complement the one of fewer bits."""
    if term.sort == t.BOOL:
        return ()
    most = (1 << term.sort) - 1
    roots = [x for o in subject.outcomes.values() for e in o.events for x in (e.condition, *e.terms)]
    roots += [x for o in subject.outcomes.values() for x in o.state.slots.values()]
    found: list[int] = []
    for part in t.postorder(tuple(roots)):
        if part.op == "extract" and part.args[0] is term:
            high, low = part.value  # type: ignore[misc]
            found.append((1 << (high + 1)) - (1 << low))  # type: ignore[operator]
        elif term in part.args and part.sort != t.WORLD:
            found += [
                x.value for x in part.args if x.op == "const" and x.sort == term.sort and isinstance(x.value, int)
            ]
    return tuple(dict.fromkeys(min(c, ~c & most, key=int.bit_count) for c in found))
