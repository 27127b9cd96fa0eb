"""The two families of errors: the input's fault and ours.

`InputError` (exit code 2) is something the user can mend: a missing file, a bad spec, C outside the subset.
`InternalError` (exit code 4) is a bug of `verify` itself.  Time-outs and a solver's "unknown" are verdicts, not errors.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from verify.source.text import Span


class VerifyError(Exception):
    """Anything that `verify` raises on purpose.  `message` is one sentence; `hint` says what to do about it.

    A hint that takes long to find is given as a function: most errors in code that is stepped over are never shown.
    """

    def __init__(self, message: str, span: Span | None = None, hint: str | Callable[[], str] = "") -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self._hint = hint

    @property
    def hint(self) -> str:
        if not isinstance(self._hint, str):
            self._hint = self._hint()
        return self._hint

    def __reduce__(self) -> str | tuple[object, ...]:
        self._hint = self.hint  # for another process, which can't find it out
        return super().__reduce__()

    def __str__(self) -> str:
        lines = [f"{self.span}: {self.message}" if self.span else self.message]
        if self.span:
            lines.append(self.span.excerpt())
        if self.hint:
            lines.append(f"  {self.hint}")
        return "\n".join(lines)


class InputError(VerifyError):
    """The input's fault: the message says where and what to do."""


class SpecError(InputError):
    """A spec file that can't be read or doesn't make sense."""


class UnsupportedC(InputError):
    """C text outside the subset; counts only where execution can reach it."""


class TornMacro(UnsupportedC):
    """A macro's text binds looser than what stands beside its use, so that it would be torn apart."""


class InternalError(VerifyError):
    """A bug of `verify`: two of its own parts disagree."""


@contextmanager
def losing_none() -> Generator[None]:
    """Turns the loss of one of our processes, which something else must have ended, into an `InputError`."""
    try:
        yield
    except Exception as error:
        from concurrent.futures import BrokenExecutor

        if not isinstance(error, BrokenExecutor):
            raise
        hint = "Perhaps memory ran out: fewer --jobs need less.  What was found so far isn't told."
        raise InputError("one of the processes was ended from outside", hint=hint) from None
