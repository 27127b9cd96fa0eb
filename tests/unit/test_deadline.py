"""Time limits: what counts, and what is left for a solver."""

from __future__ import annotations

import time

import pytest

from verify.deadline import Overtime, at_most, check, clock, deadline, leave_reading_out, uncounted


def work(seconds: float) -> None:
    """Keeps the processor busy."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_without_a_limit_there_is_time() -> None:
    check()
    assert at_most(3.0) == 3.0
    assert at_most(None) is None


def test_work_takes_the_time() -> None:
    with deadline(0.02):
        work(0.03)
        with pytest.raises(Overtime):
            check()


def test_what_is_left_is_all_that_a_solver_gets() -> None:
    with deadline(0.5):
        left = at_most(3.0)
        assert left is not None and left <= 0.5
        assert at_most(0.1) == 0.1
        whole = at_most(None)
        assert whole is not None and whole <= 0.5


def test_some_time_is_left_when_it_is_over() -> None:
    with deadline(0.0):
        work(0.001)
        left = at_most(3.0)
        assert left is not None and 0 < left < 0.1


@pytest.fixture
def leaving_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.deadline._leaves_out", False)  # what it is afterwards
    leave_reading_out()


def test_reading_takes_time() -> None:
    started = clock()
    with uncounted():
        work(0.02)
    assert clock() - started >= 0.02


@pytest.mark.usefixtures("leaving_out")
def test_reading_takes_no_time() -> None:
    started = clock()
    with deadline(0.05):
        with uncounted():
            work(0.1)
            with uncounted():  # a file's index needs its text
                work(0.01)
        check()
    assert clock() - started < 0.05


@pytest.mark.usefixtures("leaving_out")
def test_an_error_while_reading_ends_it() -> None:
    with pytest.raises(ValueError, match="no such file"), uncounted():
        raise ValueError("no such file")
    started = clock()
    work(0.02)
    assert clock() - started >= 0.02
