"""Options of the test run, and what its processes inherit."""

from __future__ import annotations

import signal

import pytest


def pytest_configure() -> None:
    """A shell's background job ignores Ctrl-C, and so would the processes whose end by Ctrl-C is tested."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write what the golden cases print now; read the diff afterwards"
    )
