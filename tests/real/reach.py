"""The verdict on each function of KVM that changed between linux-source-6.1 and 6.12.

    VERIFY_OLD_TREE=… VERIFY_NEW_TREE=… python -m tests.real.reach [JOBS [CACHE]]

writes `tests/golden/reach.tsv`: facts about the code, none of its text.  What took long is marked so: there a busier
machine may say less.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

from verify import Options
from verify.changes.sweep import Row, Settings, Sweep

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "reach.tsv"
PATHS = ("arch/x86/kvm/*.c", "arch/x86/kvm/vmx/*.c")
SLOW = 2.0  # seconds
_TIMES = ("", "slow", "out of time")
_SAME = ("same", "same under assumptions")


class Fact(NamedTuple):
    """One function and its verdict; `time` is one of `_TIMES`."""

    path: str
    function: str
    lines: int
    verdict: str
    time: str


def fact(row: Row) -> Fact:
    time = _TIMES[2] if row.out_of_time else _TIMES[1] if row.seconds > SLOW else _TIMES[0]
    return Fact(row.path, row.function, row.lines, row.verdict, time)


def measured(old: str, new: str, jobs: int, cache: str | None = None) -> list[Fact]:
    """Compares them all."""
    sweep = Sweep(old, new, PATHS, Options(jobs=jobs), Settings(cache=cache))
    return sorted(map(fact, sweep.rows()))


def read(text: str) -> list[Fact]:
    rows = (line.split("\t") for line in text.splitlines())
    return [Fact(path, function, int(lines), verdict, time) for path, function, lines, verdict, time in rows]


def written(facts: list[Fact]) -> str:
    return "".join("\t".join(map(str, f)) + "\n" for f in facts)


def differences(expected: list[Fact], found: list[Fact]) -> list[str]:
    """What is otherwise than expected.  Where time was short, only a contradiction counts."""
    before = {(f.path, f.function): f for f in expected}
    after = {(f.path, f.function): f for f in found}
    lines = [f"{p}: {f}() isn't there" for p, f in before.keys() - after.keys()]
    lines += [f"{p}: {f}() is new" for p, f in after.keys() - before.keys()]
    for key in before.keys() & after.keys():
        one, other = before[key], after[key]
        if one.verdict != other.verdict and (not (one.time or other.time) or _contradict(one.verdict, other.verdict)):
            lines.append(f"{one.path}: {one.function}() was {one.verdict}, is {other.verdict}")
    return sorted(lines)


def _contradict(one: str, other: str) -> bool:
    return "changed" in (one, other) and bool({one, other}.intersection(_SAME))


if __name__ == "__main__":
    trees = os.environ["VERIFY_OLD_TREE"], os.environ["VERIFY_NEW_TREE"]
    GOLDEN.write_text(
        written(measured(*trees, int((*sys.argv[1:2], "2")[0]), (*sys.argv[2:3], None)[0])), encoding="utf-8"
    )
