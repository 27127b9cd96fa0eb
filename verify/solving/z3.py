"""z3 through its C interface, which takes SMT-LIB text."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Sequence

from verify.deadline import at_most, check
from verify.solving.library import library, new_context
from verify.solving.solver import Answer, Model, Unknown, Unsat, asserted
from verify.solving.text import parse_values, value_query
from verify.terms.smtlib import Printer
from verify.terms.term import Term


def evaluate(text: str) -> str:
    """What z3 says to a whole SMT-LIB 2 script, in a context of its own."""
    solver = Z3()
    try:
        return solver.say(text)
    finally:
        solver.close()


class Z3:
    """One z3 context.

    z3 answers a small question twice as fast if it isn't told the logic, and one about many steps of a history four
    times as fast if it is.  A second context for these would take 17 MB.
    """

    name = "z3"

    def __init__(self) -> None:
        self._logic: list[str] = []
        self._library = library()
        numbers = [ctypes.c_uint() for _ in range(4)]
        self._library.Z3_get_version(*map(ctypes.byref, numbers))
        self.version = ".".join(str(n.value) for n in numbers[:3])
        self._context: int | None = None  # made when it is needed
        self._scopes: list[list[Term]] = [[]]
        self._start()

    def _start(self) -> None:
        """A new context; what is in the scopes is said again with the next question."""
        self.close()
        self._begin()

    def _begin(self) -> None:
        self._printer = Printer(numbered=True)
        self._pending: list[str] = list(self._logic)
        self._limit: int | None = None
        for i, scope in enumerate(self._scopes):
            if i > 0:
                self._say_push()
            self._say(scope)

    def add(self, assertions: Sequence[Term]) -> None:
        self._scopes[-1].extend(assertions)
        self._say(assertions)

    def _say(self, assertions: Sequence[Term]) -> None:
        self._pending += self._printer.assertions(assertions)

    def push(self) -> None:
        self._scopes.append([])
        self._say_push()

    def _say_push(self) -> None:
        self._pending.append("(push)")
        self._printer.push()

    def pop(self) -> None:
        self._scopes.pop()
        self._pending.append("(pop)")
        self._printer.pop()

    def expect(self, many_steps: bool) -> None:
        assert self._scopes == [[]]
        self._logic = ["(set-logic QF_BV)"] if many_steps else []
        self._run("(reset)")
        self._begin()

    def check(self, assumptions: Sequence[Term] = (), timeout: float | None = None) -> Answer:
        timeout = at_most(timeout)
        limit = max(1, int(timeout * 1000)) if timeout else 0
        if limit != self._limit:
            # Before whatever waits: z3 times push, too, and an old limit may be the little that was left to a question.
            self._pending.insert(0, f"(set-option :timeout {limit or 4294967295})")
            self._limit = limit
        with asserted(self, assumptions):
            answer = self._answer(timeout, limit)
        if isinstance(answer, Unknown):
            self._start()  # the time limit may have hit any command, a push too
            check()
        return answer

    def _answer(self, timeout: float | None, limit: int) -> Answer:
        """z3's answer to what is in the scopes; `limit` is `timeout` in ms, 0 if there is none."""
        variables = list(self._printer.variables.values())
        self._pending.append("(check-sat)")
        text = "\n".join(self._pending)
        self._pending.clear()
        started = time.monotonic()
        said = self._run(text)
        early = not limit or (time.monotonic() - started) * 1000 < 0.95 * limit
        if early and said.startswith("unknown") and "cancel" in self._run("(get-info :reason-unknown)"):
            raise KeyboardInterrupt  # z3 takes Ctrl-C for a reason to give up, and tells it from its limit by nothing
        if variables and said.startswith("sat"):
            said += self._run(value_query(self._printer, variables))
        return self._understood(said, variables, timeout)

    def _understood(self, text: str, variables: list[Term], timeout: float | None) -> Answer:
        word, _, rest = text.partition("\n")
        if word == "sat":
            return Model(parse_values(rest, self._printer, variables))
        if word == "unsat":
            return Unsat()
        if timeout and ("timeout" in text or "cancel" in text or word == "unknown"):
            return Unknown(f"no answer within {timeout:g} s")
        said = " ".join(text.split())[:200]
        return Unknown(f"z3 gave up: {said}" if word == "unknown" else f"z3 didn't understand the question: {said}")

    def _run(self, text: str) -> str:
        if self._context is None:
            self._context = new_context()
        return self._library.Z3_eval_smtlib2_string(self._context, text.encode()).decode()

    def say(self, text: str) -> str:
        """z3's answer to commands that have nothing to do with the scopes."""
        return self._run(text)

    def close(self) -> None:
        if self._context is not None:
            self._library.Z3_del_context(self._context)
            self._context = None


if __name__ == "__main__":  # a child that may use no more time and memory than it is given
    import sys

    sys.stdout.write(evaluate(sys.stdin.read()))
