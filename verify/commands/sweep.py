"""`verify sweep`: all functions of two trees that changed, in parallel, with results kept between runs."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from contextlib import suppress
from types import FrameType
from typing import TextIO

from verify.commands.common import (
    Arguments,
    answer,
    common,
    count,
    how_of,
    option,
    options_of,
    seconds,
    style_of,
    without_trees,
)
from verify.deadline import OF_FUNCTION
from verify.errors import InputError


def fill(parser: argparse.ArgumentParser) -> None:
    side = "a directory or REPO@REVISION"
    parser.add_argument("before", metavar="OLD", help=f"the tree before: {side}")
    parser.add_argument("after", metavar="NEW", help=f"the tree after: {side}")
    how = "a directory, a C file or a pattern such as 'arch/x86/kvm/*.c'; repeatable"
    option(parser, "--path", metavar="DIR", action="append", dest="paths", help=f"compare what is here: {how}")
    option(
        parser, "--limit", metavar="SECONDS", type=seconds, help=f"time for each function (default: {OF_FUNCTION:g})"
    )
    option(parser, "--memory", metavar="MIB", type=count, help="memory for each process (default: 4096)")
    option(parser, "--jsonl", metavar="FILE", help="also write JSON lines to this file, as results come")
    option(parser, "--cache", metavar="FILE", help="where results are kept (default: below XDG_CACHE_HOME)")
    option(parser, "--no-cache", action="store_true", help="neither use nor keep results")
    option(parser, "--retry", action="store_true", help="compare again what ran out of time in an earlier run")
    common(parser, schema="sweep-1.json")


def run(arguments: Arguments, started: float) -> int:
    from verify.changes.cache import default_file
    from verify.changes.sweep import Row, Settings, Sweep
    from verify.report.sweep import exit_code, row_json, summary_json, sweep_text

    signal.signal(signal.SIGINT, _interrupted)  # the processes are ended on the way out
    signal.signal(signal.SIGTERM, _interrupted)
    a = arguments
    without_trees(a)
    if a.no_cache and a.cache:
        raise InputError("--cache and --no-cache exclude each other")
    cache = None if a.no_cache else a.cache or default_file()
    sweep = Sweep(a.before, a.after, a.paths, options_of(a), Settings(a.limit, a.memory, cache, a.retry))
    rows: list[Row] = []
    bar = _Bar()
    try:
        lines = open(a.jsonl, "w", encoding="utf-8") if a.jsonl else None  # noqa: SIM115 (open as long as the run is)
    except OSError as error:
        raise InputError(f"can't write `{a.jsonl}`: {error.strerror}") from None
    with bar:
        for row in sweep.rows(lambda done: bar.show(done, sweep.total)):
            rows.append(row)
            _write(lines, row_json(row))
    rows.sort(key=lambda row: (row.path, row.function))
    code = exit_code(sweep, rows)
    spent = time.perf_counter() - started
    _write(lines, summary_json(sweep, rows, spent, code, how_of(a)))
    if a.json:
        return answer("".join(map(row_json, rows)) + summary_json(sweep, rows, spent, code, how_of(a)), code)
    return answer(sweep_text(sweep, rows, spent, style_of(a), a.verbose, how_of(a)), code)


def _write(lines: TextIO | None, text: str) -> None:
    """Writes to the file that --jsonl names, if it names one."""
    if lines is None:
        return
    try:
        lines.write(text)
        lines.flush()
    except OSError as error:
        with suppress(OSError):
            lines.close()
        raise InputError(f"can't write `{lines.name}`: {error.strerror}") from None


def _interrupted(number: int, frame: FrameType | None) -> None:
    del frame
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)


class _Bar:
    """A progress bar on standard error, if that is a terminal and there is `rich`."""

    def __init__(self) -> None:
        self._progress = None
        if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
            return
        try:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn
        except ImportError:
            return
        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        # No thread of its own: the processes are forked.
        self._progress = Progress(*columns, console=Console(stderr=True), auto_refresh=False, transient=True)
        self._task = self._progress.add_task("", total=None)

    def __enter__(self) -> _Bar:
        if self._progress:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress:
            self._progress.stop()

    def show(self, done: int, total: int) -> None:
        if self._progress:
            self._progress.update(self._task, completed=done, total=total, refresh=True)
