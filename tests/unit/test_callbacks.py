"""Functions that are passed to functions, and case labels in macros: both evaluators look into them alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.test_changes import verdict

_APPLY = """extern u32 out(u32);
static u32 inc(u32 x) { return x + 1; }
static u32 apply(u32 (*fn)(u32), u32 x) { return fn(x); }
static u32 twice(u32 (*fn)(u32), u32 x) { return apply(fn, apply(fn, x)); }
"""
_LABELS = """static u32 t(u32 x) {
#define T(n) case n: return n * 10
switch (x) { T(1); T(2); default: return x; } }
"""


def _f(body: str) -> str:
    return f"u32 f(struct s *p, u32 n) {{ {body} }}\n"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("return apply(inc, n);", "return n + 1;", "same"),
        ("return apply(inc, n);", "return n + 2;", "changed"),
        ("return twice(inc, n);", "return n + 2;", "same"),
        ("return twice(inc, n);", "return n + 1;", "changed"),
        ("return twice(out, n);", "return out(out(n));", "same"),
        ("return twice(out, n);", "return out(n);", "changed"),
        ("u32 inc2 = n; return apply(inc, inc2);", "return apply(out, n);", "changed"),
    ],
)
def test_a_function_that_is_passed_is_called(old: str, new: str, expected: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, _APPLY + _f(old), _APPLY + _f(new)) == expected


@pytest.mark.parametrize(
    "callee",
    [
        "static u32 pick(u32 (*fn)(u32), u32 x) { fn = out; return fn(x); }",
        "static u32 pick(u32 (*fn)(u32), u32 x) { u32 (**p)(u32) = &fn; *p = out; return fn(x); }",
        "static u32 pick(u32 (*fn)(u32), u32 x) { { u32 (*fn)(u32) = out; return fn(x); } }",
        "#define SET(a) ((a) = out)\nstatic u32 pick(u32 (*fn)(u32), u32 x) { SET(fn); return fn(x); }",
        "static void set(u32 (**fn)(u32)) { *fn = out; }\n"
        "static u32 pick(u32 (*fn)(u32), u32 x) { set(&fn); return fn(x); }",
    ],
)
def test_a_parameter_that_changes_is_not_what_was_passed(callee: str, tmp_path: Path) -> None:
    text = f"{_APPLY}{callee}\n"
    assert verdict(tmp_path, text + _f("return pick(inc, n);"), text + _f("return n + 1;")) != "same"


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("if (n == 1) return 10; if (n == 2) return 20; return n;", "same"),
        ("if (n == 1) return 10; if (n == 2) return 21; return n;", "changed"),
        ("if (n == 2) return 20; return n;", "changed"),
    ],
)
def test_labels_of_macros_count(new: str, expected: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, _LABELS + _f("return t(n);"), _LABELS + _f(new)) == expected
