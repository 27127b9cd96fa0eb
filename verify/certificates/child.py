"""Runs another program under limits: time, memory, the size of what it writes; it ends with us."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Sequence

from verify.tuples import NamedTuple

MEMORY = 2 << 30  # bytes of address space
WRITTEN = 256 << 20  # bytes of any one file
_PR_SET_PDEATHSIG = 1


class Finished(NamedTuple):
    """`code` is negative for a signal and None if the time was up."""

    code: int | None
    output: str


def run(command: Sequence[str], seconds: float) -> Finished:
    """Runs `command` with no input; its two output streams are one.  Raises `OSError` if it can't be started."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)  # Linux has it
    parent = os.getpid()

    def limited() -> None:
        import resource

        for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_FSIZE, WRITTEN), (resource.RLIMIT_CORE, 0)):
            hard = resource.getrlimit(what)[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(what, (most, most))
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            preexec_fn=limited,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Finished(None, "")
    return Finished(done.returncode, done.stdout)
