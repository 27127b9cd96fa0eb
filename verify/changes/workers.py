"""Processes that work on tasks, each task with a limit of time that holds whatever the process is doing.

A process is killed when its task takes too long, when the pool is closed, and when this process ends in any way; its
memory is limited.  Each process keeps what it has read, so tasks of one kind should go to one process.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import Any

from verify.tuples import NamedTuple

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_RECURSION_LIMIT = 100_000
_PAGE = resource.getpagesize()
_RETIRED_AT = 0.5  # of the memory that it may have


class Stopped(NamedTuple):
    """A task that has no result: `why` in words; `late` iff it took too long."""

    why: str
    late: bool


class Failed(NamedTuple):
    """A task that raised an exception."""

    error: str


class _Begun(NamedTuple):
    """Sent by a process when what comes before the task proper is done."""


class Worker:
    """One process.  `about` is what it was told to work on last: the caller's to use."""

    def __init__(self, work: Callable[[Any, Callable[[], None]], Any], memory: int) -> None:
        ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("fork")
        sys.stdout.flush()
        sys.stderr.flush()
        self.process = context.Process(target=_serve, args=(work, theirs, memory, os.getpid()), daemon=True)
        self.process.start()
        theirs.close()
        self.connection: Connection = ours
        self.task: Any = None
        self.about: Any = None
        self.deadline = 0.0
        self.started = 0.0
        self.limit = 0.0

    def kill(self) -> None:
        """Ends the process and what it started."""
        pid = self.process.pid
        if pid is not None and self.process.is_alive():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.join()
        self.connection.close()


class Pool:
    """Up to `jobs` processes.  `work` gets a task and a function to call when the time begins to count.

    `memory` is in bytes, for each process.
    """

    def __init__(self, jobs: int, work: Callable[[Any, Callable[[], None]], Any], memory: int) -> None:
        self._work = work
        self._memory = memory
        self.workers = [Worker(work, memory) for _ in range(jobs)]

    def idle(self) -> list[Worker]:
        return [w for w in self.workers if w.task is None]

    def busy(self) -> bool:
        return any(w.task is not None for w in self.workers)

    def give(self, worker: Worker, task: Any, preparing: float, limit: float) -> None:
        """Starts a task: `preparing` seconds until it says that it begins, then `limit` seconds."""
        worker.task, worker.limit = task, limit
        worker.started = time.monotonic()
        worker.deadline = worker.started + preparing + limit
        with contextlib.suppress(OSError):  # it has died: `wait` tells
            worker.connection.send(task)

    def wait(self, longest: float) -> list[tuple[Worker, Any, Any, float]]:
        """Results that arrive within `longest` seconds: process, task, result or `Stopped` or `Failed`, seconds."""
        busy = [w for w in self.workers if w.task is not None]
        now = time.monotonic()
        soon = min([now + longest, *(w.deadline for w in busy)])
        ready = wait([w.connection for w in busy], max(0.0, soon - now))
        found: list[tuple[Worker, Any, Any, float]] = []
        for worker in busy:
            if worker.connection in ready:
                self._receive(worker, found)
            elif time.monotonic() >= worker.deadline:
                self._end(worker, Stopped(f"it took longer than {worker.limit:g} s", True), found)
        return found

    def close(self) -> None:
        """Ends all processes."""
        for worker in self.workers:
            worker.kill()
        self.workers = []

    def _receive(self, worker: Worker, found: list[tuple[Worker, Any, Any, float]]) -> None:
        try:
            answer, size = worker.connection.recv()
        except (EOFError, OSError):
            worker.process.join(1)
            code = worker.process.exitcode
            how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
            self._end(worker, Stopped(f"the process that worked on it ended ({how})", False), found)
            return
        if isinstance(answer, _Begun):
            worker.started = time.monotonic()
            worker.deadline = worker.started + worker.limit
            return
        found.append((worker, worker.task, answer, time.monotonic() - worker.started))
        worker.task = None
        if size > self._memory * _RETIRED_AT:
            self._replace(worker)

    def _end(self, worker: Worker, why: Stopped, found: list[tuple[Worker, Any, Any, float]]) -> None:
        found.append((worker, worker.task, why, time.monotonic() - worker.started))
        self._replace(worker)

    def _replace(self, worker: Worker) -> None:
        worker.kill()
        self.workers[self.workers.index(worker)] = Worker(self._work, self._memory)


def _serve(work: Callable[[Any, Callable[[], None]], Any], connection: Connection, memory: int, parent: int) -> None:
    import gc

    gc.disable()  # syntax trees and terms live as long as the process
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.setpgid(0, 0)
    _end_with_parent(parent)
    limit = memory + _pages(0) * _PAGE  # what the process that it was forked from holds isn't its own
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(_RECURSION_LIMIT)
    while True:
        try:
            task = connection.recv()
        except (EOFError, OSError):
            os._exit(0)
        answer: Any
        try:
            answer = work(task, lambda: connection.send((_Begun(), 0)))
        except MemoryError:
            answer = Stopped(f"it took more than {memory >> 20} MiB of memory", False)
        except Exception as error:
            answer = Failed(f"{type(error).__name__}: {error}")
        connection.send((answer, memory if isinstance(answer, Stopped) else _pages(1) * _PAGE))


def _pages(which: int) -> int:
    """This process's size in pages: 0 for all that is mapped, 1 for what is in memory (proc(5), statm)."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[which])


def _end_with_parent(parent: int) -> None:
    """Has the kernel kill this process when its parent ends, however it does."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)
