"""Code that is stepped over: what it reads, writes and means, and where it goes on, counts; or else it is refused.

In each pair, `@` stands for two texts that make a difference; a verdict "same" would be wrong, unless what is assumed
for it is named.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from verify import Options
from verify.changes.diff import diff
from verify.changes.pair import ASSUMING, SAME


class Pair(NamedTuple):
    """`code`, in which `@` is `old`, then `new`; `named`: a part of the assumption that makes "same" no lie."""

    code: str
    old: str
    new: str
    named: str = ""


_X = "int f(unsigned n) { int x = 0; while (n--) %s return @; }"
_LOOPED = "int f(%s) { int r = 0; while (n--) r = r * 3 + %s; return r; }"
_NEXT = """void h(int *p);
#define NEXT %s
int f(int n) { int r = 0; for (int i = 0; i < 3; i++) { if (n > 5) { int a[n]; h(a); NEXT; } r++; } return @; }"""

PAIRS = {
    "an increment in parentheses": Pair(_X % "(x)++;", "x", "0"),
    "an assignment in parentheses": Pair(_X % "((x)) = n + 5;", "x", "0"),
    "a compound assignment": Pair(_X % "(x) <<= n;", "x", "0"),
    "a decrement in front": Pair(_X % "--(x);", "x", "0"),
    "a chosen expression": Pair(_X % "__builtin_choose_expr(1, x, n) += 2;", "x", "0"),
    "a macro that names the target": Pair("#define COUNT x\n" + _X % "COUNT++;", "x", "0"),
    "a macro around the target": Pair("#define ID(a) a\n" + _X % "ID(x) = n * 2;", "x", "0"),
    "a macro that assigns": Pair("#define SET(a) (a = 3)\n" + _X % "SET(x);", "x", "0"),
    "a macro that pastes the target": Pair("#define CAT(a, b) a##b\n" + _X % "CAT(, x) += 3;", "x", "0"),
    "a macro that pastes the target's parts": Pair(
        "#define CAT(a, b) a##b\nint f(unsigned n) { int ab = 0; while (n--) CAT(a, b) += 3; return @; }", "ab", "0"
    ),
    "a continue in a macro": Pair(_NEXT % "continue", "r", "3"),
    "a break in a macro": Pair(_NEXT % "break", "r", "3"),
    "a break behind a loop in a macro": Pair(_NEXT % "do { } while (0); break", "r", "3"),
    "a continue in a macro in a switch": Pair(
        "void h(int *p);\n#define NEXT continue\nint f(int n) { int r = 0; for (int i = 0; i < 3; i++) { switch (n) { "
        "case 7: { int a[n]; h(a); NEXT; } } r++; } return @; }", "r", "3",
    ),
    "a record of the function's own": Pair(
        "struct s { int a; }; int f(int n) { struct { @ char a; } v = { n }; int r = 0; "
        "while (n--) r = r * 3 + v.a; return r; }", "unsigned", "signed",
    ),
    "a record with a tag of the function's own": Pair(
        "struct s { int a; }; int f(void *v, int n) { struct q { @ char a; } *p = v; int r = 0; "
        "while (n--) r = r * 3 + p->a; return r; }", "unsigned", "signed",
    ),
    "a type that such a record uses": Pair(
        "typedef @ char num; struct s { int a; }; int f(int n) { struct { num a; } v = { n }; int r = 0; "
        "while (n--) r = r * 3 + v.a; return r; }", "unsigned", "signed",
    ),
    "a typedef of a record without a tag": Pair(
        "struct s { int a; }; typedef struct { @ char a; } T; " + _LOOPED % ("T *p, int n", "p->a"),
        "unsigned", "signed",
    ),
    "qualifiers that _Generic asks for": Pair(
        _LOOPED % ("@ int *x, int n", "_Generic(x, int *: 1, default: 2)"), "", "const"
    ),
    "qualifiers that a builtin asks for": Pair(
        _LOOPED % ("@ int *x, int n", "__builtin_types_compatible_p(__typeof__(x), int *)"), "", "const"
    ),
    "a variable that is declared in the block": Pair(
        "long f(void) { extern @ char v; return v; }", "signed", "unsigned"
    ),
    "an array that is declared in the block": Pair(
        "int f(int n) { extern @ v[8]; return v[n & 7]; }", "signed char", "unsigned char"
    ),
    "the size of such a variable": Pair(
        "unsigned long f(void) { extern char v[@]; return sizeof(v); }", "8", "9"
    ),
    "a function that is declared in the block": Pair(
        "long f(void) { extern @ char x(void); return x(); }", "signed", "unsigned"
    ),
    "the parameter of such a function": Pair(
        "int f(unsigned long n) { extern int x(@); return x(n); }", "unsigned char", "unsigned long"
    ),
    "a function that is declared in parentheses": Pair(
        "extern @ char (x)(void);\nlong f(void) { return x(); }", "signed", "unsigned", "x() "
    ),
    "a function that a macro declares": Pair(
        "#define DECL(t, n) extern t n(void)\nDECL(@ char, x);\nlong f(void) { return x(); }",
        "signed", "unsigned", "x() ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_it_is_not_taken_for_the_same(name: str, tmp_path: Path) -> None:
    pair = PAIRS[name]
    for side, text in (("old", pair.old), ("new", pair.new)):
        (tmp_path / side).mkdir()
        (tmp_path / side / "f.c").write_text(pair.code.replace("@", text) + "\n")
    for functions in (("f",), ()):
        found = list(diff(str(tmp_path / "old"), str(tmp_path / "new"), functions, options=Options(timeout=5)))
        one = next((c.comparison for c in found if c.comparison.function == "f"), None)
        assert one is not None, "nothing is said of f()"
        assert one.verdict != SAME
        if one.verdict == ASSUMING:
            assert pair.named and any(pair.named in r and "same type" in r for r in one.reasons), one.reasons
