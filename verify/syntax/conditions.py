"""The truth of a `#if` condition where a few CONFIG symbols are known and the rest isn't.

A condition is true, false or unknown (None).  x86-64's own symbols are fixed: `verify` computes with that ABI.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from verify.errors import UnsupportedC
from verify.source.text import Source
from verify.syntax import ast
from verify.syntax.convert import convert_expression

# What holds for every x86-64 kernel, and for a C file that isn't assembly or C++.
FIXED: Mapping[str, bool] = {
    "CONFIG_X86_64": True,
    "CONFIG_X86": True,
    "CONFIG_64BIT": True,
    "CONFIG_X86_32": False,
    "CONFIG_32BIT": False,
    "CONFIG_CPU_BIG_ENDIAN": False,
    "__KERNEL__": True,
    "__x86_64__": True,
    "__GNUC__": True,
    "__i386__": False,
    "__ASSEMBLY__": False,
    "__ASSEMBLER__": False,
    "__cplusplus": False,
    "__CHECKER__": False,
    "BUILD_VDSO": False,
    "BUILD_VDSO32": False,
}

ENABLED_TESTS = frozenset(("defined", "IS_ENABLED", "IS_BUILTIN", "IS_REACHABLE", "__verify_config"))


@cache
def parse_condition(text: str) -> ast.Expr | None:
    """The condition as an expression, or None if it can't be read."""
    text = re.sub(r"\bdefined\s+(\w+)", r"defined(\1)", text)
    try:
        return convert_expression(Source("#if", text), 0, len(text), lambda _: False)[0]
    except UnsupportedC:
        return None


def truth(text: str, config: Mapping[str, bool]) -> bool | None:
    """The truth of a `#if` condition's `text`; "" is true."""
    if not text:
        return True
    parsed = parse_condition(text)
    return None if parsed is None else _truth(parsed, config)


def symbol_truth(name: str, config: Mapping[str, bool]) -> bool | None:
    """The truth of one symbol, or None if nothing is known."""
    return config[name] if name in config else FIXED.get(name)


def symbol_of_test(expr: ast.Expr) -> str | None:
    """The symbol that `defined(X)`, `IS_ENABLED(X)` and the like ask about."""
    if isinstance(expr, ast.Call) and isinstance(expr.function, ast.Ident) and len(expr.arguments) == 1:
        argument = expr.arguments[0]
        if expr.function.name in ENABLED_TESTS and isinstance(argument, ast.Ident):
            return argument.name
    return None


def _truth(expr: ast.Expr, config: Mapping[str, bool]) -> bool | None:
    symbol = symbol_of_test(expr)
    if symbol is not None:
        return symbol_truth(symbol, config)
    match expr:
        case ast.Number(value=value):
            return value != 0
        case ast.Unary(op="!", operand=operand):
            inner = _truth(operand, config)
            return None if inner is None else not inner
        case ast.Binary(op="&&", left=left, right=right):
            one, other = _truth(left, config), _truth(right, config)
            return False if one is False or other is False else None if one is None or other is None else True
        case ast.Binary(op="||", left=left, right=right):
            one, other = _truth(left, config), _truth(right, config)
            return True if one or other else None if one is None or other is None else False
        case _:
            return None
