"""A time limit on work over terms that may grow beyond all bounds, e.g. the equality of two long chains of writes.

There is none unless the caller sets one; whoever does must catch `Overtime`.  Counted is the time that the processor
spends on this thread, so that a busy machine doesn't change an answer.  A process that works on many questions in any
order leaves out what it takes to read files that are kept, so that an answer doesn't hang on who read them first.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from contextlib import contextmanager

OF_FUNCTION = 9.0  # seconds that a sweep gives each function
_LEAST = 0.001  # seconds that something may take when the time is over
_LEAST_PATIENCE = 1.0  # seconds for making formulas, however little time the solver gets
_EVERY = 256  # ticks between two looks at the clock, which is a call of the system
_end = math.inf
_ticks = 0
_uncounted = 0.0  # seconds so far
_reading = False
_leaves_out = False


class Overtime(Exception):
    """The time limit is over."""


def patience(timeout: float) -> float:
    """The seconds for executing code, and for making each claim's formulas, if the solver has `timeout` seconds."""
    return max(timeout, _LEAST_PATIENCE)


def late(what: str, timeout: float) -> str:
    """What is told where `what` takes longer than this."""
    return f"{what} takes more than {patience(timeout):g} s; --timeout gives it more"


def clock() -> float:
    """The seconds that count, from any moment."""
    return time.thread_time() - _uncounted


def leave_reading_out() -> None:
    """From now on, in this process, what is `uncounted` takes no time."""
    global _leaves_out
    _leaves_out = True


@contextmanager
def uncounted() -> Generator[None]:
    """What runs inside takes no time that counts, if this process leaves that out."""
    global _reading, _uncounted
    if _reading or not _leaves_out:
        yield
        return
    _reading, started = True, time.thread_time()
    try:
        yield
    finally:
        _reading = False
        _uncounted += time.thread_time() - started


@contextmanager
def deadline(seconds: float) -> Generator[None]:
    """What runs inside raises `Overtime` some time after `seconds`; an outer limit that is nearer counts."""
    global _end
    before = _end
    _end = min(before, clock() + seconds)
    try:
        yield
    finally:
        _end = before


def check() -> None:
    """Raises `Overtime` if the time is over."""
    if clock() > _end:
        raise Overtime


def at_most(seconds: float | None) -> float | None:
    """`seconds`, or what is left of the time if that is less."""
    if _end == math.inf:
        return seconds
    left = max(_end - clock(), _LEAST)
    return left if seconds is None else min(seconds, left)


def tick() -> None:
    """`check` for places that are passed very often: looks at the clock now and then."""
    global _ticks
    _ticks += 1
    if _ticks % _EVERY == 0:
        check()
