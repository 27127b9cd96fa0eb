"""Measure whole processes: wall-clock time and peak memory, each answer checked, the rows interleaved.

A `Row` says what to run and what its output has to say; a run whose output doesn't say so refuses the whole row, so
that a broken command can't look fast.  Peak memory is Linux's `ru_maxrss`, which never falls below that of the
measuring process itself (about 20 MiB).
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent

SLOW = 10.0
"""A command whose first run takes longer (seconds) is run only once."""

Check = Callable[[int, str], str]
"""From exit code and output to "" if the answer is right, else what is wrong."""


@dataclass(frozen=True, slots=True)
class Row:
    """A command to measure.

    `control` is run once, unmeasured: a question whose right answer is "refuted".  A `peer` may be too slow.
    """

    name: str
    command: tuple[str, ...]
    check: Check
    control: tuple[tuple[str, ...], Check] | None = None
    peer: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process; `seconds` is None if it was stopped at the time limit."""

    seconds: float | None
    peak_kib: int
    code: int
    output: str


@dataclass(slots=True)
class Measurement:
    """What is known of a row so far; `refused` says why its figures don't count."""

    row: Row
    seconds: list[float] = field(default_factory=list[float])
    peak_kib: int = 0
    refused: str = ""
    once: bool = False
    failed: bool = False

    @property
    def usable(self) -> bool:
        return not self.refused and bool(self.seconds)

    @property
    def median(self) -> float:
        return median(self.seconds)

    def refuse(self, reason: str, failed: bool = True) -> None:
        self.refused, self.failed = reason, failed

    def take(self, run: Run, limit: float) -> None:
        """Add a run, or refuse the row."""
        self.peak_kib = max(self.peak_kib, run.peak_kib)
        if run.seconds is None:
            self.refuse(f"over {limit:.0f} s", failed=not self.row.peer)
        elif problem := self.row.check(run.code, run.output):
            self.refuse(problem)
        else:
            self.seconds.append(run.seconds)


def run_once(command: tuple[str, ...], limit: float) -> Run:
    """Run a command from the repository's root, with bytecode caching on; its output is both streams together."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    timed_out = threading.Event()
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT, env=environment
            )
        except OSError as error:
            return Run(0.0, 0, 127, str(error))

        def stop() -> None:
            timed_out.set()
            process.kill()

        timer = threading.Timer(limit, stop)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    return Run(None if timed_out.is_set() else seconds, usage.ru_maxrss, process.returncode, text)


def measure(rows: list[Row], runs: int, limit: float, say: Callable[[str], None]) -> list[Measurement]:
    """Warm each row up once, uncounted, then measure `runs` rounds of all rows, every other round in reverse order."""
    measured = [Measurement(row) for row in rows]
    for one in measured:
        say(f"warming up: {one.row.name}")
        warm(one, limit)
    for round_number in range(runs):
        say(f"round {round_number + 1} of {runs}")
        for one in measured if round_number % 2 == 0 else reversed(measured):
            if not one.refused and not one.once:
                one.take(run_once(one.row.command, limit), limit)
    return measured


def warm(one: Measurement, limit: float) -> None:
    """The uncounted run, which counts only where it is slow; before it, the control."""
    if one.row.control:
        command, check = one.row.control
        run = run_once(command, limit)
        if problem := f"over {limit:.0f} s" if run.seconds is None else check(run.code, run.output):
            one.refuse(f"control: {problem}")
            return
    one.take(run_once(one.row.command, limit), limit)
    one.once = bool(one.seconds) and one.seconds[0] > SLOW
    if not one.once:
        one.seconds.clear()
