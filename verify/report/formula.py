"""Formulas in C's manner, laid out over several lines where one isn't enough.

`formula_lines` takes a formula's text and gives lines; what binds loosest is broken first, `||` before `&&`.
"""

from __future__ import annotations

from verify.syntax.lexer import closing_of

_INDENT = "    "
_OPERATORS = (" || ", " && ")


def formula_lines(text: str, width: int, indent: str = _INDENT) -> list[str]:
    """`text` in lines of about `width` columns: a part that is longer and can't be broken stays as it is."""
    if len(indent) + len(text) <= width:
        return [f"{indent}{text}"]
    for operator in _OPERATORS:
        first, *rest = _split(text, operator)
        if rest:
            mark = operator.lstrip()
            lines = formula_lines(first, width, f"{indent}{' ' * len(mark)}")
            for part in rest:
                head, *tail = formula_lines(part, width, f"{indent}{' ' * len(mark)}")
                lines += [f"{indent}{mark}{head.lstrip()}", *tail]
            return lines
    opening = len(text) - len(text.lstrip("!"))
    if text[opening : opening + 1] == "(" and closing_of(text, opening) == len(text) - 1:
        lead = f"{indent}{' ' * (opening + 1)}"
        head, *tail = formula_lines(text[opening + 1 : -1], width, lead)
        # The first line may stand further right, as what it holds begins behind its siblings' operator.
        lines = [f"{indent}{text[: opening + 1]}{head[len(lead) :]}", *tail]
        return [*lines[:-1], f"{lines[-1]})"]
    return [f"{indent}{text}"]


def _split(text: str, operator: str) -> list[str]:
    """The operands of `operator` outside of all brackets; `text` itself where there is none."""
    parts: list[str] = []
    depth = start = 0
    for place, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if not depth and text.startswith(operator, place):
            parts.append(text[start:place])
            start = place + len(operator)
    return [*parts, text[start:]]
