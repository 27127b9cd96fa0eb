"""A time limit on work over terms that may grow beyond all bounds, e.g. the equality of two long chains of writes.

There is none unless the caller sets one; whoever does must catch `Overtime`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from contextlib import contextmanager

_end = math.inf


class Overtime(Exception):
    """The time limit is over."""


@contextmanager
def deadline(seconds: float) -> Generator[None]:
    """What runs inside raises `Overtime` some time after `seconds`; an outer limit that is nearer counts."""
    global _end
    before = _end
    _end = min(before, time.monotonic() + seconds)
    try:
        yield
    finally:
        _end = before


def check() -> None:
    """Raises `Overtime` if the time is over."""
    if time.monotonic() > _end:
        raise Overtime
