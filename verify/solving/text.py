"""Solvers' answers in SMT-LIB text: the values of variables."""

from __future__ import annotations

import re
from collections.abc import Sequence

from verify.terms.smtlib import symbol
from verify.terms.term import Term

_VALUE = re.compile(r"#x([0-9a-fA-F]+)|#b([01]+)|\(_ bv(\d+) \d+\)|\b(true|false)\b")


def value_query(variables: Sequence[Term]) -> str:
    """Asks for the variables' values."""
    return f"(get-value ({' '.join(symbol(str(v.value)) for v in variables)}))"


def parse_values(text: str, variables: Sequence[Term]) -> dict[str, int]:
    """The values in an answer to `value_query`, in its order.  Raises `ValueError` if it can't be read."""
    values: dict[str, int] = {}
    position = 0
    for variable in variables:
        name = symbol(str(variable.value))
        found = text.find(name, position)
        if found < 0:
            name = name[1:-1]
            found = text.find(f"({name} ", position)
        match = _VALUE.search(text, found + len(name)) if found >= 0 else None
        if match is None:
            raise ValueError(f"no value for {name} in {text[:200]!r}")
        values[str(variable.value)] = _number(match)
        position = match.end()
    return values


def _number(match: re.Match[str]) -> int:
    hexadecimal, binary, decimal, boolean = match.groups()
    if hexadecimal is not None:
        return int(hexadecimal, 16)
    if binary is not None:
        return int(binary, 2)
    return int(decimal) if decimal is not None else int(boolean == "true")
