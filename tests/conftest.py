"""Options of the test run, and what its processes inherit."""

from __future__ import annotations

import gc
import signal

import pytest

_BETWEEN = 100  # tests after which garbage is looked for
_done = 0


def pytest_configure() -> None:
    """A shell's background job ignores Ctrl-C, and so would the processes whose end by Ctrl-C is tested."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionstart() -> None:
    """As the command does: looking for garbage among all syntax trees and terms takes seconds, which count as work."""
    gc.disable()


def pytest_runtest_teardown() -> None:
    """Looks for garbage now and then, and never again at what is still in use."""
    global _done
    _done += 1
    if _done % _BETWEEN == 0:
        gc.collect()
        gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write what the golden cases print now; read the diff afterwards"
    )
