"""Runs two versions that are said to do the same on many inputs, in the interpreter and compiled.

Takes an executed `Subject` and the posed claim that it was judged by.  Both versions get the same inputs, and the same
answers to the same questions in the same state.  On each input the formulas must tell what the interpreter does, both
versions must do the same by the interpreter (result, calls in their order, memory, warnings), and the code of each,
compiled, must do what the interpreter does; so the compiled versions do the same.  Raises `InternalError` otherwise.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from verify.claims.language import parse
from verify.claims.obligations import Posed, Subject
from verify.claims.spec import Expression
from verify.errors import InternalError, UnsupportedC
from verify.execution.interpreter import Machine, NotReplayable
from verify.execution.state import FROM_LEFT
from verify.replay.layout import ROUNDS, Layout, Moved, Numbers, own_layouts
from verify.replay.record import Recording, run_recorded
from verify.replay.validate import Inputs, Nearby, agree, compiled, constants_of
from verify.solving.replay import doubt, is_true
from verify.source.text import Source, Span
from verify.tuples import NamedTuple

_WITHOUT_RESULT = "same(old, new, except(ret))"


class Tried(NamedTuple):
    """On how many inputs formulas and interpreter find that the versions do the same.

    `skipped` inputs couldn't be run, `why` for the first of them.  `compiled`: on how many the compiled versions do
    the same, too, `by` which compiler with how many `checks`, or the `reason` why not.
    """

    inputs: int
    skipped: int
    why: str
    compiled: int
    by: str
    reason: str
    checks: int


def together(one: Tried, other: Tried) -> Tried:
    """What was tried in two cases of one function: compiled code ran if it did in both."""
    reason = one.reason or other.reason
    return Tried(
        one.inputs + other.inputs,
        one.skipped + other.skipped,
        one.why or other.why,
        0 if reason else one.compiled + other.compiled,
        "" if reason else one.by,
        reason,
        0 if reason else one.checks + other.checks,
    )


def try_same(subject: Subject, posed: Posed, cases: int, seed: int, seconds: float, scratch: str) -> Tried:
    """Tries up to `cases` inputs, for at most `seconds` (compiling not counted); `scratch` is a directory."""
    functions = {n for o in subject.outcomes.values() for n in o.inlined}
    functions |= {v.entry.name for v in subject.versions.values()}
    layouts = own_layouts(subject.versions, functions)
    for _ in range(ROUNDS):
        try:
            return _try(subject, posed, layouts, cases, seed, seconds, scratch)
        except Moved:
            continue
    return Tried(0, 0, "", 0, "", "its layout can't be settled", 0)


def _try(
    subject: Subject, posed: Posed, layouts: Mapping[str, Layout], cases: int, seed: int, seconds: float, scratch: str
) -> Tried:
    known = Numbers(layouts)
    posed = _comparable(subject, posed)
    choose = Nearby(frozenset[int]().union(*(constants_of(subject, name) for name in subject.versions)), seed)
    avoided = [h.condition for h in (*posed.hazards, *posed.bounds)]
    found: dict[str, list[Recording]] = {name: [] for name in subject.versions}
    skipped, why, count = 0, "", 0
    end = time.monotonic() + seconds
    while count + skipped < cases and time.monotonic() < end:
        inputs = Inputs(subject, tuple(subject.versions), choose, known=known)
        runs: dict[str, tuple[Machine, Recording]] = {}
        problem = "it doesn't satisfy what the verdict rests on"
        if all(map(inputs.evaluate, posed.hypotheses)) and not any(map(inputs.evaluate, avoided)):
            try:
                runs = {name: run_recorded(subject, name, inputs, layouts[name]) for name in subject.versions}
                problem = _judge(subject, posed, inputs, runs)
            except NotReplayable as error:
                problem = str(error)
            except UnsupportedC as error:
                problem = error.message
        if problem:
            skipped += 1
            why = why or problem
            continue
        count += 1
        for name, (_, recording) in runs.items():
            found[name].append(recording)
    if not count:
        return Tried(0, skipped, why, 0, "", why or "there was no time to run it", 0)
    ran = set(range(count))
    checks, by = 0, ""
    for name, recordings in found.items():
        try:
            done = compiled(subject, name, recordings, scratch)
        except InternalError as error:
            order = next((a for a in posed.rests_on if a.endswith(FROM_LEFT)), "")
            if not order:
                raise
            return Tried(count, skipped, why, 0, "", f"the compiler needn't keep to it that {order}: {error}", 0)
        if done.reason:
            return Tried(count, skipped, why, 0, "", done.reason, 0)
        ran &= set(done.runs)
        checks, by = checks + done.checks, done.by
    return Tried(count, skipped, why, len(ran), by, "" if ran else "no input can be run in both versions", checks)


def _judge(subject: Subject, posed: Posed, inputs: Inputs, runs: Mapping[str, tuple[Machine, Recording]]) -> str:
    """Why it can't be told whether the versions do the same; "" if they do.  Raises `InternalError` if they don't."""
    machines = {name: machine for name, (machine, _) in runs.items()}
    doubtful = doubt(subject, machines)
    try:
        for name, (_, recording) in runs.items():
            agree(name, recording, subject.outcomes[name], inputs)
    except InternalError:
        if doubtful:
            return doubtful
        raise
    same = is_true(subject, posed, inputs, machines)
    if isinstance(same, str):
        return same
    if same:
        return ""
    if doubtful:
        return doubtful
    raise InternalError(
        f"`{subject.spec.name}` was found to do the same, and doesn't by the interpreter: {inputs.values}"
    )


def _comparable(subject: Subject, posed: Posed) -> Posed:
    """The claim without the value that only one version returns, which it doesn't compare (see `Sides`)."""
    if len({outcome.result is None for outcome in subject.outcomes.values()}) == 1:
        return posed
    source = Source("same", _WITHOUT_RESULT)
    expression = Expression(_WITHOUT_RESULT, Span(source, 0, len(_WITHOUT_RESULT)))
    return posed._replace(tree=parse(expression, subject.new.definitions.is_type))
