"""What compiled code says of the verdicts on KVM's changed functions: the list, a sample of it, and all of it."""

from __future__ import annotations

import os
import shutil
from collections import Counter

import pytest

from tests.real import reach
from tests.real.evidence import GOLDEN, MISMATCH, OPEN, RAN, Fact, facts, read, written
from tests.real.trees import tree
from verify.changes.pair import ASSUMING, CHANGED, SAME

_EVERY = 12  # the sample is each twelfth of the functions that compiled code ran

needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")


def listed() -> list[Fact]:
    return read(GOLDEN.read_text(encoding="utf-8"))


def compared(wanted: list[Fact]) -> list[Fact]:
    names = {(f.path, f.function) for f in wanted}
    known = reach.read(reach.GOLDEN.read_text(encoding="utf-8"))
    return list(facts(tree("old"), tree("new"), (f for f in known if (f.path, f.function) in names)))


def test_the_list() -> None:
    text = GOLDEN.read_text(encoding="utf-8")
    found = read(text)
    assert written(found) == text
    known = reach.read(reach.GOLDEN.read_text(encoding="utf-8"))
    decided = [(f.path, f.function) for f in known if f.verdict in (SAME, ASSUMING, CHANGED)]
    assert [(f.path, f.function) for f in found] == decided
    assert not [f for f in found if f.result.startswith(MISMATCH)]
    assert all((f.inputs > 0) == (f.result == RAN) for f in found)
    ran = Counter(f.verdict for f in found if f.result == RAN)
    assert ran[SAME] + ran[ASSUMING] > 100
    assert ran[CHANGED] > 40


@needs_gcc
def test_a_sample() -> None:
    """A busy machine may find less in the time that there is; nothing may be contradicted."""
    wanted = [f for f in listed() if f.result == RAN][::_EVERY]
    found = compared(wanted)
    assert len(found) == len(wanted)
    assert not [f for f in found if f.result.startswith(MISMATCH)]
    lost = [f for f in found if f.result != RAN]
    assert len(lost) < len(found) / 4, lost


@needs_gcc
@pytest.mark.skipif(os.environ.get("VERIFY_SWEEP") != "1", reason="takes a quarter of an hour: VERIFY_SWEEP=1")
def test_all() -> None:
    wanted = listed()
    found = compared(wanted)
    assert not [f for f in found if f.result.startswith(MISMATCH)]
    before, after = ({(f.path, f.function): f.result == RAN for f in fs if f.result != OPEN} for fs in (wanted, found))
    slow = {(f.path, f.function) for f in reach.read(reach.GOLDEN.read_text(encoding="utf-8")) if f.time}
    lost = [key for key, ran in before.items() if ran and not after.get(key, True) and key not in slow]
    assert lost == []
