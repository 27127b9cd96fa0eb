"""bitwuzla through its Python package: its own parser reads our SMT-LIB text."""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Sequence
from typing import Any

from verify.deadline import at_most, check
from verify.solving.solver import Answer, Model, Unknown, Unsat, asserted, not_installed
from verify.terms.smtlib import Printer
from verify.terms.term import BOOL, Term, postorder


class Bitwuzla:
    """One bitwuzla instance, used incrementally.  Its parser reads declarations and terms; the stack is its own."""

    name = "bitwuzla"

    def __init__(self) -> None:
        try:
            bitwuzla: Any = importlib.import_module("bitwuzla")
        except ImportError:
            raise not_installed("bitwuzla") from None
        self._module: Any = bitwuzla
        options: Any = bitwuzla.Options()
        options.set(bitwuzla.Option.PRODUCE_MODELS, True)
        manager: Any = bitwuzla.TermManager()
        self._parser: Any = bitwuzla.Parser(manager, options)
        self._instance: Any = bitwuzla.Bitwuzla(manager, options)
        self._printer = Printer(numbered=True)
        self._known: dict[int, Any] = {}  # the instance's own term for each variable
        self._scopes: list[dict[str, Term]] = [{}]
        self.version = str(bitwuzla.version())

    def add(self, assertions: Sequence[Term]) -> None:
        commands, texts = self._printer.expressions(assertions)
        if commands:
            self._parser.parse("".join(commands), True, False)
        for part in postorder(assertions):
            if part.op == "var":
                self._scopes[-1][str(part.value)] = part
        for text in texts:
            self._instance.assert_formula(self._parser.parse_term(text))

    def push(self) -> None:
        self._instance.push(1)
        self._scopes.append({})

    def pop(self) -> None:
        self._instance.pop(1)
        self._scopes.pop()

    def expect(self, many_steps: bool) -> None:
        del many_steps

    def check(self, assumptions: Sequence[Term] = (), timeout: float | None = None) -> Answer:
        timeout = at_most(timeout)
        with asserted(self, assumptions):
            answer = self._answer(timeout)
        if isinstance(answer, Unknown):
            check()
        return answer

    def _answer(self, timeout: float | None) -> Answer:
        self._limit(timeout)
        result = self._instance.check_sat()
        if result == self._module.Result.SAT:
            return Model({name: self._value(v) for scope in self._scopes for name, v in scope.items()})
        if result == self._module.Result.UNSAT:
            return Unsat()
        return Unknown(f"no answer within {timeout:g} s" if timeout else "bitwuzla gave up")

    def _limit(self, timeout: float | None) -> None:
        end = math.inf if timeout is None else time.monotonic() + timeout
        self._instance.configure_terminator(lambda: time.monotonic() > end)

    def _value(self, variable: Term) -> int:
        own = self._known.get(variable.id)
        if own is None:
            own = self._known[variable.id] = self._parser.parse_term(self._printer.symbol(variable))
        value = self._instance.get_value(own)
        return int(bool(value.value())) if variable.sort == BOOL else int(value.value(2), 2)

    def close(self) -> None:
        self._known.clear()
        self._instance = self._parser = None
