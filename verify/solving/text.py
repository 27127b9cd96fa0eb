"""Solvers' answers in SMT-LIB text: the values of variables, which are called by their numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from verify.patterns import pattern
from verify.terms.smtlib import Printer
from verify.terms.term import Term

_VALUE = r"#x(?P<hex>[0-9a-fA-F]+)|#b(?P<bits>[01]+)|\(_ bv(?P<number>\d+) \d+\)|(?P<truth>true|false)"
_PAIR = pattern(rf"\(\s*\|?(?P<name>v\d+)\|?\s+(?:{_VALUE})\s*\)")


def value_query(printer: Printer, variables: Sequence[Term]) -> str:
    """Asks for the variables' values."""
    return f"(get-value ({' '.join(map(printer.symbol, variables))}))"


def parse_values(text: str, printer: Printer, variables: Sequence[Term]) -> dict[str, int]:
    """The values in an answer to `value_query`, by the variables' names.  Raises `ValueError` if one is missing."""
    found = {match["name"]: _number(match) for match in _PAIR.finditer(text)}
    values: dict[str, int] = {}
    for variable in variables:
        value = found.get(printer.symbol(variable))
        if value is None:
            raise ValueError(f"no value for {variable.value} in {text[:200]!r}")
        values[str(variable.value)] = value
    return values


def _number(match: re.Match[str]) -> int:
    if match["hex"] is not None:
        return int(match["hex"], 16)
    if match["bits"] is not None:
        return int(match["bits"], 2)
    return int(match["number"]) if match["number"] is not None else int(match["truth"] == "true")
