"""Any program that speaks SMT-LIB 2 on its standard input: one process for each question."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence

from verify.deadline import at_most
from verify.errors import InputError
from verify.patterns import pattern
from verify.solving.solver import Answer, Model, Unknown, Unsat
from verify.solving.text import parse_values, value_query
from verify.terms.smtlib import Printer
from verify.terms.term import Term

_NO_MODEL = pattern(r"\s*(\(error\b[^\n]*\)\s*)?")  # what may follow `unsat`: there are no values to get


class Process:
    """Keeps the assertions and hands them all over with each question."""

    def __init__(self, command: str) -> None:
        try:
            self._command = shlex.split(command)
        except ValueError as error:
            raise InputError(f"`cmd:{command}` can't be read as a command: {error}") from None
        if not self._command:
            raise InputError("`cmd:` needs a program's name", hint="E.g. --solver 'cmd:z3 -in'.")
        self.name = self._command[0]
        self.version = "of unknown version"
        self._scopes: list[list[Term]] = [[]]

    def add(self, assertions: Sequence[Term]) -> None:
        self._scopes[-1].extend(assertions)

    def push(self) -> None:
        self._scopes.append([])

    def pop(self) -> None:
        self._scopes.pop()

    def expect(self, many_steps: bool) -> None:
        del many_steps

    def check(self, assumptions: Sequence[Term] = (), timeout: float | None = None) -> Answer:
        timeout = at_most(timeout)
        assertions = [a for scope in self._scopes for a in scope] + list(assumptions)
        printer = Printer(numbered=True)
        lines = ["(set-option :produce-models true)", "(set-logic QF_BV)", *printer.assertions(assertions)]
        variables = list(printer.variables.values())
        lines += ["(check-sat)", value_query(printer, variables) if variables else "", "(exit)"]
        try:
            done = subprocess.run(
                self._command,
                input="\n".join(lines),
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout,
                check=False,
            )
        except FileNotFoundError:
            raise InputError(f"there is no program `{self.name}`", hint="Give its path after `cmd:`.") from None
        except subprocess.TimeoutExpired:
            return Unknown(f"no answer within {timeout:g} s")
        except OSError as error:
            raise InputError(f"`{self.name}` can't be run: {error.strerror}") from None
        word, _, rest = done.stdout.partition("\n")
        if done.returncode < 0:
            return Unknown(f"{self.name} was ended by signal {-done.returncode}")
        if word.strip() == "unsat" and _NO_MODEL.fullmatch(rest):
            return Unsat()
        if word.strip() == "sat":
            try:
                return Model(parse_values(rest, printer, variables))
            except ValueError as error:
                return Unknown(f"{self.name}'s model can't be read: {error}")
        said = (done.stdout + done.stderr).strip().replace("\n", " ")[:200]
        return Unknown(f"{self.name} said: {said or 'nothing'}")

    def close(self) -> None:
        self._scopes = [[]]
