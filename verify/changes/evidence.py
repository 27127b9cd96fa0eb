"""What compilers say of comparisons: whether compiled code does what a verdict says.

A "changed" is shown on an input of each region, a "same" tried on many inputs; see `verify.replay`.  Raises
`InternalError` if compiled code does something else.
"""

from __future__ import annotations

import shutil
import tempfile
from functools import reduce
from typing import TYPE_CHECKING

from verify.changes.pair import ASSUMING, CHANGED, SAME, Comparison, Pair
from verify.changes.regions import Map
from verify.errors import UnsupportedC
from verify.pipeline import Options
from verify.tuples import NamedTuple

if TYPE_CHECKING:
    from verify.replay.sameness import Tried

_SECONDS = 10.0  # for the inputs of one function, compiling not counted


class Change(NamedTuple):
    """What became of one function; when its versions differ, if they do; what compiled code does if they don't."""

    comparison: Comparison
    map: Map | None
    tried: Tried | None = None


class Evidence:
    """Looks into comparisons as `options` say.  `close` removes the files that nobody asked for."""

    def __init__(self, options: Options) -> None:
        self._timeout = options.timeout
        self._cases = options.validate
        self._replayer = None
        if options.replay or options.save_replay is not None:
            from verify.replay.confirm import Replayer

            self._replayer = Replayer(options.save_replay)

    def change(self, pair: Pair, comparison: Comparison, mapped: bool = True) -> Change:
        """The comparison with its regions, unless they aren't to be `mapped`, and with what compiled code does."""
        if comparison.verdict == CHANGED and mapped:
            return Change(comparison, pair.map(comparison, self._timeout, self._replayer))
        if comparison.verdict in (SAME, ASSUMING) and self._cases:
            return Change(comparison, None, tried(pair, comparison, self._cases))
        return Change(comparison, None)

    def close(self) -> None:
        if self._replayer is not None:
            self._replayer.close()


def tried(pair: Pair, comparison: Comparison, cases: int, seed: int = 0) -> Tried:
    """What the compiled versions of a function that is the same do on `cases` inputs; each of its cases is tried."""
    from verify.replay.sameness import Tried, together, try_same

    found: list[Tried] = []
    for basis in comparison.bases:
        scratch = tempfile.mkdtemp(prefix="verify-same-")
        try:
            found.append(try_same(*pair.posed(comparison.function, basis), cases, seed, _SECONDS, scratch))
        except UnsupportedC as error:
            found.append(Tried(0, 0, "", 0, "", error.message, 0))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return reduce(together, found)
