"""cvc5 through its Python package: its own parser reads our SMT-LIB text."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from verify.deadline import at_most, check
from verify.solving.solver import Answer, Model, Unknown, Unsat, asserted, not_installed
from verify.solving.text import parse_values, value_query
from verify.terms.smtlib import Printer
from verify.terms.term import Term


class Cvc5:
    """One cvc5 instance, used incrementally."""

    name = "cvc5"

    def __init__(self) -> None:
        try:
            self._module: Any = importlib.import_module("cvc5")
        except ImportError:
            raise not_installed("cvc5") from None
        self._solver: Any = self._module.Solver()
        self._solver.setOption("produce-models", "true")
        self._solver.setOption("incremental", "true")
        self._symbols: Any = self._module.SymbolManager(self._solver)
        self._printer = Printer(numbered=True)
        self._pending: list[str] = ["(set-logic QF_BV)"]
        version = self._solver.getVersion()
        self.version = version.decode() if isinstance(version, bytes) else str(version)

    def add(self, assertions: Sequence[Term]) -> None:
        self._pending += self._printer.assertions(assertions)

    def push(self) -> None:
        self._pending.append("(push 1)")
        self._printer.push()

    def pop(self) -> None:
        self._pending.append("(pop 1)")
        self._printer.pop()

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
        self._pending.append("(check-sat)")
        self._solver.setOption("tlimit-per", str(int(timeout * 1000) if timeout else 0))
        text = "\n".join(self._pending)
        self._pending.clear()
        word = self._run(text).strip()
        if word == "sat":
            variables = list(self._printer.variables.values())
            return Model(self._values(variables) if variables else {})
        if word == "unsat":
            return Unsat()
        stopped = timeout and (word == "unknown" or "TIMEOUT" in word)
        return Unknown(f"no answer within {timeout:g} s" if stopped else f"cvc5: {word}")

    def _values(self, variables: list[Term]) -> dict[str, int]:
        return parse_values(self._run(value_query(self._printer, variables)), self._printer, variables)

    def _run(self, text: str) -> str:
        parser = self._module.InputParser(self._solver, self._symbols)
        parser.setStringInput(self._module.InputLanguage.SMT_LIB_2_6, text, "verify")
        printed: list[str] = []
        while True:
            command = parser.nextCommand()
            if command.isNull():
                return "".join(printed)
            printed.append(command.invoke(self._solver, self._symbols))

    def close(self) -> None:
        self._solver = None
