"""The verdicts on KVM's changed functions stay what they are; the list itself is sound."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.real.reach import GOLDEN, SLOW, Fact, differences, fact, measured, read, written
from tests.real.trees import tree
from verify.changes.sweep import Row

FACT = Fact("a.c", "f", 3, "same", "")


def test_the_list() -> None:
    text = GOLDEN.read_text(encoding="utf-8")
    facts = read(text)
    assert len(facts) > 500
    assert written(facts) == text
    assert facts == sorted(facts)
    tally = Counter(f.verdict for f in facts)
    assert tally["changed"] > 200
    assert tally["same under assumptions"] + tally["same"] > 100


@pytest.mark.parametrize(
    ("found", "count"),
    [
        (FACT, 0),
        (FACT._replace(verdict="changed"), 1),
        (FACT._replace(verdict="unknown"), 1),
        (FACT._replace(verdict="unknown", time="out of time"), 0),
        (FACT._replace(verdict="changed", time="slow"), 1),
        (FACT._replace(function="g"), 2),
    ],
)
def test_differences(found: Fact, count: int) -> None:
    assert len(differences([FACT], [found])) == count


def test_marks() -> None:
    row = Row("a.c", "f", 3, "unknown", (), (), "", False, SLOW + 1)
    assert fact(row).time == "slow"
    assert fact(row._replace(out_of_time=True)).time == "out of time"


@pytest.mark.skipif(os.environ.get("VERIFY_SWEEP") != "1", reason="takes minutes: VERIFY_SWEEP=1")
def test_the_verdicts() -> None:
    found = measured(tree("old"), tree("new"), 2)
    assert differences(read(GOLDEN.read_text(encoding="utf-8")), found) == []
