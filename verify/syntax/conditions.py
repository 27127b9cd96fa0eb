"""The truth of a `#if` condition where a few CONFIG symbols are known and the rest isn't.

A condition is true, false or unknown (None).  x86-64's own symbols are fixed: `verify` computes with that ABI.

CONFIG_X is y, m or off.  As C sees it: CONFIG_X is defined iff it is y, and CONFIG_X_MODULE iff it is m; so the two are
symbols of their own, at most one of which is true.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from functools import cache
from itertools import pairwise

from verify.errors import UnsupportedC
from verify.patterns import pattern
from verify.source.text import Source
from verify.syntax import ast
from verify.syntax.convert import convert_expression
from verify.syntax.lexer import without_comments

# The symbols of other machines' kernels: one of them is set in each, and none with CONFIG_X86.
_OTHERS = (
    "ALPHA ARC ARM ARM64 CSKY HEXAGON IA64 LOONGARCH M68K MICROBLAZE MIPS NIOS2 OPENRISC PARISC PPC PPC32 PPC64 RISCV "
    "S390 SPARC SPARC32 SPARC64 SUPERH UML XTENSA"
).split()
# What holds for every x86-64 kernel, and for a C file that isn't assembly or C++.
FIXED: Mapping[str, bool] = {
    "CONFIG_X86_64": True,
    "CONFIG_X86": True,
    "CONFIG_64BIT": True,
    "CONFIG_X86_32": False,
    "CONFIG_32BIT": False,
    "CONFIG_CPU_BIG_ENDIAN": False,
    **dict.fromkeys((f"CONFIG_{name}" for name in _OTHERS), False),
    "__KERNEL__": True,
    "__x86_64__": True,
    "__LP64__": True,
    "_LP64": True,
    "__LITTLE_ENDIAN": True,
    "__LITTLE_ENDIAN_BITFIELD": True,
    "__GNUC__": True,
    "__i386__": False,
    "__ILP32__": False,
    "__BIG_ENDIAN": False,
    "__BIG_ENDIAN_BITFIELD": False,
    "__ASSEMBLY__": False,
    "__ASSEMBLER__": False,
    "__cplusplus": False,
    "__CHECKER__": False,
    "__INTEL_COMPILER": False,
    "BUILD_VDSO": False,
    "BUILD_VDSO32": False,
}

# Numbers of that ABI under the names that the kernel's headers give them.
NUMBERS: Mapping[str, int] = {"BITS_PER_LONG": 64, "BITS_PER_LONG_LONG": 64, "__BITS_PER_LONG": 64}

MODULE = "_MODULE"
_COMPARISONS: Mapping[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_TESTS: Mapping[str, tuple[str, ...]] = {  # what each test appends to the symbols that it asks for
    "defined": ("",),
    "__verify_config": ("",),
    "IS_BUILTIN": ("",),
    "IS_MODULE": (MODULE,),
    "IS_ENABLED": ("", MODULE),
}


@cache
def parse_condition(text: str) -> ast.Expr | None:
    """The condition as an expression, or None if it can't be read."""
    text = re.sub(r"\bdefined\s+(\w+)", r"defined(\1)", text)
    try:
        return convert_expression(Source("#if", text), 0, len(text), lambda _: False)[0]
    except UnsupportedC:
        return None


_DIRECTIVE = pattern(r"^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else|endif)\b([^\n]*)", re.M)


def decided(text: str, config: Mapping[str, bool]) -> str:
    """`text` with each `#if` group that `config` decides replaced by what is compiled of it, at equal length."""
    groups: list[list[tuple[int, int, bool | None]]] = []  # each open group's directives: start, end, condition
    blanks: list[tuple[int, int]] = []
    for match in _DIRECTIVE.finditer(without_comments(text)):
        word, rest = match.group(1), match.group(2).strip()
        if word in ("if", "ifdef", "ifndef"):
            groups.append([])
        if not groups:
            return text
        test = {"ifdef": f"defined({rest})", "ifndef": f"!defined({rest})"}.get(word, rest)
        holds = True if word in ("else", "endif") else truth(test, config) if test else None
        if text[match.start() : match.end()].rstrip().endswith("\\"):
            holds = None  # it goes on on the next line
        groups[-1].append((match.start(), match.end(), holds))
        if word == "endif":
            blanks += _blanks(groups.pop())
    for start, end in blanks:
        text = text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]
    return text


def undecided_symbols(text: str, config: Mapping[str, bool]) -> list[str]:
    """The CONFIG symbols in the `#if` conditions within `text` that `config` doesn't decide, in order."""
    found = (s for m in _DIRECTIVE.finditer(decided(text, config)) for s in re.findall(r"\bCONFIG_\w+", m.group(2)))
    return [s for s in dict.fromkeys(found) if symbol_truth(s, config) is None]


def _blanks(group: list[tuple[int, int, bool | None]]) -> list[tuple[int, int]]:
    """What isn't compiled of a group, its directives included; nothing if that isn't known."""
    taken = next((i for i, one in enumerate(group) if one[2] is not False), None)
    if taken is None or group[taken][2] is None:
        return []
    spans = [(one[0], other[0]) for one, other in pairwise(group)]
    blanks = [span for i, span in enumerate(spans) if i != taken]
    return [*blanks, group[taken][:2], group[-1][:2]]


class Fixed(dict[str, bool]):
    """The CONFIG symbols that are fixed.  `asked`: those of them that something was found to depend on."""

    def __init__(self, config: Mapping[str, bool]) -> None:
        super().__init__(config)
        self.asked: dict[str, None] = {}

    def __contains__(self, name: object) -> bool:
        found = super().__contains__(name)
        if found and isinstance(name, str):
            self.asked[builtin_symbol(name) or name] = None
        return found

    def told(self) -> tuple[str, ...]:
        """What is fixed of those, in words."""
        return tuple(f"{name} is {_value(self, name)}" for name in sorted(self.asked))


def _value(config: Mapping[str, bool], name: str) -> str:
    if config.get(f"{name}{MODULE}"):
        return "m"
    return {True: "y", False: "n", None: "not m"}[config.get(name)]


def truth(text: str, config: Mapping[str, bool]) -> bool | None:
    """The truth of a `#if` condition's `text`; "" is true."""
    if not text:
        return True
    parsed = parse_condition(text)
    return None if parsed is None else _truth(parsed, config)


def symbol_truth(name: str, config: Mapping[str, bool]) -> bool | None:
    """The truth of one symbol, or None if nothing is known."""
    if name in config:
        return config[name]
    module = f"{name}{MODULE}"
    if module in config and config[module]:  # noqa: RUF019 (`Fixed` notes what it is asked for)
        return False
    if name in NUMBERS:
        return True
    base = builtin_symbol(name)
    return False if base is not None and (base in config or base in FIXED) else FIXED.get(name)


def builtin_symbol(name: str) -> str | None:
    """CONFIG_X if `name` is CONFIG_X_MODULE: at most one of the two is true."""
    return name.removesuffix(MODULE) if name.startswith("CONFIG_") and name.endswith(MODULE) else None


def configured(name: str, value: str) -> dict[str, bool]:
    """What `name` = "y", "m" or "n" says of the symbols that C sees; `symbol_truth` knows the other one."""
    return {f"{name}{MODULE}": True} if value == "m" else {name: value == "y"}


def overridden(config: Mapping[str, bool], by: Mapping[str, bool]) -> dict[str, bool]:
    """`config`, but for the symbols that `by` speaks of."""
    spoken_of = {builtin_symbol(name) or name for name in by}
    kept = {n: v for n, v in config.items() if n not in spoken_of and builtin_symbol(n) not in spoken_of}
    return {**kept, **by}


def symbols_of_test(expr: ast.Expr) -> tuple[str, ...]:
    """The symbols one of which `defined(X)`, `IS_ENABLED(X)` and the like demand; () if `expr` is no such test."""
    if isinstance(expr, ast.Call) and isinstance(expr.function, ast.Ident) and len(expr.arguments) == 1:
        argument = expr.arguments[0]
        if isinstance(argument, ast.Ident):
            return tuple(argument.name + suffix for suffix in _TESTS.get(expr.function.name, ()))
    return ()


def comparison_truth(expr: ast.Expr) -> bool | None:
    """The truth of a comparison of numbers that are the same on every x86-64, or None if `expr` is none."""
    if not isinstance(expr, ast.Binary) or expr.op not in _COMPARISONS:
        return None
    left, right = _number(expr.left), _number(expr.right)
    return None if left is None or right is None else _COMPARISONS[expr.op](left, right)


def _number(expr: ast.Expr) -> int | None:
    if isinstance(expr, ast.Ident):
        return NUMBERS.get(expr.name)
    return expr.value if isinstance(expr, ast.Number) else None


def _truth(expr: ast.Expr, config: Mapping[str, bool]) -> bool | None:
    symbols = symbols_of_test(expr)
    if symbols:
        known = [symbol_truth(symbol, config) for symbol in symbols]
        return True if True in known else None if None in known else False
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
            return comparison_truth(expr)
