"""Runs other programs under limits: none outlives us, fills the memory or waits for a terminal.

Each program gets a process group of its own, which is killed when its time is over, when it is done, and when we are
interrupted; where the system can, the program also dies with us if we are killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from verify.tuples import NamedTuple

_MEGABYTE = 1 << 20
_LONGEST_OUTPUT = 4 * _MEGABYTE  # characters of output that are kept
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Finished(NamedTuple):
    """How a program ended.  `problem`: why it gave no answer ("" if it came to its own end), in plain words."""

    code: int
    output: str
    errors: str
    problem: str
    started: bool = True
    timed_out: bool = False


def run_limited(
    command: Sequence[str],
    seconds: float,
    *,
    given: str = "",
    file: str | None = None,
    directory: str | None = None,
    megabytes: int = 2048,
    environment: Mapping[str, str] | None = None,
) -> Finished:
    """Runs `command` with `given`, or the content of `file`, on its standard input.

    What can't be started is a `problem`, not an exception.
    """
    source = None if file is None else open(file, "rb")  # noqa: SIM115 (closed below)
    try:
        process = subprocess.Popen(
            command,
            stdin=source or subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=directory,
            env=None if environment is None else dict(environment),
            start_new_session=True,
            preexec_fn=_limiter(seconds, megabytes),
        )
    except FileNotFoundError:
        return Finished(127, "", "", f"there is no program `{command[0]}`", started=False)
    except OSError as error:
        return Finished(126, "", "", f"`{command[0]}` can't be run: {error.strerror}", started=False)
    except subprocess.SubprocessError as error:
        return Finished(126, "", "", f"`{command[0]}` can't be run under limits: {error}", started=False)
    finally:
        if source is not None:
            source.close()
    late = False
    try:
        output, errors = process.communicate(None if file is not None else given.encode(), seconds)
        problem = "" if process.returncode >= 0 else f"it was ended by {_signal_name(-process.returncode)}"
    except subprocess.TimeoutExpired:
        late = True
        output, errors, problem = b"", b"", f"no answer within {seconds:g} s"
    finally:
        _end(process)
    return Finished(process.returncode, _text(output), _text(errors), problem, timed_out=late)


def _limiter(seconds: float, megabytes: int) -> Callable[[], None] | None:
    """What the new process does before it becomes the program."""
    if sys.platform == "win32":
        return None
    import resource

    prctl: Callable[[int, int], int] | None = None
    if sys.platform == "linux":
        import ctypes

        prctl = cast("Callable[[int, int], int]", ctypes.CDLL(None).prctl)

    def limit() -> None:
        processor = int(seconds) + 1
        for kind, value in (
            (resource.RLIMIT_AS, megabytes * _MEGABYTE),
            (resource.RLIMIT_CPU, processor),
            (resource.RLIMIT_FSIZE, 256 * _MEGABYTE),
            (resource.RLIMIT_CORE, 0),
        ):
            _, most = resource.getrlimit(kind)
            wanted = value if most == resource.RLIM_INFINITY else min(value, most)
            resource.setrlimit(kind, (wanted, wanted))
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    return limit


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kills whatever is left of the program's process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _text(output: bytes) -> str:
    return output[:_LONGEST_OUTPUT].decode(errors="replace")
