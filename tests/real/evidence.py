"""What compiled code says of the verdicts on KVM's functions that changed between linux-source-6.1 and 6.12.

    VERIFY_OLD_TREE=… VERIFY_NEW_TREE=… python -m tests.real.evidence

writes `tests/golden/evidence.tsv`, of the functions in `tests/golden/reach.tsv` that are the same or changed: facts
about the code, none of its text.  A function that is the same is run on `CASES` inputs in both versions; of one that
changed, an input on which the versions differ is run.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.real import reach
from verify.changes.evidence import tried
from verify.changes.pair import ASSUMING, CHANGED, SAME, Pair
from verify.errors import InternalError
from verify.replay.confirm import Replayer
from verify.source.tree import Directory, Files

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "evidence.tsv"
CASES = 20
RAN = "ran"
MISMATCH = "mismatch"
OPEN = "not found again"
_TIMEOUT = 5.0
_TREE = re.compile(r"/\S*?/(?=(?:arch|include|virt)/)")
_RECURSION_LIMIT = 100_000


class Fact(NamedTuple):
    """One function; `inputs`: on how many compiled code ran and did as it should; `result`: `RAN`, or why not."""

    path: str
    function: str
    verdict: str
    inputs: int
    result: str


def facts(old: str, new: str, wanted: Iterable[reach.Fact]) -> Iterator[Fact]:
    """What compiled code says of the functions that are the same or changed, in the order given."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSION_LIMIT))
    files = Files(Directory(old)), Files(Directory(new))
    pair: Pair | None = None
    replayer = Replayer()
    try:
        for one in wanted:
            if one.verdict not in (SAME, ASSUMING, CHANGED):
                continue
            if pair is None or pair.path != one.path:
                pair = Pair(*files, one.path, one.path, {}, careful=False)
            yield _fact(pair, one, replayer)
    finally:
        replayer.close()


def _fact(pair: Pair, one: reach.Fact, replayer: Replayer) -> Fact:
    found = pair.compare(one.function, _TIMEOUT)
    inputs, result = 0, OPEN
    try:
        if found.verdict in (SAME, ASSUMING):
            done = tried(pair, found, CASES)
            inputs, result = done.compiled, done.reason or RAN
        elif found.verdict == CHANGED:
            confirmed = pair.confirm(found, _TIMEOUT, replayer)
            if confirmed is not None:
                inputs, result = int(bool(confirmed.by)), confirmed.reason or RAN
    except InternalError as error:
        result = f"{MISMATCH}: {error}"
    text = re.sub(r"/tmp/\S+", "…", _TREE.sub("", result))
    return Fact(one.path, one.function, found.verdict, inputs, " ".join(text.split()))


def read(text: str) -> list[Fact]:
    rows = (line.split("\t") for line in text.splitlines())
    return [Fact(path, function, verdict, int(inputs), result) for path, function, verdict, inputs, result in rows]


def written(found: Iterable[Fact]) -> str:
    return "".join("\t".join(map(str, f)) + "\n" for f in found)


if __name__ == "__main__":
    trees = os.environ["VERIFY_OLD_TREE"], os.environ["VERIFY_NEW_TREE"]
    listed = reach.read(reach.GOLDEN.read_text(encoding="utf-8"))
    with open(sys.argv[1] if len(sys.argv) > 1 else GOLDEN, "w", encoding="utf-8") as out:
        for fact in facts(*trees, listed):
            out.write(written([fact]))
            out.flush()
